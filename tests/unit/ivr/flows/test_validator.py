"""What the validator finds, each in the smallest flow that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr_flows.findings import Finding
from ivr_flows.loader import load, shipped_flows
from ivr_flows.validate import findings
from tests.support.self_service import written

HEAD = "flow: mine\nstart: a\nnodes:\n"
VERIFY = "  a: {kind: verify_identity, passed: b, failed: end}\n"
END = "  end: {kind: hang_up}\n"


def found(folder: Path, nodes: str, head: str = HEAD) -> list[Finding]:
    return list(findings(written(folder, head + nodes + END)))


def codes(folder: Path, nodes: str, head: str = HEAD) -> list[tuple[str, str]]:
    return [(finding.code, finding.node) for finding in found(folder, nodes, head)]


@pytest.mark.parametrize("name", shipped_flows())
def test_the_flows_that_ship_have_nothing_to_find(name: str) -> None:
    assert findings(load(name)) == ()


def test_a_node_without_a_way_to_it_is_found(tmp_path: Path) -> None:
    assert codes(tmp_path, "  a: {kind: say, prompts: greeting, next: end}\n  b: {kind: hang_up}\n") == [
        ("unreachable", "b")
    ]


def test_the_node_for_zero_is_reached_from_wherever_something_is_asked(tmp_path: Path) -> None:
    nodes = "  a: {kind: yes_no, prompts: greeting, yes: end, no: end}\n  b: {kind: transfer, no_agent: end}\n"
    assert codes(tmp_path, nodes, HEAD.replace("nodes:", "agent: b\nnodes:")) == []
    nothing_asked = nodes.replace(
        "kind: yes_no, prompts: greeting, yes: end, no: end", "kind: set_language, language: es, next: end"
    )
    assert codes(tmp_path, nothing_asked, HEAD.replace("nodes:", "agent: b\nnodes:")) == [("unreachable", "b")]


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ("{kind: promise, saved: end, declined: end, refused: end}", "promise-without-identity"),
        ("{kind: balance, next: end}", "debt-without-identity"),
        ("{kind: offer, accepted: end, declined: end}", "debt-without-identity"),
        ("{kind: pay_by, ways: [link], instructions: pay_help, next: end}", "debt-without-identity"),
        ("{kind: say, prompts: pay_instructions_text, next: end}", "debt-without-identity"),
        ("{kind: say, prompts: [{say: greeting, when: days_late > 1}], next: end}", "debt-without-identity"),
        ("{kind: condition, branches: [{when: promised, next: end}], otherwise: end}", "debt-without-identity"),
        ("{kind: amount, prompts: greeting, store: x, next: end}", "debt-without-identity"),
        ("{kind: date, prompts: greeting, store: x, latest: due, next: end}", "debt-without-identity"),
        ("{kind: say, prompts: mini_miranda, next: end}", "debt-words-without-identity"),
        ("{kind: sub_flow, flow: settle, next: end}", "sub-flow-needs-identity"),
    ],
)
def test_a_debt_is_told_only_where_every_way_passes_identity(node: str, code: str, tmp_path: Path) -> None:
    safe = f"{VERIFY}  b: {node}\n"
    assert codes(tmp_path, safe) == []
    beginning = f"  a: {node}\n"
    assert {each for each, _ in codes(tmp_path, beginning)} >= {code}
    assert codes(tmp_path, beginning, HEAD.replace("start:", "begins: identified\nstart:")) == []
    beside = f"  a: {{kind: yes_no, prompts: greeting, yes: c, no: b}}\n  c: {VERIFY[5:]}  b: {node}\n"
    told = next(finding for finding in found(tmp_path, beside) if finding.code == code)
    assert told.node == "b"
    assert told.values["path"] == "a > b"


def test_identity_passed_in_a_sub_flow_counts_after_it(tmp_path: Path) -> None:
    (tmp_path / "who.yaml").write_text(
        "flow: who\nstart: v\nnodes:\n  v: {kind: verify_identity, passed: return, failed: z}\n  z: {kind: hang_up}\n",
        encoding="utf-8",
    )
    nodes = "  a: {kind: sub_flow, flow: who, next: b}\n  b: {kind: balance, next: end}\n"
    assert codes(tmp_path, nodes) == []
    text = (tmp_path / "who.yaml").read_text("utf-8").replace("failed: z", "failed: return")
    (tmp_path / "who.yaml").write_text(text, encoding="utf-8")
    assert ("debt-without-identity", "b") in codes(tmp_path, nodes)


def test_zero_pressed_before_identity_must_not_lead_to_a_debt(tmp_path: Path) -> None:
    nodes = VERIFY + "  b: {kind: balance, next: end}\n  help: {kind: balance, next: end}\n"
    assert ("debt-without-identity", "help") in codes(tmp_path, nodes, HEAD.replace("nodes:", "agent: help\nnodes:"))


def test_a_loop_from_which_the_call_never_ends_is_found(tmp_path: Path) -> None:
    menu = "{kind: menu, prompts: anything_else, choices: {1: a, 2: b}}"
    nodes = f"  a: {menu}\n  b: {menu}\n"
    assert {("loop-without-exit", "a"), ("loop-without-exit", "b")} <= set(codes(tmp_path, nodes))
    assert codes(tmp_path, f"  a: {menu.replace('1: a', '1: end')}\n  b: {menu}\n") == []


def test_a_loop_that_asks_nobody_is_found_with_its_path(tmp_path: Path) -> None:
    nodes = (
        "  a: {kind: condition, branches: [{when: agents, next: b}], otherwise: end}\n"
        "  b: {kind: set_language, language: es, next: a}\n"
    )
    (finding,) = found(tmp_path, nodes)
    assert (finding.code, finding.values["path"]) == ("loop-without-asking", "a > b > a")


def test_failed_identity_must_not_lead_straight_back_to_it(tmp_path: Path) -> None:
    nodes = "  a: {kind: verify_identity, passed: end, failed: a}\n"
    assert codes(tmp_path, nodes) == [("loop-without-asking", "a")]


def test_a_transfer_that_nobody_answers_needs_a_way_that_is_no_transfer(tmp_path: Path) -> None:
    nodes = "  a: {kind: transfer, no_agent: b}\n  b: {kind: menu, prompts: anything_else, choices: {1: a, 2: a}}\n"
    assert ("transfer-without-way-on", "a") in codes(tmp_path, nodes)
    assert ("transfer-without-way-on", "a") not in codes(tmp_path, nodes.replace("2: a", "2: end"))


def test_prompts_and_words_must_be_there_in_every_language(tmp_path: Path) -> None:
    own = "prompts: {hi: {es: Hola}, unsaid: {es: Nada}}\n"
    head = HEAD.replace("nodes:", own + "nodes:")
    nodes = (
        "  a: {kind: say, prompts: hi, next: b}\n"
        "  b: {kind: menu, prompts: language_menu, choices: {1: {next: end, words: sun}, 2: end}}\n"
    )
    told = [(finding.code, finding.values.get("language"), finding.line) for finding in found(tmp_path, nodes, head)]
    assert told == [
        ("missing-prompt", "en", 5), ("missing-words", "es", 6), ("missing-words", "en", 6), ("prompt-unused", None, 1),
    ]  # fmt: skip
    only_spanish = head.replace("start:", "languages: [es]\nstart:")
    assert [each for each, _ in codes(tmp_path, nodes, only_spanish)] == ["missing-words", "prompt-unused"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{nobody}", "prompt-field"),
        ("{today:money}", "prompt-kind"),
        ("{today:dates}", "prompt-kind"),
        ("{agents}", "prompt-kind"),
    ],
)
def test_a_prompt_cannot_read_what_is_not_there_or_is_something_else(text: str, code: str, tmp_path: Path) -> None:
    own = f'prompts: {{hi: {{es: "{text}", en: "{{today:day}}"}}}}\n'
    nodes = "  a: {kind: say, prompts: hi, next: end}\n"
    assert codes(tmp_path, nodes, HEAD.replace("nodes:", own + "nodes:")) == [(code, "a")]


def test_a_standard_prompt_worded_anew_may_use_only_its_own_values(tmp_path: Path) -> None:
    own = 'prompts: {ask_for_person: {es: "Hola {name}, debe {balance:money}"}}\n'
    told = codes(tmp_path, VERIFY.replace("passed: b", "passed: end"), HEAD.replace("nodes:", own + "nodes:"))
    assert told == [("debt-words-without-identity", "a"), ("prompt-field", "a")]


def test_the_keys_of_a_menu_are_those_that_its_prompts_tell(tmp_path: Path) -> None:
    own = 'prompts: {hi: {es: "Marque 1 o presione el 3.", en: "Press 1. Press 2. Press 0."}}\n'
    nodes = "  a: {kind: menu, prompts: hi, choices: {1: end, 2: end}}\n"
    told = {
        (finding.code, finding.values["key"], finding.values["language"])
        for finding in found(tmp_path, nodes, HEAD.replace("nodes:", own + "nodes:"))
    }
    assert told == {("menu-key-not-told", "2", "es"), ("menu-key-unused", "3", "es")}


def test_a_menu_whose_choices_may_all_be_closed_needs_a_way_on(tmp_path: Path) -> None:
    choices = "{1: {next: end, when: agents}, 2: {next: end, when: known}}"
    nodes = f"  a: {{kind: menu, prompts: anything_else, choices: {choices}}}\n"
    assert codes(tmp_path, nodes) == [("menu-may-be-empty", "a")]
    assert codes(tmp_path, nodes.replace("choices:", "otherwise: end, choices:")) == []


def test_flows_that_call_each_other_for_ever_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        "flow: other\nstart: o\nnodes:\n  o: {kind: sub_flow, flow: mine, next: return}\n", encoding="utf-8"
    )
    assert [code for code, _ in codes(tmp_path, "  a: {kind: sub_flow, flow: other, next: end}\n")] == [
        "sub-flow-cycle", "sub-flow-cycle",
    ]  # fmt: skip


def test_a_finding_is_plain_data_with_words_of_both_languages(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "  a: {kind: balance, next: end}\n")
    assert finding.as_json("es") == {
        "code": "debt-without-identity", "error": True, "file": "mine.yaml", "line": 4, "node": "a",
        "values": {"path": "a", "what": "balance"},
        "text": "mine.yaml, línea 4, nodo a: habla de la deuda (balance) sin haber identificado a la persona: a",
    }  # fmt: skip


@pytest.mark.parametrize(("guide", "name"), [("ivr.md", "reminder"), ("es/ivr.md", "recordatorio")])
def test_the_small_flow_of_the_guide_is_a_good_one(guide: str, name: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[4] / "docs" / guide).read_text("utf-8")
    flow = text.split("```yaml\n")[1].split("```")[0]
    assert findings(written(tmp_path, flow, name)) == ()
