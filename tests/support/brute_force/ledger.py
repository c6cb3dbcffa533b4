"""The rows of a finished ledger, and what of them was known at an instant."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.brute_force.clock import instant, zone, zones_of_number
from tests.support.brute_force.question import Event, Fact, Question
from tests.support.brute_force.rows import Contact, Decision, Known

#: What an agent says of a talk that was not with the debtor.
SOMEBODY_ELSE = ("THIRD_PARTY", "WRONG_PERSON", "WN")
_USES = {"mobile": "personal", "home": "home", "work": "work"}


class Ledger:
    """A database file. Debtors are looked at in ranges of ids, so that a month of many fits in memory."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._rows.row_factory = sqlite3.Row
        self.audited = bool(self._one("SELECT 1 FROM audit_records WHERE kind = 'decision' LIMIT 1"))
        self._campaigns = {
            row["id"]: json.loads(row["settings"]) for row in self._rows.execute("SELECT id, settings FROM campaigns")
        }
        self._overrides = self._rows.execute("SELECT * FROM overrides WHERE approved_at IS NOT NULL").fetchall()

    def close(self) -> None:
        self._rows.close()

    def _one(self, statement: str, *values: object) -> Any:
        return self._rows.execute(statement, values).fetchone()

    def debtor_ids(self) -> tuple[int, int]:
        first, last = self._one("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM debtors")
        return first, last

    def part(self, first: int, last: int) -> Part:
        return Part(self._rows, self._campaigns, self._overrides, first, last, audited=self.audited)


