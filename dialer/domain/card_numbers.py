"""Payment cards have no place here: what looks like the number of one is found, so that it can be refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Digits with at most one space, point or hyphen between two of them.
_RUN = re.compile(r"(?<!\d)\d(?:[ .\-\u00a0\u2009]?\d){12,}(?!\d)")
_GROUP = re.compile(r"\d+")
_LONGEST = 19  # ISO/IEC 7812
#: By their length, how payment cards begin.
_BEGINS = {
    13: ("4",),
    14: ("30", "36", "38", "39"),
    15: ("34", "37"),
    16: ("2", "3", "4", "5", "6"),
    17: ("4", "5", "6"),
    18: ("4", "5", "6"),
    19: ("4", "5", "6"),
}


def has_card_number(text: str) -> bool:
    """Whether ``text`` holds the digits of a payment card, however they are grouped: as many as cards have, beginning
    as they do, and true by Luhn's check."""
    return any(_is_card(digits) for run in _RUN.findall(text) for digits in _stretches(_GROUP.findall(run)))


def _stretches(groups: list[str]) -> Iterator[str]:
    """Groups that stand side by side, for a date or a code may follow a card; and of a long group every part."""
    for first in range(len(groups)):
        joined = ""
        for group in groups[first:]:
            joined += group
            if len(joined) > _LONGEST:
                break
            yield joined
    for group in groups:
        if len(group) > _LONGEST:
            yield from (group[start : start + 16] for start in range(len(group) - 15))


def _is_card(digits: str) -> bool:
    return digits.startswith(_BEGINS.get(len(digits), ("x",))) and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
