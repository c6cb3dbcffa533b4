"""Sessions of people and tokens of programs. Only hashes of what they hold are kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.domain.people import AccountState, Scope, login_of
from dialer.errors import AccountExists, UnknownAccount
from dialer.store.account_tables import account_sessions, accounts, machine_tokens
from dialer.store.accounts import Account, as_account, end_sessions, tell
from dialer.store.database import Database

SEEN_EVERY = timedelta(minutes=1)  # how exactly it is known when a session was last used
KNOWN_FOR = timedelta(days=30)  # how long an address counts as the person's own
KEPT_FOR = timedelta(days=90)  # ended sessions

_sessions = account_sessions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineToken:
    id: int
    name: str
    scopes: frozenset[Scope]
    made_at: datetime
    revoked_at: datetime | None


def hashed(token: str) -> str:
    """Tokens are 256 random bits: nothing slower than SHA-256 is needed."""
    return sha256(token.encode()).hexdigest()


class Sessions:
    """``idle`` is how long a session may go unused, ``longest`` how long it may last at all."""

    def __init__(self, database: Database, clock: Clock, *, idle: timedelta, longest: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._longest = longest

    async def begin(self, account: Account, *, address: str, instead_of: str | None = None) -> str:
        """A new session and its token, which only the browser keeps. The one under the token ``instead_of`` ends."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()

        def work(connection: sa.Connection) -> None:
            if instead_of is not None:
                connection.execute(_ended(hashed(instead_of), now))
            over = _sessions.until_at < now - KEPT_FOR
            connection.execute(account_sessions.delete().where(_sessions.account_id == account.id, over))
            values = {"account_id": account.id, "address": address[:64], "began_at": now, "seen_at": now}
            connection.execute(
                account_sessions.insert().values(id=hashed(token), until_at=now + self._longest, **values)
            )
            tell(connection, "signed-in", account.login, now, ref=f"account:{account.id}", role=account.role)

        await self._database.write(work)
        return token

    async def account(self, token: str, *, used: bool = True) -> Account | None:
        """Whose session it is; None where there is none, or it is over, or the account disabled. ``used`` keeps it from
        going idle."""
        now, key = self._clock.now(), hashed(token)
        wanted = (
            sa.select(accounts, _sessions.seen_at)
            .join(account_sessions, _sessions.account_id == accounts.c.id)
            .where(
                _sessions.id == key,
                _sessions.ended_at.is_(None),
                _sessions.until_at > now,
                _sessions.seen_at > now - self._idle,
                accounts.c.state == AccountState.ACTIVE.value,
            )
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).first())
        if row is None:
            return None
        if used and row.seen_at <= now - SEEN_EVERY:
            seen = account_sessions.update().where(_sessions.id == key, _sessions.seen_at < now).values(seen_at=now)
            await self._database.write(lambda connection: connection.execute(seen) and None)
        return as_account(row)

    async def end(self, token: str, by: str) -> None:
        now, key = self._clock.now(), hashed(token)

        def work(connection: sa.Connection) -> None:
            if connection.execute(_ended(key, now)).rowcount:
                tell(connection, "signed-out", by, now)

        await self._database.write(work)

    async def end_all(self, account_id: int, by: str) -> None:
        """Raises UnknownAccount."""
        now = self._clock.now()

        def work(connection: sa.Connection) -> None:
            login = connection.scalar(sa.select(accounts.c.login).where(accounts.c.id == account_id))
            if login is None:
                raise UnknownAccount
            end_sessions(connection, account_id, now)
            tell(connection, "sessions-ended", by, now, ref=f"account:{account_id}", login=login)

        await self._database.write(work)

    async def knows(self, account_id: int, address: str) -> bool:
        """Whether the account's owner signed in from ``address`` of late."""
        since = self._clock.now() - KNOWN_FOR
        wanted = sa.select(_sessions.id).where(
            _sessions.account_id == account_id, _sessions.address == address[:64], _sessions.began_at > since
        )
        return await self._database.read(lambda connection: connection.scalar(wanted.limit(1)) is not None)


def _ended(key: str, now: datetime) -> sa.Update:
    return account_sessions.update().where(_sessions.id == key, _sessions.ended_at.is_(None)).values(ended_at=now)


class MachineTokens:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, name: str, scopes: Iterable[Scope], *, by: str) -> str:
        """The token, shown once. Raises AccountExists where the name is taken, InputError for an odd one."""
        token = "cad_" + secrets.token_urlsafe(32)
        named, given, now = login_of(name), sorted(set(scopes)), self._clock.now()

        def work(connection: sa.Connection) -> None:
            taken = sa.select(machine_tokens.c.id).where(machine_tokens.c.name == named)
            if connection.scalar(taken) is not None:
                raise AccountExists("There is, or was, a token of that name. Choose another.")
            values = {"name": named, "token_hash": hashed(token), "scopes": given, "made_at": now}
            connection.execute(machine_tokens.insert().values(values))
            tell(connection, "token-created", by, now, name=named, scopes=given)

        await self._database.write(work)
        return token

    async def find(self, token: str) -> MachineToken | None:
        wanted = sa.select(machine_tokens).where(
            machine_tokens.c.token_hash == hashed(token), machine_tokens.c.revoked_at.is_(None)
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).first())
        return None if row is None else _token(row)

    async def all(self) -> Sequence[MachineToken]:
        wanted = sa.select(machine_tokens).order_by(machine_tokens.c.id)
        return [_token(row) for row in await self._database.read(lambda c: c.execute(wanted).all())]

    async def revoke(self, name: str, *, by: str) -> None:
        """Raises UnknownAccount."""
        now = self._clock.now()

        def work(connection: sa.Connection) -> None:
            is_it = sa.and_(machine_tokens.c.name == name.strip(), machine_tokens.c.revoked_at.is_(None))
            if not connection.execute(machine_tokens.update().where(is_it).values(revoked_at=now)).rowcount:
                raise UnknownAccount("There is no such token. List them with: cadencia token list")
            tell(connection, "token-revoked", by, now, name=name.strip())

        await self._database.write(work)


def _token(row: sa.Row[tuple[object, ...]]) -> MachineToken:
    return MachineToken(
        id=row.id,
        name=row.name,
        scopes=frozenset(Scope(each) for each in row.scopes),
        made_at=row.made_at,
        revoked_at=row.revoked_at,
    )
