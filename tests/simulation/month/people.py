"""The debtors of the month: many countries, shared numbers, several debts, split zones, and addresses nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - the type; the generator is seeded in dialer/clock.py
from typing import Any

import sqlalchemy as sa

from dialer.store.tables import debtors, debts, lead_debts, leads, phones


@dataclass(frozen=True, slots=True)
class Place:
    """``zones`` of addresses, one of which is drawn; an empty one is an address nobody knows. ``#`` is a digit."""

    weight: int
    country: str
    subdivision: str
    zones: tuple[str, ...]
    numbers: tuple[str, ...]
    desk: str


PLACES = (
    Place(14, "CO", "CO-DC", ("America/Bogota", ""), ("+5731########", "+57601#######"), "andes"),
    Place(5, "PE", "", ("America/Lima",), ("+519########",), "andes"),
    Place(5, "EC", "", ("America/Guayaquil", "America/Guayaquil", "Pacific/Galapagos"), ("+59399#######",), "andes"),
    Place(4, "MX", "MX-CMX", ("America/Mexico_City",), ("+5255########",), "norte"),
    Place(2, "MX", "MX-BCN", ("America/Tijuana",), ("+52664#######",), "norte"),
    Place(2, "MX", "MX-ROO", ("America/Cancun", ""), ("+52998#######", "+5255########"), "norte"),
    Place(6, "CL", "CL-RM", ("America/Santiago",), ("+56222######", "+56987######"), "sur"),
    Place(1, "CL", "CL-MA", ("America/Punta_Arenas",), ("+56612######",), "sur"),
    Place(5, "AR", "", ("America/Buenos_Aires",), ("+5411########", "+54911########"), "sur"),
    Place(5, "BR", "BR-SP", ("America/Sao_Paulo",), ("+5511#########",), "sur"),
    Place(8, "US", "US-NY", ("America/New_York",), ("+1212######3",), "states"),
    Place(6, "US", "US-FL", ("America/New_York", "America/Chicago"), ("+1850######7", "+1727######7"), "states"),
    Place(7, "US", "US-MA", ("America/New_York",), ("+1617######5", "+1774######5"), "states"),
    Place(5, "US", "US-TX", ("America/Chicago", "America/Denver"), ("+1915######5", "+1806######5"), "states"),
    Place(3, "US", "US-TN", ("America/Chicago", "America/New_York", ""), ("+1865######5", "+1423######5"), "states"),
    Place(3, "US", "US-ND", ("America/Chicago", "America/Denver"), ("+1701######5",), "states"),
    Place(1, "US", "US-AZ", ("America/Phoenix",), ("+1602######5",), "states"),
    Place(1, "US", "", ("", "Pacific/Honolulu"), ("+1800######5", "+1808######5", "+1211######5"), "states"),
    Place(6, "GB", "", ("Europe/London", ""), ("+4479########", "+4420########"), "commonwealth"),
    Place(4, "AU", "AU-NSW", ("Australia/Sydney",), ("+614########", "+61262######"), "commonwealth"),
    Place(2, "AU", "AU-WA", ("Australia/Perth", ""), ("+61892######",), "commonwealth"),
    Place(5, "CA", "CA-ON", ("America/Toronto", "America/Winnipeg"), ("+1416######5", "+1807######5"), "commonwealth"),
)
CREDITORS = ("Banco Norte", "Banco Sur", "Telco Uno", "Luz y Agua", "Autos SA")
_KINDS = ("mobile", "mobile", "home", "work", "other", "")
_ROLES = ("debtor",) * 24 + ("codebtor", "guarantor", "reference")
_CHUNK = 5000


@dataclass(slots=True)
class Person:
    """What the month remembers of a debtor, to have something happen to them."""

    id: int
    place: Place
    numbers: tuple[str, ...]
    debts: tuple[int, ...]
    campaigns: tuple[int, ...] = ()


