"""Accounts of people. Every change is on the audit trail, in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.domain.people import AccountState, Role, agent_id_of, login_key, login_of, shown_name
from dialer.errors import AccountExists, LastAdmin, SetupClosed, UnknownAccount
from dialer.store import audit_log
from dialer.store.account_tables import account_sessions, accounts
from dialer.store.audit_log import AuditEntry
from dialer.store.database import Database

CONSOLE = "console"  #: the kind of a record on the audit trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``password_given``: by somebody else, so that its owner has to choose another one first."""

    id: int
    login: str
    name: str
    role: Role
    language: str
    state: AccountState
    agent_id: str | None
    password_hash: str
    password_given: bool
    made_at: datetime

    def __repr__(self) -> str:
        return f"Account(id={self.id}, role={self.role})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    login: str
    name: str
    role: Role
    language: str = "es"
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What is None stays as it is; an empty ``agent_id`` takes it away."""

    name: str | None = None
    role: Role | None = None
    language: str | None = None
    state: AccountState | None = None
    agent_id: str | None = None


class Accounts:
    """The accounts of one database. ``by`` is the login of who asks, or ``cli:`` and the system's user."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def none_yet(self) -> bool:
        return await self._database.read(
            lambda connection: connection.scalar(sa.select(accounts.c.id).limit(1)) is None
        )

    async def create(
        self, new: NewAccount, password_hash: str, *, by: str, given: bool = True, first: bool = False
    ) -> Account:
        """``given``: somebody else chose the password. ``first``: only where there is no account yet. Raises
        AccountExists, SetupClosed, InputError."""
        values = {
            "login": login_of(new.login),
            "login_key": login_key(new.login),
            "name": shown_name(new.name),
            "role": new.role.value,
            "language": new.language,
            "agent_id": agent_id_of(new.agent_id),
            "password_hash": password_hash,
            "password_given": given,
            "made_at": self._clock.now(),
        }
        return await self._database.write(_create, values, by, first)

    async def get(self, account_id: int) -> Account:
        """Raises UnknownAccount."""
        return await self._database.read(_get, account_id)

    async def by_login(self, login: str) -> Account | None:
        wanted = sa.select(accounts).where(accounts.c.login == login.strip().casefold())
        row = await self._database.read(lambda connection: connection.execute(wanted).first())
        return None if row is None else as_account(row)

    async def page(self, *, after: int = 0, most: int = 200) -> Sequence[Account]:
        """In the order in which they were made, those after the id ``after``."""
        wanted = sa.select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(most)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return [as_account(row) for row in rows]

    async def change(self, account_id: int, change: AccountChange, *, by: str) -> Account:
        """Another role or state ends the account's sessions. Raises UnknownAccount, AccountExists, LastAdmin,
        InputError."""
        values: dict[str, Any] = {
            name: value
            for name, value in (
                ("name", None if change.name is None else shown_name(change.name)),
                ("role", change.role and change.role.value),
                ("language", change.language),
                ("state", change.state and change.state.value),
            )
            if value is not None
        }
        if change.agent_id is not None:
            values["agent_id"] = agent_id_of(change.agent_id)
        return await self._database.write(_change, account_id, values, by, self._clock.now())

    async def set_password(
        self, account_id: int, password_hash: str, *, by: str, given: bool, keep_session: str | None = None
    ) -> None:
        """Ends every session of the account but ``keep_session``. Raises UnknownAccount."""
        await self._database.write(_set_password, account_id, password_hash, by, given, keep_session, self._clock.now())

    async def rehash(self, account_id: int, password_hash: str) -> None:
        """The same password under a stronger hash: nothing that anybody has to be told."""
        changed = accounts.update().where(accounts.c.id == account_id).values(password_hash=password_hash)
        await self._database.write(lambda connection: connection.execute(changed) and None)


