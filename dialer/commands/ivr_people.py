"""Whom ``cadencia ivr try`` plays a flow with: somebody made up, or a debtor of the installation, only read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from dialer.clock import SystemClock
from dialer.domain.campaign import Campaign
from dialer.domain.promise import DEFAULT_TERMS, Discount, PromiseState, PromiseTerms, terms_for
from dialer.errors import InputError
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.money import minor_digits
from dialer.store.promises import Promises
from dialer.store.queries import Queries
from ivr_flows.facts import CallBackSlot, CallFacts, Debt, DebtorFile, IdentityMethod, PartOfDay, PendingPromise
from ivr_flows.identity_check import Known

_CALL_ID = "rehearsal"
_CURRENCIES = {"CO": "COP", "MX": "MXN", "PE": "PEN", "CL": "CLP", "US": "USD"}
#: What a made-up debt comes to, in units, where money is counted in thousands, and where it is not.
_LARGE, _SMALL = 1_205_000, 845


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``known`` is what identifies them; ``file`` what a flow gets once it did."""

    call: CallFacts
    file: DebtorFile
    known: Known


def made_up(today: date, country: str, language: str) -> Person:
    """Somebody with two debts, one of them with a discount."""
    currency = _CURRENCIES.get(country, "USD")
    unit = 10 ** minor_digits(currency)
    owed = (_LARGE if currency in ("COP", "CLP") else _SMALL) * unit
    spanish = language == "es"
    card = Debt(
        id="1",
        creditor="Banco Aurora",
        product="tarjeta de crédito" if spanish else "credit card",
        balance_minor=owed,
        currency=currency,
        minor_digits=minor_digits(currency),
        due_on=today - timedelta(days=45),
        pay_reference="4401 2207",
        terms=PromiseTerms(earliest_days=1, discounts=(Discount(share=0.2, within_days=10),)),
    )
    loan = replace(card, id="2", product="préstamo" if spanish else "loan", balance_minor=owed * 3, terms=DEFAULT_TERMS)
    file = DebtorFile(debtor="0", debts=(card, loan), name="Ana Pérez", channels=("sms",))
    known = Known(document="1020304050", birth_date=date(1980, 5, 4))
    return Person(call=_call(today, country, language, "Aurora", file.name), file=file, known=known)


async def stored(database: Database, debtor_id: int, campaign: str, today: date, language: str) -> Person:
    """A debtor of the store, with the terms of ``campaign`` (empty: the house's). Raises UnknownDebtor,
    UnknownCampaign, InputError where nothing is owed."""
    view = await Queries(database).debtor(debtor_id)
    settings: Campaign | None = await Campaigns(database).get(campaign) if campaign else None
    terms = terms_for(settings.promise_terms, "") if settings else DEFAULT_TERMS
    promises = {
        promise.debt_id: promise
        for promise in await Promises(database, SystemClock()).of_debtor(debtor_id)
        if promise.state is PromiseState.PENDING
    }
    debts = []
    for debt in view.debts:
        if not debt.is_open:
            continue
        promise = promises.get(debt.id)
        first = promise.instalments[0] if promise else None
        debts.append(
            Debt(
                id=str(debt.id),
                creditor=debt.creditor,
                product=debt.product,
                balance_minor=debt.amount_minor,
                currency=debt.currency,
                minor_digits=minor_digits(debt.currency),
                due_on=debt.due_on,
                pay_reference=debt.ref,
                terms=terms,
                pending=PendingPromise(reference=promise.reference, on=first.due_on, amount_minor=first.amount_minor)
                if promise and first
                else None,
            )
        )
    if not debts:
        raise InputError(f"Debtor {debtor_id} has no open debts.")
    file = DebtorFile(debtor=str(debtor_id), debts=tuple(debts), name=view.name, channels=("sms",))
    creditor = settings.creditor if settings else debts[0].creditor
    spoken = language or view.language or (settings.language if settings else "es")
    call = _call(today, view.country, spoken, creditor, view.name)
    return Person(call=call, file=file, known=Known(document=view.document))


def _call(today: date, country: str, language: str, creditor: str, name: str) -> CallFacts:
    slots = (
        CallBackSlot(id="tomorrow-morning", on=today + timedelta(days=1), part=PartOfDay.MORNING),
        CallBackSlot(id="tomorrow-afternoon", on=today + timedelta(days=1), part=PartOfDay.AFTERNOON),
    )
    return CallFacts(
        call_id=_CALL_ID,
        today=today,
        country=country,
        language=language,
        creditor=creditor,
        callback="601 745 2200",
        name=name,
        identity=(IdentityMethod.DOCUMENT_LAST,),
        slots=slots,
        speech=True,
    )
