"""What the console reads and writes of promises to pay and of payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from dialer.domain.promise import Discount, Instalment, PromiseState


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedView:
    """What may be promised of a debt today. Money is in minor units of ``currency``; ``today`` and the two dates are
    the debtor's. ``discounts`` are settlements that are offered."""

    debt_id: int
    debtor_id: int
    creditor: str
    currency: str
    balance_minor: int
    minimum_minor: int
    today: date
    earliest_on: date
    latest_on: date
    max_instalments: int
    longest_gap_days: int
    discounts: tuple[Discount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """A promise as it stands. ``repeated``: it was there before it was asked for."""

    id: int
    reference: str
    campaign: str
    debtor_id: int
    debt_id: int
    state: PromiseState
    currency: str
    total_minor: int
    paid_minor: int
    discount: float
    instalments: tuple[Instalment, ...]
    channel: str
    captured_by: str
    call_id: str | None
    promised_at: datetime
    waits_until: datetime | None
    decided_at: datetime | None
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAsked:
    """``request_key`` makes it one promise however often it is asked for. ``discount`` is the share that was offered,
    0 for none."""

    request_key: str
    campaign: str
    debt_id: int
    instalments: tuple[Instalment, ...]
    discount: float
    captured_by: str
    by_agent: bool
    call_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTold:
    origin: str
    reference: str
    amount_minor: int
    paid_on: date
    currency: str
    debt_id: int | None
    debt_ref: str
    creditor: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    id: int
    origin: str
    reference: str
    debt_id: int
    amount_minor: int
    currency: str
    paid_on: date
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedView:
    """``fates`` has one for each payment, in their order: posted, repeated, contradicted, unknown-debt,
    ambiguous-debt, wrong-currency. ``settled`` are the debts that nobody is called about any more."""

    fates: tuple[str, ...]
    settled: tuple[int, ...]


class PromisesRoom(Protocol):
    """Raises UnknownCampaign, UnknownDebt, StoreError."""

    async def owed(self, campaign: str, debt_id: int) -> OwedView: ...

    async def promise(self, asked: PromiseAsked) -> PromiseView:
        """Raises PromiseRefused with what stands against it."""
        ...

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
        """The newest first, below the id ``before``, promised from ``since`` and before ``until``."""
        ...

    async def of_debtor(self, debtor_id: int) -> Sequence[PromiseView]: ...

    async def post(self, told: Sequence[PaymentTold]) -> PostedView: ...

    async def payments_of(self, debtor_id: int) -> Sequence[PaymentView]: ...
