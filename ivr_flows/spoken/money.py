"""Amounts of money as they are said in a country: "veintiún pesos con cincuenta centavos", "un millón de pesos"."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dialer.errors import InputError
from ivr_flows.spoken.numbers import LARGEST, Form, cardinal
from ivr_flows.spoken.values import Locale, Money
from ivr_flows.spoken.word_lists import Phrases, word_lists


def money(value: Money, locale: Locale) -> Phrases:
    """``value`` as phrases. Where a currency's cents are not in use (COP, CLP), it is rounded to whole units.

    Raises InputError for an amount below zero or that cannot be said, and for a currency that the word lists lack.
    """
    currency = _currency(value.currency, locale.language)
    whole, minor = in_units(value, locale.language)
    if value.amount < 0 or whole > LARGEST:
        raise InputError(f"An amount must lie between 0 and {LARGEST:,} to be said.")
    lists = word_lists(locale.language)["money"]
    singular, plural = currency_names(value.currency, locale)
    said: Phrases = ()
    if whole or not minor:
        form = Form(currency["noun"][0]) if locale.language == "es" else Form.ALONE
        name = singular if whole == 1 else plural
        if locale.language == "es" and whole >= 1_000_000 and whole % 1_000_000 == 0:
            name = f"{lists['of']} {name}"
        said = (*cardinal(whole, locale.language, form, country=locale.country), name)
    if minor:
        form = Form(currency["minor"][0]) if locale.language == "es" else Form.ALONE
        name = currency["minor"][-2 if minor == 1 else -1]
        cents = (*cardinal(minor, locale.language, form), name)
        said = (*said, lists["with"], *cents) if said else cents
    return said


def in_units(value: Money, language: str) -> tuple[int, int]:
    """Whole units and hundredths of ``value``, rounded half up to what is in use in its currency."""
    if "minor" not in _currency(value.currency, language):
        return int(value.amount.quantize(Decimal(1), ROUND_HALF_UP)), 0
    hundredths = int((value.amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return hundredths // 100, hundredths % 100


def currency_names(code: str, locale: Locale) -> tuple[str, str]:
    """Singular and plural of a currency, with its nationality where the country's own bears the same name."""
    currencies: Mapping[str, Mapping[str, Any]] = word_lists(locale.language)["currencies"]
    currency = _currency(code, locale.language)
    singular, plural = currency["noun"][-2:]
    proper = currency.get("proper")
    if proper is None or locale.country in currency["home"]:
        return singular, plural
    same_name = any(
        locale.country in other["home"] and other["noun"] == currency["noun"] for other in currencies.values()
    )
    if not same_name and not currency.get("always"):
        return singular, plural
    if locale.language == "es":
        return f"{singular} {proper[0]}", f"{plural} {proper[1]}"
    return f"{proper} {singular}", f"{proper} {plural}"


def _currency(code: str, language: str) -> Mapping[str, Any]:
    currencies: Mapping[str, Mapping[str, Any]] = word_lists(language)["currencies"]
    try:
        return currencies[code]
    except KeyError:
        raise InputError(f"There are no words for the currency {code!r} in {language}.") from None
