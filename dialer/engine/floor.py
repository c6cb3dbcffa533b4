"""What the parts of a campaign's core share: the live records, the counts, and the effects to be carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.call import CallState
from dialer.domain.campaign import Campaign, CampaignState, DialMode
from dialer.domain.ids import AgentId, CallId
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.calls import Calls
from dialer.engine.crew import Crew
from dialer.engine.deadlines import Deadlines
from dialer.engine.effects import Effect, HangUpChannel, Publish
from dialer.engine.forecast_account import ForecastAccount
from dialer.engine.live import Seat
from dialer.engine.messages import Instant
from dialer.engine.own_windows import OwnWindows
from dialer.engine.pacers import Pacers
from dialer.engine.roster import Roster
from dialer.engine.tally import Tally
from dialer.ports import BusMessage, Denial
from pacing.decision import Decision
from pacing.interface import EventKind
from pacing.snapshot import State
from pacing.trunk import TrunkLimiter

_UNANSWERED = (CallState.RINGING, CallState.EARLY, CallState.DIALING)

Entropy = Callable[[int], bytes]  #: that many random bytes
Since = Mapping[str, float]  #: monotonic, by agent or line


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A way out. ``dial_string`` holds ``{number}`` (E.164 with +) or ``{digits}`` (without)."""

    name: str
    dial_string: str
    caller_id: str
    limiter: TrunkLimiter


