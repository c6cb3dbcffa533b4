"""The schema of packs: valid itself, content with every pack that ships, and as strict as the loader."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib import resources
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dialer.compliance.loader import parse_pack
from dialer.errors import InvalidPack

FOLDER = resources.files("dialer.compliance") / "packs"
SCHEMA = json.loads((FOLDER / "schema.json").read_text("utf-8"))
TEXTS = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir() if file.name.endswith(".yaml")}
VALIDATOR = Draft202012Validator(SCHEMA)

PACK: dict[str, Any] = {
    "id": "mine",
    "title": "A pack of one's own",
    "as_of": "2026-11-22",
    "brought_in_by": "campaign",
    "applies": {"country": "CO"},
    "rules": [
        {
            "id": "w", "kind": "window", "cite": "c", "basis": "law",
            "allow": [{"days": ["mon"], "from": "08:00", "to": "24:00"}],
        },
        {
            "id": "l", "kind": "limit", "cite": "c", "basis": "policy", "key": ["debtor", "creditor"], "max": 1,
            "count": {"channel": "other", "dir": "any", "outcomes": {"not_in": ["busy"]}},
            "window": {"calendar": "month"}, "counts_after_first": "conversation",
            "effective": {"from": "2026-01-01", "until": "2026-12-31"},
        },
        {"id": "g", "kind": "guard", "cite": "c", "basis": "law", "deny_if": "written_notice_younger_than_days:6"},
        {
            "id": "r", "kind": "ratio", "cite": "c", "basis": "law", "key": ["campaign"], "numerator": ["abandoned"],
            "denominator": ["all_calls"], "max_below": 0.85, "floor": {"all_calls_per_day": 10}, "action": "throttle",
            "window": {"calendar": "day"},
        },
        {"id": "o", "kind": "oblige", "cite": "c", "basis": "law", "set": {"ring_min_s": 15}},
        {
            "id": "k", "kind": "retain", "cite": "c", "basis": "law",
            "classes": {"recording": {"years": 3, "from": "event", "at_most": {"years": 5}}},
        },
    ],
}  # fmt: skip


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    pack = deepcopy(PACK)
    place: Any = pack
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return pack


def test_the_schema_is_a_schema() -> None:
    assert SCHEMA["$schema"].endswith("draft/2020-12/schema")
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_pack_that_ships_is_valid(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(TEXTS[name]))] == []


def test_schema_and_loader_accept_every_kind_of_rule() -> None:
    assert VALIDATOR.is_valid(PACK)
    assert len(parse_pack(yaml.safe_dump(PACK), "mine.yaml").rules) == 6


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), None),
        (("as_of",), "yesterday"),
        (("brought_in_by",), "magic"),
        (("applies", "contry"), "CO"),
        (("rules",), []),
        (("rules", 0, "kind"), "windows"),
        (("rules", 0, "basis"), None),
        (("rules", 0, "basis"), "rumour"),
        (("rules", 0, "allow", 0, "to"), "24:30"),
        (("rules", 0, "allow", 0, "days"), ["monday"]),
        (("rules", 1, "key"), ["debtor", "loan"]),
        (("rules", 1, "max"), -1),
        (("rules", 1, "max"), 1.5),
        (("rules", 1, "count", "dir"), "both"),
        (("rules", 1, "count", "outcomes"), ["talk"]),
        (("rules", 1, "window"), {"calendar": "year"}),
        (("rules", 1, "window"), {"calendar_days": 90}),
        (("rules", 1, "effective"), {"since": "2026-01-01"}),
        (("rules", 1, "counts_after_first"), "chat"),
        (("rules", 2, "deny_if"), "debt_flag"),
        (("rules", 2, "deny_if"), "written_notice_younger_than_days:soon"),
        (("rules", 2, "deny_if"), "contact_role:aunt"),
        (("rules", 3, "action"), "pray"),
        (("rules", 3, "max"), 0.5),
        (("rules", 3, "max_below"), None),
        (("rules", 3, "floor"), {"all_calls": 10}),
        (("rules", 4, "set", "deadline_from"), "noon"),
        (("rules", 5, "classes"), {}),
        (("rules", 5, "classes", "recording", "from"), "now"),
        (("rules", 5, "classes", "recording", "weeks"), 3),
        (("rules", 5, "maximum"), 3),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses_too(path: tuple[str | int, ...], value: object) -> None:
    pack = changed(path, value)
    assert not VALIDATOR.is_valid(pack)
    with pytest.raises(InvalidPack):
        parse_pack(yaml.safe_dump(pack), "mine.yaml")