def as_account(row: Any) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        state=AccountState(row.state),
        agent_id=row.agent_id,
        password_hash=row.password_hash,
        password_given=row.password_given,
        made_at=row.made_at,
    )


def _get(connection: sa.Connection, account_id: int) -> Account:
    row = connection.execute(sa.select(accounts).where(accounts.c.id == account_id)).first()
    if row is None:
        raise UnknownAccount
    return as_account(row)


def _taken(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> bool:
    return connection.scalar(sa.select(accounts.c.id).where(wanted)) is not None


def _one_at_a_time(connection: sa.Connection) -> None:
    """Accounts are made and changed in turn, as on SQLite anyway: what must hold between them is looked at first."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE"))


def _create(connection: sa.Connection, values: dict[str, Any], by: str, first: bool) -> Account:
    _one_at_a_time(connection)
    if first and connection.scalar(sa.select(accounts.c.id).limit(1)) is not None:
        raise SetupClosed
    same = [accounts.c.login_key == values["login_key"]]
    if values["agent_id"] is not None:
        same.append(accounts.c.agent_id == values["agent_id"])
    if _taken(connection, sa.or_(*same)):
        raise AccountExists
    made = as_account(connection.execute(accounts.insert().values(values).returning(accounts)).one())
    told = {"login": made.login, "role": made.role, "agent_id": made.agent_id}
    tell(connection, "account-created", by, values["made_at"], ref=_ref(made.id), **told)
    return made


def _change(connection: sa.Connection, account_id: int, values: dict[str, Any], by: str, now: datetime) -> Account:
    _one_at_a_time(connection)
    admins = connection.execute(
        sa.select(accounts.c.id).where(
            accounts.c.role == Role.ADMIN.value, accounts.c.state == AccountState.ACTIVE.value
        )
    ).scalars()
    others = [each for each in admins if each != account_id]
    before = _get(connection, account_id)
    agent_id = values.get("agent_id")
    if agent_id and _taken(connection, sa.and_(accounts.c.agent_id == agent_id, accounts.c.id != account_id)):
        raise AccountExists
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not changed:
        return before
    was_admin = before.role is Role.ADMIN and before.state is AccountState.ACTIVE
    is_admin = changed.get("role", before.role) == Role.ADMIN and changed.get("state", before.state) == "active"
    if was_admin and not is_admin and not others:
        raise LastAdmin
    connection.execute(accounts.update().where(accounts.c.id == account_id).values(changed))
    if changed.keys() & {"role", "state", "agent_id"}:
        end_sessions(connection, account_id, now)
    told = {name: value for name, value in changed.items() if name != "name"}
    tell(connection, "account-changed", by, now, ref=_ref(account_id), login=before.login, **told)
    return _get(connection, account_id)


def _set_password(
    connection: sa.Connection, account_id: int, kept: str, by: str, given: bool, keep_session: str | None, now: datetime
) -> None:
    account = _get(connection, account_id)
    connection.execute(
        accounts.update().where(accounts.c.id == account_id).values(password_hash=kept, password_given=given)
    )
    end_sessions(connection, account_id, now, but=keep_session)
    tell(connection, "password-set", by, now, ref=_ref(account_id), login=account.login)


def end_sessions(connection: sa.Connection, account_id: int, now: datetime, *, but: str | None = None) -> None:
    ended = account_sessions.update().where(
        account_sessions.c.account_id == account_id, account_sessions.c.ended_at.is_(None)
    )
    if but is not None:
        ended = ended.where(account_sessions.c.id != but)
    connection.execute(ended.values(ended_at=now))


def tell(connection: sa.Connection, what: str, by: str, at: datetime, *, ref: str = "", **told: object) -> None:
    """Write on the audit trail what a person did in the console."""
    payload = {"what": what, "by": by, **told}
    audit_log.append(connection, [AuditEntry(kind=CONSOLE, at=at, ref=ref, payload=payload)])


def _ref(account_id: int) -> str:
    return f"account:{account_id}"
