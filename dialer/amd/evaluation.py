"""How often the detector is right on calls of which somebody has said who answered. Pure.

Two errors count, and not alike: a person taken for a machine is hung up on, and the law counts them as abandoned; a
machine taken for a person costs an agent some seconds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from dialer.domain.verdict import AmdCategory

HUMAN: Final = "human"
UNCLEAR: Final = "unclear"  #: labelled so, a call counts for nothing
NO_VERDICT: Final = "none"  #: the call ended before one

#: Calls that the detector's verdict ends, unless a campaign says otherwise.
NOBODY_THERE: Final = frozenset({AmdCategory.MACHINE, AmdCategory.ANNOUNCEMENT, AmdCategory.FAX})
#: What is right, by label. Voicemail and carriers' announcements are one voice to the ear, and both are nobody.
_RIGHT: Final[Mapping[str, frozenset[AmdCategory]]] = {
    HUMAN: frozenset({AmdCategory.HUMAN}),
    "machine": frozenset({AmdCategory.MACHINE, AmdCategory.ANNOUNCEMENT, AmdCategory.SCREENER}),
    "beep": frozenset({AmdCategory.MACHINE}),
    "announcement": frozenset({AmdCategory.ANNOUNCEMENT, AmdCategory.MACHINE}),
    "sit": frozenset({AmdCategory.ANNOUNCEMENT, AmdCategory.FAX}),
    "fax": frozenset({AmdCategory.FAX}),
    "screener": frozenset({AmdCategory.SCREENER}),
    "silence": frozenset({AmdCategory.SILENCE}),
}
LABELS: Final = tuple(_RIGHT)
MACHINES: Final = ("machine", "beep", "announcement", "sit", "fax")
SHORT_MS: Final = 1200  #: speech of a short answer
_Z: Final = 1.959964  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call. ``label`` is what a person says, one of ``LABELS``; ``verdict`` what the detector said, None where the
    call ended before. ``silence_ms`` is how long a person had been waiting in silence at the verdict, ``speech_ms`` how
    much they had said, ``delay_ms`` the time since the answer; None where it is not known."""

    name: str
    label: str
    verdict: AmdCategory | None
    reason: str = ""
    delay_ms: int | None = None
    silence_ms: int | None = None
    speech_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``total``, and between what the true share lies in 95 of 100 such samples (Wilson's interval)."""

    count: int
    total: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of the values, and nine of ten, are no more than this; None where there are none."""

    count: int
    p50: int | None
    p90: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """``table`` counts calls by label and verdict. ``right`` of all; ``people_lost``: of the people, those taken for
    nobody; ``machines_passed``: of the machines, those taken for a person; ``undecided``: of all, those without an
    answer, which go to an agent. ``false_positives``: of what was taken for nobody, the people, which is what the
    ledger of abandoned calls adds. ``silence`` and ``silence_short``: ms of silence that people heard before the
    verdict, all of them, and those who said little; ``machine_delay``: ms from the answer to a machine's verdict."""

    calls: int
    table: Mapping[str, Mapping[str, int]]
    right: Share
    people_lost: Share
    machines_passed: Share
    undecided: Share
    false_positives: Share
    silence: Spread
    silence_short: Spread
    machine_delay: Spread

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(calls: Iterable[Heard]) -> Evaluation:
    """Those labelled ``unclear`` are left out. Raises ValueError for a label that there is none of."""
    told = [call for call in calls if call.label != UNCLEAR]
    for call in told:
        if call.label not in _RIGHT:
            raise ValueError(f"{call.label!r} is no label: use {', '.join(LABELS)} or {UNCLEAR}")
    table: dict[str, Counter[str]] = {}
    for call in told:
        table.setdefault(call.label, Counter())[verdict_name(call.verdict)] += 1
    people = [call for call in told if call.label == HUMAN]
    machines = [call for call in told if call.label in MACHINES]
    ended = [call for call in told if call.verdict in NOBODY_THERE]
    heard = [call for call in people if call.verdict is AmdCategory.HUMAN and call.silence_ms is not None]
    return Evaluation(
        calls=len(told),
        table={label: dict(sorted(table[label].items())) for label in LABELS if label in table},
        right=share(sum(is_right(call) for call in told), len(told)),
        people_lost=share(sum(call.verdict in NOBODY_THERE for call in people), len(people)),
        machines_passed=share(sum(call.verdict is AmdCategory.HUMAN for call in machines), len(machines)),
        undecided=share(sum(verdict_name(call.verdict) in ("unknown", NO_VERDICT) for call in told), len(told)),
        false_positives=share(sum(call.label == HUMAN for call in ended), len(ended)),
        silence=spread([call.silence_ms for call in heard]),
        silence_short=spread([call.silence_ms for call in heard if (call.speech_ms or 0) <= SHORT_MS]),
        machine_delay=spread([call.delay_ms for call in machines if call.verdict in NOBODY_THERE]),
    )


def is_right(call: Heard) -> bool:
    return call.verdict is not None and call.verdict in _RIGHT[call.label]


def verdict_name(verdict: AmdCategory | None) -> str:
    return NO_VERDICT if verdict is None else str(verdict)


def share(count: int, total: int) -> Share:
    """Wilson's score interval at 95 %: right for small numbers and for none, where the usual one is not."""
    if total == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    part = count / total
    scale = 1 + _Z**2 / total
    centre = (part + _Z**2 / (2 * total)) / scale
    half = _Z * math.sqrt(part * (1 - part) / total + _Z**2 / (4 * total**2)) / scale
    low = 0.0 if count == 0 else max(0.0, centre - half)
    high = 1.0 if count == total else min(1.0, centre + half)
    return Share(count, total, part, low, high)


def spread(values: Sequence[int | None]) -> Spread:
    known = sorted(value for value in values if value is not None)
    if not known:
        return Spread(0, None, None)
    return Spread(len(known), _at(known, 0.5), _at(known, 0.9))


def _at(ranked: Sequence[int], part: float) -> int:
    """The smallest value that ``part`` of all do not exceed."""
    return ranked[max(0, math.ceil(part * len(ranked)) - 1)]
