"""The console's promises and payments, from the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agent_console.ports_promises import OwedView, PaymentTold, PaymentView, PostedView, PromiseAsked, PromiseView
from dialer.clock import Clock
from dialer.domain.promise import PromiseChannel, PromiseState, Proposal
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.payments import NewPayment, Payments
from dialer.store.promises import NewPromise, Promises, StoredPromise


class ConsolePromises:
    """Implements ``agent_console.ports_promises.PromisesRoom``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._campaigns = Campaigns(database)
        self._promises = Promises(database, clock)
        self._payments = Payments(database, clock)

    async def owed(self, campaign: str, debt_id: int) -> OwedView:
        found = await self._promises.owed((await self._campaigns.get(campaign)).id, debt_id)
        terms = found.terms
        return OwedView(
            debt_id=found.debt_id,
            debtor_id=found.debtor_id,
            creditor=found.creditor,
            currency=found.currency,
            balance_minor=found.balance_minor,
            minimum_minor=min(found.balance_minor, terms.minimum(found.balance_minor)),
            today=found.today,
            earliest_on=found.today + timedelta(days=terms.earliest_days),
            latest_on=found.today + timedelta(days=terms.latest_days),
            max_instalments=terms.max_instalments,
            longest_gap_days=terms.longest_gap_days,
            discounts=terms.discounts,
        )

    async def promise(self, asked: PromiseAsked) -> PromiseView:
        made = await self._promises.make(
            NewPromise(
                request_key=asked.request_key,
                campaign_id=(await self._campaigns.get(asked.campaign)).id,
                debt_id=asked.debt_id,
                proposal=Proposal(instalments=asked.instalments, discount=asked.discount),
                channel=PromiseChannel.AGENT if asked.by_agent else PromiseChannel.API,
                captured_by=asked.captured_by,
                call_id=asked.call_id,
            )
        )
        return (await self._views([made]))[0]

    async def of_campaign(
        self,
        campaign: str,
        *,
        state: PromiseState | None,
        before: int | None,
        most: int,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[PromiseView]:
        campaign_id = (await self._campaigns.get(campaign)).id
        found = await self._promises.of_campaign(
            campaign_id, state=state, before=before, most=most, since=since, until=until
        )
        return await self._views(found)

    async def of_debtor(self, debtor_id: int) -> Sequence[PromiseView]:
        return await self._views(await self._promises.of_debtor(debtor_id))

    async def post(self, told: Sequence[PaymentTold]) -> PostedView:
        done = await self._payments.post(
            [
                NewPayment(
                    origin=each.origin,
                    reference=each.reference,
                    amount_minor=each.amount_minor,
                    paid_on=each.paid_on,
                    currency=each.currency,
                    debt_id=each.debt_id,
                    debt_ref=each.debt_ref,
                    creditor=each.creditor,
                    document=each.document,
                )
                for each in told
            ]
        )
        return PostedView(fates=tuple(str(fate) for fate in done.fates), settled=tuple(done.settled))

    async def payments_of(self, debtor_id: int) -> Sequence[PaymentView]:
        return [
            PaymentView(
                id=row.id,
                origin=row.origin,
                reference=row.reference,
                debt_id=row.debt_id,
                amount_minor=row.amount_minor,
                currency=row.currency,
                paid_on=row.paid_on,
                received_at=row.received_at,
            )
            for row in await self._payments.of_debtor(debtor_id)
        ]

    async def _views(self, found: Iterable[StoredPromise]) -> list[PromiseView]:
        names = {campaign.id: campaign.name for campaign in await self._campaigns.all()}
        return [
            PromiseView(
                id=each.id,
                reference=each.reference,
                campaign=names[each.campaign_id],
                debtor_id=each.debtor_id,
                debt_id=each.debt_id,
                state=each.state,
                currency=each.currency,
                total_minor=each.total_minor,
                paid_minor=each.paid_minor,
                discount=each.discount,
                instalments=each.instalments,
                channel=str(each.channel),
                captured_by=each.captured_by,
                call_id=each.call_id,
                promised_at=each.promised_at,
                waits_until=each.waits_until,
                decided_at=each.decided_at,
                repeated=each.repeated,
            )
            for each in found
        ]
