"""What several packs demand of one call, merged by the stricter value."""

from __future__ import annotations

from collections.abc import Iterable

from dialer.compliance.verdict import DeadlineFrom, Obligations

_NOTHING = Obligations()


def merge(all_obligations: Iterable[Obligations]) -> Obligations:
    """The longest ring, the shortest deadline from the earliest instant, and every message and announcement."""
    merged = _NOTHING
    for one in all_obligations:
        merged = Obligations(
            ring_min_s=max(merged.ring_min_s, one.ring_min_s),
            connect_deadline_s=_shorter(merged.connect_deadline_s, one.connect_deadline_s),
            deadline_from=_earlier(merged.deadline_from, one.deadline_from),
            drop_messages=_union(merged.drop_messages, one.drop_messages),
            caller_id=_union(merged.caller_id, one.caller_id),
            announcements=_union(merged.announcements, one.announcements),
        )
    return merged


def _shorter(one: float | None, other: float | None) -> float | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _earlier(one: DeadlineFrom | None, other: DeadlineFrom | None) -> DeadlineFrom | None:
    if DeadlineFrom.GREETING_START in (one, other):
        return DeadlineFrom.GREETING_START
    return one or other


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))
