"""Reads one rule of a pack: its kind, and the parameters of that kind. Every mistake has file, line and rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypedDict

import yaml

from dialer.compliance.facts import HISTORY, Channel, ContactRole, Direction, LedgerOutcome, NumberUse
from dialer.compliance.localtime import DAY_S, WallSpan
from dialer.compliance.rules import (
    Basis,
    CountedChannels,
    GuardRule,
    KeptFrom,
    LimitKey,
    LimitRule,
    ObligeRule,
    Period,
    PeriodKind,
    Predicate,
    RatioAction,
    RatioRule,
    RatioWindow,
    RetainRule,
    Retention,
    Rule,
    Unless,
    WindowRule,
)
from dialer.compliance.verdict import DeadlineFrom, Obligations
from dialer.compliance.yamlfile import Place, Section

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_MOST_DAYS = HISTORY.days - 1  # of history a rule may ask for: a day may have 25 hours
_MOST_YEARS = 100
_FLOOR_PERIOD = {"_per_day": RatioWindow.DAY, "_per_month": RatioWindow.MONTH}


class _Common(TypedDict):
    id: str
    cite: str
    basis: Basis
    as_of: str
    channels: tuple[Channel, ...]
    effective_from: date | None
    effective_until: date | None
    review_by: date | None
    source: str


def read_rule(section: Section, pack_id: str, pack_as_of: str, default_basis: Basis | None) -> Rule:
    """One entry of a pack's ``rules``. ``default_basis`` None: the entry must say what it rests on."""
    rule_id = section.text("id")
    section.place = Place(section.place.file, rule_id)
    kind_node = section.take("kind")
    cite = section.text("cite")
    undated: tuple[date | None, date | None] = (None, None)
    effective_from, effective_until = section.optional("effective", lambda key: _effective(section, key), undated)
    common: _Common = {
        "id": f"{pack_id}/{rule_id}",
        "cite": cite,
        "basis": default_basis if default_basis and "basis" not in section else section.choice("basis", Basis),
        "as_of": section.optional("as_of", lambda key: section.date(key).isoformat(), pack_as_of),
        "channels": section.optional("channels", lambda key: _channels(section, key), (Channel.CALL,)),
        "effective_from": effective_from,
        "effective_until": effective_until,
        "review_by": section.optional("review_by", section.date, None),
        "source": section.optional("source", section.text, ""),
    }
    make = _KINDS.get(kind_node.value)
    if make is None:
        raise section.place.error(kind_node, f"kind must be one of {', '.join(_KINDS)}, not {kind_node.value}")
    rule = make(section, common)
    section.finish()
    return rule


def _effective(section: Section, key: str) -> tuple[date | None, date | None]:
    dates = section.section(key)
    first, last = dates.optional("from", dates.date, None), dates.optional("until", dates.date, None)
    if first is not None and last is not None and first > last:
        raise section.place.error(dates.node, "from must not be later than until")
    dates.finish()
    return first, last


def _window(section: Section, common: _Common) -> WindowRule:
    week: list[list[WallSpan]] = [[] for _ in _DAYS]
    for allow in section.sections("allow"):
        days = allow.sequence("days")
        opens, closes = _wall_time(allow, "from"), _wall_time(allow, "to")
        if opens >= closes:
            raise section.place.error(allow.node, "from must be earlier than to; split a night at 24:00")
        for node in days:
            if node.value not in _DAYS:
                raise section.place.error(node, f"a day is one of {', '.join(_DAYS)}, not {node.value}")
            week[_DAYS.index(node.value)].append((opens, closes))
        allow.finish()
    return WindowRule(
        **common,
        week=tuple(tuple(sorted(spans)) for spans in week),
        calendar=section.optional("calendar", section.text, ""),
        number_use=section.optional("number_use", lambda key: section.choice(key, NumberUse), None),
    )


