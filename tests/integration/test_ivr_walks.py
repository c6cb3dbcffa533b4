"""Every branch of the flow that calls people, walked by SIP and RTP in both languages, all at the same time.

Everybody talks over what is said, but for one a language who listens.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from dialer.domain.promise import Discount, PromiseTerms
from ivr_flows.play.player import Player
from ivr_flows.shelf import checked
from tests.support.ivr_room import Afterwards, Somebody, all_calls, asterisk_with_flows, place, sound
from tests.support.key_pressers import Press, Sound, tones

LANGUAGES = ("es", "en")
DAY = {"es": "0112", "en": "1201"}  # the 1st of December, day first or month first
TOO_LATE = {"es": "1005", "en": "0510"}
DOCUMENT = "1111"
BALANCE = 35_000_000
TERMS = {"": PromiseTerms(discounts=(Discount(share=0.2, within_days=10),))}
ME = ("1", DOCUMENT)
WHO_PROMISE = {
    # What they press after they were identified, and what they promised by that (minor units, instalments). The law
    # allows no link during a call of ours: of the ways to pay, 1 are instructions.
    "all of it, then instructions": (("1", "1", "DAY", "1", "1", "2"), (BALANCE, 1)),
    "the least, then nothing": (("1", "2", "DAY", "1", "2", "2"), (BALANCE // 10, 1)),
    "in three instalments": (("1", "3", "3", "DAY", "1", "2", "2"), (BALANCE, 3)),
    "another amount, mistyped": (("1", "4", "99999999", "100000#", "LATE", "DAY", "1", "2", "2"), (10_000_000, 1)),
    "changed before confirming": (("1", "1", "DAY", "2", "2", "DAY", "1", "2", "2"), (BALANCE // 10, 1)),
    "an offer": (("3", "1", "DAY", "1", "2", "2"), (BALANCE * 8 // 10, 1)),
    "again, where nothing is left": (("1", "1", "DAY", "1", "2", "1", "1", "2", "9"), (BALANCE, 1)),
    "a wrong document first": (("1", "1", "DAY", "1", "2", "2"), (BALANCE, 1)),
}
WHO_DO_NOT = {
    "cancelled": (*ME, "1", "1", "DAY", "3", "2"),
    "how to pay": (*ME, "2", "2", "2"),
    "an offer declined": (*ME, "3", "2", "9"),
    "called back": (*ME, "4", "1"),
    "no more calls": (*ME, "5", "1"),
    "calls after all": (*ME, "5", "2", "9"),
    "keys that mean nothing": (*ME, "8", "8", "8"),
    "a wrong number": ("2", "1"),
    "knows the person": ("2", "2"),
    "the person died": ("2", "3"),
    "three wrong documents": ("1", "0000", "0001", "0002"),
    "silence": (),
}
LISTENS = "listens to all of it"
TONES = "tones in the audio"
#: All keys up to the promise that is read back to them, one after the other, over the borders of six questions.
QUICK = "in one go"
QUICK_TONES = "in one go, by tones"
EVERY_S = 0.15
#: They hang up so many seconds after the answer, wherever the flow is then.
LEAVE_AFTER_S = (1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5, 12.0)
ALL = (*WHO_PROMISE, *WHO_DO_NOT, LISTENS, TONES, QUICK, QUICK_TONES, *(f"leaves after {s} s" for s in LEAVE_AFTER_S))


def number(who: str, language: str) -> str:
    return f"57310555{3000 + ALL.index(who) + 500 * LANGUAGES.index(language)}"


def somebody(who: str, language: str) -> Somebody:
    keys = WHO_DO_NOT.get(who) or (*ME, *WHO_PROMISE["all of it, then instructions"][0])
    if who in WHO_PROMISE:
        keys = (*(("1", "0000", DOCUMENT) if who == "a wrong document first" else ME), *WHO_PROMISE[who][0])
    elif who == "silence":
        keys = ()
    pressed = [each.replace("DAY", DAY[language]).replace("LATE", TOO_LATE[language]) for each in keys]
    script: list[Press | Sound] = [Press(each) for each in pressed]
    if who == LISTENS:
        script = [Press(each, after_s=None) for each in (*ME, "9")]
    if who == TONES:
        script = [tones(each) for each in pressed]
    if who in (QUICK, QUICK_TONES):
        ahead, rest = "".join(pressed[:5]), pressed[5:]
        script = [Press(ahead, every_s=EVERY_S), *map(Press, rest)]
        if who == QUICK_TONES:
            script = [tones(ahead, each_s=EVERY_S / 2), *map(tones, rest)]
    stays = 90.0
    if who.startswith("leaves"):
        stays = LEAVE_AFTER_S[ALL.index(who) - len(ALL) + len(LEAVE_AFTER_S)]
    return Somebody(
        number=number(who, language), script=script, language=language,
        document=f"10{ALL.index(who):02d}{LANGUAGES.index(language)}{DOCUMENT}",
        keys_by="none" if who in (TONES, QUICK_TONES) else "rfc2833", stays_s=stays,
    )  # fmt: skip


@pytest.fixture(scope="module")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afterwards]:
    people = [somebody(who, language) for who in ALL for language in LANGUAGES]
    with asterisk_with_flows("ivr-walks") as asterisk:
        folder = tmp_path_factory.mktemp("walks")
        yield asyncio.run(all_calls(asterisk, folder, people, campaign_settings={"promise_terms": TERMS}))


def promised(afterwards: Afterwards, who: str, language: str) -> list[tuple[int, int, date]]:
    """Total, number of instalments, day of the first."""
    found = []
    for promise in afterwards.promised(number(who, language)):
        dues = sorted(row.due_on for row in afterwards.instalments if row.promise_id == promise.id)
        assert promise.total_minor == sum(
            row.amount_minor for row in afterwards.instalments if row.promise_id == promise.id
        )
        found.append((promise.total_minor, len(dues), dues[0]))
    return found


def test_everybody_was_served_and_nothing_went_wrong_on_the_line(afterwards: Afterwards) -> None:
    assert afterwards.surprises == []
    assert Counter(row.outcome for row in afterwards.attempts.values()) == {"conversation": 2 * len(ALL)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", [*WHO_PROMISE, TONES, QUICK, QUICK_TONES])
def test_what_was_promised_is_there_once(afterwards: Afterwards, who: str, language: str) -> None:
    total, instalments = WHO_PROMISE[who][1] if who in WHO_PROMISE else (BALANCE, 1)

    assert promised(afterwards, who, language) == [(total, instalments, date(2026, 12, 1))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_else_promised_anything(afterwards: Afterwards, language: str) -> None:
    assert {who: promised(afterwards, who, language) for who in (*WHO_DO_NOT, LISTENS)} == {
        who: [] for who in (*WHO_DO_NOT, LISTENS)
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("leaves", [who for who in ALL if who.startswith("leaves")])
def test_who_hangs_up_leaves_a_whole_promise_or_none(afterwards: Afterwards, leaves: str, language: str) -> None:
    """They press 1, the document, 1, 1, the day, and 1 to confirm: the tenth key makes it a promise."""
    there = promised(afterwards, leaves, language)
    person = afterwards.people.get(number(leaves, language))
    pressed = len(person.pressed) if person is not None else 0
    confirmed_at = len("1" + DOCUMENT + "1" + "1" + DAY[language] + "1")

    assert there in ([], [(BALANCE, 1, date(2026, 12, 1))])
    assert not (there and pressed < confirmed_at)
    assert there or pressed <= confirmed_at + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_else_they_said_is_there(afterwards: Afterwards, language: str) -> None:
    def flags(who: str) -> list[str]:
        return afterwards.facts_of(number(who, language))

    assert flags("the person died") == ["deceased"]
    assert flags("three wrong documents") == ["self_service_locked"]
    assert afterwards.phones[number("a wrong number", language)] == "bad"
    assert afterwards.phones[number("no more calls", language)] == "do_not_call"
    assert afterwards.phones[number("calls after all", language)] == "ok"
    assert afterwards.attempts[number("knows the person", language)].disposition == "THIRD_PARTY"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_listens_hears_the_prompts_in_their_order(afterwards: Afterwards, language: str) -> None:
    heard = afterwards.people[number(LISTENS, language)].speech()
    text = Player(checked("self-service")).flows.catalogue.text
    behind = 0
    # Not the greeting: who is who on the line is known only some seconds after the first packets, with so many calls.
    for key in ("help_hint", "main_menu", "main_menu_rest", "farewell"):
        said = sound(afterwards.sounds, language, str(text(language, key)))
        likeness, at = place(heard[behind:], said[:8000])
        assert likeness > 0.9, key
        behind += at + 4000
