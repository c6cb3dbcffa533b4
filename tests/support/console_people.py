"""People at the console: four with one password, one of each role; in memory, and in a real store."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher

from agent_console.ports_people import (
    AccountEdit,
    AccountIn,
    AccountView,
    ConsoleChange,
    Machine,
    StoredAnswer,
)
from dialer.clock import Clock
from dialer.console.people import ConsolePeople
from dialer.domain.people import ALL_SCOPES, AccountState, Role, Scope, check_password, login_key, login_of
from dialer.errors import AccountExists, KeyInUse, KeyReused, LastAdmin, SetupClosed, UnknownAccount
from dialer.passwords import Passwords
from dialer.store.accounts import Accounts, NewAccount
from dialer.store.database import Database

PASSWORD = "correcto caballo bateria"
TOKEN = "token-of-the-tests-0123456789abcdef"
METRICS_TOKEN = "token-for-the-metrics-0123456789"
READ_TOKEN = "token-for-reading-0123456789abcd"
IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
#: Fast, and weak: for tests alone.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

EVERYBODY = (
    AccountIn(login="luis", name="Luis Mora", role=Role.ADMIN),
    AccountIn(login="rosa", name="Rosa Díaz", role=Role.SUPERVISOR),
    AccountIn(login="ana", name="Ana Lucía Vélez", role=Role.AGENT, agent_id="ana"),
    AccountIn(login="eva", name="Eva Gil", role=Role.AUDITOR),
)
LOGIN_OF = {each.role: each.login for each in EVERYBODY}


@dataclass
class _Session:
    account_id: int
    address: str
    until: datetime
    seen: datetime
    ended: bool = False


@dataclass
class MemoryPeople:
    """Implements ``PeopleRoom`` as the store does, without a database. Passwords as they are."""

    clock: Clock
    accounts_by_id: dict[int, AccountView] = field(default_factory=dict)
    passwords: dict[int, str] = field(default_factory=dict)
    sessions: dict[str, _Session] = field(default_factory=dict)
    machines: dict[str, Machine] = field(
        default_factory=lambda: {
            TOKEN: Machine(name="installation", scopes=ALL_SCOPES),
            METRICS_TOKEN: Machine(name="prometheus", scopes=frozenset({Scope.METRICS})),
            READ_TOKEN: Machine(name="report", scopes=frozenset({Scope.READ})),
        }
    )
    checked: int = 0  #: passwords that were looked at

    @classmethod
    def furnished(cls, clock: Clock) -> MemoryPeople:
        people = cls(clock)
        for each in EVERYBODY:
            people.add(each, PASSWORD)
        return people

    def add(self, new: AccountIn, password: str, *, given: bool = False) -> AccountView:
        check_password(password, new.login)
        key = login_key(new.login)
        for other in self.accounts_by_id.values():
            if login_key(other.login) == key or (new.agent_id and other.agent_id == new.agent_id):
                raise AccountExists
        made = AccountView(
            id=len(self.accounts_by_id) + 1,
            login=login_of(new.login),
            name=new.name,
            role=new.role,
            language=new.language,
            state=AccountState.ACTIVE,
            agent_id=new.agent_id,
            password_given=given,
            made_at=self.clock.now(),
        )
        self.accounts_by_id[made.id] = made
        self.passwords[made.id] = password
        return made

    def named(self, login: str) -> AccountView | None:
        return next((each for each in self.accounts_by_id.values() if each.login == login.strip().casefold()), None)

    async def none_yet(self) -> bool:
        return not self.accounts_by_id

    async def set_up(self, new: AccountIn, password: str) -> AccountView:
        if self.accounts_by_id:
            raise SetupClosed
        return self.add(new, password)

    async def check(self, login: str, password: str) -> AccountView | None:
        self.checked += 1
        found = self.named(login)
        right = found is not None and found.state is AccountState.ACTIVE and self.passwords[found.id] == password
        return found if right else None

    async def knows(self, login: str, address: str) -> bool:
        found = self.named(login)
        return found is not None and any(
            each.account_id == found.id and each.address == address for each in self.sessions.values()
        )

    async def begin_session(self, account: AccountView, *, address: str, instead_of: str | None) -> str:
        if instead_of in self.sessions:
            self.sessions[str(instead_of)].ended = True
        token = secrets.token_urlsafe(32)
        now = self.clock.now()
        self.sessions[token] = _Session(account.id, address, now + LONGEST, now)
        return token

    async def person(self, token: str, *, used: bool = True) -> AccountView | None:
        now, session = self.clock.now(), self.sessions.get(token)
        if session is None or session.ended or session.until <= now or session.seen + IDLE <= now:
            return None
        account = self.accounts_by_id[session.account_id]
        if account.state is not AccountState.ACTIVE:
            return None
        if used:
            session.seen = now
        return account

    async def end_session(self, token: str, by: str) -> None:
        self.sessions[token].ended = True

    async def end_sessions(self, account_id: int, by: str) -> None:
        await self.account(account_id)
        self._end(account_id)

    def _end(self, account_id: int, but: str | None = None) -> None:
        for token, session in self.sessions.items():
            if session.account_id == account_id and token != but:
                session.ended = True

    async def machine(self, token: str) -> Machine | None:
        return self.machines.get(token)

    async def accounts(self, *, after: int, most: int) -> Sequence[AccountView]:
        return [each for each in self.accounts_by_id.values() if each.id > after][:most]

    async def account(self, account_id: int) -> AccountView:
        if account_id not in self.accounts_by_id:
            raise UnknownAccount
        return self.accounts_by_id[account_id]

    async def create(self, new: AccountIn, password: str, *, by: str) -> AccountView:
        return self.add(new, password, given=True)

    async def change(self, account_id: int, edit: AccountEdit, *, by: str) -> AccountView:
        before = await self.account(account_id)
        values = {name: getattr(edit, name) for name in ("name", "role", "language", "state")}
        changed = replace(before, **{name: value for name, value in values.items() if value is not None})
        if edit.agent_id is not None:
            changed = replace(changed, agent_id=edit.agent_id or None)
        admins = [
            each
            for each in {**self.accounts_by_id, account_id: changed}.values()
            if each.role is Role.ADMIN and each.state is AccountState.ACTIVE
        ]
        if not admins:
            raise LastAdmin
        self.accounts_by_id[account_id] = changed
        if (before.role, before.state, before.agent_id) != (changed.role, changed.state, changed.agent_id):
            self._end(account_id)
        return changed

    async def set_password(
        self, account_id: int, password: str, *, by: str, given: bool, keep_session: str | None = None
    ) -> None:
        account = await self.account(account_id)
        check_password(password, account.login)
        self.passwords[account_id] = password
        self.accounts_by_id[account_id] = replace(account, password_given=given)
        self._end(account_id, keep_session)


@dataclass
class MemoryChanges:
    """Implements ``ChangesRoom``."""

    noted: list[ConsoleChange] = field(default_factory=list)
    kept: dict[str, tuple[str, StoredAnswer | None]] = field(default_factory=dict)

    async def note(self, change: ConsoleChange) -> None:
        self.noted.append(change)

    async def claim(self, key: str, request_hash: str) -> StoredAnswer | None:
        if key not in self.kept:
            self.kept[key] = (request_hash, None)
            return None
        before, answer = self.kept[key]
        if before != request_hash:
            raise KeyReused
        if answer is None:
            raise KeyInUse
        return answer

    async def keep(self, key: str, answer: StoredAnswer) -> None:
        self.kept[key] = (self.kept[key][0], answer)

    async def forget(self, key: str) -> None:
        self.kept.pop(key, None)


async def furnished_people(database: Database, clock: Clock) -> ConsolePeople:
    """The same four people in ``database``."""
    passwords = Passwords(QUICK)
    accounts = Accounts(database, clock)
    kept = await passwords.hash(PASSWORD)
    for each in EVERYBODY:
        new = NewAccount(login=each.login, name=each.name, role=each.role, agent_id=each.agent_id)
        await accounts.create(new, kept, by="cli:tests", given=False)
    return ConsolePeople(database, clock, passwords, installation_token=TOKEN, idle=IDLE, longest=LONGEST)
