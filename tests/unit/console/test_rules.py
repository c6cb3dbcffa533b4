"""What the console answers about the rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from dialer.compliance.loader import shipped_packs
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from dialer.store.tables import lead_debts, leads
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_compliance import House
from tests.support.console_people import TOKEN
from tests.support.console_queries import START, attempt
from tests.support.store import add_debtor, number

API = "/api/v1"
PACKS = Path(__file__).parents[3] / "dialer/compliance/packs"


async def test_a_debtor_who_may_be_called_is_explained_with_every_rule(home: House, officer: httpx.AsyncClient) -> None:
    answer = (await officer.get(f"{API}/debtors/{home.ana}/compliance", params={"lang": "en"})).json()

    assert answer["allowed"] is True
    assert answer["campaign"] == "cartera-bogota"
    assert answer["debtor"]["name"] == "Ana Lucía Vélez"
    assert number(1) != answer["number_masked"]
    rules = {rule["rule"]: rule for rule in answer["rules"]}
    assert rules["co-ley-2300/window"]["ok"] is True
    assert rules["co-ley-2300/window"]["closes_in_s"] > 0
    assert rules["co-ley-2300/one-contact-per-day"]["used"] == 0
    assert rules["co-ley-2300/window"]["cite"]


async def test_a_debtor_is_shown_by_id_and_by_reference(home: House, officer: httpx.AsyncClient) -> None:
    by_id = (await officer.get(f"{API}/debtors/{home.ana}")).json()
    assert by_id == (await officer.get(f"{API}/debtors/CC-10492")).json()
    assert [phone["number"] for phone in by_id["phones"]] == [number(1), number(11)]
    assert (by_id["campaigns"], by_id["held"], by_id["do_not_call"]) == (["cartera-bogota"], False, False)
    assert (await officer.get(f"{API}/debtors/nobody")).status_code == 404


@pytest.mark.parametrize(("language", "word"), [("es", "2300"), ("en", "2300")])
async def test_a_denial_names_the_rule_the_events_and_when_it_may_be_tried_again(
    home: House, officer: httpx.AsyncClient, language: str, word: str
) -> None:
    answer = (await officer.get(f"{API}/debtors/CC-20771/compliance", params={"lang": language})).json()

    assert answer["allowed"] is False
    assert "co-ley-2300/one-contact-per-day" in answer["reasons"]
    assert any(word in sentence for sentence in answer["sentences"])
    denying = next(rule for rule in answer["rules"] if rule["rule"] == "co-ley-2300/one-contact-per-day")
    assert (denying["used"], denying["maximum"], denying["events"]) == (1, 1, [home.call])
    assert answer["next_allowed_at"].startswith("2026-11-2")


async def test_the_sentences_come_in_the_language_asked_for(home: House, officer: httpx.AsyncClient) -> None:
    told = [
        (await officer.get(f"{API}/debtors/{home.spoken}/compliance", params={"lang": lang})).json()["sentences"]
        for lang in ("es", "en")
    ]
    assert told[0] != told[1]


async def test_another_instant_another_number_and_another_channel_can_be_asked_for(
    home: House, officer: httpx.AsyncClient
) -> None:
    address = f"{API}/debtors/{home.ana}/compliance"
    night = (await officer.get(address, params={"at": "2026-11-24T23:00:00-05:00"})).json()
    assert night["reasons"] == ["co-ley-2300/window"]
    other = (await officer.get(address, params={"number": number(11)})).json()
    assert other["number_masked"].endswith(number(11)[-2:])
    message = (await officer.get(address, params={"channel": "sms"})).json()
    assert message["channel"] == "sms"


@pytest.mark.parametrize(
    ("debtor", "params", "status", "code"),
    [
        ("99999", {}, 404, "unknown-debtor"),
        ("nobody", {}, 404, "unknown-debtor"),
        ("CC-10492", {"campaign": "other"}, 404, "unknown-campaign"),
        ("CC-10492", {"number": "+573119999999"}, 422, "invalid-input"),
        ("CC-10492", {"at": "2026-11-24T10:00:00"}, 422, "invalid-input"),
        ("CC-10492", {"channel": "pigeon"}, 422, "invalid-input"),
        ("CC-10492", {"lang": "fr"}, 422, "invalid-input"),
    ],
)
async def test_a_question_about_nobody_or_nothing_is_refused(
    officer: httpx.AsyncClient, debtor: str, params: dict[str, str], status: int, code: str
) -> None:
    answer = await officer.get(f"{API}/debtors/{debtor}/compliance", params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_debtor_of_no_campaign_asks_for_one(home: House, officer: httpx.AsyncClient) -> None:
    await home.database.write(_leave_every_campaign, home.ana)
    address = f"{API}/debtors/{home.ana}/compliance"

    assert (await officer.get(address)).status_code == 422
    named = (await officer.get(address, params={"campaign": "cartera-bogota"})).json()
    assert (named["allowed"], named["debtor"]["campaigns"]) == (True, [])


async def test_an_attempt_shows_the_decision_on_which_it_left_and_what_it_did_not_keep(
    home: House, governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    governed.queries.log.append(attempt(7, Outcome.CONVERSATION, AmdCategory.HUMAN, identity=home.call))

    answer = (await officer.get(f"{API}/attempts/{home.call}/decision")).json()["decision"]

    assert answer["allowed"] is True
    assert answer["same_rules"] is True
    assert answer["debtor_id"] == home.spoken
    assert answer["breaches"] == ["ring-minimum"]
    assert answer["answer"]["allowed"] is True
    assert {rule["rule"] for rule in answer["answer"]["rules"]} >= {"co-ley-2300/window", "house/gap-2h"}


async def test_an_attempt_older_than_the_trail_has_no_decision(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    older = governed.queries.log[0].row.call_id
    assert (await officer.get(f"{API}/attempts/{older}/decision")).json() == {"decision": None}


async def test_an_attempt_that_is_not_there_has_no_decision(officer: httpx.AsyncClient) -> None:
    answer = await officer.get(f"{API}/attempts/019aaaaa-0000-7000-8000-00000000ffff/decision")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-attempt")


async def test_the_funnel_says_where_the_list_went(home: House, officer: httpx.AsyncClient) -> None:
    await add_debtor(home.database, home.campaign, name="Sin Número", external_ref="CC-3")

    found = (await officer.get(f"{API}/campaigns/cartera-bogota/funnel")).json()

    assert found["leads"] == 3
    assert sum(found["places"].values()) == 3
    assert (found["places"]["callable"], found["places"]["later"], found["places"]["no-number"]) == (1, 1, 1)
    assert sum(found["first_reasons"].values()) == 1
    assert "co-ley-2300/one-contact-per-day" in found["all_reasons"]
    assert sum(hour["leads"] for hour in found["callable_at"]) == 1


async def test_the_funnel_of_another_hour_is_another(officer: httpx.AsyncClient) -> None:
    night = {"at": "2026-11-24T23:00:00-05:00"}
    found = (await officer.get(f"{API}/campaigns/cartera-bogota/funnel", params=night)).json()
    assert found["places"]["callable"] == 0
    assert found["all_reasons"]["co-ley-2300/window"] == 2


@pytest.mark.parametrize("what", ["funnel", "standings"])
async def test_a_campaign_that_is_not_there_is_said_so(officer: httpx.AsyncClient, what: str) -> None:
    answer = await officer.get(f"{API}/campaigns/other/{what}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-campaign")


async def test_the_standings_are_the_laws_rates(officer: httpx.AsyncClient) -> None:
    answer = (await officer.get(f"{API}/campaigns/cartera-bogota/standings")).json()
    assert answer["standings"] == []  # Colombia sets no rate of abandonment


async def test_the_packs_are_listed_with_sources_digests_and_alarms(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    governed.clock.advance(400 * 86_400)
    bearer = {"authorization": f"Bearer {TOKEN}"}  # the session does not last so long
    answer = (await officer.get(f"{API}/compliance/packs", headers=bearer)).json()

    assert {pack["id"]: pack["digest"] for pack in answer["packs"]} == {
        pack.id: pack.digest for pack in shipped_packs().values()
    }
    assert all(
        rule["cite"] or rule["basis"] in ("policy", "convention") for p in answer["packs"] for rule in p["rules"]
    )
    assert {"kind": "stale", "subject": "co-ley-2300"}.items() <= next(
        alarm for alarm in answer["alarms"] if alarm["subject"] == "co-ley-2300"
    ).items()


async def test_a_shipped_pack_can_be_tried_on_past_decisions(home: House, officer: httpx.AsyncClient) -> None:
    await officer.post(f"{API}/contacts", json={"campaign": "cartera-bogota", "debtor": home.ana, "channel": "sms"})
    body = {"pack": "house", "since": (START - timedelta(days=7)).isoformat(), "campaign": "cartera-bogota"}

    found = (await officer.post(f"{API}/compliance/whatif", json=body)).json()

    assert found["decisions"] == 2
    assert found["same"] == 2


async def test_a_changed_pack_can_be_tried_on_past_decisions(home: House, officer: httpx.AsyncClient) -> None:
    text = (PACKS / "co-ley-2300.yaml").read_text("utf-8")
    assert "07:00" in text
    changed = text.replace("07:00", "11:00")
    body = {"yaml": changed, "since": (START - timedelta(days=7)).isoformat()}

    found = (await officer.post(f"{API}/compliance/whatif", json=body)).json()

    assert (found["decisions"], found["now_denied"]) == (1, 1)
    assert found["denying"] == {"co-ley-2300/window": 1}
    assert found["examples"]["now_denied"][0]["ref"] == home.call


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid-input"),
        ({"pack": "house", "yaml": "id: x"}, "invalid-input"),
        ({"pack": "nothing"}, "unknown-pack"),
        ({"yaml": "id: [1"}, "invalid-pack"),
        ({"yaml": "title: without an id"}, "invalid-pack"),
        ({"pack": "house", "campaign": "other"}, "unknown-campaign"),
    ],
)
async def test_a_pack_that_cannot_be_tried_is_explained(
    officer: httpx.AsyncClient, body: dict[str, str], code: str
) -> None:
    answer = await officer.post(f"{API}/compliance/whatif", json={"since": START.isoformat(), **body})
    assert (answer.status_code, answer.json()["code"]) == (404 if code == "unknown-campaign" else 422, code)


def _leave_every_campaign(connection: sa.Connection, debtor: int) -> None:
    theirs = sa.select(leads.c.id).where(leads.c.debtor_id == debtor)
    connection.execute(lead_debts.delete().where(lead_debts.c.lead_id.in_(theirs)))
    connection.execute(leads.delete().where(leads.c.debtor_id == debtor))


@pytest.mark.parametrize("at", ["9999-12-31T23:00:00Z", "0001-01-01T00:00:00+14:00"])
async def test_an_instant_that_no_calendar_reaches_is_refused(home: House, officer: httpx.AsyncClient, at: str) -> None:
    for path in (f"debtors/{home.ana}/compliance", "campaigns/cartera-bogota/funnel", "overrides"):
        answer = await officer.get(f"/api/v1/{path}", params={"at": at, "since": at})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
