"""Amounts of money as people say them: ciento veinte mil, millón y medio, twelve hundred, la mitad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final, NamedTuple

from ivr_flows.spoken.hearing import (
    UNKNOWN,
    Hearing,
    InDoubt,
    Misheard,
    NotUnderstood,
    PhraseFinder,
    Understood,
    filler_words,
    heard_lists,
    plain,
    settled,
)
from ivr_flows.spoken.number_reading import number_words, read_number
from ivr_flows.spoken.numbers import LARGEST
from ivr_flows.spoken.word_lists import word_lists

_MILLION: Final = 1_000_000
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class AmountContext:
    """What is known when an amount is asked for. ``currency`` (ISO 4217): another one that is named is refused.
    ``total`` is what "todo" means. ``least`` and ``most``, inclusive, tell which reading can be meant; an amount
    outside them is still understood, for the flow to say so."""

    currency: str = ""
    country: str = ""
    total: Decimal | None = None
    least: Decimal | None = None
    most: Decimal | None = None


class _Item(NamedTuple):
    kind: str  # N number, D decimal numeral, C currency, c its cents, J joining word, H half, P point, S slang, x other
    value: Decimal = Decimal(0)
    words: tuple[str, ...] = ()


def hear_amount(text: str, language: str, context: AmountContext | None = None) -> Hearing[Decimal]:
    """The amount in ``text``, in units of the currency; cents are hundredths of it."""
    context = context or AmountContext()
    said = plain(text)
    if not said:
        return NotUnderstood(Misheard.SILENCE)
    if context.total is not None and (part := _part_of_total(said, language, context)) is not None:
        return Understood(part)
    items = _items(said.split(), language, context)
    if any(item.kind == "C" and not _is_ours(item.words[0], language, context) for item in items):
        return NotUnderstood(Misheard.OTHER_CURRENCY)
    found = [_tidy(one) for one in _candidates(items, language) if int(one) <= LARGEST]
    if context.currency and "minor" not in _currencies(language)[context.currency]:
        found = [one for one in found if one == one.to_integral_value()] or found
    return _likely(found, context)


def _tidy(amount: Decimal) -> Decimal:
    whole = amount == amount.to_integral_value()
    return amount.quantize(Decimal(1)) if whole else amount.quantize(_CENT, ROUND_HALF_UP)


def _likely(found: Sequence[Decimal], context: AmountContext) -> Hearing[Decimal]:
    if not found:
        return NotUnderstood(Misheard.NO_SENSE)

    def fits(amount: Decimal) -> bool:
        return (context.least is None or amount >= context.least) and (context.most is None or amount <= context.most)

    fitting = [amount for amount in found if fits(amount)]
    if len(found) == 1 and not fitting and context.least is not None and 0 < found[0] < context.least:
        # Who owes a million and says "ciento veinte" may mean thousands: ask.
        thousands = found[0] * 1000
        if found[0] < 1000 and fits(thousands):
            return InDoubt((thousands,))
    return settled(fitting or found)


def _part_of_total(said: str, language: str, context: AmountContext) -> Decimal | None:
    if any(
        word in number_words(language) and number_words(language)[word].value for word in said.split() if word != "a"
    ):
        return None
    meanings, _ = _parts(language).meanings(said)
    if len(set(meanings)) != 1 or context.total is None:
        return None
    if meanings[0] == "all":
        return context.total
    whole = bool(context.currency) and "minor" not in _currencies(language)[context.currency]
    return (context.total / 2).quantize(Decimal(1) if whole else _CENT, ROUND_HALF_UP)


@cache
def _parts(language: str) -> PhraseFinder:
    amounts = heard_lists(language)["amounts"]
    return PhraseFinder([(phrase, kind) for kind in ("all", "halves") for phrase in amounts[kind]])


def _currencies(language: str) -> Mapping[str, Mapping[str, object]]:
    currencies: Mapping[str, Mapping[str, object]] = word_lists(language)["currencies"]
    return currencies


@cache
def _currency_words(language: str) -> Mapping[str, frozenset[str]]:
    """Every noun of a currency, plain: the codes that bear it."""
    found: dict[str, set[str]] = {}
    for code, currency in word_lists(language)["currencies"].items():
        for name in currency["noun"][-2:]:
            found.setdefault(plain(name), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


@cache
def _adjectives(language: str) -> frozenset[str]:
    proper = [currency.get("proper") or () for currency in word_lists(language)["currencies"].values()]
    return frozenset(
        word for one in proper for name in ([one] if isinstance(one, str) else one) for word in plain(name).split()
    )


def _is_ours(word: str, language: str, context: AmountContext) -> bool:
    return not context.currency or context.currency in _currency_words(language)[word]


def _items(words: Sequence[str], language: str, context: AmountContext) -> list[_Item]:
    lists = heard_lists(language)
    amounts = lists["amounts"]
    kinds = {plain(word): "J" for word in amounts["join"]} | {plain(word): "H" for word in amounts["half"]}
    kinds |= {plain(word): "P" for word in amounts["point"]} | {plain(word): "c" for word in amounts["minor"]}
    slang = {word: one["value"] for word, one in amounts["slang"].items()}
    abroad = {
        word for word, one in amounts["slang"].items() if one["countries"] and context.country not in one["countries"]
    }
    fillers = filler_words(language) | _adjectives(language)
    items: list[_Item] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in slang and word not in abroad:
            items.append(_Item("S", Decimal(slang[word]), (word,)))
        elif word[0].isdigit() and not word.isdigit():
            numeral = _numeral(word)
            items.append(_Item("x") if numeral is None else _Item("D", numeral, (word,)))
        elif word in _currency_words(language):
            items.append(_Item("C", words=(word,)))
        elif word in kinds:
            items.append(_Item(kinds[word], words=(word,)))
        elif reading := read_number(words, at, language):
            items.append(_Item("N", Decimal(reading.value), tuple(words[at : reading.end])))
            at = reading.end
            continue
        elif word in number_words(language) and number_words(language)[word].value >= 1000:
            items.append(_Item("N", Decimal(number_words(language)[word].value), (word,)))  # a half "million"
        elif word == UNKNOWN or word not in fillers:
            items.append(_Item("x", words=(word,)))
        at += 1
    return items


def _numeral(word: str) -> Decimal | None:
    """120.000 and 120,000 are thousands, 12.50 and 12,50 are cents."""
    pieces = word.replace(",", ".").split(".")
    if not all(piece.isdigit() for piece in pieces):
        return None
    if len(pieces[-1]) == 3:
        return Decimal("".join(pieces))
    return Decimal("".join(pieces[:-1]) + "." + pieces[-1]) if len(pieces[-1]) <= 2 else None


def _candidates(items: Sequence[_Item], language: str) -> list[Decimal]:
    # What was not understood may stand before an amount or after its currency. Right after a number it may have been
    # "mil", and between two numbers anything.
    while items and items[0].kind in "xJ":
        if items[0].kind == "x" and _is_scale(items[1:], language):
            return []
        items = items[1:]
    while items and items[-1].kind == "x" and len(items) > 1 and items[-2].kind in "xCcS":
        items = items[:-1]
    shape = "".join(item.kind for item in items)
    values = [item.value for item in items]
    if shape in ("N", "NC", "D", "DC"):
        return _round_or_colloquial(items[0], named=len(items) > 1)
    if shape in ("NS", "DS"):
        return [values[0] * values[1]]
    if shape == "SJH":
        return [values[0] + values[0] / 2]
    if shape == "NSJH":
        return [values[0] * values[1] + values[1] / 2]
    if shape == "HS" and values[1] > 1:
        return [values[1] / 2]
    if shape == "Nc":
        return [values[0] * _CENT] if values[0] < 100 else []
    if shape in ("NJN", "NCJN", "NJNC", "NJNc", "NCJNc", "NCNc"):
        return _with_cents(values[0], values[shape.rindex("N")], sure=shape[-1] == "c")
    if shape in ("HN", "HNC"):
        return [values[1] / 2] if values[1] in (_MILLION, 1000 * _MILLION) else []
    if shape in ("NJH", "NJHC", "NCJH"):
        return _and_a_half(values[0])
    if shape in ("NJHN", "NJHNC"):
        return [(values[0] + Decimal("0.5")) * values[3]] if values[3] in (1000, _MILLION) and values[0] < 1000 else []
    if shape in ("NPN", "NPNC"):
        return _with_point(values[0], items[2])
    if set(shape.rstrip("C")) == {"N"} and shape.count("C") <= 1:
        return _side_by_side([item for item in items if item.kind == "N"])
    return []


def _is_scale(items: Sequence[_Item], language: str) -> bool:
    """Whether the first of ``items`` is a number that begins with "mil" or "thousand": something was before it."""
    if not items or items[0].kind != "N":
        return False
    sort = number_words(language).get(items[0].words[0])
    return sort is not None and sort.kind in ("times", "thousand", "million", "billion")


def _round_or_colloquial(item: _Item, *, named: bool) -> list[Decimal]:
    """ "Un millón doscientos" is 1,200,000 to many who say it, unless a currency follows."""
    rest = int(item.value) % _MILLION
    if not named and item.kind == "N" and item.value >= _MILLION and 100 <= rest < 1000 and len(item.words) > 1:
        return [item.value - rest + rest * 1000, item.value]
    return [item.value]


def _with_cents(whole: Decimal, cents: Decimal, *, sure: bool) -> list[Decimal]:
    if cents >= 100:
        return []
    exact = whole + cents * _CENT
    return [exact] if sure or cents >= 10 else [exact, whole + cents / 10]


def _and_a_half(value: Decimal) -> list[Decimal]:
    for unit in (1000 * _MILLION, _MILLION):
        if value >= unit and value % unit == 0:
            return [value + unit // 2]
    return [value + Decimal("0.5")] if value < 1000 else []


def _with_point(whole: Decimal, item: _Item) -> list[Decimal]:
    """ "Dos punto cinco millones" and "doce punto cinco"."""
    for unit in (1000 * _MILLION, _MILLION, 1000, 1):
        if item.value >= unit and item.value % unit == 0:
            tenths = item.value / unit
            if unit == 1 and tenths >= 100:
                return []
            return [(whole + tenths / 10 ** len(str(int(tenths)))) * unit]
    return [whole] if item.value == 0 else []


def _side_by_side(items: Sequence[_Item]) -> list[Decimal]:
    """Numbers that make no number together: digits one by one, or "quince cincuenta" and "one twenty"."""
    values = [item.value for item in items]
    if len(values) > 2:
        return [Decimal("".join(str(value) for value in values))] if all(value < 10 for value in values) else []
    first, second = values
    if second >= 100 or second < 10 or first >= 1000 or first == 0:
        return []
    return [first * 100 + second, first + second * _CENT]
