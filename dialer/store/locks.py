"""Locks that make a decision and the row it leads to one thing: debtor, then debts, then number.

SQLite needs none: a writing transaction holds the whole database from its beginning. On PostgreSQL debtors and debts
are locked as rows, in the mode that lets others refer to them; a number belongs to several debtors, so no row stands
for it, and an advisory lock does. Whoever reserves many at once never waits for a lock (it leaves out what another
holds); whoever asks for one by name waits, in that order, so that no two can wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from dialer.store.statements import among
from dialer.store.tables import debtors, debts

_DEBTOR = sa.select(debtors.c.id).where(debtors.c.id == sa.bindparam("debtor")).with_for_update(key_share=True)
_DEBTS = (
    sa.select(debts.c.id)
    .where(debts.c.debtor_id == sa.bindparam("debtor"))
    .order_by(debts.c.id)
    .with_for_update(key_share=True)
)
_FREE_DEBTS = (
    sa.select(debts.c.id)
    .where(among(debts.c.id, "debts"))
    .order_by(debts.c.id)
    .with_for_update(key_share=True, skip_locked=True)
)
_NUMBER = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:number, 0))")
_FREE_NUMBERS = sa.text(
    "SELECT number FROM unnest(CAST(:numbers AS text[])) AS number "
    "WHERE pg_try_advisory_xact_lock(hashtextextended(number, 0))"
)


def lock_debtor(connection: sa.Connection, debtor_id: int) -> None:
    """Wait until nobody else decides about this debtor or their debts."""
    if connection.dialect.name != "sqlite":
        connection.execute(_DEBTOR, {"debtor": debtor_id})
        connection.execute(_DEBTS, {"debtor": debtor_id})


def lock_number(connection: sa.Connection, number: str) -> None:
    """Wait until nobody else decides about this number. The debtor must be locked already."""
    if number and connection.dialect.name != "sqlite":
        connection.execute(_NUMBER, {"number": number})


def lock_free(connection: sa.Connection, debt_ids: Iterable[int], numbers: Iterable[str]) -> tuple[set[int], set[str]]:
    """Of these debts and numbers, those that nobody else holds: locked now, without waiting."""
    if connection.dialect.name == "sqlite":
        return set(debt_ids), set(numbers)
    free_debts = set(connection.scalars(_FREE_DEBTS, {"debts": sorted(set(debt_ids))}))
    return free_debts, set(connection.scalars(_FREE_NUMBERS, {"numbers": sorted(set(numbers))}))
