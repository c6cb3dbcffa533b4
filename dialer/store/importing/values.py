"""Amounts and dates as people write them.

How an amount is read, first rule that fits:

1. Currency signs, letters and spaces around it go. ``(120)`` and a minus sign make it negative: refused.
2. With both ``.`` and ``,`` the last one is the decimal separator; before it the other must group by threes.
3. A separator that occurs twice or more groups by threes: ``1.234.567``.
4. One separator followed by one or two digits is decimal: ``120.5``, ``120,50``.
5. One separator followed by exactly three digits groups thousands where that is the country's way: ``120.000`` in
   Colombia, ``120,000`` in Mexico. Where the country writes decimals with it, the amount is ambiguous (money has no
   third decimal, yet the country's way says it is one) and is refused, unless the importer was told the decimal
   separator.
6. Anything else is refused; so are decimals in a currency that has none, unless they are zeros.

Dates: ISO ``2026-11-30``, or day, month, year with ``/ - .`` between; month first in the countries that write so. A
date that does not exist in that order is refused, never turned round.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from dialer.store.importing.reasons import Reason, Rejected
from dialer.store.money import minor_digits

#: Countries that write 1,234.56 (Unicode CLDR); all others of ours write 1.234,56.
_DECIMAL_POINT = frozenset({"US", "GB", "CA", "AU", "NZ", "IE", "MX", "PE", "PA", "GT", "HN", "NI", "SV", "DO", "PR"})
_MONTH_FIRST = frozenset({"US", "PR", "PH"})

_CURRENCIES = {
    "AR": "ARS", "AU": "AUD", "BO": "BOB", "BR": "BRL", "CA": "CAD", "CL": "CLP", "CO": "COP", "CR": "CRC",
    "DO": "DOP", "EC": "USD", "ES": "EUR", "GB": "GBP", "GT": "GTQ", "HN": "HNL", "MX": "MXN", "NI": "NIO",
    "PA": "PAB", "PE": "PEN", "PR": "USD", "PT": "EUR", "PY": "PYG", "SV": "USD", "US": "USD", "UY": "UYU",
    "VE": "VES",
}  # fmt: skip
_CURRENCY_WORDS = {
    "PESO": "", "PESOS": "", "$": "", "US$": "USD", "U$S": "USD", "USD$": "USD", "DOLAR": "USD", "DOLARES": "USD",
    "DÓLAR": "USD", "DÓLARES": "USD", "DOLLARS": "USD", "€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP",
    "S/": "PEN", "S/.": "PEN", "SOL": "PEN", "SOLES": "PEN", "R$": "BRL", "REAL": "BRL", "REAIS": "BRL", "UF": "UF",
    "BS": "BOB", "BS.": "BOB", "Q": "GTQ", "MX$": "MXN", "COL$": "COP",
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{3}")
_SIGN = r"[^\d\s().,+−-][^\d()+−-]*?"
_SHAPE = re.compile(
    rf"(?P<minus>[-−(]?)\s*(?P<before>{_SIGN}|)\s*(?P<minus2>[-−]?)\+?\s*"
    rf"(?P<number>\d[\d.,' \u00a0\u202f]*)\s*(?P<after>{_SIGN}|)\s*(?P<minus3>[-−)]?)",
    re.ASCII,
)
#: What almost every cell looks like, by whether the country writes a decimal point: the rules below would agree.
_USUAL = {
    point: re.compile(rf"\$? ?(\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,15}})(?:{mark}(\d\d?))?", re.ASCII)
    for point, group, mark in ((False, r"\.", ","), (True, ",", r"\."))
}
_NO_SEPARATORS = str.maketrans("", "", ".,")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_LARGEST = 10**15


def currency_of(country: str) -> str:
    """The currency that debts of a country are in where the file does not say; US dollars where we know none."""
    return _CURRENCIES.get(country, "USD")


@lru_cache(maxsize=512)
def read_currency(text: str, country: str) -> str:
    """An ISO 4217 code from ``COP``, ``pesos``, ``US$`` and the like. Raises Rejected."""
    word = text.strip().upper()
    if not word:
        return currency_of(country)
    named = _CURRENCY_WORDS.get(word)
    if named is None and _CODE.fullmatch(word):
        return word
    if named is None or named == "UF":  # an index, not a currency: its value in pesos changes daily
        raise Rejected(Reason.BAD_CURRENCY, text)
    return named or currency_of(country)


def read_amount(text: str, country: str, currency: str, decimal: str | None = None) -> tuple[int, str]:
    """The amount in minor units and its currency. ``currency`` is the row's, empty where it has none; a sign in the
    amount itself then says. ``decimal`` settles what would be ambiguous. Raises Rejected."""
    if text.isdecimal() and text.isascii():
        chosen = currency or currency_of(country)
        return _checked(int(text) * 10 ** minor_digits(chosen), text), chosen
    if decimal is None and (usual := _USUAL[country in _DECIMAL_POINT].fullmatch(text)):
        chosen = currency or currency_of(country)
        fraction = usual[2] or ""
        if len(fraction) <= minor_digits(chosen):
            whole = usual[1].translate(_NO_SEPARATORS)
            return _checked(int(whole + fraction.ljust(minor_digits(chosen), "0")), text), chosen
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise Rejected(Reason.BAD_AMOUNT, text)
    if shape["minus"] or shape["minus2"] or shape["minus3"]:
        raise Rejected(Reason.NEGATIVE_AMOUNT, text)
    chosen = _signed_currency(text, shape["before"].strip() or shape["after"].strip(), country, currency)
    number = re.sub(r"[' \u00a0\u202f]", "", shape["number"])
    whole, fraction = _split(number, text, country, decimal)
    digits = minor_digits(chosen)
    if len(fraction) > digits and fraction[digits:].strip("0"):
        raise Rejected(Reason.BAD_AMOUNT, text)
    return _checked(int(whole + fraction[:digits].ljust(digits, "0")), text), chosen


def _signed_currency(text: str, sign: str, country: str, currency: str) -> str:
    if not sign:
        return currency or currency_of(country)
    try:
        signed = read_currency(sign, country)
    except Rejected as error:
        raise Rejected(Reason.BAD_AMOUNT, text) from error
    plain = sign.upper() in ("$", "PESO", "PESOS")
    if currency and not plain and signed != currency:
        raise Rejected(Reason.BAD_CURRENCY, text)
    return currency or signed


def _split(number: str, text: str, country: str, decimal: str | None) -> tuple[str, str]:
    """The digits before and after the decimal separator."""
    if number.isdigit():
        return number, ""
    last = max(number.rfind("."), number.rfind(","))
    mark = number[last]
    whole, fraction = number[:last], number[last + 1 :]
    if "." in number and "," in number:
        if number.count(mark) > 1 or (decimal and decimal != mark):
            raise Rejected(Reason.BAD_AMOUNT, text)
        return _ungrouped(whole, text), fraction
    if number.count(mark) > 1:
        return _ungrouped(number, text), ""
    if decimal == mark:
        return whole, fraction
    if len(fraction) in (1, 2) and decimal is None:
        return whole, fraction
    if len(fraction) == 3 and 1 <= len(whole) <= 3:
        country_decimal = "." if country in _DECIMAL_POINT else ","
        if decimal is None and mark == country_decimal:
            raise Rejected(Reason.AMBIGUOUS_AMOUNT, text)
        return whole + fraction, ""
    raise Rejected(Reason.BAD_AMOUNT, text)


def _ungrouped(whole: str, text: str) -> str:
    if whole.isdigit():
        return whole
    if not _GROUPED.fullmatch(whole):
        raise Rejected(Reason.BAD_AMOUNT, text)
    return whole.replace(".", "").replace(",", "")


def _checked(amount_minor: int, text: str) -> int:
    if amount_minor > _LARGEST:
        raise Rejected(Reason.BAD_AMOUNT, text)
    return amount_minor


_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_WRITTEN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)


@lru_cache(maxsize=8192)
def read_date(text: str, country: str) -> date:
    """Raises Rejected."""
    if found := _ISO.fullmatch(text.strip()):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif found := _WRITTEN.fullmatch(text.strip()):
        year, month, day = int(found[3]), int(found[2]), int(found[1])
        if country in _MONTH_FIRST:
            month, day = day, month
    else:
        raise Rejected(Reason.BAD_DATE, text)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Rejected(Reason.BAD_DATE, text) from error
