"""The live state of a campaign as it comes over the bus, checked before a browser sees it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.talk import TalkState

Count = int
Sample = tuple[float, float, int, int, int, int, int, int, int]


class LiveModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


#: The states in which an agent has a call, or a debtor to look at before dialing.
ON_A_CALL = frozenset({AgentState.PREVIEW, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP})


class LiveTalk(LiveModel):
    """What is done with the call in hand, since ``since``. ``owner``: the call is this agent's; ``guest``: they were
    brought into it. ``other`` is the other agent, or the name of a listed ``number``."""

    state: TalkState
    since: AwareDatetime | None = None
    role: Literal["owner", "guest"] = "owner"
    other: str | None = None
    number: str = ""
    muted: bool = False


class LiveAgent(LiveModel):
    """``call_id`` is None in every state outside ON_A_CALL, whatever the message says: an earlier call is no longer
    the agent's to see. ``wants``: paused or offline, as soon as what they have in hand is over. ``home`` is the
    campaign they signed in to, empty where nobody knows; elsewhere they are lent. ``reason`` is that of a break, also
    of one that is to begin; ``until`` when a preview or wrap-up ends by itself; ``extended``: the wrap-up has had its
    extension."""

    id: str
    name: str = ""
    state: AgentState
    since: AwareDatetime
    call_id: str | None = None
    wants: AgentState | None = None
    home: str = ""
    reason: str = ""
    until: AwareDatetime | None = None
    extended: bool = False
    talk: LiveTalk | None = None

    @model_validator(mode="after")
    def _only_while_on_a_call(self) -> Self:
        if self.call_id is not None and self.state not in ON_A_CALL:
            return self.model_copy(update={"call_id": None})
        return self


class LentAgent(LiveModel):
    """An agent of this campaign who helps the campaign ``to``."""

    id: str
    name: str = ""
    to: str


class LiveForecast(LiveModel):
    """Within ``horizon_s`` seconds: ``people`` who answer and ``agents_free`` to take them; ``abandonment`` is the
    chance that the next person who answers finds nobody."""

    horizon_s: float
    people: float
    agents_free: float
    abandonment: float


class LiveDecision(LiveModel):
    calls: int = Field(ge=0)
    reason: str
    forecast: LiveForecast | None = None


class LiveRate(LiveModel):
    """One rate that a law watches, over the law's own window: ``rate`` of ``maximum`` (fractions), ``headroom`` the
    further calls that may be abandoned, None where the rule does not bind yet; ``overdial`` whether more lines than
    free agents may be dialed."""

    rule: str
    rate: float
    maximum: float
    headroom: int | None = None
    overdial: bool = False
    window_from: AwareDatetime
    window_to: AwareDatetime


class LiveState(LiveModel):
    """One campaign at one instant. ``abandonment_rate`` is a fraction of the people who answered today,
    ``abandonment`` where the campaign stands under the law's rates; ``denied`` counts refusals by rule (``pack/rule``)
    today; ``lines`` counts calls by what they are doing."""

    campaign: str
    at: AwareDatetime
    state: CampaignState
    mode: DialMode
    ratio: float
    lines: dict[str, Count] = Field(default_factory=dict)
    agents: list[LiveAgent] = Field(default_factory=list)
    lent: list[LentAgent] = Field(default_factory=list)
    today: dict[str, Count] = Field(default_factory=dict)
    abandonment_rate: float = 0.0
    abandonment: list[LiveRate] = Field(default_factory=list)
    calls_per_min: float = 0.0
    last_decision: LiveDecision | None = None
    denied: dict[str, Count] = Field(default_factory=dict)
    target_abandonment: float | None = None
    trunk: str = "open"
    link: Literal["up", "down"]
    exhausted: bool = False

    def agent(self, agent_id: str) -> LiveAgent | None:
        return next((agent for agent in self.agents if agent.id == agent_id), None)

    def with_agent(self, changed: LiveAgent) -> LiveState:
        others = [agent for agent in self.agents if agent.id != changed.id]
        kept = [] if changed.state is AgentState.OFFLINE else [changed]
        return self.model_copy(update={"agents": sorted(others + kept, key=lambda agent: agent.id)})

    def sample(self) -> Sample:
        """What the charts keep of this instant: Unix seconds, calls a minute, today's attempts, people and abandoned,
        agents ready, talking, and busy in any way; people waiting."""
        states = [agent.state for agent in self.agents]
        return (
            self.at.timestamp(),
            self.calls_per_min,
            self.today.get("attempts", 0),
            self.today.get("people", 0),
            self.today.get("abandoned", 0),
            states.count(AgentState.READY),
            states.count(AgentState.TALKING),
            sum(state in ON_A_CALL for state in states),
            self.lines.get("waiting", 0),
        )


class AgentNote(BaseModel):
    """What a supervisor wrote to an agent. ``id`` tells one from another."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: str = ""
    agent_id: str
    text: str = Field(min_length=1, max_length=1000)
    sender: str = Field(alias="from", max_length=120)
    at: AwareDatetime
