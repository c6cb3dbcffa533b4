"""Identity before debt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ivr_flows.actions import CheckIdentity, Finished, HangUp, LockSelfService, Outcome, RecordFact, Say, SendCode
from ivr_flows.facts import AnsweredBy, IdentityMethod, PersonFact
from ivr_flows.identity_check import Known, matches
from ivr_flows.inputs import Digit, Digits, IdentityChecked, IdentityResult, Refused, Sent, Silence, Started
from ivr_flows.spoken.values import Digits as Number
from ivr_flows.spoken.values import Text
from tests.support.self_service import CALL, Played, passed, person, written

FAILED = IdentityChecked(IdentityResult.FAILED)
ALL = tuple(IdentityMethod)


def called(**changes: object) -> Played:
    return Played("self-service", replace(CALL, **changes))  # type: ignore[arg-type]


def test_first_who_calls_then_whom_for_then_what_only_they_know() -> None:
    played = called()
    assert played.said == ["greeting", "recording", "ask_for_person"]
    assert played.values("ask_for_person") == {"name": Text("Ana Pérez")}
    assert played.give(Digit("1")).said == ["ask_document_last"]
    assert played.give(Digits("1234")).last == (CheckIdentity({IdentityMethod.DOCUMENT_LAST: "1234"}),)
    assert played.give(passed()).said[:2] == ["identity_passed", "balance_due"]


def test_overflow_says_why_and_the_announcement_is_left_out_where_it_is_not_wanted() -> None:
    assert called(mode="overflow", announce_recording=False).said == ["greeting", "greeting_busy", "ask_for_person"]


def test_in_the_us_the_disclosure_follows_identity_at_once_and_never_comes_before() -> None:
    played = called(country="US", language="en").give(Digit("1"), Digits("1234"))
    assert "mini_miranda" not in [part.key for say in played.done(Say) for part in say.parts]  # type: ignore[union-attr]
    assert played.give(passed()).said[:3] == ["identity_passed", "mini_miranda", "balance_due"]


def test_all_answers_are_asked_before_any_is_checked() -> None:
    played = called(identity=ALL).give(Digit("1"), Digits("1234"))
    assert played.said == ["ask_document"]
    assert played.give(Digits("1020304050#")).said == ["ask_birth_date"]
    assert played.give(Digits("04051980")).last == (SendCode(),)
    assert played.give(Sent()).said == ["code_sent", "ask_code"]
    (check,) = played.give(Digits("123456")).last
    assert check == CheckIdentity(
        {
            IdentityMethod.DOCUMENT_LAST: "1234",
            IdentityMethod.DOCUMENT: "1020304050",
            IdentityMethod.BIRTH_DATE: "1980-05-04",
            IdentityMethod.CODE: "123456",
        }
    )
    assert played.state.identity.answers == {}


def test_three_failures_lock_and_no_answer_tells_which_part_was_wrong() -> None:
    played = called().give(Digit("1"))
    for _ in range(2):
        assert played.give(Digits("1111"), FAILED).said == ["identity_failed", "ask_document_last"]
    assert played.done(LockSelfService) == []
    played.give(Digits("1111"), FAILED)
    assert played.done(LockSelfService) == [LockSelfService()]
    assert played.said == ["identity_impossible", "transfer_wait"]


def test_a_locked_debtor_and_a_house_that_cannot_check_hear_the_same_words() -> None:
    locked, unavailable = called(locked=True), called().give(Digit("1"), Digits("1111"))
    unavailable.give(IdentityChecked(IdentityResult.UNAVAILABLE))
    assert locked.said[-2:] == unavailable.said == ["identity_impossible", "transfer_wait"]
    assert locked.done(CheckIdentity) == []
    assert unavailable.done(LockSelfService) == []


def test_without_agents_who_is_not_identified_hears_how_to_reach_us() -> None:
    played = called(locked=True, agents=False)
    assert played.said[-3:] == ["identity_impossible", "not_identified", "goodbye"]
    assert played.end.outcome is Outcome.NOT_IDENTIFIED


def test_a_code_that_cannot_be_sent_and_a_check_that_never_answers_end_the_same_way() -> None:
    unsent = called(identity=(IdentityMethod.CODE,)).give(Digit("1"), Refused())
    assert unsent.said == ["link_not_sent", "identity_impossible", "transfer_wait"]
    unanswered = called().give(Digit("1"), Digits("1111"), *[Silence()] * 6)
    assert unanswered.said == ["identity_impossible", "transfer_wait"]
    assert unanswered.state.identity.failures == 0


@pytest.mark.parametrize(
    ("key", "fact"),
    [("1", PersonFact.WRONG_NUMBER), ("2", PersonFact.KNOWS_DEBTOR), ("3", PersonFact.DECEASED)],
)
def test_somebody_else_says_who_they_are_and_hears_nothing_of_a_debt(key: str, fact: PersonFact) -> None:
    played = called().give(Digit("2"))
    assert played.said == ["who_are_you"]
    played.give(Digit(key))
    assert played.done(RecordFact) == [RecordFact(fact)]
    assert played.said == ["third_party_thanks", "goodbye"]
    assert played.end.outcome is Outcome.WRONG_PERSON


def test_a_caller_who_is_not_known_is_not_asked_for_by_name() -> None:
    played = Played("inbound", replace(CALL, name="", identity=(IdentityMethod.DOCUMENT,)))
    assert played.said == ["greeting_inbound", "recording", "ask_document"]


def test_in_the_us_inbound_calls_choose_their_language() -> None:
    played = Played("inbound", replace(CALL, country="US")).give(Digit("2"))
    assert played.state.language == "en"
    assert played.said == ["ask_for_person"]


@pytest.mark.parametrize("wording", ["us-limited-content", "a-wording-that-is-nowhere"])
def test_a_machine_hears_the_limited_message_and_nothing_else_whatever_the_flow(wording: str) -> None:
    for name in ("self-service", "promise-only"):
        played = Played(name, replace(CALL, answered_by=AnsweredBy.MACHINE, limited_wording=wording), file=person())
        assert [type(action) for action in played.last] == [Say, HangUp, Finished]
        assert played.said == [wording if wording == "us-limited-content" else "limited-content"]
        assert played.values(played.said[0]) == {"creditor": Text("Aurora"), "callback": Number("601 745 2200")}
        assert played.end.outcome is Outcome.MESSAGE_LEFT
        assert played.state.identity.file is None


def test_a_flow_for_identified_people_refuses_anybody_else() -> None:
    played = Played("promise-only")
    assert (played.said, played.end.outcome) == (["goodbye"], Outcome.NOT_IDENTIFIED)
    assert Played("promise-only", file=person()).said[:2] == ["promise_intro", "promise_how"]


def test_a_flow_that_the_validator_would_refuse_tells_nothing_all_the_same(tmp_path: Path) -> None:
    own = 'prompts: {hi: {es: "Debe {balance:money}."}}\n'
    for node in ("{kind: balance, next: b}", "{kind: say, prompts: [greeting, hi], next: b}",
                 "{kind: promise, saved: b, declined: b, refused: b}",
                 "{kind: condition, branches: [{when: days_late > 1, next: b}], otherwise: b}"):  # fmt: skip
        text = f"flow: mine\nstart: a\n{own}nodes:\n  a: {node}\n  b: {{kind: hang_up}}\n"
        played = Played(written(tmp_path, text))
        assert played.said == ["goodbye"]
        assert played.end.outcome is Outcome.NOT_IDENTIFIED


def test_the_file_comes_with_passed_and_only_with_it() -> None:
    with pytest.raises(ValueError, match="only with it"):
        IdentityChecked(IdentityResult.PASSED)
    with pytest.raises(ValueError, match="only with it"):
        IdentityChecked(IdentityResult.FAILED, person())
    with pytest.raises(ValueError, match="at least one way"):
        replace(CALL, identity=())
    assert Started().file is None


KNOWN = Known(document="CC 1.020.304-050", birth_date=date(1980, 5, 4), code="271828")


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        ({"document_last": "4050"}, True),
        ({"document_last": "4051"}, False),
        ({"document_last": "0"}, False),  # one digit is no proof
        ({"document": "1020304050"}, True),
        ({"document": "4050"}, False),
        ({"birth_date": "1980-05-04"}, True),
        ({"birth_date": "1980-04-05"}, False),
        ({"code": "271828"}, True),
        ({"document_last": "4050", "birth_date": "1980-05-05"}, False),
        ({}, False),
    ],
)
def test_answers_are_right_together_or_not_at_all(answers: dict[str, str], right: bool) -> None:
    assert matches({IdentityMethod(method): answer for method, answer in answers.items()}, KNOWN) is right


@pytest.mark.parametrize("method", IdentityMethod)
def test_what_is_not_known_can_never_be_answered(method: IdentityMethod) -> None:
    for answer in ("", "00", "1234"):
        assert not matches({method: answer}, Known())
    assert Known().methods() == frozenset()
    assert Known(document="ABC").methods() == frozenset()
    assert len(KNOWN.methods()) == 3
