"""Money as an integer of the currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal

#: ISO 4217 currencies without a minor unit, as far as debtors of our countries owe in them. All others have two digits.
_WITHOUT_MINOR_UNIT = frozenset({"CLP", "PYG", "JPY", "KRW", "VND", "ISK", "UGX"})


def minor_digits(currency: str) -> int:
    """How many decimals ``currency`` has: 2 for COP, 0 for CLP."""
    return 0 if currency in _WITHOUT_MINOR_UNIT else 2


def to_units(amount_minor: int, currency: str) -> Decimal:
    """``12345`` of COP is ``Decimal("123.45")``; of CLP ``Decimal("12345")``."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))
