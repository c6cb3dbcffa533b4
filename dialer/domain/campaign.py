"""A campaign: whom to dial, how fast, and what to do with each kind of answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dialer.compliance.facts import Party, Purpose
from dialer.domain.desk import DeskSettings
from dialer.domain.outcome import Outcome
from dialer.domain.promise import PromiseTerms
from dialer.domain.recycle import DEFAULT_RULES, RetryRule
from dialer.domain.schedule import NO_SCHEDULE, Schedule
from dialer.domain.talk import check_transfer_numbers
from dialer.domain.verdict import AmdCategory, AmdMode, SecondLookAction

#: What a flow can ask of a person, as ``ivr_flows.facts.IdentityMethod`` names it.
IDENTITY_METHODS = frozenset({"document_last", "document", "birth_date", "code"})

LOWEST_TARGET, HIGHEST_TARGET = 0.001, 0.2  # of abandonment, as a fraction


#: Settings that a running engine goes on with as they were when it took the campaign on.
SETTLED_AT_START = frozenset({"country", "trunk", "packs", "purpose", "party", "ivr_flow"})


class DialMode(StrEnum):
    PREVIEW = "preview"  #: the agent sees the debtor first and says dial or skip
    PROGRESSIVE = "progressive"  #: one call for each idle agent
    POWER = "power"  #: a fixed number of lines for each idle agent
    PREDICTIVE = "predictive"  #: as many calls as keep abandonment within its budget, by forecast
    AGENTLESS = "agentless"  #: people serve themselves; as many calls as ``ivr_lines``


class CampaignState(StrEnum):
    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"  #: places nothing new until it is resumed; live calls go on, agents stay
    DRAINING = "draining"  #: places nothing new, lets live calls end


class AnswerAction(StrEnum):
    AGENT = "agent"  #: connect to an agent; the recorded message if none is free in time
    IVR = "ivr"  #: the self-service flow
    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"  #: after the beep


DEFAULT_ACTIONS: Mapping[AmdCategory, AnswerAction] = {
    AmdCategory.HUMAN: AnswerAction.AGENT,
    AmdCategory.UNKNOWN: AnswerAction.AGENT,
    AmdCategory.SCREENER: AnswerAction.AGENT,
    AmdCategory.SILENCE: AnswerAction.AGENT,
    AmdCategory.MACHINE: AnswerAction.HANG_UP,
    AmdCategory.ANNOUNCEMENT: AnswerAction.HANG_UP,
    AmdCategory.FAX: AnswerAction.HANG_UP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Durations in seconds; rates as fractions.

    ``ratio`` is lines per idle agent in power mode (1.0 to 10.0). ``patience_s`` is how long a person may wait for
    an agent after the verdict before the recorded message plays (16 CFR 310.4(b)(1)(iv): two seconds).
    ``ring_timeout_s`` is never less than the 15 s that 310.4(b)(4)(ii) asks for.

    ``inbound_reserve`` is how many agents dialing leaves free for people who call in.

    ``wrap_up_extension_s`` (0 to 600, 0: none) is how much longer an agent may write, once for each call. ``desk`` is
    what their desk offers.

    ``purpose`` and ``party`` say which rule packs speak of its calls. ``amd_false_positive_share`` (0 to 0.5) is the
    share of the detector's machines that were people, a reasoned estimate from tests: the abandonment ledger of the UK
    adds them.

    ``second_look_s`` (0 to 10, 0: none) is how long the detector goes on listening after the connection, and
    ``second_look_action`` what becomes of machine evidence that it hears then.

    ``ivr_flow`` is the self-service flow of whom its actions send there; with ``overflow`` also of those for whom no
    agent came in time, who count as abandoned all the same. In the mode agentless everybody goes there, at most
    ``ivr_lines`` (1 to 1000) at once. ``ivr_identity`` is how people identify themselves there, all of it asked
    (document_last, document, birth_date, code); empty: by what is known of them.

    ``promise_terms`` are what debtors may promise, by the ``segment`` of their lead; that of "" is everybody else's.

    ``dispositions`` are the codes that its agents choose from; empty: all there are. ``schedule`` starts and stops it.

    ``transfer_numbers`` are those to which its agents may bring or give a person, by the name that agents see: at most
    50, dialed over its trunk.
    """

    id: int
    name: str
    country: str = "CO"
    language: str = "es"
    creditor: str = ""
    mode: DialMode = DialMode.PROGRESSIVE
    ratio: float = 1.5
    target_abandonment: float = 0.03
    trunk: str = "default"
    caller_id: str = ""
    ring_timeout_s: float = 25.0
    patience_s: float = 2.0
    wrap_up_s: float = 30.0
    wrap_up_extension_s: float = 60.0
    preview_s: float = 60.0
    inbound_reserve: int = 0
    max_attempts: int = 12
    early_media: bool = True
    amd: AmdMode = AmdMode.CAREFUL
    second_look_s: float = 3.0
    second_look_action: SecondLookAction = SecondLookAction.TELL
    actions: Mapping[AmdCategory, AnswerAction] = field(default_factory=lambda: DEFAULT_ACTIONS)
    record: bool = True
    announce_recording: bool = True
    packs: tuple[str, ...] = ()
    purpose: Purpose = Purpose.COLLECTION
    party: Party = Party.THIRD_PARTY
    amd_false_positive_share: float = 0.01
    retry: Mapping[Outcome, RetryRule] = field(default_factory=lambda: DEFAULT_RULES)
    promise_terms: Mapping[str, PromiseTerms] = field(default_factory=dict)
    ivr_flow: str = "self-service"
    ivr_lines: int = 10
    ivr_identity: tuple[str, ...] = ()
    overflow: bool = False
    desk: DeskSettings = field(default_factory=DeskSettings)
    dispositions: tuple[str, ...] = ()
    schedule: Schedule = NO_SCHEDULE
    transfer_numbers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1.0 <= self.ratio <= 10.0:
            raise ValueError("ratio must lie between 1.0 and 10.0 lines per idle agent")
        if not LOWEST_TARGET <= self.target_abandonment <= HIGHEST_TARGET:
            raise ValueError("target_abandonment must be a fraction from 0.001 to 0.2, such as 0.03 for 3 %")
        if not 0 <= self.inbound_reserve <= 1000:
            raise ValueError("inbound_reserve must be a number of agents from 0 to 1000")
        if not 15.0 <= self.ring_timeout_s <= 120.0:
            raise ValueError("ring_timeout_s must lie between 15 and 120 seconds")
        if not 0.5 <= self.patience_s <= 10.0:
            raise ValueError("patience_s must lie between 0.5 and 10 seconds")
        if not 0.0 <= self.wrap_up_extension_s <= 600.0:
            raise ValueError("wrap_up_extension_s must lie between 0 (no extension) and 600 seconds")
        if not 0.0 <= self.amd_false_positive_share <= 0.5:
            raise ValueError("amd_false_positive_share must be a fraction from 0 to 0.5, such as 0.01 for 1 %")
        if not 0.0 <= self.second_look_s <= 10.0:
            raise ValueError("second_look_s must lie between 0 (no second look) and 10 seconds")
        if not 1 <= self.ivr_lines <= 1000:
            raise ValueError("ivr_lines must be a number of calls from 1 to 1000")
        if not set(self.ivr_identity) <= IDENTITY_METHODS:
            raise ValueError(f"ivr_identity takes {', '.join(sorted(IDENTITY_METHODS))}")
        if self.language not in ("es", "en"):
            raise ValueError("language must be es or en")
        check_transfer_numbers(self.transfer_numbers)

    def reconfigured(self, wanted: Campaign) -> Campaign:
        """What a running engine makes of ``wanted``."""
        return replace(wanted, id=self.id, name=self.name, **{each: getattr(self, each) for each in SETTLED_AT_START})

    @property
    def serves_itself(self) -> bool:
        """Whether any of its calls may go to a self-service flow."""
        return self.overflow or self.mode is DialMode.AGENTLESS or AnswerAction.IVR in self.actions.values()

    def action_for(self, category: AmdCategory) -> AnswerAction:
        """What is done with who answered: without agents, whoever would get one serves themselves."""
        action = self.actions.get(category, AnswerAction.AGENT)
        return AnswerAction.IVR if self.mode is DialMode.AGENTLESS and action is AnswerAction.AGENT else action
