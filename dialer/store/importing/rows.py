"""One row of a lead file: a person, their numbers, their debts.

Who the person is (``identity``) decides which rows belong together, in one file and from one import to the next:

1. the document, within its country;
2. else the creditor's own reference of the debtor, within the creditor (two banks may use the same numbers);
3. else the reference of the debt, within the creditor;
4. else the first number and the name together: a number alone may be shared by a household.

A debt is known by its creditor and its reference, and where it has none by its due date.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import orjson
import phonenumbers

from dialer.domain.campaign import Campaign
from dialer.store.importing.columns import Columns, DebtColumns, normal
from dialer.store.importing.numbers import NumberReader
from dialer.store.importing.reasons import Reason, Rejected
from dialer.store.importing.values import read_amount, read_currency, read_date

_LONGEST_FIELD = 500
_GUARDED = re.compile(r"'[=+\-@\t\r]")
_NOT_IN_DOCUMENT = str.maketrans("", "", " .-,/\u00a0")
_MOST_DAYS = 36_500
_SUBDIVIDED = frozenset({"US", "CA", "AU", "BR"})
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")

_COUNTRY_NAMES = {
    "argentina": "AR", "australia": "AU", "bolivia": "BO", "brasil": "BR", "brazil": "BR", "canada": "CA",
    "chile": "CL", "colombia": "CO", "costa_rica": "CR", "ecuador": "EC", "espana": "ES", "spain": "ES",
    "estados_unidos": "US", "united_states": "US", "usa": "US", "eeuu": "US", "uk": "GB", "united_kingdom": "GB",
    "reino_unido": "GB", "mexico": "MX", "panama": "PA", "peru": "PE", "paraguay": "PY", "uruguay": "UY",
    "venezuela": "VE",
}  # fmt: skip
_LANGUAGES = {
    "es": "es", "espanol": "es", "spanish": "es", "castellano": "es", "spa": "es",
    "en": "en", "ingles": "en", "english": "en", "eng": "en",
}  # fmt: skip


class Person(NamedTuple):
    identity: str
    external_ref: str
    document: str
    name: str
    language: str
    country: str
    subdivision: str
    time_zone: str
    custom: str  #: JSON


class Debt(NamedTuple):
    creditor: str
    ref: str
    product: str
    amount_minor: int
    currency: str
    due_on: date | None


class LeadRow(NamedTuple):
    person: Person
    phones: list[tuple[str, str]]  #: E.164 and kind
    debts: list[Debt]
    priority: int | None  #: None: the file does not say


class RowReader:
    """Reads the rows of one file. ``decimal`` settles amounts that would be ambiguous. Counts ``skipped_phones``."""

    def __init__(self, columns: Columns, campaign: Campaign, today: date, *, decimal: str | None = None) -> None:
        self._columns = columns
        self._campaign = campaign
        self._today = today
        self._decimal = decimal
        self._numbers = NumberReader()
        self.skipped_phones = 0

    def read(self, cells: Sequence[str]) -> LeadRow:
        """Raises Rejected."""
        columns = self._columns
        cells = self._tidied(cells)

        def cell(index: int | None) -> str:
            return "" if index is None else cells[index]

        country = _country(cell(columns.country)) or self._campaign.country
        phones = self._phones(cells, country)
        debts = [
            debt
            for found in columns.debts
            if (debt := self._debt(found, cells, country, alone=len(columns.debts) == 1)) is not None
        ]
        name = " ".join(part for index in columns.names if (part := cells[index]))
        document = cell(columns.document)
        external_ref = cell(columns.debtor_ref)
        person = Person(
            identity=self._identity(document, external_ref, debts, phones[0][0], name, country),
            external_ref=external_ref,
            document=document,
            name=name,
            language=_language(cell(columns.language)),
            country=country,
            subdivision=_subdivision(cell(columns.subdivision), country),
            time_zone=_time_zone(cell(columns.time_zone)),
            custom=self._custom(cells),
        )
        return LeadRow(person, phones, debts, _priority(cell(columns.priority)))

    def _tidied(self, cells: Sequence[str]) -> list[str]:
        count = self._columns.count
        if len(cells) > count and any(extra.strip() for extra in cells[count:]):
            raise Rejected(Reason.TOO_MANY_COLUMNS)
        tidy = [cell.strip() for cell in cells[:count]]
        tidy += [""] * (count - len(tidy))  # spreadsheets leave out empty cells at the end
        whole = "".join(tidy)
        if len(whole) > _LONGEST_FIELD:
            for each in tidy:
                if len(each) > _LONGEST_FIELD:
                    raise Rejected(Reason.FIELD_TOO_LONG, each)
        if not whole.isprintable():
            tidy = ["".join(c if c.isprintable() else " " for c in cell).strip() for cell in tidy]
        if "'" in whole:  # the guard that rejected.csv puts before what a spreadsheet would take for a formula
            tidy = [cell[1:] if _GUARDED.match(cell) else cell for cell in tidy]
        return tidy

    def _phones(self, cells: Sequence[str], country: str) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        bad: list[str] = []
        for index, kind in self._columns.phones:
            if text := cells[index]:
                number = self._numbers.read(text, country)
                if number is None:
                    bad.append(text)
                else:
                    found.setdefault(number, kind)
        if not found:
            raise Rejected(Reason.BAD_PHONE, bad[0]) if bad else Rejected(Reason.NO_PHONE)
        self.skipped_phones += len(bad)
        return list(found.items())

    def _debt(self, at: DebtColumns, cells: Sequence[str], country: str, *, alone: bool) -> Debt | None:
        ref = cells[at.debt_ref] if at.debt_ref is not None else ""
        written = cells[at.amount] if at.amount is not None else ""
        if not ref and not written:
            return None
        named = cells[at.currency] if at.currency is not None else ""
        currency = read_currency(named, country) if named else ""
        amount, currency = read_amount(written or "0", country, currency, self._decimal)
        due = self._due(at, cells, country)
        creditor = (cells[at.creditor] if at.creditor is not None else "") or self._campaign.creditor
        if not ref:
            ref = f"due:{due.isoformat()}" if due else "" if alone else f"debt:{at.amount}"
        product = cells[at.product] if at.product is not None else ""
        return Debt(creditor, ref, product, amount, currency, due)

    def _due(self, at: DebtColumns, cells: Sequence[str], country: str) -> date | None:
        if at.due is not None and (written := cells[at.due]):
            return read_date(written, country)
        if at.days is not None and (written := cells[at.days]):
            days = _whole(written)
            if days is None or not 0 <= days <= _MOST_DAYS:
                raise Rejected(Reason.BAD_DAYS, written)
            return self._today - timedelta(days=days)
        return None

    def _identity(
        self, document: str, external_ref: str, debts: Sequence[Debt], number: str, name: str, country: str
    ) -> str:
        if document:
            return f"doc:{country}:{document.translate(_NOT_IN_DOCUMENT).upper()}"
        scope = normal(debts[0].creditor) if debts and debts[0].creditor else f"campaign-{self._campaign.id}"
        if external_ref:
            return f"ref:{scope}:{external_ref}"
        if debts and debts[0].ref and self._columns.debts[0].debt_ref is not None:
            return f"debt:{scope}:{debts[0].ref}"
        return f"tel:{number}:{normal(name)}"

    def _custom(self, cells: Sequence[str]) -> str:
        fields = {header: value for index, header in self._columns.custom if (value := cells[index])}
        return as_json(fields) if fields else "{}"


def as_json(fields: Mapping[str, str]) -> str:
    """Custom fields as they are stored and compared: equal fields give equal text."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=256)
