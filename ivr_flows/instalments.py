"""A sum in equal instalments, a month apart."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from dialer.domain.promise import Instalment


def schedule(total_minor: int, count: int, first: date, *, unit: int, longest_gap_days: int) -> tuple[Instalment, ...]:
    """``count`` instalments of whole units (``unit`` minor units each), the last with what remains. Each falls on the
    first one's day of the month, or the month's last; sooner where ``longest_gap_days`` is less than a month.

    ``total_minor`` must be at least ``count`` units.
    """
    if count < 1 or total_minor < count * unit:
        raise ValueError("there must be at least one unit of the currency for each instalment")
    each = total_minor // count // unit * unit
    amounts = [each] * (count - 1) + [total_minor - each * (count - 1)]
    days = [first]
    for number in range(1, count):
        days.append(min(_months_later(first, number), days[-1] + timedelta(days=longest_gap_days)))
    return tuple(Instalment(due_on=day, amount_minor=amount) for day, amount in zip(days, amounts, strict=True))


def _months_later(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
