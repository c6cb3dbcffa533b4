"""A ledger written by hand, row by row, to see whether the checker finds what is wrong with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dialer.store.compliance_tables import audit_records, contact_debts, contacts, known_facts
from dialer.store.tables import (
    attempt_debts,
    attempts,
    campaigns,
    debtors,
    debts,
    denials,
    do_not_call,
    lead_debts,
    leads,
    metadata,
    phones,
)
from tests.support.brute_force.checker import Finding, judge

BEGAN = datetime.fromisoformat("2026-10-01T00:00:00+00:00")
HOME = {
    "US": ("US-NY", "America/New_York", "+12125550101"),
    "GB": ("", "Europe/London", "+442079460101"),
    "CO": ("CO-DC", "America/Bogota", "+573101234567"),
    "MX": ("MX-CMX", "America/Mexico_City", "+525512345678"),
    "CL": ("CL-RM", "America/Santiago", "+56222123456"),
    "PE": ("", "America/Lima", "+51987654321"),
    "EC": ("", "America/Guayaquil", "+59322345678"),
    "AR": ("", "America/Buenos_Aires", "+541143211234"),
    "BR": ("BR-SP", "America/Sao_Paulo", "+5511912345678"),
    "AU": ("AU-NSW", "Australia/Sydney", "+61262345678"),
    "CA": ("CA-ON", "America/Toronto", "+14162345678"),
}


@cache
def _empty() -> bytes:
    """A database file with the schema and nothing in it."""
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        written: bytes = driver.serialize()
    engine.dispose()
    return written


class Planted:
    """One debtor (1) with one debt (1) on one number, and a neighbour (2) without any; more by keyword."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.write_bytes(_empty())
        self._connection = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect()
        self._ids = count(1)
        self.number = ""

    def insert(self, table: sa.Table, **values: Any) -> None:
        self._connection.execute(table.insert().values(values))

    def person(
        self, country: str, *, debts_of: int = 1, kind: str = "mobile", role: str = "debtor", **more: Any
    ) -> None:
        subdivision, zone, number = HOME[country]
        self.number = more.pop("number", number)
        settings = {"caller_id": "+15005550006", **more.pop("settings", {})}
        self.insert(campaigns, id=1, name="c", settings=settings, created_at=BEGAN)
        person = {"subdivision": subdivision, "time_zone": zone, "custom": {}, **more}
        self.insert(debtors, id=1, identity="1", country=country, **person)
        self.insert(debtors, id=2, identity="2", country=country, **person)
        for debt in range(1, debts_of + 1):
            owed = {"creditor": f"C{debt}", "amount_minor": 1, "currency": "USD"}
            self.insert(debts, id=debt, debtor_id=1, ref=f"r{debt}", **owed)
        self.insert(leads, id=1, campaign_id=1, debtor_id=1, next_try_at=BEGAN, tries_by_outcome={})
        for debt in range(1, debts_of + 1):
            self.insert(lead_debts, lead_id=1, debt_id=debt)
        self.insert(phones, id=1, debtor_id=1, e164=self.number, position=0, kind=kind, contact_role=role)
        self.insert(phones, id=2, debtor_id=2, e164=self.number, position=0)
        self.insert(phones, id=3, debtor_id=1, e164=self.number[:-1] + "9", position=1)

    def call(self, at: str, outcome: str | None = "no_answer", *, talk_s: float = 30, **more: Any) -> str:
        """One of our calls, ended ``talk_s`` later; ``outcome`` None: it is open for good."""
        call_id, begins = f"call{next(self._ids)}", datetime.fromisoformat(at)
        about = more.pop("about", (1,))
        row = {"campaign_id": 1, "debtor_id": 1, "phone_id": 1, "number": self.number, "language": "en", **more}
        ended = {} if outcome is None else {"ended_at": begins + timedelta(seconds=talk_s), "outcome": outcome}
        state = {"state": "open" if outcome is None else "closed"}
        self.insert(attempts, call_id=call_id, reserved_at=begins, **{**state, **ended, **row})
        for debt in about:
            self.insert(attempt_debts, call_id=call_id, debt_id=debt)
        return call_id

    def contact(self, at: str, channel: str, outcome: str = "delivered", **more: Any) -> None:
        """A message of ours, or with ``direction`` in somebody who called us; over after thirty seconds."""
        contact_id, begins = f"contact{next(self._ids)}", datetime.fromisoformat(at)
        row = {"campaign_id": 1, "debtor_id": 1, "number": self.number, "state": "closed", **more}
        ended_at = begins + timedelta(seconds=30)
        self.insert(contacts, id=contact_id, channel=channel, at=begins, ended_at=ended_at, outcome=outcome, **row)
        self.insert(contact_debts, contact_id=contact_id, debt_id=1)

    def fact(self, kind: str, subject: str, value: dict[str, Any], at: str = "2026-11-01T00:00:00+00:00") -> None:
        since = datetime.fromisoformat(at)
        about = {"debtor": {"debtor_id": 1}, "debt": {"debtor_id": 1, "debt_id": 1}, "number": {"number": self.number}}
        row = {"source": "letter", "recorded_by": "ana", "recorded_at": since, "at": since, **about[subject]}
        self.insert(known_facts, kind=kind, subject=subject, value=value, **row)

    def stop(self, at: str, **subject: Any) -> None:
        self.insert(do_not_call, source="test", at=datetime.fromisoformat(at), **subject)

    def denial(self, at: str, *reasons: str, until: str | None = None) -> None:
        date = None if until is None else datetime.fromisoformat(until)
        row = {"campaign_id": 1, "debtor_id": 1, "number": self.number, "next_allowed_at": date}
        self.insert(denials, at=datetime.fromisoformat(at), reasons=list(reasons), **row)

    def record(self, ref: str, at: str) -> None:
        """The audit record of an allowed call."""
        row = {"debtor_id": 1, "payload_hash": b"", "at": datetime.fromisoformat(at)}
        payload = f'{{"allowed":true,"candidate":{{}},"now":"{at}"}}'
        self.insert(audit_records, kind="decision", ref=ref, payload=payload.encode(), **row)

    def findings(self) -> list[Finding]:
        self._connection.commit()
        self._connection.close()
        return judge(self._path).findings
