"""Reads rule packs. A mistake in a pack is an error with file, line and rule, never a rule that does not bite."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypedDict

import yaml

from dialer.compliance.facts import (
    HISTORY,
    Channel,
    ContactRole,
    Direction,
    LedgerOutcome,
    NumberUse,
    Party,
    Purpose,
)
from dialer.compliance.localtime import DAY_S, WallSpan
from dialer.compliance.rules import (
    Basis,
    BroughtInBy,
    CountedChannels,
    GuardRule,
    LimitKey,
    LimitRule,
    ObligeRule,
    Pack,
    Period,
    PeriodKind,
    Predicate,
    RatioRule,
    Rule,
    Scope,
    Unless,
    WindowRule,
)
from dialer.compliance.verdict import DeadlineFrom, Obligations
from dialer.compliance.yamlfile import Place, Section, parse

Packs = Mapping[str, Pack]  #: by id

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOST_DAYS = HISTORY.days  # of history a rule may ask for


class _Common(TypedDict):
    id: str
    cite: str
    basis: Basis
    as_of: str
    channels: tuple[Channel, ...]


@lru_cache(maxsize=1)
def shipped_packs() -> Packs:
    """The packs beside this module."""
    return load_packs(resources.files("dialer.compliance") / "packs")


def load_packs(folder: Traversable) -> Packs:
    """Read every ``*.yaml`` of a folder. Raises InvalidPack."""
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    packs = [parse_pack(file.read_text("utf-8"), f"packs/{file.name}") for file in files]
    return MappingProxyType({pack.id: pack for pack in packs})


def parse_pack(text: str, file: str) -> Pack:
    """Read one pack. ``file`` is for the errors, and its name must be the pack's id. Raises InvalidPack."""
    top = parse(text, file)
    id_node = top.node
    pack_id = top.text("id")
    if pack_id != file.rsplit("/", 1)[-1].removesuffix(".yaml"):
        raise top.place.error(id_node, f"the file of pack {pack_id} must be named {pack_id}.yaml")
    title, as_of, brought_in_by = top.text("title"), _as_of(top), top.choice("brought_in_by", BroughtInBy)
    min_tzdata = top.optional("min_tzdata", top.text, "")
    applies = top.section("applies")
    scope = _scope(applies)
    if brought_in_by is BroughtInBy.DEBTOR_COUNTRY and not scope.country:
        raise top.place.error(applies.node, "country is missing: the debtor's country brings this pack in")
    rules: list[Rule] = []
    for section in top.sections("rules"):
        rule = _rule(section, pack_id, as_of)
        if any(rule.id == other.id for other in rules):
            raise section.place.error(section.node, f"there are two rules {rule.id}; give each its own id")
        rules.append(rule)
    top.finish()
    return Pack(
        id=pack_id,
        title=title,
        as_of=as_of,
        brought_in_by=brought_in_by,
        scope=scope,
        rules=tuple(rules),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        min_tzdata=min_tzdata,
    )


def _scope(section: Section) -> Scope:
    scope = Scope(
        country=section.optional("country", section.text, ""),
        subdivision=section.optional("subdivision", section.text, ""),
        purposes=section.optional("purpose", lambda key: section.choices(key, Purpose), (Purpose.COLLECTION,)),
        parties=section.optional("party", lambda key: section.choices(key, Party), ()),
        debt_classes=section.optional("debt_class", section.texts, ()),
    )
    section.finish()
    return scope


def _rule(section: Section, pack_id: str, pack_as_of: str) -> Rule:
    rule_id = section.text("id")
    section.place = Place(section.place.file, rule_id)
    kind_node = section.take("kind")
    common: _Common = {
        "id": f"{pack_id}/{rule_id}",
        "cite": section.text("cite"),
        "basis": section.choice("basis", Basis),
        "as_of": _as_of(section) if "as_of" in section else pack_as_of,
        "channels": section.optional("channels", lambda key: _channels(section, key), (Channel.CALL,)),
    }
    make = _KINDS.get(kind_node.value)
    if make is None:
        raise section.place.error(kind_node, f"kind must be one of {', '.join(_KINDS)}, not {kind_node.value}")
    rule = make(section, common)
    section.finish()
    return rule


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
        per_number=LimitKey.NUMBER in key,
        count_channels=count_channels,
        count_direction=direction,
        count_outcomes=outcomes,
        maximum=section.integer("max", 0, 10_000),
        period=_period(section),
        include_candidate=section.optional("include_candidate", section.boolean, True),
        unless=section.optional("unless", lambda key: section.choice(key, Unless), None),
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
    return GuardRule(**common, predicate=predicate, argument=argument)


def _ratio(section: Section, common: _Common) -> RatioRule:
    maximum = section.number("max", 0.0, 1.0)
    return RatioRule(
        **common,
        key=section.texts("key"),
        numerator=section.texts("numerator"),
        denominator=section.texts("denominator"),
        maximum=maximum,
        target=section.optional("target", lambda key: section.number(key, 0.0, maximum), maximum),
        window=_ratio_window(section),
        action=section.text("action"),
    )


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
        period = Period(PeriodKind.ROLLING_HOURS, window.integer("rolling_hours", 1, (_MOST_DAYS - 1) * 24))
    elif "calendar_days" in window:
        period = Period(PeriodKind.CALENDAR_DAYS, window.integer("calendar_days", 1, _MOST_DAYS - 1))
    else:
        node = window.take("calendar")
        if node.value not in ("week", "month"):
            raise section.place.error(node, "calendar must be week or month")
        period = Period(PeriodKind(node.value))
    window.finish()
    return period


def _ratio_window(section: Section) -> str:
    window = section.section("window")
    if "campaign_days" in window:
        text = f"campaign_days:{window.integer('campaign_days', 1, 366)}"
    else:
        text = f"calendar:{window.text('calendar')}"
    window.finish()
    return text


def _wall_time(section: Section, key: str) -> int:
    node = section.take(key)
    match = _TIME.fullmatch(str(node.value))
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 if match else DAY_S + 1
    if seconds > DAY_S:
        raise section.place.error(node, f'{key} must be a time from "00:00" to "24:00", such as "07:30"')
    return seconds


def _as_of(section: Section) -> str:
    node = section.take("as_of")
    if not isinstance(node, yaml.ScalarNode) or not _DATE.fullmatch(node.value):
        raise section.place.error(node, 'as_of must be a date such as "2026-11-22"')
    return str(node.value)