def _country(text: str) -> str:
    if not text:
        return ""
    code = _COUNTRY_NAMES.get(normal(text), text.upper())
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise Rejected(Reason.BAD_COUNTRY, text)
    return code


@lru_cache(maxsize=256)
def _language(text: str) -> str:
    if not text:
        return ""
    found = _LANGUAGES.get(normal(text).partition("_")[0])
    if found is None:
        raise Rejected(Reason.BAD_LANGUAGE, text)
    return found


@lru_cache(maxsize=1024)
def _subdivision(text: str, country: str) -> str:
    """An ISO 3166-2 code where the cell has one, or a two-letter code in a country that writes so; else empty."""
    code = text.upper()
    found = _SUBDIVISION.fullmatch(code)
    if found and found[1] == country:
        return code
    if country in _SUBDIVIDED and len(code) in (2, 3) and code.isascii() and code.isalpha():
        return f"{country}-{code}"
    return ""


@lru_cache(maxsize=1024)
def _time_zone(text: str) -> str:
    if text and text not in zoneinfo.available_timezones():
        raise Rejected(Reason.BAD_TIME_ZONE, text)
    return text


def _priority(text: str) -> int | None:
    if not text:
        return None
    number = _whole(text)
    if number is None or not 0 <= number <= 100:
        raise Rejected(Reason.BAD_PRIORITY, text)
    return number


def _whole(text: str) -> int | None:
    """A whole number that may be written as ``12`` or ``12.0``."""
    head, _, tail = text.replace(",", ".").partition(".")
    return int(head) if head.isascii() and head.isdigit() and len(head) < 10 and not tail.strip("0") else None
