"""Calls that were promised to debtors, until they are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.domain.ids import AgentId
from dialer.errors import InputError, UnknownDebtor
from dialer.ports import CallBack
from dialer.store.compliance_tables import call_backs, is_promised
from dialer.store.database import Database
from dialer.store.tables import leads, phones

#: So long after the hour of a call-back the campaign leaves the debtor to it; then it may dial them as any other.
LEFT_TO_IT = timedelta(hours=1)

_LEAD = (
    sa.select(leads.c.id)
    .where(leads.c.campaign_id == sa.bindparam("campaign"), leads.c.debtor_id == sa.bindparam("debtor"))
    .with_for_update()
)
_NUMBER = sa.select(phones.c.id).where(
    phones.c.debtor_id == sa.bindparam("debtor"), phones.c.e164 == sa.bindparam("e164")
)
_NO_LONGER = (
    call_backs.update()
    .where(
        call_backs.c.campaign_id == sa.bindparam("of_campaign"),
        call_backs.c.debtor_id == sa.bindparam("of_debtor"),
        is_promised,
    )
    .values(state="closed")
)
_WAIT = (
    leads.update()
    .where(leads.c.id == sa.bindparam("lead"), leads.c.next_try_at < sa.bindparam("until"))
    .values(next_try_at=sa.bindparam("until"))
)
_DUE: sa.Select[Any] = (
    sa.select(call_backs)
    .where(
        call_backs.c.campaign_id == sa.bindparam("campaign"), call_backs.c.due_at <= sa.bindparam("now"), is_promised
    )
    .order_by(call_backs.c.due_at, call_backs.c.id)
    .limit(sa.bindparam("most"))
)
_BY_ID = call_backs.update().where(call_backs.c.id == sa.bindparam("wanted"), is_promised)


class CallBacks:
    """``dialer.ports.CallBackBook`` on a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def promise(
        self,
        campaign_id: int,
        debtor_id: int,
        at: datetime,
        now: datetime,
        *,
        number: str | None = None,
        agent_id: AgentId | None = None,
    ) -> int:
        """See the port. Raises StoreError too."""
        values = {
            "campaign_id": campaign_id,
            "debtor_id": debtor_id,
            "at": at,
            "due_at": at,
            "number": number,
            "agent_id": agent_id,
            "promised_at": now,
        }
        return await self._database.write(_promise, values)

    async def due(self, campaign_id: int, now: datetime, most: int) -> Sequence[CallBack]:
        """See the port."""
        asked = {"campaign": campaign_id, "now": now, "most": most}
        rows = await self._database.read(lambda connection: connection.execute(_DUE, asked).all())
        return [
            CallBack(
                id=row.id,
                debtor_id=row.debtor_id,
                at=row.at,
                number=row.number,
                agent_id=AgentId(row.agent_id) if row.agent_id else None,
            )
            for row in rows
        ]

    async def settle(self, call_back_id: int, *, again_at: datetime | None) -> None:
        """See the port. One that is closed already stays so."""
        change = _BY_ID.values(state="closed") if again_at is None else _BY_ID.values(due_at=again_at)
        await self._database.write(lambda connection: connection.execute(change, {"wanted": call_back_id}))


def _promise(connection: sa.Connection, values: dict[str, Any]) -> int:
    debtor = values["debtor_id"]
    lead = connection.scalar(_LEAD, {"campaign": values["campaign_id"], "debtor": debtor})
    if lead is None:
        raise UnknownDebtor("This debtor is not in this campaign.")
    if values["number"] is not None and not connection.scalar(_NUMBER, {"debtor": debtor, "e164": values["number"]}):
        raise InputError("This number is not the debtor's. Add it to them first, or leave it out.")
    connection.execute(_NO_LONGER, {"of_campaign": values["campaign_id"], "of_debtor": debtor})
    connection.execute(_WAIT, {"lead": lead, "until": values["at"] + LEFT_TO_IT})
    made: int = connection.execute(call_backs.insert().values(**values).returning(call_backs.c.id)).scalar_one()
    return made
