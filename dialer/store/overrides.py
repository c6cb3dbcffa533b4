"""A rule of the house set aside for a while: asked for by one person, approved by another, on the record."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.compliance.rules import Basis, Pack
from dialer.errors import InputError, SamePerson
from dialer.store import audit_log
from dialer.store.audit_log import AuditEntry
from dialer.store.compliance_tables import overrides
from dialer.store.database import Database
from dialer.store.tables import campaigns, debtors

#: What lasts longer is no exception but another rule: change the pack.
LONGEST = timedelta(days=31)

_ONE = sa.select(overrides).where(overrides.c.id == sa.bindparam("wanted")).with_for_update()
_SINCE = (
    sa.select(overrides)
    .where(overrides.c.until_at > sa.bindparam("since"))
    .order_by(overrides.c.until_at, overrides.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOverride:
    """``campaign_id`` and ``debtor_id`` None: every one. In force from ``from_at`` up to ``until_at`` once approved and
    while not revoked."""

    id: int
    rule: str
    campaign_id: int | None
    debtor_id: int | None
    reason: str
    from_at: datetime
    until_at: datetime
    asked_by: str
    asked_at: datetime
    approved_by: str
    approved_at: datetime | None
    revoked_by: str
    revoked_at: datetime | None

    def is_in_force(self, now: datetime) -> bool:
        return self.approved_at is not None and self.revoked_at is None and self.from_at <= now < self.until_at


class Overrides:
    """The overrides of one database. ``packs`` are the gate's, by id: only a rule that rests on policy can be set
    aside."""

    def __init__(self, database: Database, packs: Mapping[str, Pack], clock: Clock) -> None:
        self._database = database
        self._packs = packs
        self._clock = clock

    async def ask(
        self,
        rule: str,
        *,
        reason: str,
        from_at: datetime,
        until_at: datetime,
        by: str,
        campaign_id: int | None = None,
        debtor_id: int | None = None,
    ) -> int:
        """Ask that ``rule`` (``pack/rule``) be set aside; return the id of the request. Nothing changes until another
        person approves. Raises InputError where it cannot be set aside, and says why."""
        self._check(rule)
        now = self._clock.now()
        if not reason.strip():
            raise InputError("Say why the rule is to be set aside: the reason is part of the record.")
        if not by.strip():
            raise InputError("Say who asks.")
        if not from_at < until_at or until_at <= now or until_at - from_at > LONGEST:
            raise InputError(
                f"An override begins before it ends, ends later than now, and lasts {LONGEST.days} days at most."
            )
        row = {
            "rule": rule,
            "campaign_id": campaign_id,
            "debtor_id": debtor_id,
            "reason": reason.strip(),
            "from_at": from_at,
            "until_at": until_at,
            "asked_by": by,
            "asked_at": now,
        }
        return await self._database.write(_ask, row)

    async def approve(self, override_id: int, by: str) -> None:
        """Put it in force. Raises SamePerson where ``by`` asked for it, InputError where it is unknown, approved,
        revoked or over."""
        await self._database.write(_approve, override_id, by, self._clock.now())

    async def revoke(self, override_id: int, by: str) -> None:
        """End it, or turn the request down. Raises InputError where it is unknown, revoked or over."""
        await self._database.write(_revoke, override_id, by, self._clock.now())

    async def since(self, since: datetime) -> Sequence[RecordedOverride]:
        """All that end after ``since``, whatever became of them."""
        asked = {"since": since}
        rows = await self._database.read(lambda connection: connection.execute(_SINCE, asked).mappings().all())
        return [RecordedOverride(**row) for row in rows]

    def _check(self, rule_id: str) -> None:
        pack = self._packs.get(rule_id.partition("/")[0])
        rule = next((each for each in pack.rules if each.id == rule_id), None) if pack else None
        if rule is None:
            raise InputError(f"There is no rule {rule_id}. Rules are written pack/rule, such as house/gap-2h.")
        if rule.basis is not Basis.POLICY:
            raise InputError(
                f"The rule {rule_id} rests on {rule.basis} ({rule.cite}), not on the house's own policy: "
                "nobody here can set it aside."
            )


def _ask(connection: sa.Connection, row: Mapping[str, Any]) -> int:
    for table, named, what in ((campaigns, "campaign_id", "campaign"), (debtors, "debtor_id", "debtor")):
        wanted = row[named]
        if wanted is not None and connection.scalar(sa.select(table.c.id).where(table.c.id == wanted)) is None:
            raise InputError(f"There is no {what} {wanted}.")
    made = int(connection.execute(overrides.insert().values(row).returning(overrides.c.id)).scalar_one())
    _tell(connection, "override-asked", made, row["debtor_id"], row["asked_at"], row)
    return made


def _approve(connection: sa.Connection, override_id: int, by: str, now: datetime) -> None:
    row = _live(connection, override_id, now)
    if not by.strip():
        raise InputError("Say who approves.")
    if _letters(by) == _letters(row.asked_by):
        raise SamePerson
    if row.approved_at is not None:
        raise InputError(f"{row.approved_by} has approved this override already.")
    _change(connection, row, "override-approved", by, now, approved_by=by, approved_at=now)


def _letters(name: str) -> str:
    """A name without case, accents, spaces and what cannot be seen: another spelling is not another person."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if char.isalnum())


def _revoke(connection: sa.Connection, override_id: int, by: str, now: datetime) -> None:
    row = _live(connection, override_id, now)
    _change(connection, row, "override-revoked", by, now, revoked_by=by, revoked_at=now)


def _live(connection: sa.Connection, override_id: int, now: datetime) -> sa.Row[Any]:
    row = connection.execute(_ONE, {"wanted": override_id}).first()
    if row is None:
        raise InputError("There is no such override.")
    if row.revoked_at is not None:
        raise InputError(f"{row.revoked_by} has revoked this override.")
    if row.until_at <= now:
        raise InputError("The time of this override is over.")
    return row


def _change(connection: sa.Connection, row: Any, kind: str, by: str, now: datetime, **values: Any) -> None:
    connection.execute(overrides.update().where(overrides.c.id == row.id).values(values))
    _tell(connection, kind, row.id, row.debtor_id, now, {"by": by, "rule": row.rule})


def _tell(
    connection: sa.Connection,
    kind: str,
    override_id: int,
    debtor_id: int | None,
    at: datetime,
    payload: Mapping[str, object],
) -> None:
    entry = AuditEntry(kind=kind, at=at, ref=f"override:{override_id}", debtor_id=debtor_id, payload=payload)
    audit_log.append(connection, [entry])
