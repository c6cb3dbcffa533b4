"""Packs and calendars as canonical JSON: complete enough to decide by, the same bytes for the same rules.

Keys are sorted, nothing is left out, and times of day are seconds since midnight. The SHA-256 of these bytes is the
digest that a decision names, so that whoever replays it years later can tell that these were the rules.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from dialer.compliance.rules import (
    GuardRule,
    LimitRule,
    ObligeRule,
    Pack,
    PeriodKind,
    RatioRule,
    RatioWindow,
    RetainRule,
    Rule,
    WindowRule,
)


@dataclass(frozen=True, slots=True)
class RuleSource:
    """What decisions rested on. ``kind`` is ``pack`` or ``calendars``; ``digest`` is the SHA-256 of ``content``."""

    digest: str
    kind: str
    name: str
    content: bytes


def canonical_json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pack_content(pack: Pack) -> bytes:
    """The whole pack. An empty text, list or mapping under ``applies`` means everybody."""
    scope = pack.scope
    return canonical_json(
        {
            "id": pack.id,
            "title": pack.title,
            "as_of": pack.as_of,
            "brought_in_by": pack.brought_in_by,
            "min_tzdata": pack.min_tzdata,
            "applies": {
                "country": scope.country,
                "subdivision": scope.subdivision,
                "purpose": list(scope.purposes),
                "party": list(scope.parties),
                "debt_class": list(scope.debt_classes),
            },
            "rules": [_rule(rule) for rule in pack.rules],
        }
    )


def calendars_content(days: Mapping[str, tuple[int, int, frozenset[int]]]) -> bytes:
    """All calendars: by id, the first and last ordinal that is known and the ordinals of the holidays."""
    return canonical_json(
        {
            calendar_id: {"first": first, "last": last, "days": sorted(holidays)}
            for calendar_id, (first, last, holidays) in days.items()
        }
    )


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "cite": rule.cite,
        "basis": rule.basis,
        "as_of": rule.as_of,
        "source": rule.source,
        "channels": list(rule.channels),
        "effective": {
            "from": rule.effective_from.isoformat() if rule.effective_from else None,
            "until": rule.effective_until.isoformat() if rule.effective_until else None,
        },
        "review_by": rule.review_by.isoformat() if rule.review_by else None,
        **_parameters(rule),
    }


def _parameters(rule: Rule) -> dict[str, object]:
    match rule:
        case WindowRule():
            return {
                "kind": "window",
                "week": [[list(span) for span in day] for day in rule.week],
                "calendar": rule.calendar,
                "number_use": rule.number_use,
            }
        case LimitRule():
            return _limit(rule)
        case GuardRule():
            return {"kind": "guard", "deny_if": rule.subject}
        case RatioRule():
            return _ratio(rule)
        case ObligeRule():
            duties = rule.obligations
            return {
                "kind": "oblige",
                "set": {
                    "ring_min_s": duties.ring_min_s,
                    "connect_deadline_s": duties.connect_deadline_s,
                    "deadline_from": duties.deadline_from,
                    "drop_messages": list(duties.drop_messages),
                    "cli": list(duties.caller_id),
                    "announce": list(duties.announcements),
                },
            }
        case RetainRule():
            return {
                "kind": "retain",
                "classes": {
                    name: {
                        "years": kept.years,
                        "days": kept.days,
                        "from": kept.since,
                        "at_most": {"years": kept.most_years, "days": kept.most_days},
                    }
                    for name, kept in rule.classes.items()
                },
            }
    raise TypeError(f"{type(rule).__name__} has no canonical form")


def _limit(rule: LimitRule) -> dict[str, object]:
    asked = {
        "debtor": rule.per_debtor,
        "debt": rule.per_debt,
        "creditor": rule.per_creditor,
        "number": rule.per_number,
    }
    channels = rule.count_channels
    period = rule.period
    calendar = period.kind in (PeriodKind.WEEK, PeriodKind.MONTH)
    return {
        "kind": "limit",
        "key": [name for name, wanted in asked.items() if wanted],
        "count": {
            "channel": list(channels) if isinstance(channels, tuple) else channels,
            "dir": rule.count_direction or "any",
            "outcomes": list(rule.count_outcomes),
        },
        "max": rule.maximum,
        "window": {"calendar": period.kind} if calendar else {period.kind: period.length},
        "include_candidate": rule.include_candidate,
        "unless": rule.unless,
        "counts_after_first": rule.counts_after_first,
    }


def _ratio(rule: RatioRule) -> dict[str, object]:
    by_campaign = rule.window is RatioWindow.CAMPAIGN_DAYS
    return {
        "kind": "ratio",
        "key": list(rule.key),
        "numerator": list(rule.numerator),
        "denominator": list(rule.denominator),
        "max": rule.maximum,
        "max_is_breach": rule.exclusive,
        "target": rule.target,
        "window": {rule.window: rule.window_days} if by_campaign else {"calendar": rule.window},
        "floor": dict(rule.floor),
        "action": rule.action,
    }
