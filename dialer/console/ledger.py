"""What the console reads and writes of the ledger, answered from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from agent_console import ports_ledger as console
from dialer.clock import Clock, entropy
from dialer.compliance.facts import LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.compliance.loader import Packs
from dialer.errors import InputError
from dialer.ports import ContactAnswer, ContactRequest
from dialer.store.campaigns import Campaigns
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.known_facts import KnownFact, KnownFacts
from dialer.store.overrides import Overrides
from dialer.store.queries import Queries
from dialer.store.questions import e164


class ConsoleFacts:
    """Implements ``agent_console.ports_ledger.FactsRoom``."""

    def __init__(self, database: Database, clock: Clock, packs: Packs) -> None:
        self._clock = clock
        self._facts = KnownFacts(database, clock)
        self._overrides = Overrides(database, packs, clock)
        self._campaigns = Campaigns(database)
        self._queries = Queries(database)

    async def of_debtor(self, debtor_id: int) -> Sequence[console.FactView]:
        await self._queries.debtor(debtor_id)
        return [_fact(fact) for fact in await self._facts.of_debtor(debtor_id)]

    async def of_number(self, number: str) -> Sequence[console.FactView]:
        return [_fact(fact) for fact in await self._facts.of_number(e164(number))]

    async def record(
        self,
        kind: str,
        subject: str,
        value: Mapping[str, Any],
        *,
        source: str,
        by: str,
        debtor_id: int | None = None,
        debt_id: int | None = None,
        number: str | None = None,
        at: datetime | None = None,
    ) -> int:
        return await self._facts.record(
            kind, subject, value, source=source, by=by, debtor_id=debtor_id, debt_id=debt_id, number=number, at=at
        )

    async def end(self, fact_id: int, by: str) -> None:
        await self._facts.end(fact_id, by)

    async def overrides(self, since: datetime) -> Sequence[console.OverrideView]:
        now = self._clock.now()
        return [
            console.OverrideView(**asdict(each), in_force=each.is_in_force(now))
            for each in await self._overrides.since(since)
        ]

    async def ask_override(
        self,
        rule: str,
        *,
        reason: str,
        from_at: datetime,
        until_at: datetime,
        by: str,
        campaign: str | None,
        debtor_id: int | None,
    ) -> int:
        campaign_id = None if campaign is None else (await self._campaigns.get(campaign)).id
        return await self._overrides.ask(
            rule,
            reason=reason,
            from_at=from_at,
            until_at=until_at,
            by=by,
            campaign_id=campaign_id,
            debtor_id=debtor_id,
        )

    async def approve_override(self, override_id: int, by: str) -> None:
        await self._overrides.approve(override_id, by)

    async def revoke_override(self, override_id: int, by: str) -> None:
        await self._overrides.revoke(override_id, by)


class ConsoleContacts:
    """Implements ``agent_console.ports_ledger.ContactsRoom``. ``caller_id`` is the trunks', where they agree."""

    def __init__(self, database: Database, gate: Gate, clock: Clock, *, caller_id: str) -> None:
        self._contacts = Contacts(database, gate, clock, entropy=entropy, caller_id=caller_id)
        self._campaigns = Campaigns(database)
        self._queries = Queries(database)

    async def campaign_id(self, name: str) -> int:
        return (await self._campaigns.get(name)).id

    async def reserve(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        return await self._contacts.reserve(request, now)

    async def finish(self, contact_id: str, outcome: LedgerOutcome, ended_at: datetime) -> None:
        await self._contacts.finish(contact_id, outcome, ended_at)

    async def release(self, contact_id: str, now: datetime) -> None:
        await self._contacts.release(contact_id, now)

    async def record(self, contact: console.PastContactIn) -> str:
        owed = {debt.id for debt in (await self._queries.debtor(contact.debtor_id)).debts}
        strangers = [debt for debt in contact.debts if debt not in owed]
        if strangers:
            raise InputError(f"Not debts of this debtor: {', '.join(map(str, strangers))}.")
        (made,) = await self._contacts.record(
            PastContact(
                debtor_id=contact.debtor_id,
                at=contact.at,
                channel=contact.channel,
                direction=contact.direction,
                outcome=contact.outcome,
                ended_at=contact.ended_at,
                number=e164(contact.number) if contact.number else "",
                debts=contact.debts,
                source=contact.source,
            )
        )
        return made


def _fact(fact: KnownFact) -> console.FactView:
    return console.FactView(**asdict(fact))
