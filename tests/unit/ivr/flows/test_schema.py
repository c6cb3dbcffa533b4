"""The schema for editors: valid itself, content with every flow that ships, and as strict as the loader."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dialer.errors import InvalidFlow
from ivr_flows.loader import shipped_flows
from ivr_flows.nodes import KINDS
from tests.support.self_service import written

ROOT = resources.files("ivr_flows")
SCHEMA = json.loads((ROOT / "flow.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

#: Every node with every key that it may have.
NODES: dict[str, dict[str, Any]] = {
    "say": {"prompts": ["greeting", {"say": "recording", "when": "announce_recording"}], "next": "end"},
    "menu": {
        "prompts": "main_menu",
        "choices": {"1": "end", "2": {"next": "end", "words": "end", "when": "agents"}},
        "otherwise": "end",
    },
    "digits": {"prompts": "greeting", "store": "number", "least": 1, "most": 4, "next": "end", "otherwise": "end"},
    "date": {
        "prompts": "greeting", "store": "day", "earliest": "today", "latest": "today + 9", "with_year": True,
        "next": "end", "otherwise": "end",
    },
    "amount": {
        "prompts": "greeting", "store": "sum", "least": "minimum", "most": "balance", "currency": "COP", "next": "end",
        "otherwise": "end",
    },
    "yes_no": {"prompts": "greeting", "yes": "end", "no": "end", "otherwise": "end"},
    "verify_identity": {
        "prompts": "greeting", "passed": "end", "failed": "end", "wrong_person": "end",
        "methods": ["birth_date", "code"],
    },
    "balance": {"prompts": "greeting", "next": "end"},
    "offer": {"prompts": "greeting", "accepted": "end", "declined": "end", "otherwise": "end"},
    "promise": {"prompts": "greeting", "saved": "end", "declined": "end", "refused": "end", "otherwise": "end"},
    "pay_by": {
        "prompts": "greeting", "ways": ["link"], "instructions": "pay_help", "template": "t", "next": "end",
        "otherwise": "end",
    },
    "transfer": {"prompts": "greeting", "reason": "asked", "wait_s": 5, "no_agent": "end", "call_back": "end"},
    "call_back": {"prompts": "greeting", "next": "end", "otherwise": "end"},
    "opt_out": {"prompts": "greeting", "scope": "person", "next": "end", "declined": "end", "otherwise": "end"},
    "set_language": {"prompts": "greeting", "language": "en", "next": "end"},
    "condition": {
        "prompts": "greeting", "branches": [{"when": "agents", "next": "end"}], "otherwise": "end",
    },
    "sub_flow": {"prompts": "greeting", "flow": "settle", "next": "end"},
    "hang_up": {"prompts": "farewell"},
}  # fmt: skip


def flow(kind: str, node: dict[str, Any]) -> dict[str, Any]:
    nodes = {"first": {"kind": kind, **node}, "end": {"kind": "hang_up"}}
    return {
        "flow": "mine", "title": {"es": "Mío"}, "languages": ["es", "en"], "begins": "identified", "start": "first",
        "agent": "end", "tries": 2, "first_s": 5, "between_s": 2.5, "prompts": {"mine": {"es": "Hola"}}, "nodes": nodes,
    }  # fmt: skip


def is_read(document: dict[str, Any], folder: Path) -> bool:
    try:
        written(folder, yaml.safe_dump(document, allow_unicode=True))
    except InvalidFlow:
        return False
    return True


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped_flows())
def test_every_flow_that_ships_fits_and_names_it(name: str) -> None:
    text = (ROOT / "flows" / f"{name}.yaml").read_text("utf-8")
    document = yaml.load(text, Loader=yaml.BaseLoader)  # as an editor reads it: the keys of a menu are texts
    for node in document["nodes"].values():
        for key in ("wait_s", "least", "most"):
            node |= {key: float(node[key])} if key in node else {}
    VALIDATOR.validate(document)
    assert text.startswith("# yaml-language-server: $schema=../flow.schema.json\n")


@pytest.mark.parametrize("kind", KINDS)
def test_a_node_with_every_key_is_read_and_fits(kind: str, tmp_path: Path) -> None:
    document = flow(kind, NODES[kind])
    VALIDATOR.validate(document)
    assert is_read(document, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_schema_and_loader_agree_which_keys_may_be_left_out(kind: str, tmp_path: Path) -> None:
    for key in NODES[kind]:
        less = deepcopy(NODES[kind])
        del less[key]
        assert VALIDATOR.is_valid(flow(kind, less)) is is_read(flow(kind, less), tmp_path), key


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [{"greeting": 1}, [], "Not A Name", -1, None])
def test_schema_and_loader_refuse_the_same_values(kind: str, value: object, tmp_path: Path) -> None:
    for key in NODES[kind]:
        if key in (
            "when",
            "earliest",
            "latest",
            "least",
            "most",
            "prompts",
            "instructions",
            "template",
            "flow",
            "currency",
        ):
            continue  # the schema cannot know conditions, prompts and flows
        wrong = flow(kind, {**NODES[kind], key: value})
        assert not VALIDATOR.is_valid(wrong), key
        assert not is_read(wrong, tmp_path), key


def test_both_refuse_a_key_that_nobody_knows(tmp_path: Path) -> None:
    for kind, node in NODES.items():
        wrong = flow(kind, {**node, "colour": "red"})
        assert not VALIDATOR.is_valid(wrong), kind
        assert not is_read(wrong, tmp_path), kind
    assert not VALIDATOR.is_valid({**flow("hang_up", {}), "colour": "red"})
