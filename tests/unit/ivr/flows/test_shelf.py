"""Flows that are edited while calls are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.errors import InvalidFlow, UnknownFlow
from ivr_flows.inputs import Started
from ivr_flows.shelf import Shelf
from tests.support.self_service import CALL, prompts

FLOW = "flow: mine\nstart: a\nnodes:\n  a: {kind: hang_up, prompts: PROMPT}\n"


def said(shelf: Shelf, name: str = "mine") -> list[str]:
    player = shelf.player(name)
    return prompts(player.step(player.begin(CALL), Started())[1])


def put(folder: Path, text: str, name: str = "mine") -> None:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_an_edit_is_taken_for_new_calls_and_a_call_in_its_middle_keeps_its_flow(tmp_path: Path) -> None:
    put(tmp_path, FLOW.replace("PROMPT", "greeting"))
    shelf = Shelf(tmp_path)
    before = shelf.player("mine")
    state = before.begin(CALL)
    put(tmp_path, FLOW.replace("PROMPT", "farewell"))
    assert said(shelf) == ["greeting"]
    assert shelf.refresh() == {}
    assert said(shelf) == ["farewell"]
    assert prompts(before.step(state, Started())[1]) == ["greeting"]


def test_nothing_changes_where_nothing_was_edited(tmp_path: Path) -> None:
    put(tmp_path, FLOW.replace("PROMPT", "greeting"))
    shelf = Shelf(tmp_path)
    player = shelf.player("mine")
    shelf.refresh()
    assert shelf.player("mine") is player


@pytest.mark.parametrize("broken", ["", FLOW.replace("PROMPT", "nowhere"), FLOW.replace("hang_up", "balance, next: a")])
def test_a_broken_flow_is_refused_and_the_old_one_stays(broken: str, tmp_path: Path) -> None:
    put(tmp_path, FLOW.replace("PROMPT", "greeting"))
    shelf = Shelf(tmp_path)
    assert said(shelf) == ["greeting"]
    put(tmp_path, broken)
    refused = shelf.refresh()
    assert refused["mine"][0].file == "mine.yaml"
    assert said(shelf) == ["greeting"]
    put(tmp_path, FLOW.replace("PROMPT", "farewell"))
    assert shelf.refresh() == {}
    assert said(shelf) == ["farewell"]


def test_a_flow_of_ones_own_that_is_gone_stays_and_does_not_turn_into_the_one_that_ships(tmp_path: Path) -> None:
    put(tmp_path, FLOW.replace("mine", "inbound").replace("PROMPT", "farewell"), "inbound")
    shelf = Shelf(tmp_path)
    assert said(shelf, "inbound") == ["farewell"]
    (tmp_path / "inbound.yaml").unlink()
    assert [finding.code for finding in shelf.refresh()["inbound"]] == ["flow-unknown"]
    assert said(shelf, "inbound") == ["farewell"]


def test_a_flow_that_never_was_good_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, FLOW)
    with pytest.raises(InvalidFlow, match="the prompt PROMPT is missing"):
        Shelf(tmp_path).player("mine")
    with pytest.raises(UnknownFlow):
        Shelf(tmp_path).player("../mine")
    assert said(Shelf(), "inbound")[0] == "greeting_inbound"
