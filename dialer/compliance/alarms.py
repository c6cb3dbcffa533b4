"""What somebody must look after: rules that ended, rules in doubt, and packs nobody checked for long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from dialer.compliance.plans import binds
from dialer.compliance.rules import Pack

STALE_AFTER_MONTHS = 12


class AlarmKind(StrEnum):
    EXPIRED = "expired"  #: the rule's last day is over: it binds nobody any more
    REVIEW = "review"  #: it binds still, but it may have ended: find out
    STALE = "stale"  #: nobody has checked the pack's text for long


@dataclass(frozen=True, slots=True)
class Alarm:
    """``subject`` is a rule, ``pack/rule``, or where the kind is stale a pack; ``since`` the date it rests on."""

    kind: AlarmKind
    subject: str
    since: date


def alarms_of(packs: Iterable[Pack], now: datetime, stale_after_months: int = STALE_AFTER_MONTHS) -> list[Alarm]:
    """Every alarm at ``now`` (aware), in the order of the packs. A rule that did not begin yet is no alarm."""
    today = now.astimezone(UTC).date()
    found = []
    for pack in packs:
        checked = date.fromisoformat(pack.as_of)
        if _months(checked, today) >= stale_after_months:
            found.append(Alarm(AlarmKind.STALE, pack.id, checked))
        for rule in pack.rules:
            ended = rule.effective_until is not None and today > rule.effective_until
            if ended and rule.effective_until is not None and not binds(rule, now.timestamp()):
                found.append(Alarm(AlarmKind.EXPIRED, rule.id, rule.effective_until))
            elif rule.review_by is not None and today > rule.review_by:
                found.append(Alarm(AlarmKind.REVIEW, rule.id, rule.review_by))
    return found


def _months(since: date, today: date) -> int:
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
