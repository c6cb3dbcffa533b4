"""Promises to pay and payments. A refused promise is a problem of the code ``promise-refused`` with ``objections``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, status
from fastapi.responses import StreamingResponse

from agent_console.api.wiring import FromRooms
from agent_console.own_call import only_on_own_call
from agent_console.ports_promises import OwedView, PaymentTold, PostedView, PromiseAsked, PromiseView
from agent_console.schemas_compliance import Moment
from agent_console.schemas_promises import DebtorMoney, PaymentsIn, PromiseIn, PromisePage
from agent_console.seat import seat_of
from agent_console.speaker import speaker
from agent_console.spreadsheet import csv_line
from dialer.domain.promise import Instalment, PromiseState
from dialer.errors import InputError

router = APIRouter(tags=["promises"])

BOM = b"\xef\xbb\xbf"  # by which spreadsheets know UTF-8
CSV_AT_ONCE = 500
CSV_HEADER = (
    "reference", "campaign", "debtor", "debt", "state", "currency", "total_minor", "paid_minor", "instalments",
    "channel", "captured_by", "promised_at", "call_id",
)  # fmt: skip

CampaignName = Annotated[str, Path(max_length=64)]
RowIdPath = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/campaigns/{name}/promises")
async def of_campaign(
    name: CampaignName,
    rooms: FromRooms,
    state: PromiseState | None = None,
    cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    since: Moment | None = None,
    until: Moment | None = None,
) -> PromisePage:
    """What debtors of a campaign promised, the newest first; with ``since`` and ``until``, in that time."""
    found = list(
        await rooms.context.promises.of_campaign(
            name, state=state, before=cursor, most=limit + 1, since=since, until=until
        )
    )
    more = len(found) > limit
    return PromisePage(items=found[:limit], next_cursor=found[limit - 1].id if more else None)


@router.get(
    "/campaigns/{name}/promises.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "For a spreadsheet; no cell is a formula."}},
)
async def as_spreadsheet(
    name: CampaignName,
    rooms: FromRooms,
    state: PromiseState | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> StreamingResponse:
    """The same promises as CSV, all of them."""
    await rooms.campaign(name)

    async def lines() -> AsyncIterator[bytes]:
        yield BOM + csv_line(CSV_HEADER)
        before: int | None = None
        while True:
            found = await rooms.context.promises.of_campaign(
                name, state=state, before=before, most=CSV_AT_ONCE, since=since, until=until
            )
            for each in found:
                yield csv_line(_cells(each))
            if len(found) < CSV_AT_ONCE:
                return
            before = found[-1].id

    headers = {"content-disposition": f'attachment; filename="promises-{name}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _cells(promise: PromiseView) -> list[str]:
    return [
        promise.reference,
        promise.campaign,
        str(promise.debtor_id),
        str(promise.debt_id),
        str(promise.state),
        promise.currency,
        str(promise.total_minor),
        str(promise.paid_minor),
        " ".join(f"{each.due_on.isoformat()}={each.amount_minor}" for each in promise.instalments),
        promise.channel,
        promise.captured_by,
        promise.promised_at.isoformat(),
        promise.call_id or "",
    ]


@router.get("/campaigns/{name}/debts/{debt}/terms")
async def terms(name: CampaignName, debt: RowIdPath, request: Request, rooms: FromRooms) -> OwedView:
    """What may be promised of a debt today: balance, least amount, dates, instalments, settlements on offer."""
    await only_on_own_call(request, rooms, debt=debt)
    return await rooms.context.promises.owed(name, debt)


@router.post("/campaigns/{name}/promises", status_code=status.HTTP_201_CREATED)
async def promise(
    name: CampaignName,
    body: PromiseIn,
    request: Request,
    rooms: FromRooms,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=64, pattern=r"^[\x21-\x7e]+$")],
) -> PromiseView:
    """Record a promise. The same ``Idempotency-Key`` answers with the promise that it made, ``repeated``; one that
    waits for the same debt is replaced."""
    await only_on_own_call(request, rooms, debt=body.debt, call_id=body.call_id)
    campaign = await rooms.campaign(name)
    return await rooms.context.promises.promise(
        PromiseAsked(
            request_key=f"api:{idempotency_key}",
            campaign=campaign.name,
            debt_id=body.debt,
            instalments=tuple(
                Instalment(due_on=each.due_on, amount_minor=each.amount_minor) for each in body.instalments
            ),
            discount=body.discount,
            captured_by=speaker(request, body.by),
            by_agent=seat_of(request, rooms) is not None,
            call_id=body.call_id,
        )
    )


@router.get("/debtors/{debtor}/money")
async def of_debtor(debtor: RowIdPath, request: Request, rooms: FromRooms) -> DebtorMoney:
    """A debtor's promises and payments, the oldest first."""
    await only_on_own_call(request, rooms, debtor=debtor)
    room = rooms.context.promises
    return DebtorMoney(promises=list(await room.of_debtor(debtor)), payments=list(await room.payments_of(debtor)))


@router.post("/payments")
async def post(body: PaymentsIn, rooms: FromRooms) -> PostedView:
    """Record payments. One that was told before counts once; what is paid in full is not dialed any more, from this
    moment on."""
    if any(each.debt is None and not each.debt_ref for each in body.payments):
        raise InputError("Name the debt of each payment: its id in debt, or its reference in debt_ref.")
    return await rooms.context.promises.post(
        [
            PaymentTold(
                origin=body.origin,
                reference=each.reference,
                amount_minor=each.amount_minor,
                paid_on=each.paid_on,
                currency=each.currency,
                debt_id=each.debt,
                debt_ref=each.debt_ref,
                creditor=each.creditor,
                document=each.document,
            )
            for each in body.payments
        ]
    )
