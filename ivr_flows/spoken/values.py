"""What a flow may say: prompts of the catalogue, and the values in them.

A prompt's text names its values by placeholders, ``{name}`` or ``{name:kind}``, where the kind says how the value is
read: ``Su saldo es de {amount:money} y vence el {due:date}.``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """How a placeholder's value is read."""

    TEXT = "text"  #: as it is written: a name. The kind of a placeholder that names none
    MONEY = "money"  #: Money
    DATE = "date"  #: a date with its weekday: viernes once de diciembre
    DAY = "day"  #: without: once de diciembre
    FULL_DATE = "full_date"  #: once de diciembre de dos mil veintiséis
    TIME = "time"  #: a time, or the time of a datetime in the debtor's zone
    DIGITS = "digits"  #: Digits
    NUMBER = "number"  #: int
    COUNT = "count"  #: Count
    ORDINAL = "ordinal"  #: Ordinal
    PERCENT = "percent"  #: Percent


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` >= 0 in units of ``currency`` (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Digits:
    """A phone, reference or document number, read one by one. Blanks and hyphens in ``text`` part its groups."""

    text: str


@dataclass(frozen=True, slots=True)
class Count:
    """``value`` >= 0 things; ``of`` is a noun of the word lists, such as installment, payment, day, month."""

    value: int
    of: str


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The ``value``-th (>= 1) of something; ``of`` as in Count."""

    value: int
    of: str


@dataclass(frozen=True, slots=True)
class Percent:
    """``value`` hundredths, with at most two decimals."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are: a person's or a company's name."""

    words: str


Value = Money | Digits | Count | Ordinal | Percent | Text | date | datetime | time | int | str


def _nothing() -> Mapping[str, Value]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt of the catalogue, with the values of its placeholders."""

    key: str
    values: Mapping[str, Value] = field(default_factory=_nothing)


Part = Prompt | Money | Digits | Count | Ordinal | Percent | Text | date | datetime | time | int


@dataclass(frozen=True, slots=True)
class Locale:
    """Whom we speak to: ``language`` is es or en; ``country`` (ISO 3166-1 alpha-2, or empty: neutral) decides words for
    money and dates; a datetime is told in ``zone``."""

    language: str
    country: str = ""
    zone: tzinfo = UTC
