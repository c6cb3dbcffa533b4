"""Guessing passwords: slow for whoever guesses, and never a way to lock somebody out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from agent_console import sign_in_limits
from agent_console.sign_in_limits import ADDRESS, LOGIN, PAIR, SignInLimits
from dialer.clock import ManualClock
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import BASE, CHANGE, SESSION
from tests.support.console_people import PASSWORD
from tests.support.console_queries import START

TRIES = 1000
BAD = {"login": "luis", "password": "not this one, surely"}


@asynccontextmanager
async def at(console: ConsoleUnderTest, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=console.app, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=CHANGE) as client:
        yield client


async def right(client: httpx.AsyncClient, login: str = "luis") -> int:
    return (await client.post(SESSION, json={"login": login, "password": PASSWORD})).status_code


async def test_a_thousand_bad_passwords_at_once_are_hardly_looked_at(console: ConsoleUnderTest) -> None:
    async with at(console, "203.0.113.7") as guesser:
        answers = [await guesser.post(SESSION, json=BAD) for _ in range(TRIES)]
    assert console.people.checked == PAIR.free
    assert {answer.status_code for answer in answers[PAIR.free :]} == {429}
    assert answers[-1].json()["code"] == "too-many-tries"
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_thousand_bad_passwords_take_hours_and_lock_nobody_out(console: ConsoleUnderTest) -> None:
    began = console.clock.monotonic()
    async with at(console, "203.0.113.7") as guesser, at(console, "198.51.100.20") as office:
        assert await right(office) == 200  # the owner signed in from here before
        while console.people.checked < TRIES:
            answer = await guesser.post(SESSION, json=BAD)
            console.clock.advance(int(answer.headers.get("retry-after", 0)))
        assert console.clock.monotonic() - began > 6 * 3600
        # In the middle of it: at once from their own address, and from the guesser's own within a minute.
        assert await right(office) == 200
        waited = 0.0
        while (status := await right(guesser)) == 429:
            console.clock.advance(1)
            waited += 1
        assert (status, waited <= ADDRESS.longest_s) == (200, True)


async def test_guessing_from_many_addresses_does_not_hold_up_the_owner(console: ConsoleUnderTest) -> None:
    async with at(console, "198.51.100.20") as office:
        assert await right(office) == 200
        for n in range(TRIES):
            async with at(console, f"2001:db8:{n:x}::1") as guesser:
                await guesser.post(SESSION, json=BAD)
        assert console.people.checked == LOGIN.free + 1
        assert await right(office) == 200
        async with at(console, "192.0.2.99") as elsewhere:
            assert await right(elsewhere) == 429
            console.clock.advance(LOGIN.longest_s)
            assert await right(elsewhere) == 200


async def test_one_address_does_not_try_one_password_on_everybody(console: ConsoleUnderTest) -> None:
    async with at(console, "203.0.113.7") as guesser:
        for n in range(TRIES):
            await guesser.post(SESSION, json={"login": f"somebody{n}", "password": "Summer2026!"})
    assert console.people.checked == ADDRESS.free


async def test_another_spelling_of_a_login_is_no_way_round(console: ConsoleUnderTest) -> None:
    async with at(console, "203.0.113.7") as guesser:
        for spelling in ("luis", "LUIS", " luis ", "l.u.i.s", "lu-is", "Luís") * 3:
            await guesser.post(SESSION, json=BAD | {"login": spelling})
    assert console.people.checked == PAIR.free


async def test_addresses_of_one_network_count_as_one(console: ConsoleUnderTest) -> None:
    for n in range(100):
        async with at(console, f"2001:db8:1:2::{n:x}") as guesser:
            await guesser.post(SESSION, json={"login": f"somebody{n}", "password": "Summer2026!"})
    assert console.people.checked == ADDRESS.free


async def test_the_old_password_is_no_quicker_to_guess(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    before = console.people.checked
    for _ in range(50):
        await client.put("/api/v1/me/password", json={"old": "wrong", "new": "another long phrase"})
    assert console.people.checked - before == PAIR.free


def test_a_success_forgives_and_time_forgets() -> None:
    clock = ManualClock(START)
    limits = SignInLimits(clock)
    for _ in range(PAIR.free - 1):
        assert limits.begin("luis", "a", known=True) == 0
    assert limits.begin("luis", "a", known=True) == 0
    limits.succeeded("luis", "a", known=True)
    assert [limits.begin("luis", "a", known=True) for _ in range(PAIR.free)] == [0.0] * PAIR.free
    assert limits.begin("luis", "a", known=True) > 0
    clock.advance(sign_in_limits.FORGOTTEN_AFTER_S + 1)
    assert limits.begin("luis", "a", known=True) == 0


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_limits, "MOST_REMEMBERED", 50)
    limits = SignInLimits(ManualClock(START))
    for n in range(500):
        limits.begin(f"login{n}", f"address{n}", known=False)
    assert len(limits._tries) <= 50
