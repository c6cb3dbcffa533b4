"""Import a made-up lead file and print what it cost, as one line of JSON.

    python tests/perf/bench_import.py [--rows 1000000] [--url URL] [--again]

The file is of the size and kind that a bank hands over: semicolons, Spanish headers, two numbers, amounts with points,
dates day first, extra columns; one row in fifty is a second debt, one in a hundred a duplicate, one in five hundred
broken. ``--again`` imports it a second time, when nothing is new.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dialer.clock import seeded_random
from dialer.store.database import Database
from dialer.store.importing.importer import import_leads
from tests.support.store import NOON, add_campaign

HEADER = (
    "documento;nombre;apellido;telefono1;telefono2;referencia;saldo;moneda;fecha_vencimiento;dias_mora;acreedor;"
    "ciudad;canal;segmento\n"
)


def generate(path: Path, rows: int) -> None:
    random = seeded_random("bench")
    first = ("Ana", "Luis", "María José", "Andrés", "Jorge", "Sofía", "Óscar", "Natalia")
    last = ("Rodríguez", "Gómez", "Muñoz", "Pérez", "Castaño", "Ñáñez", "Torres", "Peña")
    prefixes = ("300", "301", "304", "310", "311", "312", "313", "314", "315", "316", "317", "318", "320", "321")
    line, previous = "", "1;Ana;Gómez"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for index in range(rows):
            if index % 100 == 99:
                file.write(line)
                continue
            second_debt = index % 50 == 48
            person = previous if second_debt else f"{10_000_000 + index};{random.choice(first)};{random.choice(last)}"
            previous = person
            phone = f"{random.choice(prefixes)}{random.randrange(10_000_000):07d}"
            second = f"{random.choice(prefixes)} {random.randrange(1000):03d} {random.randrange(10_000):04d}"
            if index % 500 == 7:
                phone, second = "123", ""
            amount = f"{random.randrange(80, 9_500):,}".replace(",", ".") + ".000,00"
            line = (
                f"{person};{phone};{second if index % 3 else ''};"
                f"OB-{index:08d};$ {amount};COP;{1 + index % 28:02d}/{1 + index % 12:02d}/2025;{index % 400};"
                f"Banco del Sur;Bogotá;sucursal;{index % 7}\n"
            )
            file.write(line)


async def run(url: str, path: Path, again: bool) -> list[dict[str, object]]:
    database = Database(url)
    await database.migrate()
    campaign = await add_campaign(database)
    results: list[dict[str, object]] = []
    for _ in range(2 if again else 1):
        wall, processor = time.perf_counter(), time.process_time()
        report = await import_leads(database, path, campaign, now=NOON)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        results.append(
            {
                "rows": report.rows,
                "accepted": report.accepted,
                "debtors": report.debtors,
                "debts": report.debts,
                "phones": report.phones,
                "duplicates": report.duplicates,
                "rejected": report.rejected,
                "seconds": round(wall, 1),
                "rows_per_s": round(report.rows / wall),
                "cpu_s": round(processor, 1),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    await database.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url")
    parser.add_argument("--again", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.csv"
        generate(path, chosen.rows)
        url = chosen.url or f"sqlite+aiosqlite:///{folder}/bench.sqlite"
        for result in asyncio.run(run(url, path, chosen.again)):
            print(json.dumps({"file_mb": round(path.stat().st_size / 1e6), **result}), flush=True)


if __name__ == "__main__":
    main()
