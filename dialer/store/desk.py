"""What agents' desks keep, and how an agent finds a debtor to call by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.errors import InputError
from dialer.store.database import Database
from dialer.store.desk_tables import desk_drafts
from dialer.store.statements import among, insert_unless_there
from dialer.store.tables import attempts, campaigns, debtors, leads, phones

MOST_FOUND = 20
FEWEST_CHARACTERS = 3
FEWEST_DIGITS = 6  # of a number
DRAFTS_KEPT = timedelta(days=1)  # of an agent who never came back to theirs
_NUMBER_SIGNS = re.compile(r"[\s().+-]")

_WITHIN: sa.Select[Any] = (
    sa.select(debtors.c.id, debtors.c.name, debtors.c.external_ref, debtors.c.document, campaigns.c.name.label("at"))
    .select_from(
        debtors.join(leads, leads.c.debtor_id == debtors.c.id).join(campaigns, campaigns.c.id == leads.c.campaign_id)
    )
    .where(among(campaigns.c.name, "campaigns"))
    .order_by(debtors.c.name, debtors.c.id, campaigns.c.name)
)
_PHONES = (
    sa.select(phones)
    .where(among(phones.c.debtor_id, "debtors"))
    .order_by(phones.c.debtor_id, phones.c.position, phones.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A debtor in a campaign, and rows of ``phones``."""

    debtor_id: int
    campaign: str
    name: str
    external_ref: str
    document: str
    phones: tuple[Any, ...]


class Desks:
    """The desks' part of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, names: Sequence[str], text: str) -> Sequence[Found]:
        """Debtors of the campaigns ``names`` by document, reference or number, else by the words of their name.

        Raises InputError where there is too little to go by.
        """
        wanted = text.strip()
        if len(wanted) < FEWEST_CHARACTERS:
            raise InputError(f"Give at least {FEWEST_CHARACTERS} characters of a name, document or number.")
        return await self._database.read(_search, list(names), wanted)

    async def found(self, names: Sequence[str], debtor_id: int) -> Found | None:
        statement = _WITHIN.where(debtors.c.id == debtor_id).limit(1)
        rows = await self._database.read(_with_phones, statement, {"campaigns": list(names)})
        return rows[0] if rows else None

    async def number(self, debtor_id: int, phone_id: int) -> str:
        """Raises InputError where the debtor has no such phone."""
        statement = sa.select(phones.c.e164).where(phones.c.debtor_id == debtor_id, phones.c.id == phone_id)
        found = await self._database.read(lambda connection: connection.scalar(statement))
        if found is None:
            raise InputError("This number is not the debtor's.")
        return str(found)

    async def draft(self, agent_id: str, call_id: str) -> tuple[int, Mapping[str, Any]] | None:
        """Version and content of what the agent has written of the call so far."""
        statement = sa.select(desk_drafts).where(desk_drafts.c.agent_id == agent_id, desk_drafts.c.call_id == call_id)
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        return None if row is None else (row.version, row.content)

    async def keep_draft(self, agent_id: str, call_id: str, content: Mapping[str, Any], now: datetime) -> int:
        """An agent has one call at a time, and so one draft: an older one goes."""
        return await self._database.write(_keep, agent_id, call_id, dict(content), now)

    async def drop_draft(self, agent_id: str, call_id: str) -> None:
        mine = sa.and_(desk_drafts.c.agent_id == agent_id, desk_drafts.c.call_id == call_id)
        await self._database.write(lambda connection: connection.execute(desk_drafts.delete().where(mine)))


def forget_drafts(connection: sa.Connection, debtor_id: int) -> None:
    """Delete what was half written of calls to a debtor."""
    theirs = sa.select(attempts.c.call_id).where(attempts.c.debtor_id == debtor_id)
    connection.execute(desk_drafts.delete().where(desk_drafts.c.call_id.in_(theirs)))


def _keep(connection: sa.Connection, agent_id: str, call_id: str, content: dict[str, Any], now: datetime) -> int:
    mine = desk_drafts.c.agent_id == agent_id
    new = {"agent_id": agent_id, "call_id": call_id, "version": 0, "content": {}, "written_at": now}
    connection.execute(insert_unless_there(connection, desk_drafts, new))  # of two tabs, one comes second
    before = connection.execute(sa.select(desk_drafts).where(mine).with_for_update()).one()
    version = before.version + 1 if before.call_id == call_id else 1
    values = {"call_id": call_id, "version": version, "content": content, "written_at": now}
    connection.execute(desk_drafts.update().where(mine).values(**values))
    connection.execute(desk_drafts.delete().where(desk_drafts.c.written_at < now - DRAFTS_KEPT))
    return version


def _search(connection: sa.Connection, names: list[str], text: str) -> list[Found]:
    asked = {"campaigns": names}
    statement = _WITHIN.limit(MOST_FOUND)
    exact = statement.where(sa.or_(debtors.c.document == text, debtors.c.external_ref == text))
    if found := _with_phones(connection, exact, asked):
        return found
    digits = _NUMBER_SIGNS.sub("", text)
    if digits.isascii() and digits.isdigit():
        if len(digits) < FEWEST_DIGITS:
            return []
        ends = sa.select(phones.c.debtor_id).where(phones.c.e164.endswith(digits, autoescape=True))
        return _with_phones(connection, statement.where(debtors.c.id.in_(ends)), asked)
    for word in text.split():
        statement = statement.where(debtors.c.name.icontains(word, autoescape=True))
    return _with_phones(connection, statement, asked)


def _with_phones(connection: sa.Connection, statement: sa.Select[Any], asked: Mapping[str, Any]) -> list[Found]:
    rows = connection.execute(statement, dict(asked)).all()
    theirs: dict[int, list[Any]] = {}
    for phone in connection.execute(_PHONES, {"debtors": [row.id for row in rows]}):
        theirs.setdefault(phone.debtor_id, []).append(phone)
    return [
        Found(
            debtor_id=row.id,
            campaign=row.at,
            name=row.name,
            external_ref=row.external_ref,
            document=row.document,
            phones=tuple(theirs.get(row.id, ())),
        )
        for row in rows
    ]
