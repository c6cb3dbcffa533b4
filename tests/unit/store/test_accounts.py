"""Accounts, sessions, tokens and kept answers in the store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest
import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.domain.people import AccountState, Role, Scope
from dialer.errors import AccountExists, KeyInUse, KeyReused, LastAdmin, SetupClosed, UnknownAccount
from dialer.passwords import Passwords
from dialer.store import kept_answers
from dialer.store.account_tables import account_sessions, accounts, machine_tokens
from dialer.store.accounts import AccountChange, Accounts, NewAccount
from dialer.store.compliance_tables import audit_records
from dialer.store.database import Database
from dialer.store.kept_answers import KeptAnswer
from dialer.store.sessions import MachineTokens, Sessions
from tests.support.console_people import QUICK
from tests.support.store import NOON

IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)
ANA = NewAccount(login="Ana.Vélez".replace("é", "e"), name=" Ana  Vélez ", role=Role.AGENT, agent_id="ana")


@pytest.fixture
def ticking() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def people(database: Database, ticking: ManualClock) -> Accounts:
    return Accounts(database, ticking)


@pytest.fixture
def sessions(database: Database, ticking: ManualClock) -> Sessions:
    return Sessions(database, ticking, idle=IDLE, longest=LONGEST)


def admin(login: str) -> NewAccount:
    return NewAccount(login=login, name=login, role=Role.ADMIN)


async def test_an_account_is_kept_as_it_was_made(people: Accounts) -> None:
    assert await people.none_yet()
    made = await people.create(ANA, "hash", by="cli:root")
    assert (made.login, made.name, made.role, made.agent_id) == ("ana.velez", "Ana Vélez", Role.AGENT, "ana")
    assert (made.state, made.password_given) == (AccountState.ACTIVE, True)
    assert await people.by_login(" ANA.velez ") == made
    assert await people.get(made.id) == made
    assert "hash" not in repr(made)
    assert not await people.none_yet()


@pytest.mark.parametrize("login", ["ana.velez", "ANAVELEZ", "ana-velez", "a.n.a.v.e.l.e.z"])
async def test_logins_that_look_alike_are_one(people: Accounts, login: str) -> None:
    await people.create(ANA, "hash", by="x")
    with pytest.raises(AccountExists):
        await people.create(NewAccount(login=login, name="Ana", role=Role.ADMIN), "hash", by="x")


async def test_only_one_can_be_the_first(people: Accounts) -> None:
    made = await asyncio.gather(
        *(people.create(admin(f"first{n}"), "hash", by="setup", first=True) for n in range(4)), return_exceptions=True
    )
    assert [type(each) for each in made if isinstance(each, Exception)] == [SetupClosed] * 3


async def test_two_administrators_cannot_leave_at_once(people: Accounts) -> None:
    ids = [(await people.create(admin(name), "hash", by="x")).id for name in ("luis", "marta")]
    gone = AccountChange(state=AccountState.DISABLED)
    left = await asyncio.gather(*(people.change(each, gone, by="x") for each in ids), return_exceptions=True)
    assert [type(each) for each in left if isinstance(each, Exception)] == [LastAdmin]


async def test_a_change_that_changes_nothing_ends_no_session(
    database: Database, people: Accounts, sessions: Sessions
) -> None:
    ana = await people.create(ANA, "hash", by="x")
    token = await sessions.begin(ana, address="a")
    assert await people.change(ana.id, AccountChange(role=Role.AGENT, agent_id="ana"), by="x") == ana
    assert await sessions.account(token) == ana
    changed = await people.change(ana.id, AccountChange(agent_id=""), by="x")
    assert changed.agent_id is None
    assert await sessions.account(token) is None


async def test_the_trail_has_every_change_and_no_secret(
    database: Database, people: Accounts, sessions: Sessions, ticking: ManualClock
) -> None:
    ana = await people.create(ANA, "the-hash", by="luis")
    token = await sessions.begin(ana, address="203.0.113.7")
    await people.set_password(ana.id, "another-hash", by="luis", given=True)
    await people.change(ana.id, AccountChange(state=AccountState.DISABLED), by="luis")
    machine = await MachineTokens(database, ticking).create("prometheus", [Scope.METRICS], by="luis")
    wanted = sa.select(audit_records).order_by(audit_records.c.id)
    rows = await database.read(lambda connection: connection.execute(wanted).all())
    told = [orjson.loads(row.payload) for row in rows]
    assert {row.kind for row in rows} == {"console"}
    assert [(each["what"], each["by"]) for each in told] == [
        ("account-created", "luis"),
        ("signed-in", "ana.velez"),
        ("password-set", "luis"),
        ("account-changed", "luis"),
        ("token-created", "luis"),
    ]
    text = orjson.dumps(told).decode()
    assert not [secret for secret in ("hash", token, machine) if secret in text]


async def test_tokens_themselves_are_kept_nowhere(database: Database, people: Accounts, ticking: ManualClock) -> None:
    ana = await people.create(ANA, "hash", by="x")
    token = await Sessions(database, ticking, idle=IDLE, longest=LONGEST).begin(ana, address="a")
    machine = await MachineTokens(database, ticking).create("prometheus", [Scope.METRICS], by="x")
    rows = [
        await database.read(lambda connection, table=table: connection.execute(sa.select(table)).all())
        for table in (accounts, account_sessions, machine_tokens)
    ]
    assert token not in str(rows)
    assert machine not in str(rows)


async def test_a_session_ends_in_every_way(people: Accounts, sessions: Sessions, ticking: ManualClock) -> None:
    ana = await people.create(ANA, "hash", by="x")
    first = await sessions.begin(ana, address="a")
    second = await sessions.begin(ana, address="b", instead_of=first)
    assert await sessions.account(first) is None
    assert await sessions.knows(ana.id, "a")
    assert not await sessions.knows(ana.id, "c")
    ticking.advance(IDLE.total_seconds() - 1)
    assert await sessions.account(second, used=False) == ana
    ticking.advance(2)
    assert await sessions.account(second) is None
    third = await sessions.begin(ana, address="a")
    await sessions.end(third, "ana.velez")
    assert await sessions.account(third) is None
    fourth = await sessions.begin(ana, address="a")
    await people.set_password(ana.id, "hash", by="x", given=False, keep_session="nothing")
    assert await sessions.account(fourth) is None
    fifth = await sessions.begin(ana, address="a")
    for _ in range(LONGEST // IDLE * 2):
        ticking.advance(IDLE.total_seconds() / 2)
        last = await sessions.account(fifth)
    assert last is None
    with pytest.raises(UnknownAccount):
        await sessions.end_all(99, "x")


async def test_a_programs_token_opens_its_scopes_until_it_is_revoked(database: Database, ticking: ManualClock) -> None:
    tokens = MachineTokens(database, ticking)
    token = await tokens.create("crm", [Scope.READ, Scope.LEDGER, Scope.READ], by="x")
    found = await tokens.find(token)
    assert found is not None
    assert (found.name, found.scopes) == ("crm", {Scope.READ, Scope.LEDGER})
    assert await tokens.find(token + "x") is None
    with pytest.raises(AccountExists):
        await tokens.create("crm", [Scope.RUN], by="x")
    await tokens.revoke("crm", by="x")
    assert await tokens.find(token) is None
    with pytest.raises(UnknownAccount):
        await tokens.revoke("crm", by="x")
    assert [(each.name, each.revoked_at) for each in await tokens.all()] == [("crm", NOON)]


async def test_an_answer_is_kept_for_a_day_and_a_claim_given_up_sooner(database: Database) -> None:
    answer = KeptAnswer(201, "application/json", b'{"id":7}')
    assert await database.write(kept_answers.claim, "k", "r", NOON) is None
    with pytest.raises(KeyInUse):
        await database.write(kept_answers.claim, "k", "r", NOON + timedelta(minutes=1))
    await database.write(kept_answers.keep, "k", answer)
    late = NOON + kept_answers.KEPT_FOR
    assert await database.write(kept_answers.claim, "k", "r", late - timedelta(seconds=1)) == answer
    with pytest.raises(KeyReused):
        await database.write(kept_answers.claim, "k", "other", NOON)
    assert await database.write(kept_answers.claim, "k", "other", late) is None
    given_up = late + kept_answers.GIVEN_UP_AFTER
    assert await database.write(kept_answers.claim, "k", "r", given_up) is None
    await database.write(kept_answers.forget, "k")
    assert await database.write(kept_answers.claim, "k", "r", given_up) is None


async def test_passwords_are_argon2id_and_nobodys_takes_as_long() -> None:
    kept = await Passwords().hash("correcto caballo bateria")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,")
    passwords = Passwords(QUICK)
    assert await passwords.fits("correcto caballo bateria", kept)
    assert not await passwords.fits("incorrecto", kept)
    assert not await passwords.fits("nobody has this password", None)
    assert not await passwords.fits("x", "no hash at all")
    assert passwords.is_outdated(kept)
    assert not passwords.is_outdated(await passwords.hash("x"))