class Part:
    """The debtors ``first`` to ``last`` with all that was ever contacted of them or on their numbers."""

    def __init__(
        self,
        rows: sqlite3.Connection,
        campaigns: dict[int, Any],
        overrides: list[Any],
        first: int,
        last: int,
        *,
        audited: bool,
    ) -> None:
        self._rows, self._range, self._audited = rows, (first, last), audited
        self._campaigns, self._overrides = campaigns, overrides
        between = "BETWEEN ? AND ?"
        self._people = {row["id"]: row for row in self._all(f"SELECT * FROM debtors WHERE id {between}")}
        self._phones = {
            (row["debtor_id"], row["e164"]): row for row in self._all(f"SELECT * FROM phones WHERE debtor_id {between}")
        }
        self._debts: dict[int, Any] = {}
        self._by_debtor: dict[int, list[Contact]] = defaultdict(list)
        self._by_number: dict[str, list[Contact]] = defaultdict(list)
        for contact in {each.id: each for each in self._contacts()}.values():
            self._by_debtor[contact.debtor].append(contact)
            if contact.number:
                self._by_number[contact.number].append(contact)
        self._known: dict[tuple[str, int | str], list[Known]] = defaultdict(list)
        self._read_known()
        self._stops: dict[int | str, datetime] = {}
        for row in self._all(
            "SELECT debtor_id, number, at FROM do_not_call WHERE debtor_id BETWEEN ? AND ? OR number IN "
            "(SELECT e164 FROM phones WHERE debtor_id BETWEEN ? AND ?)",
            twice=True,
        ):
            self._stops[row["debtor_id"] or row["number"]] = _at(row["at"])

    def _all(self, statement: str, *, twice: bool = False) -> list[Any]:
        return self._rows.execute(statement, self._range * 2 if twice else self._range).fetchall()

    # ------------------------------------------------------------------------------------ reading

    def _contacts(self) -> Iterator[Contact]:
        """Of these debtors, and of whoever shares a number with them."""
        for table, key in (("attempts", "call_id"), ("contacts", "id")):
            link = "attempt_debts" if table == "attempts" else "contact_debts"
            column = "call_id" if table == "attempts" else "contact_id"
            numbers = "(SELECT e164 FROM phones WHERE debtor_id BETWEEN ? AND ?)"
            where = f"t.debtor_id BETWEEN ? AND ? OR t.number IN {numbers}"
            debts: dict[str, list[int]] = defaultdict(list)
            for row in self._all(
                f"SELECT l.{column} AS id, l.debt_id, d.creditor, d.debt_class, d.debtor_id FROM {table} t "
                f"JOIN {link} l ON l.{column} = t.{key} JOIN debts d ON d.id = l.debt_id WHERE {where}",
                twice=True,
            ):
                debts[row["id"]].append(row["debt_id"])
                self._debts[row["debt_id"]] = row
            for row in self._all(f"SELECT t.* FROM {table} t WHERE {where}", twice=True):
                owed = tuple(sorted(debts.get(row[key], ())))
                yield self._attempt(row, owed) if table == "attempts" else self._contact(row, owed)
        for row in self._all("SELECT id AS debt_id, * FROM debts WHERE debtor_id BETWEEN ? AND ?"):
            self._debts[row["debt_id"]] = row

    def _attempt(self, row: Any, debts: tuple[int, ...]) -> Contact:
        return Contact(
            id=row["call_id"],
            channel="call",
            direction="out",
            campaign=row["campaign_id"],
            debtor=row["debtor_id"],
            debts=debts,
            creditors=self._creditors(debts),
            number=row["number"],
            mode=row["mode"],
            known_from=_at(row["reserved_at"]),
            at=_at(row["reserved_at"]),
            dialed_at=instant(row["dialed_at"]),
            ended_at=instant(row["ended_at"]),
            state=row["state"],
            outcome=_spoke_with(row["outcome"], row["disposition"]),
            agent_guaranteed=bool(row["agent_guaranteed"]),
            asked=True,
        )

    def _contact(self, row: Any, debts: tuple[int, ...]) -> Contact:
        return Contact(
            id=row["id"],
            channel=row["channel"],
            direction=row["direction"],
            campaign=row["campaign_id"],
            debtor=row["debtor_id"],
            debts=debts,
            creditors=self._creditors(debts),
            number=row["number"],
            mode=row["mode"],
            known_from=_at(row["at"]),
            at=_at(row["at"]),
            dialed_at=None,
            ended_at=instant(row["ended_at"]),
            state=row["state"],
            outcome=row["outcome"],
            agent_guaranteed=False,
            asked=row["direction"] == "out" and row["mode"] != "recorded",
        )

    def _creditors(self, debts: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(sorted({self._debts[debt]["creditor"] for debt in debts if debt in self._debts}))

    def _read_known(self) -> None:
        for row in self._all(
            "SELECT f.* FROM known_facts f WHERE f.debtor_id BETWEEN ?1 AND ?2 OR f.number IN "
            "(SELECT e164 FROM phones WHERE debtor_id BETWEEN ?1 AND ?2) OR f.debt_id IN "
            "(SELECT id FROM debts WHERE debtor_id BETWEEN ?1 AND ?2)"
        ):
            key = {"debtor": row["debtor_id"], "debt": row["debt_id"], "number": row["number"]}[row["subject"]]
            self._known[row["subject"], key].append(
                Known(
                    kind=row["kind"],
                    about=row["subject"],
                    key=key,
                    value=json.loads(row["value"]) or {},
                    at=_at(row["at"]),
                    recorded_at=_at(row["recorded_at"]),
                    ended_at=instant(row["ended_at"]),
                )
            )

    # ------------------------------------------------------------------------------------ what was decided

    def decisions(self) -> Iterator[Decision]:
        """Every contact that was made and every one that was refused."""
        records = self._records()
        first, last = self._range
        for contacts in list(self._by_debtor.values()):
            for contact in contacts:
                if contact.asked and first <= contact.debtor <= last:
                    asked_at = records.get(("allowed", contact.id), {contact.known_from})
                    # What waited before it was dialed was asked about again.
                    for now in sorted({contact.known_from, *asked_at}):
                        yield Decision(
                            id=contact.id,
                            now=now,
                            campaign=contact.campaign or 0,
                            debtor=contact.debtor,
                            debts=contact.debts,
                            number=contact.number,
                            channel=contact.channel,
                            agent_guaranteed=contact.agent_guaranteed,
                            allowed=contact,
                            recorded=now in asked_at and (not self._audited or ("allowed", contact.id) in records),
                        )
        for row in self._all("SELECT * FROM denials WHERE debtor_id BETWEEN ? AND ? ORDER BY at"):
            now = _at(row["at"])
            record = records.get(("denied", row["debtor_id"], now))
            asked = record["candidate"] if record else {}
            debts = tuple(asked["debts"]) if record else self._debts_of_lead(row["debtor_id"], row["campaign_id"])
            yield Decision(
                id=f"denial {row['id']}",
                now=now,
                campaign=row["campaign_id"],
                debtor=row["debtor_id"],
                debts=debts,
                number=asked.get("number", row["number"]),  # the row has no room for other addresses
                channel=asked.get("channel", "call"),
                agent_guaranteed=bool(asked.get("agent_guaranteed")),
                allowed=None,
                reasons=frozenset(json.loads(row["reasons"])),
                next_allowed_at=instant(row["next_allowed_at"]),
                recorded=record is not None or not self._audited,
            )

    def _records(self) -> dict[tuple[object, ...], Any]:
        """The questions as the audit trail kept them: a denial's row does not say which debts it was about."""
        found: dict[tuple[object, ...], Any] = {}
        for row in self._all(
            "SELECT ref, at, payload FROM audit_records WHERE kind = 'decision' AND debtor_id BETWEEN ? AND ?"
        ):
            record = json.loads(row["payload"])
            asked = record["candidate"]
            if record["allowed"]:
                found.setdefault(("allowed", row["ref"]), set()).add(instant(record["now"]))
            else:
                found["denied", asked["debtor"], instant(record["now"])] = record
        return found

    def _debts_of_lead(self, debtor: int, campaign: int) -> tuple[int, ...]:
        rows = self._rows.execute(
            "SELECT debt_id FROM lead_debts JOIN leads ON leads.id = lead_id WHERE debtor_id = ? AND campaign_id = ?",
            (debtor, campaign),
        )
        return tuple(sorted(debt for (debt,) in rows))

    # ------------------------------------------------------------------------------------ the question again

    def question(self, decision: Decision) -> Question:
        """The question as it stood, from the rows alone."""
        now, debtor, number = decision.now, decision.debtor, decision.number
        person = self._people[debtor]
        phone = self._phones.get((debtor, number))
        settings = self._campaigns[decision.campaign]
        names = list(dict.fromkeys([*(zones_of_number(number) if number else ()), person["time_zone"]]))
        zones = [zone(name) for name in names if name]
        classes = [self._debts[debt]["debt_class"] for debt in decision.debts]
        keys = [("debtor", debtor), ("number", number), *(("debt", debt) for debt in decision.debts)]
        return Question(
            now=now,
            debtor=debtor,
            debts=decision.debts,
            creditors=self._creditors(decision.debts),
            number=number,
            channel=decision.channel,
            country=person["country"],
            subdivision=person["subdivision"],
            zones=tuple(each for each in zones if each is not None),
            zones_known=bool(zones) and all(zones),
            number_use=_USES.get(phone["kind"], "") if phone else "",
            contact_role=phone["contact_role"] if phone else "debtor",
            purpose=settings.get("purpose", "collection"),
            party=settings.get("party", "third_party"),
            debt_class="consumer" if not classes or "consumer" in classes else classes[0],
            agent_guaranteed=decision.agent_guaranteed,
            caller_id_withheld=not settings.get("caller_id"),  # and the trunk has none
            chosen=tuple(settings.get("packs", ())),
            stopped=any(key in self._stops and self._stops[key] < now for key in (debtor, number)),
            events=tuple(self._events(decision)),
            facts=tuple(
                Fact(known.kind, known.about, known.key, known.value, known.at)
                for key in keys
                for known in self._known.get(key, ())
                if known.holds(now)
            ),
        )

    def _events(self, decision: Decision) -> Iterator[Event]:
        own = self._by_debtor.get(decision.debtor, ())
        shared = self._by_number.get(decision.number, ()) if decision.number else ()
        for contact in (*own, *(each for each in shared if each.debtor != decision.debtor)):
            rechecked = decision.allowed is None and contact.state == "released" and contact.ended_at == decision.now
            event = None if contact.id == decision.id or rechecked else contact.seen(decision.now)
            if event is not None:
                yield event

    def overridden(self, decision: Decision) -> set[str]:
        """Rules of the house that two people had set aside for this contact."""
        return {
            row["rule"]
            for row in self._overrides
            if row["campaign_id"] in (None, decision.campaign)
            and row["debtor_id"] in (None, decision.debtor)
            and _at(row["approved_at"]) < decision.now
            and _at(row["from_at"]) <= decision.now < _at(row["until_at"])
            and (row["revoked_at"] is None or _at(row["revoked_at"]) > decision.now)
            and row["approved_by"] not in ("", row["asked_by"])
        }


def _spoke_with(outcome: str | None, disposition: str | None) -> str | None:
    return "third_party" if outcome == "conversation" and disposition in SOMEBODY_ELSE else outcome


def _at(stored: str) -> datetime:
    found = instant(stored)
    assert found is not None
    return found