def _limit(section: Section, common: _Common) -> LimitRule:
    count = section.section("count")
    count_channels = _counted_channels(count)
    direction_node = count.take("dir")
    direction = None if direction_node.value == "any" else count.choice_of(direction_node, "dir", Direction)
    outcomes = _outcomes(count)
    count.finish()
    key = section.choices("key", LimitKey)
    return LimitRule(
        **common,
        per_debtor=LimitKey.DEBTOR in key,
        per_debt=LimitKey.DEBT in key,
        per_creditor=LimitKey.CREDITOR in key,
        per_number=LimitKey.NUMBER in key,
        count_channels=count_channels,
        count_direction=direction,
        count_outcomes=outcomes,
        maximum=section.integer("max", 0, 10_000),
        period=_period(section),
        include_candidate=section.optional("include_candidate", section.boolean, True),
        unless=section.optional("unless", lambda key: section.choice(key, Unless), None),
        counts_after_first=section.optional("counts_after_first", lambda key: section.choice(key, LedgerOutcome), None),
    )


def _guard(section: Section, common: _Common) -> GuardRule:
    node = section.take("deny_if")
    name, _, argument = section.text_of(node, "deny_if").partition(":")
    if name not in tuple(Predicate):
        raise section.place.error(node, f"deny_if knows {', '.join(Predicate)}, not {name}")
    predicate = Predicate(name)
    if predicate.takes_argument != bool(argument):
        shape = f"{name}:something" if predicate.takes_argument else name
        raise section.place.error(node, f"write deny_if as {shape}")
    if predicate is Predicate.CONTACT_ROLE and argument not in tuple(ContactRole):
        raise section.place.error(node, f"the role must be one of {', '.join(ContactRole)}, not {argument}")
    if predicate is Predicate.NOTICE_YOUNGER and not (argument.isdecimal() and 1 <= int(argument) <= 366):
        raise section.place.error(node, f"write deny_if as {name}: and a number of days from 1 to 366")
    return GuardRule(**common, predicate=predicate, argument=argument)


def _ratio(section: Section, common: _Common) -> RatioRule:
    exclusive = "max_below" in section
    maximum = section.number("max_below" if exclusive else "max", 0.0, 0.999)
    window, days = _ratio_window(section)
    return RatioRule(
        **common,
        key=section.texts("key"),
        numerator=section.texts("numerator"),
        denominator=section.texts("denominator"),
        maximum=maximum,
        target=section.optional("target", lambda key: section.number(key, 0.0, maximum), maximum),
        window=window,
        window_days=days,
        exclusive=exclusive,
        floor=MappingProxyType(section.optional("floor", lambda key: _floor(section, key, window), {})),
        action=section.choice("action", RatioAction),
    )


def _floor(section: Section, key: str, window: RatioWindow) -> dict[str, int]:
    """Written ``all_calls_per_day: 100000``; the period must be that of the rate, for only that is counted."""
    floor = section.section(key)
    found = {}
    for name in floor.rest():
        suffix = next((each for each, period in _FLOOR_PERIOD.items() if period is window and name.endswith(each)), "")
        if not suffix:
            raise section.place.error(
                floor.take(name), f"{name} must end as the window does, such as all_calls_per_day"
            )
        found[name.removesuffix(suffix)] = floor.integer(name, 1, 1_000_000_000)
    return found


def _retain(section: Section, common: _Common) -> RetainRule:
    classes = section.section("classes")
    kept = {name: _retention(section, classes.section(name)) for name in classes.rest()}
    if not kept:
        raise section.place.error(classes.node, "name at least one class of records")
    return RetainRule(**common, classes=MappingProxyType(kept))


def _retention(section: Section, kept: Section) -> Retention:
    years = kept.optional("years", lambda key: kept.integer(key, 0, _MOST_YEARS), 0)
    days = kept.optional("days", lambda key: kept.integer(key, 0, 36_525), 0)
    since = kept.choice("from", KeptFrom)
    most_years, most_days = kept.optional("at_most", lambda key: _at_most(kept.section(key)), (0, 0))
    if not (years or days or most_years or most_days):
        raise section.place.error(kept.node, "years, days or at_most is missing")
    kept.finish()
    return Retention(years, days, since, most_years, most_days)


