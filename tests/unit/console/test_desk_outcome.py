"""What came of a call: in one step with what belongs to it, once however often it is sent, never with a card."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from agent_console.ports import CallParty
from dialer.domain.agent import AgentState
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from tests.support.console_app import ConsoleUnderTest, make_console
from tests.support.console_client import another, signed_in
from tests.support.console_desk import CARD_DEBT, DEBTOR, NUMBER, PHONE, TODAY, MemoryPromises, call_help
from tests.support.console_queries import START, attempt, call_id, debtor_card

DESK = "/api/v1/desk"
ANA = {"campaign": "cartera-bogota", "phone": "PJSIP/1001"}
CALL = call_id(5000)
VISA = "4111 1111 1111 1111"


@pytest.fixture
def promises() -> MemoryPromises:
    return MemoryPromises()


@pytest.fixture
def console(tmp_path: Any, promises: MemoryPromises) -> ConsoleUnderTest:
    return make_console(tmp_path, promises=promises)  # type: ignore[arg-type]  # the desk asks for no more of it


@pytest.fixture
async def desk(console: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    """Ana talks with the debtor of CALL."""
    console.queries.cards[CALL] = debtor_card(CALL)
    console.queries.parties[CALL] = CallParty(
        call_id=CALL, debtor_id=DEBTOR, debts=frozenset({11, 12}), numbers=frozenset({NUMBER})
    )
    console.desk.helps[CALL] = call_help(CALL)
    async with signed_in(console.app, "ana") as client:
        await console.engine.publish()
        assert (await client.post(f"{DESK}/sign-in", json=ANA)).status_code == 200
        await console.engine.move("ana", AgentState.TALKING, CALL)
        yield client


def promised(amount: int = 20_000_000, days: int = 3, debt: int = 11) -> dict[str, Any]:
    due = TODAY + timedelta(days=days)
    return {"debt": debt, "instalments": [{"due_on": due.isoformat(), "amount_minor": amount}]}


def said(code: str, **more: Any) -> dict[str, Any]:
    return {"call_id": CALL, "code": code, **more}


def verbs(console: ConsoleUnderTest) -> list[str]:
    return [str(command["verb"]) for command in console.engine.commands[1:]]


# ------------------------------------------------------------------------------------------ promises


async def test_a_promise_is_recorded_with_the_word_and_read_back(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, promises: MemoryPromises
) -> None:
    answer = await desk.post(f"{DESK}/disposition", json=said("PTP", promise=promised()))
    assert answer.status_code == 200
    written = answer.json()
    assert written["promise"]["reference"] == "52104476"
    assert written["promise"]["instalments"] == [{"due_on": "2026-11-27", "amount_minor": 20_000_000}]
    assert verbs(console) == ["agent.disposition"]
    (made,) = promises.made.values()
    assert (made.call_id, made.captured_by, made.debt_id) == (CALL, "ana", 11)


async def test_a_promise_beyond_the_terms_is_refused_and_nothing_is_written(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    answer = await desk.post(f"{DESK}/disposition", json=said("PTP", promise=promised(amount=1, days=40)))
    assert (answer.status_code, answer.json()["code"]) == (422, "promise-refused")
    assert {each["flaw"] for each in answer.json()["objections"]} == {"too-little", "too-late"}
    assert verbs(console) == []


async def test_a_promise_of_somebody_elses_debt_is_refused(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    answer = await desk.post(f"{DESK}/disposition", json=said("PTP", promise=promised(debt=99)))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-debtor")
    assert verbs(console) == []


async def test_the_same_promise_twice_is_one_and_another_is_another(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, promises: MemoryPromises
) -> None:
    both = [desk.post(f"{DESK}/disposition", json=said("PTP", promise=promised())) for _ in range(2)]
    first, second = await asyncio.gather(*both)
    assert {first.status_code, second.status_code} <= {200, 409}
    assert len(promises.made) == 1
    await console.engine.move("ana", AgentState.WRAP_UP, CALL)
    await desk.post(f"{DESK}/disposition", json=said("PTP", promise=promised(amount=30_000_000)))
    assert len(promises.made) == 2


@pytest.mark.parametrize(
    "body",
    [
        said("REFUSED", promise=promised()),
        said("DO_NOT_CALL", call_back={"at": (START + timedelta(days=1)).isoformat()}),
        said("DECEASED", call_back={"at": (START + timedelta(days=1)).isoformat()}),
    ],
)
async def test_what_does_not_belong_together_is_refused(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await desk.post(f"{DESK}/disposition", json=body)).json()["code"] == "invalid-input"
    assert verbs(console) == []


# ------------------------------------------------------------------------------------------ call-backs


async def test_a_call_back_is_promised_before_the_word_is_written(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    at = START + timedelta(days=1)
    call_back = {"at": at.isoformat(), "mine": True, "phone": PHONE}
    answer = await desk.post(f"{DESK}/disposition", json=said("CALLBACK", call_back=call_back))
    assert answer.json()["call_back_at"] == at.isoformat().replace("+00:00", "Z")
    assert verbs(console) == ["campaign.call_back", "agent.disposition"]
    order = console.engine.commands[1]
    assert (order["debtor_id"], order["agent_id"], order["number"]) == (DEBTOR, "ana", NUMBER)
    assert order["at"] == at.isoformat()


async def test_a_call_back_that_the_rules_forbid_is_refused_with_the_next_time(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    console.desk.closed_until = START + timedelta(days=3)
    call_back = {"at": (START + timedelta(days=1)).isoformat()}
    answer = await desk.post(f"{DESK}/disposition", json=said("CALLBACK", call_back=call_back, lang="en"))
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (409, "call-back-denied")
    assert refused["sentences"] == ["Outside the hours that are allowed."]
    assert refused["next_allowed_at"] == (START + timedelta(days=3)).isoformat()
    assert verbs(console) == []


async def test_a_call_back_in_the_past_is_refused(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    call_back = {"at": (START - timedelta(minutes=1)).isoformat()}
    answer = await desk.post(f"{DESK}/disposition", json=said("CALLBACK", call_back=call_back))
    assert answer.json()["code"] == "time-has-passed"
    assert verbs(console) == []


# ------------------------------------------------------------------------------------------ pressed twice


async def test_the_button_pressed_again_after_the_call_is_answered_and_changes_nothing(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    body = said("REFUSED", notes="No quiere hablar.")
    assert (await desk.post(f"{DESK}/disposition", json=body)).json()["repeated"] is False
    logged = attempt(5, Outcome.CONVERSATION, AmdCategory.HUMAN, identity=CALL)
    row = {"agent_id": "ana", "disposition": "REFUSED"}
    console.queries.log = [_changed(logged, row, notes="No quiere hablar.")]
    again = await desk.post(f"{DESK}/disposition", json=body)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    other = await desk.post(f"{DESK}/disposition", json=body | {"code": "PAID"})
    assert other.json()["code"] == "not-your-call"
    assert verbs(console) == ["agent.disposition"]


def _changed(logged: Any, row: dict[str, Any], **more: Any) -> Any:
    return replace(logged, row=replace(logged.row, **row), **more)


# ------------------------------------------------------------------------------------------ cards


async def test_a_card_number_is_refused_in_notes_and_in_drafts(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    answer = await desk.post(f"{DESK}/disposition", json=said("PAID", notes=f"Pagó con {VISA}, vence 12/28"))
    assert (answer.status_code, answer.json()["code"]) == (422, "card-number-refused")
    for content in ({"notes": VISA}, {"fields": {"p_amount": VISA.replace(" ", "")}}):
        answer = await desk.put(f"{DESK}/draft", json={"call_id": CALL, "content": content})
        assert answer.json()["code"] == "card-number-refused"
    assert console.desk.drafts == {}
    assert verbs(console) == []
    assert VISA not in answer.text


# ------------------------------------------------------------------------------------------ drafts


async def test_a_draft_is_there_after_a_reload_and_in_another_browser_until_it_is_written(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    content = {"code": "PTP", "notes": "Paga el vier", "fields": {"p_debt": "11"}}
    assert (await desk.put(f"{DESK}/draft", json={"call_id": CALL, "content": content})).json() == {"version": 1}
    content["notes"] = "Paga el viernes."
    assert (await desk.put(f"{DESK}/draft", json={"call_id": CALL, "content": content})).json() == {"version": 2}
    assert (await desk.get(DESK)).json()["draft"] == {"call_id": CALL, "version": 2, "content": content}
    async with another(console.app, "ana") as second:
        await second.post(f"{DESK}/sign-in", json=ANA | {"take_over": True})
        assert (await second.get(DESK)).json()["draft"]["content"] == content
    await desk.post(f"{DESK}/disposition", json=said("NO_COMMITMENT"))
    await console.engine.move("ana", AgentState.WRAP_UP, CALL)
    assert (await desk.get(DESK)).json()["draft"] is None


async def test_a_draft_of_another_call_or_of_none_is_not_taken(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    other = await desk.put(f"{DESK}/draft", json={"call_id": call_id(1), "content": {}})
    assert other.json()["code"] == "not-your-call"
    await console.engine.move("ana", AgentState.READY)
    late = await desk.put(f"{DESK}/draft", json={"call_id": CALL, "content": {"notes": "tarde"}})
    assert late.json()["code"] == "not-your-call"
    assert console.desk.drafts == {}


async def test_a_draft_is_bounded(desk: httpx.AsyncClient) -> None:
    for content in (
        {"notes": "x" * 4001},
        {"fields": {f"f{index}": "x" for index in range(41)}},
        {"fields": {"p": "x" * 201}},
        {"fields": {"Not a name": "x"}},
    ):
        answer = await desk.put(f"{DESK}/draft", json={"call_id": CALL, "content": content})
        assert answer.json()["code"] == "invalid-input"


# ------------------------------------------------------------------------------------------ the help


async def test_the_help_is_there_exactly_as_long_as_the_card(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    shown = (await desk.get(DESK)).json()["help"]
    assert (shown["debtor_id"], shown["zones"], shown["disclosures"]) == (DEBTOR, ["America/Bogota"], ["recording"])
    assert shown["debts"][0]["terms"]["minimum_minor"] == CARD_DEBT.minimum_minor
    for state in (AgentState.RESERVED, AgentState.READY, AgentState.PAUSED):
        await console.engine.move("ana", state, CALL)
        answer = await desk.get(DESK)
        assert answer.json()["help"] is None
        assert "TC-4481" not in answer.text
