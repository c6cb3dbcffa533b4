"""Synthetic debtors, as the lead file that a centre would import. The same seed gives the same people."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

from dialer.clock import seeded_random

_FIRST = (
    "Ana", "Luis", "Camila", "Andrés", "Valentina", "Jorge", "Daniela", "Carlos", "Luisa", "Felipe", "Paola", "Miguel",
    "Sofía", "Juan José", "Marta", "Óscar", "Natalia", "Iván", "Rocío", "Hernán",
)  # fmt: skip
_LAST = (
    "Rodríguez", "Gómez", "Martínez", "López", "Muñoz", "Pérez", "Castaño", "Ramírez", "Ñáñez", "Torres", "Vargas",
    "Rojas", "Cárdenas", "Ortiz", "Peña", "Salazar",
)  # fmt: skip
_PREFIXES = ("300", "301", "304", "310", "311", "312", "313", "314", "315", "316", "317", "318", "320", "321")
_PRODUCTS = ("tarjeta", "libranza", "microcrédito", "vehículo")
_HEADER = (
    "referencia", "nombre", "documento", "telefono1", "telefono2", "credito", "saldo", "moneda", "fecha_vencimiento",
    "producto",
)  # fmt: skip
_SECOND_NUMBER = 0.25
_SECOND_DEBT = 0.15

CREDITOR = "Crédito Andino"


def write_lead_file(path: Path, *, people: int, seed: int, today: date) -> None:
    """Write a CSV of ``people`` debtors in Colombia, some with two numbers, some with two debts."""
    random = seeded_random(f"people-{seed}")
    used: set[str] = set()

    def number() -> str:
        while True:
            digits = random.choice(_PREFIXES) + f"{random.randrange(10_000_000):07d}"
            if digits not in used:
                used.add(digits)
                return f"{digits[:3]} {digits[3:6]} {digits[6:]}"

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(_HEADER)
        for index in range(people):
            name = f"{random.choice(_FIRST)} {random.choice(_LAST)} {random.choice(_LAST)}"
            phones = (number(), number() if random.random() < _SECOND_NUMBER else "")
            document = str(random.randrange(10_000_000, 1_100_000_000))
            for debt in range(2 if random.random() < _SECOND_DEBT else 1):
                amount = random.randrange(80, 9_500) * 1000
                due = today - timedelta(days=random.randrange(5, 400))
                rows.writerow(
                    (
                        f"D{index + 1:06d}", name, document, *phones, f"C{index + 1:06d}-{debt + 1}",
                        f"{amount:,}".replace(",", "."), "COP", due.isoformat(), random.choice(_PRODUCTS),
                    )
                )  # fmt: skip
