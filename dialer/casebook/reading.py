"""Opens a case file: its packs and calendars where it brings any, and its cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from dialer.casebook.casereading import read_case
from dialer.casebook.cases import CaseFile
from dialer.casebook.loose import load_yaml, words
from dialer.compliance.holiday import Calendar, Calendars, calendars_of, shipped_calendars
from dialer.compliance.loader import Packs, packs_of_section, shipped_packs
from dialer.compliance.rules import Pack, Rule
from dialer.compliance.yamlfile import parse
from dialer.errors import ComplianceError, InvalidCaseFile

#: Of a rule, what explains it and decides nothing; and what has no order.
_WORDS_OF_A_RULE = frozenset(
    {"id", "cite", "basis", "as_of", "source", "effective_from", "effective_until", "review_by"}
)
_SETS = frozenset({"channels", "count_channels", "count_outcomes"})

#: Years that a calendar given as a list of dates answers for: outside them a day counts as closed.
_COVERED = (date(2025, 1, 1).toordinal(), date(2030, 12, 31).toordinal())


def read_case_file(path: Path, standing: Packs | None = None) -> CaseFile:
    """Read a file of cases. ``standing`` are the packs of cases that bring none; by default the shipped ones. Raises
    InvalidCaseFile where it is no such file at all."""
    standing = standing if standing is not None else shipped_packs()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidCaseFile(f"The case file {path} cannot be read: {exc}") from exc
    top = load_yaml(text, str(path))
    if isinstance(top, list):
        top = {"cases": top}
    if not isinstance(top, Mapping) or not isinstance(top.get("cases"), list) or not top["cases"]:
        raise InvalidCaseFile(f"{path} has no list of cases. Its format is in docs/case-files.md.")
    packs, broken = _packs(top.get("packs"), standing)
    calendars = _calendars(top.get("calendars"))
    return CaseFile(
        path=str(path),
        packs=packs,
        calendars=calendars,
        broken=broken,
        remarks=_remarks(packs, calendars, standing) if packs is not standing else (),
        cases=tuple(read_case(each, index, packs) for index, each in enumerate(top["cases"])),
    )


def _packs(section: Any, standing: Packs) -> tuple[Packs, dict[str, str]]:
    if not section:
        return standing, {}
    listed = section.items() if isinstance(section, Mapping) else [(each.get("id"), each) for each in section]
    packs: dict[str, Pack] = {}
    broken: dict[str, str] = {}
    for pack_id, body in listed:
        try:
            packs[str(pack_id)] = pack_of(str(pack_id), body)
        except ComplianceError as exc:
            broken[str(pack_id)] = exc.message
    return MappingProxyType(packs), broken


def pack_of(pack_id: str, body: Mapping[str, Any]) -> Pack:
    """A pack as a case file writes it. Raises InvalidPack."""
    rules = [
        {"cite": pack_id, **{key: value for key, value in rule.items() if key != "note"}}
        for rule in body.get("rules") or ()
    ]
    made = {"title": pack_id, "as_of": "2026-11-22", **body, "rules": rules}
    made.pop("note", None)
    text = yaml.safe_dump({pack_id: made}, sort_keys=False, allow_unicode=True)
    return packs_of_section(parse(text, f"pack {pack_id}"))[pack_id]


def _calendars(section: Any) -> Calendars:
    """The calendars of the file, beside those of ours that it does not have."""
    if not isinstance(section, Mapping):
        return shipped_calendars()
    own = {}
    for calendar_id, value in section.items():
        listed = value.get("days", value.get("dates")) if isinstance(value, Mapping) else value
        days = frozenset(_ordinal(word, str(calendar_id)) for word in words(listed))
        own[str(calendar_id)] = Calendar(str(calendar_id), *_COVERED, days)
    return calendars_of(list({**shipped_calendars().by_id, **own}.values()))


def _ordinal(word: str, calendar_id: str) -> int:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        raise InvalidCaseFile(f'calendars.{calendar_id}: {word!r} is no date; write it as "2026-12-25"')
    return date.fromisoformat(word).toordinal()


def _remarks(packs: Packs, calendars: Calendars, ours: Packs) -> tuple[str, ...]:
    """Where the file's packs and calendars are not ours."""
    theirs = shipped_calendars().by_id
    said = [
        f"pack {pack.id} of the file differs from the shipped one in: {', '.join(differing)}"
        for pack in packs.values()
        if pack.id in ours and (differing := _differing(pack, ours[pack.id]))
    ]
    said += [f"pack {each} of the file is not among the shipped ones" for each in packs if each not in ours]
    for each in calendars.by_id.values():
        known = theirs.get(each.id)
        if known is not None and (changed := _days_between(each, known)):
            said.append(f"calendar {each.id} of the file differs from the shipped one on: {', '.join(changed)}")
    return tuple(said)


def _differing(pack: Pack, other: Pack) -> list[str]:
    """The names of rules that decide differently, and of what else differs in the two."""
    mine = {rule.id.partition("/")[2]: _meaning(rule) for rule in pack.rules}
    ours = {rule.id.partition("/")[2]: _meaning(rule) for rule in other.rules}
    changed = [name for name in dict.fromkeys([*mine, *ours]) if mine.get(name) != ours.get(name)]
    if pack.scope != other.scope:
        changed.append("applies")
    if pack.min_tzdata != other.min_tzdata:
        changed.append("min_tzdata")
    return changed


def _meaning(rule: Rule) -> tuple[object, ...]:
    values = ((each.name, getattr(rule, each.name)) for each in fields(rule) if each.name not in _WORDS_OF_A_RULE)
    return (type(rule).__name__, *(frozenset(value) if name in _SETS else value for name, value in values))


def _days_between(one: Calendar, other: Calendar) -> list[str]:
    """Dates, of the years that the file lists, that are a holiday in one and none in the other."""
    if not one.days:
        return []
    first, last = max(min(one.days), other.first), min(max(one.days), other.last)
    return [date.fromordinal(day).isoformat() for day in sorted(one.days ^ other.days) if first <= day <= last]
