"""Contacts that a law forbids, one for each law at least, planted in a ledger that is lawful but for them."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.planted_ledger import Planted

Plant = Callable[[Planted], object]
CRIMES: list[tuple[str, Plant]] = []


def crime(rule: str) -> Callable[[Plant], Plant]:
    """Plants one contact that exactly ``rule`` forbids. Everything else in it is lawful."""

    def enter(plant: Plant) -> Plant:
        CRIMES.append((rule, plant))
        return plant

    return enter