class People:
    """Draws the debtors and writes them. ``desks`` has the campaigns of each desk, in their order; ``everywhere`` are
    campaigns that collect from people of every desk."""

    def __init__(self, random: Random, desks: dict[str, tuple[int, ...]], everywhere: tuple[int, ...]) -> None:
        self._random = random
        self._desks = desks
        self._everywhere = everywhere
        self._rows: dict[sa.Table, list[dict[str, Any]]] = {
            table: [] for table in (debtors, phones, debts, leads, lead_debts)
        }
        self._debt_id = 0
        self._lead_id = 0
        self._neighbours: dict[Place, list[str]] = {place: [] for place in PLACES}
        self.people: list[Person] = []

    def draw(self, count: int, begins: datetime) -> Iterator[dict[sa.Table, list[dict[str, Any]]]]:
        """Rows for ``count`` debtors, some thousands at a time. Due from ``begins`` on, over two days."""
        places = self._random.choices(PLACES, weights=[place.weight for place in PLACES], k=count)
        for index, place in enumerate(places, start=1):
            self._person(index, place, begins)
            if index % _CHUNK == 0 or index == count:
                yield self._rows
                for rows in self._rows.values():
                    rows.clear()

    def _person(self, index: int, place: Place, begins: datetime) -> None:
        random = self._random
        self._rows[debtors].append(
            {
                "id": index,
                "identity": f"m{index}",
                "name": f"Persona {index}",
                "country": place.country,
                # Where the subdivision is not known, every one of the country is taken to be it.
                "subdivision": "" if random.random() < 0.03 else place.subdivision,
                "time_zone": random.choice(place.zones),
                "custom": {},
            }
        )
        owed = self._debts(index)
        numbers = self._numbers(place)
        self._rows[phones] += [
            {
                "debtor_id": index,
                "e164": number,
                "position": position,
                "kind": random.choice(_KINDS),
                "contact_role": random.choice(_ROLES),
            }
            for position, number in enumerate(numbers)
        ]
        person = Person(index, place, numbers, owed, self._campaigns(place))
        for campaign in person.campaigns:
            self._lead(person, campaign, begins)
        self.people.append(person)

    def _debts(self, debtor: int) -> tuple[int, ...]:
        count = self._random.choice((1, 1, 1, 1, 2, 2, 3))
        only = "commercial" if count == 1 and self._random.random() < 0.04 else "consumer"
        first = self._debt_id + 1
        self._debt_id += count
        self._rows[debts] += [
            {
                "id": debt,
                "debtor_id": debtor,
                "ref": f"r{debt}",
                "creditor": self._random.choice(CREDITORS),
                "amount_minor": 10_000,
                "currency": "USD",
                "debt_class": only,
            }
            for debt in range(first, first + count)
        ]
        return tuple(range(first, first + count))

    def _numbers(self, place: Place) -> tuple[str, ...]:
        """Their own, and for one in ten a neighbour's: a spouse, a switchboard."""
        random, neighbours = self._random, self._neighbours[place]
        found = [
            "".join(str(random.randrange(2, 10)) if sign == "#" else sign for sign in random.choice(place.numbers))
            for _ in range(random.choice((1, 1, 2, 3)))
        ]
        if neighbours and random.random() < 0.1:
            found.insert(random.randrange(len(found) + 1), random.choice(neighbours))
        if random.random() < 0.2:
            neighbours.append(found[0])
        return tuple(dict.fromkeys(found))

    def _campaigns(self, place: Place) -> tuple[int, ...]:
        first, *others = self._desks[place.desk]
        also = [each for each in (*others, *self._everywhere) if self._random.random() < 0.35]
        return (first, *also)

    def _lead(self, person: Person, campaign: int, begins: datetime) -> None:
        self._lead_id += 1
        owed = [debt for debt in person.debts if self._random.random() < 0.8] or [person.debts[0]]
        self._rows[leads].append(
            {
                "id": self._lead_id,
                "campaign_id": campaign,
                "debtor_id": person.id,
                "priority": 40 + 10 * (person.id % 3),
                "next_try_at": begins + timedelta(minutes=self._random.randrange(2880)),
                "tries_by_outcome": {},
            }
        )
        self._rows[lead_debts] += [{"lead_id": self._lead_id, "debt_id": debt} for debt in owed]
