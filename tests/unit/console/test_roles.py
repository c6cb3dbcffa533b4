"""Every route by every role; and what an agent sees of the world: their desk, and the debtor on their call."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from agent_console.policy import LIVE, POLICY, holes, rule_for
from agent_console.ports import CallParty
from dialer.domain.agent import AgentState
from dialer.domain.people import Role, Scope
from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import AsgiSocket, anonymous, cookie_header, signed_in
from tests.support.console_compliance import House
from tests.support.console_people import LOGIN_OF
from tests.support.console_queries import call_id, debtor_card
from tests.support.console_routes import described, filled, rule_of
from tests.support.store import number

API = "/api/v1"
CALL = call_id(5000)
SEAT = {"campaign": "cartera-bogota", "phone": "PJSIP/1001"}
FACT = {"kind": "flag", "value": {"flag": "bankruptcy"}, "source": "said it on the call"}
MACHINES = [("GET", "/metrics"), ("GET", "/api/v1/openapi.json")]


# ------------------------------------------------------------------------------------------ the table


def test_every_route_has_its_line_and_no_line_is_without_a_route(console: ConsoleUnderTest) -> None:
    routes = described(console.app)
    assert len(routes) > 60
    assert [each for each in routes if rule_of(*each) is None] == []
    of_the_api = {(rule.method, rule.template) for rule in POLICY if rule.template.startswith("/api/")}
    assert of_the_api - {*routes, *MACHINES, (LIVE, f"{API}/live")} == set()


def test_every_route_is_judged_by_its_own_line(console: ConsoleUnderTest) -> None:
    for method, template in described(console.app):
        rule = rule_for(method, filled(template))
        assert rule is not None
        assert (rule.method, rule.template) == (method, template)


def test_whoever_only_reads_is_in_no_line_that_changes_anything() -> None:
    own = {"/me", "/me/password", "/session", "/compliance/whatif"}
    changing = [rule for rule in POLICY if rule.method not in ("GET", LIVE) and not rule.is_open]
    assert {rule.template.removeprefix(API) for rule in changing if Role.AUDITOR in rule.roles} == own
    assert {rule.method for rule in POLICY if rule.scope is Scope.READ} == {"GET", "POST"}
    assert [rule.template for rule in POLICY if rule.scope is Scope.READ and rule.method == "POST"] == [
        f"{API}/compliance/whatif"
    ]


def test_every_change_is_noted_by_the_middleware_or_by_a_room_of_its_own() -> None:
    of_their_own = ("/me", "/session", "/users", "/desk", "/phone", "/setup", "/compliance/whatif")
    for rule in POLICY:
        if rule.method not in ("GET", LIVE) and not rule.noted:
            assert rule.template.removeprefix(API).startswith(of_their_own), rule


# ------------------------------------------------------------------------------------------ every route, every role


@pytest.mark.parametrize("role", Role)
async def test_a_role_opens_what_the_table_says_and_is_refused_everything_else(
    governed: ConsoleUnderTest, role: Role
) -> None:
    asked = [*described(governed.app), *MACHINES]
    open_to_all = 0
    async with signed_in(governed.app, LOGIN_OF[role]) as client:
        for method, template in asked:
            rule = rule_of(method, template)
            assert rule is not None
            if rule.is_open or template == f"{API}/session":
                open_to_all += 1
                continue
            answer = await client.request(method, filled(template), json=None if method == "GET" else {"odd": True})
            refused = answer.status_code == 403 and answer.json()["code"] == "role-forbids"
            assert refused is (role not in rule.roles), (method, template, answer.status_code, answer.text)
            assert answer.status_code < 500 or answer.json()["code"] == "store", (method, template, answer.text)
    assert open_to_all == 3
    if role in (Role.AGENT, Role.AUDITOR):
        assert governed.engine.commands == []


async def test_nobody_opens_anything_but_the_doors(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        for method, template in [*described(console.app), *MACHINES, ("GET", "/"), ("GET", "/users"), ("GET", "/odd")]:
            rule = rule_of(method, template)
            if rule is not None and rule.is_open:
                continue
            answer = await client.request(method, filled(template), headers={"x-cadencia-request": "1"})
            assert (answer.status_code, answer.json()["code"]) == (401, "access-denied"), (method, template)
        for door in ("/healthz", "/sign-in", "/setup", "/static/js/main.js"):
            assert (await client.get(door)).status_code == 200
    assert console.engine.commands == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/api/v1/campaigns/", 404),
        ("DELETE", "/api/v1/campaigns", 405),
        ("PUT", "/api/v1/users", 405),
        ("GET", "/static/../auth.py", 404),
        ("GET", "/static/%2e%2e/auth.py", 404),
    ],
)
async def test_what_is_not_in_the_table_is_not_there(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    assert (await client.request(method, path)).status_code == status


def test_templates_name_their_holes() -> None:
    assert holes("/api/v1/campaigns/{name}/{verb}") == {"name", "verb"}
    assert holes("/static/{path:path}") == {"path"}


# ------------------------------------------------------------------------------------------ what an agent sees


@pytest.fixture
async def ana(home: House, governed: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    """Ana at her desk; a call with the debtor ``home.ana`` is known to the store."""
    async with signed_in(governed.app, "ana") as client:
        debts = frozenset({await home.debt_of(home.ana)})
        numbers = frozenset({number(1), number(11)})
        governed.queries.cards[CALL] = debtor_card(CALL)
        governed.queries.parties[CALL] = CallParty(call_id=CALL, debtor_id=home.ana, debts=debts, numbers=numbers)
        await governed.engine.publish()
        assert (await client.post(f"{API}/desk/sign-in", json=SEAT)).status_code == 200
        await governed.engine.move("ana", AgentState.READY)
        yield client


async def asks(client: httpx.AsyncClient, home: House, debtor: int) -> set[int]:
    """The statuses of everything that an agent may ask about a debtor, but for calling them."""
    debt = await home.debt_of(debtor)
    later = "2026-11-25T15:00:00Z"
    answers = [
        await client.get(f"{API}/debtors/{debtor}/money"),
        await client.get(f"{API}/campaigns/cartera-bogota/debts/{debt}/terms"),
        await client.post(f"{API}/facts", json={**FACT, "debtor": debtor}),
        await client.post(f"{API}/facts", json={**FACT, "debt": debt}),
        await client.post(f"{API}/campaigns/cartera-bogota/call-backs", json={"debtor": debtor, "at": later}),
    ]
    return {answer.status_code for answer in answers}


@pytest.mark.parametrize("state", [AgentState.READY, AgentState.PAUSED, AgentState.RESERVED])
async def test_an_agent_without_a_call_sees_no_debtor(
    home: House, governed: ConsoleUnderTest, ana: httpx.AsyncClient, state: AgentState
) -> None:
    await governed.engine.move("ana", state, CALL if state is AgentState.RESERVED else None)
    assert await asks(ana, home, home.ana) == {403}


@pytest.mark.parametrize("state", [AgentState.TALKING, AgentState.WRAP_UP, AgentState.PREVIEW])
async def test_an_agent_on_a_call_sees_that_debtor_and_no_other(
    home: House, governed: ConsoleUnderTest, ana: httpx.AsyncClient, state: AgentState
) -> None:
    await governed.engine.move("ana", state, CALL)
    assert await asks(ana, home, home.ana) == {200, 201}
    assert await asks(ana, home, home.spoken) == {403}
    stranger = {**FACT, "number": number(2)}
    assert (await ana.post(f"{API}/facts", json=stranger)).json()["code"] == "not-your-debtor"
    await governed.engine.move("ana", AgentState.READY)
    assert await asks(ana, home, home.ana) == {403}


async def test_an_agent_calls_and_promises_calls_as_nobody_else(
    home: House, governed: ConsoleUnderTest, ana: httpx.AsyncClient
) -> None:
    await governed.engine.move("ana", AgentState.TALKING, CALL)
    other = {"debtor": home.ana, "agent": "pedro"}
    by_hand = await ana.post(f"{API}/campaigns/cartera-bogota/calls", json=other)
    back = await ana.post(f"{API}/campaigns/cartera-bogota/call-backs", json={**other, "at": "2026-11-25T15:00:00Z"})
    assert {by_hand.json()["code"], back.json()["code"]} == {"not-your-debtor"}


async def test_an_agent_reads_of_campaigns_what_they_are_and_not_how_they_do(
    governed: ConsoleUnderTest, ana: httpx.AsyncClient
) -> None:
    (one,) = (await ana.get(f"{API}/campaigns")).json()["campaigns"]
    assert (one["campaign"]["name"], one["live"]) == ("cartera-bogota", None)
    async with signed_in(governed.app, "rosa") as rosa:
        await governed.engine.publish()
        (one,) = (await rosa.get(f"{API}/campaigns")).json()["campaigns"]
        assert one["live"] is not None


async def test_an_agents_desk_is_their_own_account_and_no_other(
    governed: ConsoleUnderTest, ana: httpx.AsyncClient
) -> None:
    taken = {name: value for name, value in ana.cookies.items() if name == "cadencia_desk"}
    async with signed_in(governed.app, "luis") as luis:
        refused = await luis.post(f"{API}/desk/sign-in", json=SEAT)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-agent-id")
        luis.cookies.update(taken)
        assert (await luis.get(f"{API}/desk")).json()["desk"] is None
        assert (await luis.post(f"{API}/desk/ready")).status_code == 409


async def test_the_push_to_an_agent_tells_of_nobody_else(governed: ConsoleUnderTest, ana: httpx.AsyncClient) -> None:
    engine = governed.engine
    engine.agents["pedro"] = {"id": "pedro", "name": "Pedro", "state": "talking", "since": "", "call_id": None}
    headers = {"origin": "http://console.test", "cookie": cookie_header(ana)}
    async with AsgiSocket(governed.app, "/api/v1/live", headers) as socket:
        told = [await socket.message()]
        await engine.move("pedro", AgentState.WRAP_UP, call_id(77))
        await engine.move("ana", AgentState.TALKING, CALL)
        governed.clock.advance(1)
        await engine.publish()
        for agent in ("pedro", "ana"):
            look: dict[str, object] = {"call_id": "c1", "agent_id": agent, "category": "machine", "reason": "beep"}
            await engine.bus.publish(BusMessage(topic="cartera-bogota/call.second_look", payload=look))
        while told[-1]["type"] != "second_look":
            told.append(await socket.message())
    text = orjson.dumps(told).decode()
    assert "pedro" not in text.lower()
    assert "abandon" not in text
    assert "today" not in text
    assert {message["type"] for message in told} == {"snapshot", "nothing", "agent", "state", "second_look"}
    assert [message["seq"] for message in told] == list(range(told[0]["seq"], told[0]["seq"] + len(told)))
