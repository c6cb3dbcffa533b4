"""Every mistake in a flow file is told with its file, line and node, in Spanish and English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dialer.errors import InvalidFlow, UnknownFlow
from ivr_flows.findings import findings_of, texts
from ivr_flows.loader import load
from tests.support.self_service import written

GOOD = """\
flow: mine
start: hello
nodes:
  hello:
    kind: say
    prompts: greeting
    next: ask
  ask:
    kind: menu
    prompts: anything_else
    choices:
      1: hello
      2: {next: bye, words: end, when: agents}
  bye:
    kind: hang_up
"""


def mistake(folder: Path, text: str) -> str:
    """What is said in English of the only mistake; it must have Spanish words too."""
    with pytest.raises(InvalidFlow) as refused:
        written(folder, text)
    (finding,) = findings_of(refused.value)
    assert finding.words("es") != finding.words("en") or finding.code == "not-yaml"
    assert finding.words("es").startswith("mine.yaml, línea ")
    assert refused.value.message == finding.words("en")
    return finding.words("en")


def test_a_good_flow_has_its_nodes_its_words_and_a_version(tmp_path: Path) -> None:
    flows = written(tmp_path, GOOD)
    assert list(flows.flow.nodes) == ["hello", "ask", "bye"]
    assert flows.flow.nodes["ask"].line == 9
    assert flows.catalogue.text("es", "farewell") == "Gracias por su atención. Que tenga un buen día."
    changed = written(tmp_path, GOOD.replace("1: hello", "1: bye"))
    assert changed.version != flows.version
    assert written(tmp_path, GOOD).version == flows.version


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("next: ask", "next: asks", "mine.yaml, line 7, node hello: there is no node asks"),
        ("    next: ask\n", "", "mine.yaml, line 5, node hello: the way ends here: next is missing"),
        ("start: hello", "start: helo", "mine.yaml, line 2: there is no node helo"),
        ("kind: say", "kind: sing", "line 5, node hello: there are no nodes of the kind 'sing'"),
        (
            "kind: say",
            "kind: say\n    colour: red",
            "line 6, node hello: colour is not known here; use kind, prompts, next",
        ),
        ("flow: mine", "flow: yours", "line 1: the flow is called yours and its file mine"),
        ("      1: hello", "      1: hello\n      1: bye", "line 13, node ask: 1 is given twice; keep one"),
        ("      1: hello", "      0: hello", "line 12, node ask: the key 0 is reserved"),
        ("      1: hello", "      12: hello", "line 12, node ask: '12' is no key of a menu"),
        ("when: agents", "when: agent", "line 13, node ask: agent is not known; there are agents, announce"),
        ("when: agents", "when: today", "line 13, node ask: when comes to date and must come to bool"),
        (
            "when: agents",
            "when: agents and",
            "the condition 'agents and' cannot be understood, near '…'",
        ),
        ("when: agents", 'when: country < "US"', "node ask: '<' does not go between text and text"),
        (
            "when: agents",
            "when: __import__('os')",
            "cannot be understood, near",
        ),
        ("prompts: greeting", "prompts: []", "line 6, node hello: prompts must be a list with something in it"),
        ("  bye:", "  return:", "line 14, node return: 'return' will not do as a name"),
        ("  bye:\n", "  bye: 7\n  by:\n", "line 14, node bye: here names with values are needed"),
        ("    kind: hang_up", "    kind: sub_flow\n    flow: nowhere\n    next: hello", "there is no flow nowhere"),
        ("    kind: hang_up", "    kind: [", "this is not YAML"),
        ("    kind: hang_up", "    kind: transfer", "line 15, node bye: when nobody answers there is no way on"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_node(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in GOOD
    changed = GOOD.replace(old, new, 1)
    if "return:" in new or "bye: 7" in new:
        changed = changed.replace("next: bye", "next: hello")
    assert said in mistake(tmp_path, changed)


@pytest.mark.parametrize("text", ["", "- a", "a\n: {b"])
def test_a_file_that_is_no_flow_is_refused(text: str, tmp_path: Path) -> None:
    assert mistake(tmp_path, text).startswith("mine.yaml, line ")


def test_mistakes_of_several_nodes_are_all_told_at_once(tmp_path: Path) -> None:
    broken = GOOD.replace("kind: say", "kind: sing").replace("kind: hang_up", "kind: hung_up")
    with pytest.raises(InvalidFlow) as refused:
        written(tmp_path, broken)
    assert [finding.node for finding in findings_of(refused.value)] == ["hello", "bye"]


def test_a_value_cannot_be_stored_under_the_name_of_something_else(tmp_path: Path) -> None:
    digits = "kind: digits\n    prompts: greeting\n    store: {name}\n    least: 1\n    most: 2\n    next: bye"
    assert "balance is something else already" in mistake(
        tmp_path, GOOD.replace("kind: hang_up", digits.format(name="balance"))
    )
    kept = written(
        tmp_path, GOOD.replace("kind: hang_up", digits.format(name="box")).replace("when: agents", 'when: box = "7"')
    )
    assert kept.flow.stored == {"box": "digits"}


def test_prompts_of_its_own_come_before_those_beside_it_and_those_that_ship(tmp_path: Path) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "es.yaml").write_text(
        "prompts: {greeting: Hola de la carpeta, farewell: Adiós}\nwords: {end: [no, chao]}", encoding="utf-8"
    )
    flows = written(tmp_path, GOOD + "prompts:\n  greeting: {es: Hola mía}\n")
    told = {key: flows.catalogue.text("es", key) for key in ("greeting", "farewell", "recording")}
    assert told == {"greeting": "Hola mía", "farewell": "Adiós", "recording": "Esta llamada puede ser grabada."}
    assert flows.catalogue.heard("es", "end") == ("no", "chao")
    assert flows.catalogue.text(
        "en",
        "greeting",
    ) == load("settle").catalogue.text("en", "greeting")


def test_a_catalogue_that_cannot_be_read_refuses_the_flow(tmp_path: Path) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "es.yaml").write_text("prompts: [", encoding="utf-8")
    with pytest.raises(InvalidFlow, match=r"es\.yaml, line 1: the catalogue cannot be read"):
        written(tmp_path, GOOD)


def test_an_unknown_flow_is_told_with_those_that_ship() -> None:
    with pytest.raises(UnknownFlow, match=r"'self'.*inbound, promise-only, self-service, settle"):
        load("self")
    with pytest.raises(UnknownFlow, match=r"There is no file self\.yaml"):
        load("self.yaml")


def test_a_sub_flow_is_never_looked_for_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(GOOD.replace("mine", "secret"), encoding="utf-8")
    (tmp_path / "in").mkdir()
    node = "kind: sub_flow\n    flow: ../secret\n    next: hello"
    with pytest.raises(InvalidFlow, match="there is no flow"):
        written(tmp_path / "in", GOOD.replace("kind: hang_up", node))


def test_findings_have_the_same_words_in_both_languages() -> None:
    spanish, english = texts("es"), texts("en")
    assert spanish.keys() == english.keys()
    for part in ("findings", "kinds", "ways"):
        assert spanish[part].keys() == english[part].keys()
        for key, text in english[part].items():
            assert set(re.findall(r"\{(\w+)", text)) == set(re.findall(r"\{(\w+)", spanish[part][key])), key
