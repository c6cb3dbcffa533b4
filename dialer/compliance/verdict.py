"""What the gate answers: allowed or not, every reason, and what the call must do if it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeadlineFrom(StrEnum):
    """From which instant the seconds to connect an agent count. The earlier one is the stricter."""

    GREETING_START = "greeting_start"
    GREETING_END = "greeting_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligations:
    """What the call must do, merged over all packs by the stricter value.

    ``ring_min_s``: a ringing call is not cut before, 0 where no pack says. ``connect_deadline_s``: an agent, or else
    the recorded message, within these seconds counted from ``deadline_from``; None where no pack says.
    ``drop_messages``: the wordings that the recorded message must satisfy, all of them. ``caller_id``: the demands on
    the number shown. ``announcements``: what must be said at the beginning of a conversation.
    """

    ring_min_s: float = 0.0
    connect_deadline_s: float | None = None
    deadline_from: DeadlineFrom | None = None
    drop_messages: tuple[str, ...] = ()
    caller_id: tuple[str, ...] = ()
    announcements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """One rule that says no.

    ``rule`` is ``pack/rule``; ``kind`` is ``window``, ``limit``, ``guard`` or ``engine``; ``subject`` is what to
    explain it by: the predicate of a guard with its argument, the name of an engine rule, else the kind. ``used`` of
    ``maximum`` are counts without the candidate, of a limit only, and ``events`` the ids that make up ``used``.
    ``next_allowed_at`` is when this rule alone would allow it, in whole minutes; None when no date will do.
    """

    rule: str
    kind: str
    subject: str
    cite: str
    used: int | None = None
    maximum: int | None = None
    events: tuple[str, ...] = ()
    next_allowed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision. ``denials`` are complete: the engine's own first, then windows, guards and limits, each in the
    order of the packs. Allowed exactly when there are none; ``next_allowed_at`` is then None, as it is where no
    date will do. ``packs`` are those that applied. ``basis`` names the data it rests on (packs, calendars, time-zone
    database), the same for the same data. ``zones`` are the zones in which local time was read.

    ``overridden`` are denials that an approved override set aside. ``not_applicable`` are active packs that do not
    speak of this contact, and why: (pack, ``party:first_party``). ``holds_until`` is the instant from which an allowed
    contact would be denied if nothing but time passed (a window closes, a quiet time begins); None: not within a day.
    """

    denials: tuple[Denial, ...]
    next_allowed_at: datetime | None
    obligations: Obligations
    packs: tuple[str, ...]
    zones: tuple[str, ...]
    basis: str
    overridden: tuple[Denial, ...] = ()
    not_applicable: tuple[tuple[str, str], ...] = ()
    holds_until: datetime | None = None

    @property
    def allowed(self) -> bool:
        return not self.denials

    @property
    def reasons(self) -> tuple[str, ...]:
        """The ids of all denying rules, ``pack/rule``."""
        return tuple(denial.rule for denial in self.denials)