@dataclass(slots=True, kw_only=True)
class Floor:
    """One campaign as it stands. Only the core's own parts write to it."""

    campaign: Campaign
    trunk: Trunk
    pacers: Pacers
    own_windows: OwnWindows
    entropy: Entropy
    has_service: bool = False  #: whether there is anything that plays self-service flows
    crew: Crew = field(default_factory=Crew)  #: shared by the floors of one process
    caller_id_demands: frozenset[str] = frozenset()  #: what the rule packs ask of the number shown
    state: CampaignState = CampaignState.STOPPED
    link_up: bool = False
    synced: bool = False  #: live calls were compared with Asterisk's own list since the link came up
    calls: Calls = field(default_factory=Calls)
    deadlines: Deadlines = field(init=False)
    tally: Tally = field(default_factory=Tally)
    abandonment: AbandonmentLedger = field(default_factory=AbandonmentLedger)
    forecasts: ForecastAccount = field(default_factory=ForecastAccount)
    window_ends: datetime | None = None  #: when those who may be called now may be no more, as far as is known
    effects: list[Effect] = field(default_factory=list)
    reserving: int = 0  #: calls asked of the log and not yet answered
    asking: int = 0  #: named debtors whom the gate was asked about and has not answered
    rechecks: set[CallId] = field(default_factory=set)  #: calls of which the gate is asked once more
    previewing: set[AgentId] = field(default_factory=set)  #: agents for whom a debtor was asked of the log
    exhausted: bool = False
    look_again_at: float = 0.0  #: monotonic; the log is asked then whether there is somebody again
    rest_until: float = 0.0  #: monotonic; no reservation before, since the last one found nobody
    trunk_beat: float = 0.0  #: monotonic; the pacer is asked then, since the trunk's rate held calls back
    last_decision: Decision | None = None
    roster: Roster = field(init=False)
    _written_of: datetime | None = None
    _written_as: str = ""

    def __post_init__(self) -> None:
        self.deadlines = Deadlines(self.calls)
        self.roster = Roster(self.campaign.name, self._seat_changed)
        self.crew.join(self)

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def publish(self, what: str, now: Instant, **payload: object) -> None:
        self.do(self.telling(what, now, **payload))

    def telling(self, what: str, now: Instant, **payload: object) -> Publish:
        name = self.campaign.name
        return Publish(
            BusMessage(topic=f"{name}/{what}", payload={"campaign": name, "at": self._written(now), "v": 1, **payload})
        )

    def _written(self, instant: Instant) -> str:
        """Most messages tell of one and the same instant as the one before."""
        if instant.at is not self._written_of:
            self._written_of, self._written_as = instant.at, instant.at.isoformat()
        return self._written_as

    def telling_of(self, seat: Seat, now: Instant, name: str = "") -> Publish:
        """What the seat is doing now."""
        return self.telling(
            f"agent.{name or seat.state.value}",
            now,
            agent_id=str(seat.agent_id),
            name=seat.name,
            call_id=seat.shown_call_id,
            reason=seat.pause_reason,
            home=seat.home,
            talk=seat.shown_talk,
            since=self._written(seat.since),
            **seat.limit,
        )

    def tell_pacer(self, now: Instant, kind: EventKind, ident: str, value: float | str | None = None) -> None:
        self.pacers.on_event(now.monotonic, kind.value, ident, value)
        if kind in (EventKind.CONNECT, EventKind.ABANDON):
            call = self.calls.get(CallId(ident))
            abandoned = kind is EventKind.ABANDON
            self.forecasts.answered(call.chance if call else None, now, abandoned=abandoned)
            self.own_windows.count(now.at, 1, int(abandoned))

    def may_reserve(self) -> bool:
        """Whether anything may be dialed at all: running, not blind, and sure of what is already out."""
        return self.state is CampaignState.RUNNING and self.link_up and self.synced

    @property
    def caller_id(self) -> str:
        return self.campaign.caller_id or self.trunk.caller_id

    @property
    def on_their_way(self) -> int:
        """Calls that nobody sees yet: asked of the log, or of the gate once more before they leave."""
        asked_again = [
            call for call_id in self.rechecks if (call := self.calls.get(call_id)) and call.for_agent is None
        ]
        return self.reserving + self.asking + len(asked_again)

    def free(self, seat: Seat, signal: AgentSignal, now: Instant) -> None:
        """End what the agent was on, and let their phone go where they had asked to sign out. Whoever was lent goes
        home."""
        self.roster.free(seat, signal, now)
        if seat.state is AgentState.OFFLINE:
            self.do(HangUpChannel(seat.leg_id))
        else:
            self.crew.settle(self, seat, now)

    def denied(self, denial: Denial, now: Instant) -> None:
        """Count and tell that somebody may not be called."""
        self.tally.denied.update(denial.reasons)
        self.publish("compliance.denied", now, **denial_payload(denial))

    def answer(self, request_id: str, now: Instant, refusal: str = "", **more: object) -> None:
        """Tell whoever gave the order what came of it; ``refusal`` is a stable code."""
        if refusal:
            self.publish("command.refused", now, request_id=request_id, code=refusal, **more)
        else:
            self.publish("command.done", now, request_id=request_id, **more)

    def awaits_preview(self, agent_id: AgentId) -> bool:
        return agent_id in self.previewing

    def snapshot(self, now: Instant) -> State:
        """The floor as the pacer sees it."""
        calls = self.calls
        # Not those for whom an agent is kept, or who had one.
        ringing: dict[str, float] = {
            call_id: call.dialed.monotonic
            for state in _UNANSWERED
            for call_id, call in calls.of(state).items()
            if call.for_agent is None and call.dialed is not None
        }
        amd: dict[str, tuple[float, float]] = {
            call_id: (call.answered.monotonic, call.ring_s)
            for call_id, call in calls.of(CallState.DETECTING).items()
            if call.for_agent is None and call.answered is not None
        }
        waiting: dict[str, float] = {
            call_id: call.verdict_i.monotonic
            for call_id, call in calls.of(CallState.WAITING).items()
            if call.for_agent is None and call.bridged is None and call.verdict_i is not None
        }
        # Reservations on their way count as dialed now: the pacer must not decide the same call twice.
        on_their_way = self.on_their_way
        ringing.update({f"reserving-{index}": now.monotonic for index in range(on_their_way)})
        away = tuple(self.crew.coming_home(self))
        agentless = self.campaign.mode is DialMode.AGENTLESS
        idle, talk, wrap = self._lines(now) if agentless else self._at_work(away)
        connected, abandoned = self.tally.bridged, self.tally.abandoned
        if self.campaign.mode is not DialMode.PREDICTIVE:  # that pacer has the ledger's windows besides
            connected, abandoned = self.abandonment.counts() or (connected, abandoned)
        return State(
            now=now.monotonic,
            idle=idle,
            talk=talk,
            wrap=wrap,
            ringing=ringing,
            amd=amd,
            waiting=waiting,
            lines_free=max(0, self.trunk.limiter.lines_free - on_their_way),
            dialed=self.tally.placed,
            connected=connected,
            machine_to_agent=self.tally.machine_to_agent,
            abandoned=abandoned,
            t_end=self._window_over(now),
            logged_in=len(idle) + len(talk) if agentless else len(self.roster) + len(away),
            outstanding=len(ringing) + len(amd) + len(waiting),
        )

    def _at_work(self, away: Sequence[Seat]) -> tuple[Since, Since, Since]:
        """Agents idle, talking and wrapping up as far as dialing may count on them, each since when: without those who
        have said that they will leave, and those kept for people who call in. The next to come free are kept where too
        few are idle. Whoever was lent, ``away``, is counted where they will be idle next."""

        roster = self.roster

        def home_and_away(counted: Since, *states: AgentState) -> Since:
            leave = {
                seat.agent_id for seat in roster.shared if seat.state in states and not self.crew.stays(seat, self)
            }
            there = {
                seat.agent_id: seat.since.monotonic for seat in away if seat.state in states and seat.wants is None
            }
            return {agent: at for agent, at in counted.items() if agent not in leave} | there

        idle: Since = roster.since(AgentState.READY)
        wrap: Since = roster.since(AgentState.WRAP_UP)
        # A bridge that is being made is as good as a talk.
        talk: Since = roster.since(AgentState.RESERVED, AgentState.TALKING)
        if away or roster.shared:
            wrap = home_and_away(wrap, AgentState.WRAP_UP)
            talk = home_and_away(talk, AgentState.RESERVED, AgentState.TALKING)
        kept = self.campaign.inbound_reserve
        if not kept:
            return idle, talk, wrap
        short = max(0, kept - len(idle))
        late = max(0, short - len(wrap))
        return dict(islice(idle.items(), max(0, len(idle) - kept))), _but_first(late, talk), _but_first(short, wrap)

    def _lines(self, now: Instant) -> tuple[Since, Since, Since]:
        """Without agents, the flow's lines: those that are free, and those in which somebody serves themselves."""
        busy = {
            str(call.call_id): (call.served or now).monotonic for call in self.calls.values() if call.served is not None
        }
        free = max(0, self.campaign.ivr_lines - len(busy))
        return {f"line-{index}": now.monotonic for index in range(free)}, busy, {}

    def _window_over(self, now: Instant) -> float:
        """Monotonic: when the time to call ends; inf where nobody knows, or where it has ended and the log has not been
        asked since."""
        if self.window_ends is None or self.window_ends <= now.at:
            return float("inf")
        return now.monotonic + (self.window_ends - now.at).total_seconds()

    def _seat_changed(self, seat: Seat, left: AgentState, since: Instant, now: Instant) -> None:
        spent_s = now.monotonic - since.monotonic
        ident = str(seat.agent_id)
        working = (AgentState.READY, AgentState.PREVIEW, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)
        if left is AgentState.TALKING:
            self.tell_pacer(now, EventKind.TALK_END, ident, spent_s)
        if left is AgentState.WRAP_UP:
            self.tell_pacer(now, EventKind.WRAP_END, ident, spent_s)
        if left not in working and seat.state in working:
            self.tell_pacer(now, EventKind.LOGIN, ident)
        if left in working and seat.state not in working:
            self.tell_pacer(now, EventKind.LEAVE, ident)
        name = "signed_in" if left is AgentState.CONNECTING and seat.state is not AgentState.OFFLINE else ""
        self.do(self.telling_of(seat, now, name))


def _but_first(count: int, since: Since) -> Since:
    return dict(islice(since.items(), count, None))


def denial_payload(denial: Denial) -> dict[str, object]:
    return {
        "debtor_id": denial.debtor_id,
        "reasons": list(denial.reasons),
        "next_allowed_at": denial.next_allowed_at.isoformat() if denial.next_allowed_at else None,
    }
