"""Verdicts in plain words: both catalogues say everything, and say it with dates, sources and ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.compliance.explain import LANGUAGES, explain, texts
from dialer.compliance.facts import Candidate, ContactEvent, ContactRole, Facts, GateQuery, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rules import GuardRule, Predicate

GATE = Gate.shipped()
SATURDAY = datetime(2026, 11, 21, 20, tzinfo=UTC)  # three in the afternoon in Bogota
COLOMBIAN = Candidate(debtor=1, debts=(10,), number="+573101234567", country="CO")


def test_both_catalogues_have_the_same_entries() -> None:
    spanish, english = texts("es"), texts("en")
    assert spanish.rules.keys() == english.rules.keys()
    assert spanish.phrases.keys() == english.phrases.keys()
    assert all(len(each.weekdays) == 7 and len(each.months) == 12 for each in (spanish, english))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guard_that_ships_has_a_sentence_of_its_own(language: str) -> None:
    for pack in shipped_packs().values():
        for rule in pack.rules:
            if isinstance(rule, GuardRule):
                assert {rule.subject, rule.subject.partition(":")[0]} & texts(language).rules.keys()
                flag = rule.predicate in (Predicate.DEBT_FLAG, Predicate.DEBTOR_FLAG, Predicate.NUMBER_FLAG)
                assert rule.subject in texts(language).rules or not flag


def test_an_allowed_contact_is_one_sentence() -> None:
    verdict = GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=SATURDAY - timedelta(hours=2)))
    assert explain(verdict, "es") == ["Se puede contactar ahora."]
    assert explain(verdict, "en") == ["May be contacted now."]


def test_a_closed_window_says_when_it_opens_on_the_debtor_s_clock() -> None:
    verdict = GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=SATURDAY))
    assert explain(verdict, "es") == [
        (
            "Fuera del horario permitido donde está la persona; abre el lunes 23 de noviembre de 2026 a las 07:00 "
            "(America/Bogota). Fuente: Ley 2300/2023 art. 3. [co-ley-2300/window]"
        ),
        "Todas las reglas lo permiten de nuevo el lunes 23 de noviembre de 2026 a las 07:00 (America/Bogota).",
    ]
    assert explain(verdict, "en")[1] == (
        "All rules allow it again on Monday 23 November 2026 at 07:00 (America/Bogota)."
    )


def test_a_limit_says_how_much_is_used_and_a_rest_until_when() -> None:
    talk = ContactEvent(
        id="e",
        at=SATURDAY - timedelta(hours=3),
        debtor=1,
        debts=(10,),
        number=COLOMBIAN.number,
        outcome=LedgerOutcome.CONVERSATION,
    )
    now = SATURDAY - timedelta(hours=2)
    verdict = GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(events=(talk,)), now=now, packs=("house",)))
    sentences = explain(verdict, "en")
    assert sentences[0].startswith("1 of 1 contacts are used up; there is room again on Sunday 22 November 2026")
    assert sentences[1].startswith("Some time must pass since the last contact, until Saturday 21 November 2026 at 14")
    assert sentences[1].endswith("[house/gap-2h]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_date_will_do_it_says_so(language: str) -> None:
    candidate = replace(COLOMBIAN, contact_role=ContactRole.REFERENCE)
    verdict = GATE.check(GateQuery(candidate=candidate, facts=Facts(do_not_call=True), now=SATURDAY))
    sentences = explain(verdict, language)
    assert len(sentences) == 4
    assert sentences[-1] == texts(language).phrases["never"]
    assert sentences[0].endswith("[engine/do-not-call]")


def test_without_a_zone_times_are_told_in_utc() -> None:
    candidate = replace(COLOMBIAN, number="+447700900123")
    verdict = GATE.check(GateQuery(candidate=candidate, facts=Facts(), now=SATURDAY))
    assert explain(verdict, "en") == [
        "The person's time zone is not known. Complete the address. [engine/tz-unresolved]",
        "No date will do: some fact has to change first.",
    ]


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language must be one of es, en, not fr"):
        texts("fr")
