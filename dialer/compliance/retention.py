"""How long records must live, and whether one may be deleted. A legal hold is none of this room's business."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

from dialer.compliance.rules import KeptFrom, Pack, RetainRule, Retention, Scope
from dialer.errors import InvalidPack

_YEAR_DAYS = 366  # for comparing spans of which no date is known: the longest year


@dataclass(frozen=True, slots=True)
class PurgeDecision:
    """``reasons`` are the rules, ``pack/rule``, that keep the record now. ``purge_from`` is the first local date on
    which none does; None: no rule speaks of records of that class. ``purge_by`` is the last local date on which the
    record may still be there; None: no rule sets one."""

    allowed: bool
    reasons: tuple[str, ...]
    purge_from: date | None
    purge_by: date | None = None


def may_purge(
    packs: Iterable[Pack], cls: str, at: datetime, last_activity: datetime | None, now: datetime, zone: ZoneInfo
) -> PurgeDecision:
    """Whether a record of class ``cls`` (``recording``, ``attempt``, ``cdr``...) made ``at`` may be deleted ``now``.

    All of ``packs`` are obeyed, the longest wins. ``last_activity`` is that of the debt; the record's own event is
    one, so None or an earlier instant counts as ``at``. Instants are aware, dates are those of ``zone``.
    """
    event = at.astimezone(zone).date()
    activity = event if last_activity is None else max(event, last_activity.astimezone(zone).date())
    today = now.astimezone(zone).date()
    until: list[tuple[date, str]] = []
    by: list[date] = []
    for pack in packs:
        for rule in pack.rules:
            if isinstance(rule, RetainRule) and (kept := rule.classes.get(cls)) is not None:
                since = activity if kept.since is KeptFrom.LAST_ACTIVITY else event
                until.append((_after(since, kept.years, kept.days), rule.id))
                if kept.most_years or kept.most_days:
                    by.append(_after(since, kept.most_years, kept.most_days))
    reasons = tuple(rule for free, rule in until if free > today)
    return PurgeDecision(
        allowed=not reasons,
        reasons=reasons,
        purge_from=max((free for free, _ in until), default=None),
        purge_by=min(by, default=None),
    )


def check_together(packs: Sequence[Pack]) -> None:
    """Raises InvalidPack where one pack wants a class of records kept longer than another that may concern the same
    debtor lets it live."""
    for one, other in permutations(packs, 2):
        if _may_meet(one.scope, other.scope):
            _check_pair(one, other)
    for pack in packs:
        _check_pair(pack, pack)


def _check_pair(keeps: Pack, bounds: Pack) -> None:
    for keep in keeps.rules:
        for bound in bounds.rules:
            if isinstance(keep, RetainRule) and isinstance(bound, RetainRule):
                for cls in keep.classes.keys() & bound.classes.keys():
                    least, most = keep.classes[cls], bound.classes[cls]
                    if _contradict(least, most):
                        raise InvalidPack(
                            f"{keep.id} keeps records of class {cls} longer than {bound.id} lets them live. "
                            "Correct one of the two packs, or remove it.",
                            keeps=keep.id,
                            bounds=bound.id,
                        )


def _contradict(least: Retention, most: Retention) -> bool:
    bounded = most.most_years or most.most_days
    return bool(bounded) and _span(least.years, least.days) > _span(most.most_years, most.most_days)


def _span(years: int, days: int) -> int:
    return years * _YEAR_DAYS + days


def _may_meet(one: Scope, other: Scope) -> bool:
    return (
        _overlap(one.country, other.country)
        and _overlap(one.subdivision, other.subdivision)
        and bool(set(one.purposes) & set(other.purposes))
        and (not one.parties or not other.parties or bool(set(one.parties) & set(other.parties)))
    )


def _overlap(one: str, other: str) -> bool:
    return not one or not other or one == other


def _after(day: date, years: int, days: int) -> date:
    """Whole years and days later. 29 February lands on 1 March where the year has none."""
    try:
        later = day.replace(year=day.year + years)
    except ValueError:
        later = date(day.year + years, 3, 1)
    return later + timedelta(days=days)
