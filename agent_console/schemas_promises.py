"""What the routes of promises and payments take and give, beyond the read models of the port."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from agent_console.ports_promises import PaymentView, PromiseView
from agent_console.schemas import Body, CallIdText
from agent_console.schemas_compliance import RowId, Spoken

Amount = Annotated[int, Field(ge=1, le=10**15, description="In the currency's smallest unit.")]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]


class InstalmentIn(Body):
    due_on: Day
    amount_minor: Amount


class PromiseIn(Spoken):
    """``by``: the agent, or the system that asks. ``discount`` is the share of the balance that was offered to be
    forgiven."""

    debt: RowId
    instalments: Annotated[list[InstalmentIn], Field(min_length=1, max_length=60)]
    discount: Annotated[float, Field(ge=0, lt=1)] = 0.0
    call_id: CallIdText | None = None


class PromisePage(BaseModel):
    """``next_cursor`` is for the page that follows, None after the last."""

    items: list[PromiseView]
    next_cursor: int | None


class DebtorMoney(BaseModel):
    promises: list[PromiseView]
    payments: list[PaymentView]


class PaymentIn(Body):
    """Name the debt by its id, or by its reference with as much of creditor and document as it takes."""

    reference: Annotated[Word, Field(min_length=1)]
    amount_minor: Amount
    paid_on: Day
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    debt: RowId | None = None
    debt_ref: Word = ""
    creditor: Word = ""
    document: Word = ""


class PaymentsIn(Body):
    """``origin`` names who sends them: with it a payment's reference is unique."""

    origin: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    payments: Annotated[list[PaymentIn], Field(min_length=1, max_length=1000)]