def _at_most(bound: Section) -> tuple[int, int]:
    years = bound.optional("years", lambda key: bound.integer(key, 0, _MOST_YEARS), 0)
    days = bound.optional("days", lambda key: bound.integer(key, 0, 36_525), 0)
    bound.finish()
    return years, days


def _oblige(section: Section, common: _Common) -> ObligeRule:
    demands = section.section("set")
    obligations = Obligations(
        ring_min_s=demands.optional("ring_min_s", lambda key: demands.number(key, 0, 120), 0.0),
        connect_deadline_s=demands.optional("connect_deadline_s", lambda key: demands.number(key, 0.1, 60), None),
        deadline_from=demands.optional("deadline_from", lambda key: demands.choice(key, DeadlineFrom), None),
        drop_messages=demands.optional("drop_message", lambda key: (demands.text(key),), ()),
        caller_id=demands.optional("cli", lambda key: (demands.text(key),), ()),
        announcements=demands.optional("announce", demands.texts, ()),
    )
    demands.finish()
    return ObligeRule(**common, obligations=obligations)


_KINDS: Mapping[str, Callable[[Section, _Common], Rule]] = {
    "window": _window,
    "limit": _limit,
    "guard": _guard,
    "ratio": _ratio,
    "oblige": _oblige,
    "retain": _retain,
}


def _channels(section: Section, key: str) -> tuple[Channel, ...]:
    node = section.take(key)
    if node.value == "all":
        return tuple(Channel)
    nodes: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(section.choice_of(each, key, Channel) for each in nodes)


def _counted_channels(count: Section) -> tuple[Channel, ...] | CountedChannels:
    node = count.take("channel")
    if node.value in tuple(CountedChannels):
        return CountedChannels(node.value)
    if node.value == "all":
        return tuple(Channel)
    nodes: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(count.choice_of(each, "channel", Channel) for each in nodes)


def _outcomes(count: Section) -> tuple[LedgerOutcome, ...]:
    """What counts. The unknown outcome always does, the released one never."""
    node = count.take("outcomes")
    if isinstance(node, yaml.MappingNode):
        inner = Section(node, count.place)
        excluded = inner.choices("not_in", LedgerOutcome)
        inner.finish()
        return tuple(each for each in LedgerOutcome if each is not LedgerOutcome.RELEASED and each not in excluded)
    if node.value == "any":
        return tuple(each for each in LedgerOutcome if each is not LedgerOutcome.RELEASED)
    if not isinstance(node, yaml.SequenceNode):
        raise count.place.error(node, "outcomes must be any, a list, or {not_in: [...]}")
    listed = tuple(count.choice_of(each, "outcomes", LedgerOutcome) for each in node.value)
    return (*listed, LedgerOutcome.UNKNOWN)


def _period(section: Section) -> Period:
    window = section.section("window")
    if "rolling_hours" in window:
        period = Period(PeriodKind.ROLLING_HOURS, window.integer("rolling_hours", 1, _MOST_DAYS * 24))
    elif "calendar_days" in window:
        period = Period(PeriodKind.CALENDAR_DAYS, window.integer("calendar_days", 1, _MOST_DAYS))
    else:
        node = window.take("calendar")
        if node.value not in ("week", "month"):
            raise section.place.error(node, "calendar must be week or month")
        period = Period(PeriodKind(node.value))
    window.finish()
    return period


def _ratio_window(section: Section) -> tuple[RatioWindow, int]:
    window = section.section("window")
    days = 0
    if "campaign_days" in window:
        kind, days = RatioWindow.CAMPAIGN_DAYS, window.integer("campaign_days", 1, 366)
    else:
        kind = window.choice("calendar", RatioWindow)
        if kind is RatioWindow.CAMPAIGN_DAYS:
            raise section.place.error(window.node, "calendar must be day or month")
    window.finish()
    return kind, days


def _wall_time(section: Section, key: str) -> int:
    node = section.take(key)
    match = _TIME.fullmatch(str(node.value))
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 if match else DAY_S + 1
    if seconds > DAY_S:
        raise section.place.error(node, f'{key} must be a time from "00:00" to "24:00", such as "07:30"')
    return seconds
