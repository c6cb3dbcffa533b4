"""The live records: one for each call that is out, one for each agent who is signed in.

Mutable, and touched by nobody but the core of their campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dialer.domain import call as call_table
from dialer.domain.agent import AgentState
from dialer.domain.call import CallSignal, CallState
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict, SecondLook
from dialer.engine.messages import Instant
from dialer.engine.talk import Talk
from dialer.ports import MessageKind, ReservedAttempt, ServiceMode


@dataclass(slots=True, kw_only=True)
class LiveCall:
    """A call from its reservation to its end. The ``*_m`` fields are monotonic seconds, the others wall time."""

    attempt: ReservedAttempt
    state: CallState = CallState.RESERVED
    for_agent: AgentId | None = None  #: the agent who previewed it and waits on it
    agent_id: AgentId | None = None
    amd: AmdMode = AmdMode.OFF  #: set when it is dialed
    decided: Instant | None = None  #: when the gate last said yes
    rechecking: bool = False  #: the gate is being asked again before it is dialed
    request_id: str = ""  #: the order that is answered when it is dialed or not
    call_back_id: int | None = None  #: the promise that it keeps
    dialed: Instant | None = None
    ringing: Instant | None = None
    early_media_at: datetime | None = None
    answered: Instant | None = None
    verdict: AmdVerdict | None = None
    verdict_i: Instant | None = None
    second_look: SecondLook | None = None  #: what was heard after the connection; certain evidence replaces a hint
    withdrawn: bool = False  #: taken away from the agent on that evidence
    greeting_start: Instant | None = None
    greeting_end: Instant | None = None
    due: float | None = None  #: monotonic; an agent, or else the message, until then
    service: ServiceMode | None = None  #: how it came to the self-service flow
    served: Instant | None = None  #: when it was sent there
    wants_agent: Instant | None = None  #: since when whoever serves themselves wants an agent
    place_told: int = 0  #: the place in line that they were told of
    bridged: Instant | None = None  #: with an agent, for the first time
    latency_ms: float | None = None  #: from the verdict to that
    talk: Talk = field(default_factory=Talk)
    talk_began: Instant | None = None  #: with the last agent
    talk_ended: Instant | None = None
    talked_s: float = 0.0  #: with agents, up to the last end of a talk
    spoke_with: AgentId | None = None  #: the last agent
    held_at: int | None = None  #: the step of the talk at which they were taken out of the dialplan, without an agent
    in_promise_flow: bool = False  #: an agent, who knows who it is, sent them to the flow for a promise
    message: MessageKind | None = None
    message_started: Instant | None = None
    message_played: bool = False
    abandoned: bool = False
    cancelled: bool = False
    settled: frozenset[int] = frozenset()  #: its debts that were paid since it was reserved
    leaving: bool = False  #: to be given up as soon as it has rung long enough
    announced: bool = False  #: given up because an announcement was heard, when no phone rang any more
    unheard: bool = False  #: nobody will listen to who answers
    ring_timed_out: bool = False
    lost: bool = False
    recorded: bool = False
    hang_up_requests: int = 0
    chance: float | None = None  #: that a person who answers it is abandoned, by the forecast it was decided on
    #: Told of each change of state, with the state that was left.
    follower: Callable[[LiveCall, CallState], None] | None = field(default=None, repr=False, compare=False)

    @property
    def call_id(self) -> CallId:
        return self.attempt.call_id

    def advance(self, signal: CallSignal) -> bool:
        """Take the transition that ``signal`` asks for; False where it means nothing now."""
        following = call_table.next_state(self.state, signal)
        if following is None:
            return False
        self.be(following)
        return True

    def be(self, state: CallState) -> None:
        """The call is found to be in ``state``, however it came there."""
        left, self.state = self.state, state
        if self.follower is not None:
            self.follower(self, left)

    @property
    def taken_for(self) -> AmdCategory | None:
        """Who it was, as far as anything is done about it: in shadow mode everybody is a person. None before any
        verdict."""
        if self.withdrawn and self.second_look is not None:
            return self.second_look.category
        if self.verdict is None:
            return None
        return AmdCategory.HUMAN if self.amd is AmdMode.SHADOW else self.verdict.category

    @property
    def may_be_cut(self) -> float:
        """Monotonic: an unanswered call has rung long enough then. Where the ringing was not told of, the phone is
        taken to ring since the dialing."""
        since = self.ringing or self.dialed
        return since.monotonic + self.attempt.ring_minimum_s if since else 0.0

    @property
    def ring_s(self) -> float:
        """Seconds from the dialing to the answer; 0 while there is none."""
        if self.dialed is None or self.answered is None:
            return 0.0
        return self.answered.monotonic - self.dialed.monotonic


@dataclass(slots=True, kw_only=True)
class Seat:
    """An agent who is signed in. ``since`` is when the present state began."""

    agent_id: AgentId
    name: str
    dial_string: str
    leg_id: LegId
    state: AgentState
    since: Instant
    call_id: CallId | None = None
    last_call_id: CallId | None = None  #: the call that wrap-up is about
    wants: AgentState | None = None  #: paused or offline, as soon as the call is over
    home: str = ""  #: the campaign they signed in to; empty where nobody knows any more
    also: tuple[str, ...] = ()  #: campaigns that may borrow them, the dearest first
    ready_on_connect: bool = False
    leg_up: bool = True  #: their phone is not lost
    return_until: float | None = None  #: monotonic; a lost phone is called until then
    rejoins: bool = False  #: the person on the call waits for the phone to come back
    pause_reason: str = ""
    ends: Instant | None = None  #: of a preview or wrap-up: when the engine ends it by itself
    extended: bool = False  #: this wrap-up has had its extension
    talk: Mapping[str, object] | None = None  #: what is done with their call
    muted: bool = False
    shown: Mapping[str, object] | None = None  #: the latest row, until anything changes

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        object.__setattr__(self, "shown", None)  # whatever it was that changed

    def serves(self, campaign: str) -> bool:
        return campaign == self.home or campaign in self.also

    @property
    def shown_call_id(self) -> CallId | None:
        """The call that the agent's screen is about: the one they are on, or the one they wrap up."""
        return self.call_id or (self.last_call_id if self.state is AgentState.WRAP_UP else None)

    @property
    def limit(self) -> Mapping[str, object]:
        """When the engine ends the present state by itself, and whether that was put off once."""
        limited = self.ends is not None and self.state in (AgentState.PREVIEW, AgentState.WRAP_UP)
        return {
            "until": self.ends.at.isoformat() if limited and self.ends else None,
            "extended": limited and self.extended,
        }

    @property
    def shown_talk(self) -> Mapping[str, object] | None:
        return {**self.talk, "muted": self.muted} if self.talk is not None and self.call_id is not None else None

    def row(self) -> Mapping[str, object]:
        """The seat as the ``state`` topic shows it; made anew only where it has changed, for it is told twice a second.
        Not to be written to."""
        row = self.shown
        if row is None:
            row = {
                "id": self.agent_id,
                "name": self.name,
                "state": self.state.value,
                "since": self.since.at.isoformat(),
                "call_id": self.shown_call_id,
                "wants": self.wants.value if self.wants else None,
                "home": self.home,
                "reason": self.pause_reason,
                **self.limit,
                "talk": self.shown_talk,
            }
            object.__setattr__(self, "shown", row)
        return row
