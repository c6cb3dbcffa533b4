from __future__ import annotations

from collections import Counter

import pytest

from dialer.provision.behaviours import BehaviourKind, behaviour_of, load_behaviours


def test_there_is_one_behaviour_for_each_of_the_hundred_codes() -> None:
    assert [line.code for line in load_behaviours()] == [f"{code:02d}" for code in range(100)]


def test_the_shares_are_those_of_a_collections_campaign() -> None:
    shares = Counter(line.kind for line in load_behaviours())

    assert shares == {
        BehaviourKind.PERSON: 34,
        BehaviourKind.VOICEMAIL: 18,
        BehaviourKind.EARLY_VOICEMAIL: 2,
        BehaviourKind.EARLY_ANNOUNCEMENT: 3,
        BehaviourKind.BUSY: 7,
        BehaviourKind.NO_ANSWER: 22,
        BehaviourKind.UNALLOCATED: 6,
        BehaviourKind.CONGESTION: 3,
        BehaviourKind.SILENT: 2,
        BehaviourKind.NO_MEDIA: 1,
        BehaviourKind.HANGS_UP: 2,
    }


def test_whoever_speaks_has_something_to_say_and_nobody_else_has() -> None:
    for line in load_behaviours():
        speaks = line.kind is BehaviourKind.PERSON or "voicemail" in line.kind or "announcement" in line.kind
        assert bool(line.greeting) == speaks


@pytest.mark.parametrize("number", ["+525512340012", "525512340012", "+52 55 1234 0012"])
def test_a_number_behaves_the_same_however_it_is_written(number: str) -> None:
    assert behaviour_of(number) == behaviour_of("+525512340012")


def test_ringing_and_talking_take_times_that_people_take() -> None:
    people = [behaviour_of(f"+5255{number:08d}") for number in range(0, 10_000, 7)]
    people = [person for person in people if person.kind is BehaviourKind.PERSON]

    assert min(p.ring_s for p in people) == 2.0
    assert max(p.ring_s for p in people) == 12.0
    assert min(p.talk_s for p in people) == 15.0
    assert max(p.talk_s for p in people) == 40.0
    assert {p.speaker for p in people} == set(range(6))


def test_an_unanswered_phone_rings_until_the_carrier_gives_up() -> None:
    assert behaviour_of("+525512340070").ring_s == 40.0


@pytest.mark.parametrize(("number", "language"), [("+12135550101", "en"), ("+573101234501", "es"), ("1234", "es")])
def test_numbers_of_the_north_american_plan_speak_english(number: str, language: str) -> None:
    assert behaviour_of(number).language == language


def test_early_media_is_never_an_answer_by_itself() -> None:
    assert BehaviourKind.EARLY_ANNOUNCEMENT.early_media
    assert not BehaviourKind.EARLY_ANNOUNCEMENT.answers
    assert BehaviourKind.EARLY_VOICEMAIL.early_media
    assert BehaviourKind.EARLY_VOICEMAIL.answers


def test_a_number_too_short_to_choose_from_is_refused() -> None:
    with pytest.raises(ValueError, match="four digits"):
        behaviour_of("+52")
