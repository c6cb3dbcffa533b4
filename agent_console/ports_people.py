"""Who is at the console: what it asks about people, sessions and programs, and what it has written down of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dialer.domain.people import AccountState, Role, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """``password_given``: somebody else chose the password, and its owner has to choose another one first."""

    id: int
    login: str
    name: str
    role: Role
    language: str
    state: AccountState
    agent_id: str | None
    password_given: bool
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A program with a token."""

    name: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountIn:
    login: str
    name: str
    role: Role
    language: str = "es"
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEdit:
    """What is None stays as it is; an empty ``agent_id`` takes it away."""

    name: str | None = None
    role: Role | None = None
    language: str | None = None
    state: AccountState | None = None
    agent_id: str | None = None


class PeopleRoom(Protocol):
    """``by`` is the login of who asks. Every change is on the audit trail when a method returns."""

    async def set_up(self, new: AccountIn, password: str) -> AccountView:
        """The first account. Raises SetupClosed where there is one, InputError."""
        ...

    async def none_yet(self) -> bool: ...

    async def check(self, login: str, password: str) -> AccountView | None:
        """The account with this login and password, None where one is wrong or the account is disabled. Takes equally
        long in each case."""
        ...

    async def knows(self, login: str, address: str) -> bool:
        """Whether the owner of ``login`` signed in from ``address`` of late."""
        ...

    async def begin_session(self, account: AccountView, *, address: str, instead_of: str | None) -> str:
        """A new session's token. The session under the token ``instead_of`` ends."""
        ...

    async def person(self, token: str, *, used: bool = True) -> AccountView | None:
        """Whose session it is, None where it is over. ``used`` keeps it from going idle."""
        ...

    async def end_session(self, token: str, by: str) -> None: ...

    async def end_sessions(self, account_id: int, by: str) -> None:
        """Raises UnknownAccount."""
        ...

    async def machine(self, token: str) -> Machine | None: ...

    async def accounts(self, *, after: int, most: int) -> Sequence[AccountView]:
        """In the order in which they were made, those after the id ``after``."""
        ...

    async def account(self, account_id: int) -> AccountView:
        """Raises UnknownAccount."""
        ...

    async def create(self, new: AccountIn, password: str, *, by: str) -> AccountView:
        """Raises AccountExists, InputError."""
        ...

    async def change(self, account_id: int, edit: AccountEdit, *, by: str) -> AccountView:
        """Raises UnknownAccount, AccountExists, LastAdmin, InputError."""
        ...

    async def set_password(
        self, account_id: int, password: str, *, by: str, given: bool, keep_session: str | None = None
    ) -> None:
        """Ends the account's other sessions. Raises UnknownAccount, InputError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleChange:
    """Something that was changed: ``what`` is method and route, ``about`` the route's parameters and some fields of the
    request, none of them personal."""

    what: str
    by: str
    role: str
    status: int
    about: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    media_type: str
    body: bytes


class ChangesRoom(Protocol):
    async def note(self, change: ConsoleChange) -> None:
        """Write it on the audit trail."""
        ...

    async def claim(self, key: str, request_hash: str) -> StoredAnswer | None:
        """None: the request is the first under ``key`` in 24 hours. Raises KeyInUse, KeyReused."""
        ...

    async def keep(self, key: str, answer: StoredAnswer) -> None: ...

    async def forget(self, key: str) -> None: ...
