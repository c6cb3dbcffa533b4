"""What the console asks about people, answered from the store."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from agent_console import ports_people as console
from dialer.clock import Clock
from dialer.domain.people import ALL_SCOPES, AccountState, check_password
from dialer.passwords import Passwords
from dialer.store import audit_log, kept_answers
from dialer.store.accounts import CONSOLE, Account, AccountChange, Accounts, NewAccount
from dialer.store.audit_log import AuditEntry
from dialer.store.database import Database
from dialer.store.kept_answers import KeptAnswer
from dialer.store.sessions import MachineTokens, Sessions, hashed

INSTALLATION = "installation"  #: who holds the token in the data folder's secrets


class ConsolePeople:
    """Implements ``agent_console.ports_people.PeopleRoom``. ``installation_token`` opens everything to a program."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        passwords: Passwords,
        *,
        installation_token: str,
        idle: timedelta,
        longest: timedelta,
    ) -> None:
        self._accounts = Accounts(database, clock)
        self._sessions = Sessions(database, clock, idle=idle, longest=longest)
        self._tokens = MachineTokens(database, clock)
        self._passwords = passwords
        self._installation = sha256(installation_token.encode()).digest()

    async def none_yet(self) -> bool:
        return await self._accounts.none_yet()

    async def set_up(self, new: console.AccountIn, password: str) -> console.AccountView:
        kept = await self._hashed(new.login, password)
        return _view(await self._accounts.create(_new(new), kept, by=new.login, given=False, first=True))

    async def check(self, login: str, password: str) -> console.AccountView | None:
        account = await self._accounts.by_login(login)
        kept = account.password_hash if account is not None and account.state is AccountState.ACTIVE else None
        if not await self._passwords.fits(password, kept) or account is None:
            return None
        if self._passwords.is_outdated(account.password_hash):
            await self._accounts.rehash(account.id, await self._passwords.hash(password))
        return _view(account)

    async def knows(self, login: str, address: str) -> bool:
        account = await self._accounts.by_login(login)
        return account is not None and await self._sessions.knows(account.id, address)

    async def begin_session(self, account: console.AccountView, *, address: str, instead_of: str | None) -> str:
        owner = await self._accounts.get(account.id)
        return await self._sessions.begin(owner, address=address, instead_of=instead_of)

    async def person(self, token: str, *, used: bool = True) -> console.AccountView | None:
        account = await self._sessions.account(token, used=used)
        return None if account is None else _view(account)

    async def end_session(self, token: str, by: str) -> None:
        await self._sessions.end(token, by)

    async def end_sessions(self, account_id: int, by: str) -> None:
        await self._sessions.end_all(account_id, by)

    async def machine(self, token: str) -> console.Machine | None:
        if hmac.compare_digest(sha256(token.encode()).digest(), self._installation):
            return console.Machine(name=INSTALLATION, scopes=ALL_SCOPES)
        found = await self._tokens.find(token)
        return None if found is None else console.Machine(name=found.name, scopes=found.scopes)

    async def accounts(self, *, after: int, most: int) -> Sequence[console.AccountView]:
        return [_view(each) for each in await self._accounts.page(after=after, most=most)]

    async def account(self, account_id: int) -> console.AccountView:
        return _view(await self._accounts.get(account_id))

    async def create(self, new: console.AccountIn, password: str, *, by: str) -> console.AccountView:
        return _view(await self._accounts.create(_new(new), await self._hashed(new.login, password), by=by))

    async def change(self, account_id: int, edit: console.AccountEdit, *, by: str) -> console.AccountView:
        change = AccountChange(
            name=edit.name, role=edit.role, language=edit.language, state=edit.state, agent_id=edit.agent_id
        )
        return _view(await self._accounts.change(account_id, change, by=by))

    async def set_password(
        self, account_id: int, password: str, *, by: str, given: bool, keep_session: str | None = None
    ) -> None:
        account = await self._accounts.get(account_id)
        kept = await self._hashed(account.login, password)
        keep = None if keep_session is None else hashed(keep_session)
        await self._accounts.set_password(account_id, kept, by=by, given=given, keep_session=keep)

    async def _hashed(self, login: str, password: str) -> str:
        check_password(password, login)
        return await self._passwords.hash(password)


class ConsoleChanges:
    """Implements ``agent_console.ports_people.ChangesRoom``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, change: console.ConsoleChange) -> None:
        payload = {
            "what": change.what, "by": change.by, "role": change.role, "status": change.status, **change.about
        }  # fmt: skip
        entry = AuditEntry(kind=CONSOLE, at=self._clock.now(), payload=payload)
        await self._database.write(audit_log.append, [entry])

    async def claim(self, key: str, request_hash: str) -> console.StoredAnswer | None:
        kept = await self._database.write(kept_answers.claim, key, request_hash, self._clock.now())
        return None if kept is None else console.StoredAnswer(kept.status, kept.media_type, kept.body)

    async def keep(self, key: str, answer: console.StoredAnswer) -> None:
        kept = KeptAnswer(answer.status, answer.media_type, answer.body)
        await self._database.write(kept_answers.keep, key, kept)

    async def forget(self, key: str) -> None:
        await self._database.write(kept_answers.forget, key)


def _new(new: console.AccountIn) -> NewAccount:
    return NewAccount(login=new.login, name=new.name, role=new.role, language=new.language, agent_id=new.agent_id)


def _view(account: Account) -> console.AccountView:
    return console.AccountView(
        id=account.id,
        login=account.login,
        name=account.name,
        role=account.role,
        language=account.language,
        state=account.state,
        agent_id=account.agent_id,
        password_given=account.password_given,
        made_at=account.made_at,
    )
