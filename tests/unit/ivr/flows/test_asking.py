"""Keys, words, silence: what they mean in any question, and in the nodes that ask one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ivr_flows.actions import Ear, Finished, HangUp, Listen, Outcome, Say, SetLanguage, Transfer
from ivr_flows.inputs import AgentAnswered, Digit, Digits, HungUp, NoAgent, Saved, Silence, Spoken, Started
from ivr_flows.play.ears import day_typed
from ivr_flows.play.player import MOST_INPUTS
from ivr_flows.spoken.values import Money
from tests.support.self_service import CALL, TODAY, Played, written

MENU = """\
flow: mine
start: a
agent: help
nodes:
  a:
    kind: menu
    prompts: [greeting, anything_else]
    choices: {1: {next: done, words: menu}, 2: {next: box, words: end}}
  box: {kind: digits, prompts: greeting_busy, store: box, least: 2, most: 4, next: done}
  help: {kind: transfer, no_agent: bye}
  done: {kind: hang_up, prompts: farewell}
  bye: {kind: hang_up, prompts: goodbye}
"""
SPEECH = replace(CALL, speech=True)


def asking(node: str, folder: Path, *, call: object = CALL) -> Played:
    ends = "  yes_: {kind: hang_up}\n  no_: {kind: hang_up, prompts: farewell}\n"
    text = f"flow: mine\nstart: a\nnodes:\n  a: {{{node}}}\n{ends}"
    return Played(written(folder, text), call)  # type: ignore[arg-type]


def menu(folder: Path, *, call: object = CALL) -> Played:
    return Played(written(folder, MENU), call)  # type: ignore[arg-type]


def test_what_is_said_comes_before_what_is_listened_for(tmp_path: Path) -> None:
    say, listen = menu(tmp_path).last
    assert isinstance(say, Say)
    assert isinstance(listen, Listen)
    assert (listen.kind, listen.keys, listen.max_digits, listen.speech) == (Ear.KEY, "12*#0", 1, False)
    assert (listen.first_s, listen.between_s, listen.language) == (6.0, 3.0, "es")


def test_a_key_chooses_and_the_call_ends_with_what_was_said(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digit("1"))
    assert [type(action) for action in played.last] == [Say, HangUp, Finished]
    assert (played.end.outcome, played.end.node) == (Outcome.COMPLETED, "mine/done")


def test_star_says_everything_again_and_costs_no_try(tmp_path: Path) -> None:
    played = menu(tmp_path)
    first = played.last
    for _ in range(8):
        assert played.give(Digit("*")).last == first


def test_zero_leads_to_the_agent(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digit("0"))
    assert played.said == ["transfer_wait"]
    assert played.done(Transfer) == [Transfer(reason="asked", wait_s=60.0)]
    assert played.give(AgentAnswered()).end.outcome is Outcome.AGENT
    assert played.done(HangUp) == []


def test_three_tries_then_an_agent_and_where_nobody_comes_a_polite_end(tmp_path: Path) -> None:
    played = menu(tmp_path)
    assert played.give(Silence()).said == ["nothing_heard", "greeting", "anything_else"]
    assert played.give(Digit("7")).said == ["not_understood", "greeting", "anything_else"]
    assert played.give(Digit("#")).said == ["not_understood", "greeting", "anything_else"]  # said again, no try
    assert played.give(Silence()).said == ["too_many_tries", "transfer_wait"]
    assert played.give(NoAgent()).said == ["no_agent", "goodbye"]
    assert played.end.outcome is Outcome.GAVE_UP


def test_without_an_agent_node_three_tries_are_a_polite_end(tmp_path: Path) -> None:
    played = asking("kind: yes_no, prompts: greeting, yes: yes_, no: no_", tmp_path).give(*[Silence()] * 3)
    assert played.said == ["goodbye"]
    assert played.end.outcome is Outcome.GAVE_UP


def test_after_three_tries_a_node_of_ones_own_comes_first(tmp_path: Path) -> None:
    played = asking("kind: yes_no, prompts: greeting, yes: yes_, no: yes_, otherwise: no_", tmp_path)
    assert played.give(Digit("0"), Digit("9"), Silence()).said == ["farewell"]


def test_digits_end_with_the_number_sign_with_the_last_one_or_with_silence(tmp_path: Path) -> None:
    for keys in (
        [Digit("4"), Digit("2"), Digit("#")],
        [Digit("4"), Digit("2"), Silence()],
        [Digits("42")],
        [Digits("42#")],
    ):
        played = menu(tmp_path).give(Digit("2"), *keys)
        assert played.end.captured == {"box": "42"}
    assert menu(tmp_path).give(Digit("2"), *map(Digit, "4217")).end.captured == {"box": "4217"}


def test_digits_that_are_not_complete_wait_for_more(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digit("2"), Digits("4", complete=False))
    assert played.last == ()
    assert played.give(Digits("2")).end.captured == {"box": "42"}


def test_too_few_digits_are_asked_again_and_a_lone_zero_asks_for_an_agent(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digit("2"), Digits("4"))
    assert played.said == ["not_understood", "greeting_busy"]
    assert played.give(Digits("0")).said == ["transfer_wait"]
    assert menu(tmp_path).give(Digit("2"), Digits("07")).end.captured == {"box": "07"}


def test_star_in_the_middle_of_digits_begins_anew(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digit("2"), Digit("9"), Digit("*"))
    assert played.said == ["greeting_busy"]
    assert played.give(Digits("42")).end.captured == {"box": "42"}


def test_keys_typed_ahead_answer_one_question_and_never_the_next(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digits("242"))
    assert played.said == ["greeting_busy"]
    assert played.state.keys == ""


def test_a_number_sign_behind_a_full_answer_does_not_cut_the_next_question_short(tmp_path: Path) -> None:
    played = menu(tmp_path).give(Digit("2"))
    asked = played.last
    assert played.give(Digit("#")).last == asked


def test_words_choose_by_their_list_by_the_key_and_everywhere_ask_for_an_agent_or_once_more(tmp_path: Path) -> None:
    assert menu(tmp_path, call=SPEECH).give(Spoken("volver")).said == ["farewell"]
    assert menu(tmp_path, call=SPEECH).give(Spoken("el dos")).said == ["greeting_busy"]
    assert menu(tmp_path, call=SPEECH).give(Spoken("un agente por favor")).said == ["transfer_wait"]
    assert menu(tmp_path, call=SPEECH).give(Spoken("repita")).said == ["greeting", "anything_else"]
    assert menu(tmp_path, call=SPEECH).give(Spoken("")).said[0] == "nothing_heard"
    assert menu(tmp_path, call=SPEECH).give(Spoken("qué tiempo hace")).said[0] == "not_understood"


def test_what_is_heard_in_doubt_is_asked_again_by_keypad(tmp_path: Path) -> None:
    played = menu(tmp_path, call=SPEECH)
    assert played.listens is not None
    assert played.listens.speech
    assert "volver" in played.listens.words
    assert played.give(Spoken("volver", 0.3)).said[0] == "use_keypad"
    assert played.listens.speech is False
    assert played.give(Spoken("volver")).said[0] == "use_keypad"


def test_without_a_recogniser_nothing_is_listened_for_but_keys(tmp_path: Path) -> None:
    played = menu(tmp_path)
    assert played.listens is not None
    assert not played.listens.speech


def test_hanging_up_keeps_what_was_captured(tmp_path: Path) -> None:
    text = MENU.replace("most: 4, next: done", "most: 4, next: a")
    played = Played(written(tmp_path, text)).give(Digit("2"), Digits("42"), HungUp())
    assert played.last == (played.end,)
    assert (played.end.outcome, played.end.captured, played.end.node) == (Outcome.HUNG_UP, {"box": "42"}, "mine/a")
    assert played.give(Digit("1"), HungUp(), Started()).last == ()


def test_whoever_presses_keys_for_ever_is_let_go(tmp_path: Path) -> None:
    played = menu(tmp_path).give(*[Digit("*")] * MOST_INPUTS)
    assert played.said == ["goodbye"]
    assert played.end.outcome is Outcome.GAVE_UP


@pytest.mark.parametrize(
    "stray", [Saved("x"), NoAgent(), AgentAnswered(), Started(), Digit("x"), Digit("12"), Digits("1a")]
)
def test_what_makes_no_sense_where_the_call_is_changes_nothing(stray: object, tmp_path: Path) -> None:
    played = menu(tmp_path)
    before = replace(played.state, inputs=0)
    assert played.give(stray).last == ()  # type: ignore[arg-type]
    assert replace(played.state, inputs=0) == before


def test_yes_and_no_are_keys_and_words(tmp_path: Path) -> None:
    node = "kind: yes_no, prompts: greeting, yes: yes_, no: no_"
    for yes in (Digit("1"), Spoken("claro que sí")):
        assert asking(node, tmp_path, call=SPEECH).give(yes).end.node == "mine/yes_"
    for no in (Digit("2"), Spoken("no gracias")):
        assert asking(node, tmp_path, call=SPEECH).give(no).end.node == "mine/no_"


def test_a_date_is_taken_within_its_limits(tmp_path: Path) -> None:
    node = "kind: date, prompts: greeting, store: day, earliest: today + 1, latest: today + 30, next: yes_"
    played = asking(node, tmp_path, call=SPEECH).give(Digits("2311"))
    assert played.said == ["date_too_early", "greeting"]
    assert played.values("date_too_early") == {"earliest": date(2026, 11, 24)}
    assert played.give(Spoken("el 24 de diciembre")).said == ["date_too_late", "greeting"]
    assert played.give(Digits("0112")).end.captured == {"day": "2026-12-01"}
    assert asking(node, tmp_path, call=SPEECH).give(Spoken("mañana")).end.captured == {"day": "2026-11-24"}
    assert asking(node, tmp_path).give(Digits("3002")).said == ["not_understood", "greeting"]


def test_days_are_typed_day_first_in_spanish_and_month_first_in_english() -> None:
    assert day_typed("0512", "es", TODAY, with_year=False) == date(2026, 12, 5)
    assert day_typed("0512", "en", TODAY, with_year=False) == date(2027, 5, 12)
    assert day_typed("2311", "es", TODAY, with_year=False) == TODAY
    assert day_typed("2211", "es", TODAY, with_year=False) == date(2027, 11, 22)
    assert day_typed("2902", "es", TODAY, with_year=False) == date(2028, 2, 29)
    assert day_typed("04051980", "es", TODAY, with_year=True) == date(1980, 5, 4)
    for wrong in ("3202", "0013", "0000", "3104"):
        assert day_typed(wrong, "es", TODAY, with_year=False) is None
    for wrong in ("29021981", "01010000"):
        assert day_typed(wrong, "es", TODAY, with_year=True) is None


def test_an_amount_is_taken_within_its_limits(tmp_path: Path) -> None:
    node = "kind: amount, prompts: greeting, store: sum, least: 1000, most: 50000.50, currency: COP, next: yes_"
    played = asking(node, tmp_path, call=SPEECH).give(Digits("999"))
    assert played.values("amount_too_small") == {"least": Money(Decimal(1000), "COP")}
    assert played.give(Digits("50001")).said == ["amount_too_large", "greeting"]
    assert played.give(Digits("50000")).end.captured == {"sum": "50000"}
    assert asking(node, tmp_path, call=SPEECH).give(Spoken("veinte mil pesos")).end.captured == {"sum": "20000"}


def test_the_language_changes_for_all_that_follows(tmp_path: Path) -> None:
    text = (
        "flow: mine\nstart: a\nnodes:\n"
        "  a: {kind: say, prompts: greeting, next: b}\n"
        "  b: {kind: set_language, language: en, next: c}\n"
        "  c: {kind: hang_up, prompts: farewell}\n"
    )
    played = Played(written(tmp_path, text))
    assert [action.language for action in played.all if isinstance(action, Say | SetLanguage)] == ["es", "en", "en"]


def test_a_language_that_the_flow_does_not_have_is_its_first_one(tmp_path: Path) -> None:
    assert menu(tmp_path, call=replace(CALL, language="pt")).state.language == "es"


def test_a_menu_offers_what_holds_now(tmp_path: Path) -> None:
    lines = "[greeting, {say: recording, when: not agents}]"
    node = f"kind: menu, prompts: {lines}, choices: {{1: {{next: yes_, when: agents}}, 2: no_}}"
    assert asking(node, tmp_path).said == ["greeting"]
    closed = asking(node, tmp_path, call=replace(CALL, agents=False))
    assert closed.said == ["greeting", "recording"]
    assert closed.give(Digit("1")).said[0] == "not_understood"


def test_a_line_whose_value_is_not_known_is_not_said(tmp_path: Path) -> None:
    own = 'prompts: {hi: {es: "Número {box:digits}."}}\n'
    text = MENU.replace("nodes:", own + "nodes:").replace("prompts: farewell", "prompts: [hi, farewell]")
    assert Played(written(tmp_path, text)).give(Digit("1")).said == ["farewell"]
    assert Played(written(tmp_path, text)).give(Digit("2"), Digits("42")).said == ["hi", "farewell"]


def test_a_state_is_played_only_with_the_version_it_began_with(tmp_path: Path) -> None:
    played = menu(tmp_path)
    other = Played(written(tmp_path, MENU.replace("most: 4", "most: 5")))
    with pytest.raises(ValueError, match="another version"):
        other.player.step(played.state, Digit("1"))
