#!/usr/bin/env python3
"""Verify an export of Cadencia's audit trail. One file: Python 3.11 or later and the package ``cryptography``.

    python verifier.py EXPORT [--key FILE_OR_BASE64] [--heads FILE]

Checks, trusting nothing but the key:

* the export's own signature: nobody changed the file since it was made;
* of every record, the salted hash of its payload, its own hash after the one before it, and its inclusion under the
  Merkle root (RFC 6962) of a checkpoint with a valid Ed25519 signature; erased payloads are named by an erasure;
* that packs, calendars and time zones are those that the trail says were loaded;
* every decision, made again here from the recorded facts: verdict, reasons and obligations must be the same;
* that every call of the ledger has a decision that allowed it, and every allowed one an end.

With ``--heads`` (the checkpoints that somebody kept off the machine) it also checks that history was not rewritten
with the same key. It does not prove that the recorded facts are true, that a zone was rightly deduced from a number,
or that the installation exported all it had: the heads, the whole trail and the switch's own records show that.
Exit code 0: everything holds; 1: something does not; 2: it cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "cadencia-audit-export/1"
GENESIS = "00" * 32
Json = dict[str, Any]


# ------------------------------------------------------------------------------------------------ hashes and signatures


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def root_from(entry: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162, section 2.1.3.2: the root that an inclusion proof leads to."""
    if not 0 <= index < size:
        return None
    own, last, found = index, size - 1, sha256(b"\x00" + entry).digest()
    for sibling in path:
        if last == 0:
            return None
        if own & 1 or own == last:
            found = sha256(b"\x01" + sibling + found).digest()
            while not own & 1 and own:
                own, last = own >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + sibling).digest()
        own, last = own >> 1, last >> 1
    return found if last == 0 else None


def is_signed(body: bytes, signature: str, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_checkpoint(checkpoint: Json, keys: Mapping[str, bytes]) -> str | None:
    """What is wrong with a checkpoint, or None."""
    body = {name: value for name, value in checkpoint.items() if name not in ("hash", "signature", "public_key")}
    public = keys.get(checkpoint["key_id"])
    if public is None:
        return f"is signed by key {checkpoint['key_id']}, which is not the one to be trusted"
    if not is_signed(canonical(body), checkpoint["signature"], public):
        return "has no valid signature"
    if sha256(canonical(body)).hexdigest() != checkpoint["hash"]:
        return "does not have the hash it states"
    return None


def check_record(record: Json, checkpoints: Mapping[int, Json]) -> Iterator[str]:
    """What is wrong with the hashes and the proof of one record."""
    header, previous = record["header"], bytes.fromhex(record["previous"])
    if sha256(previous + canonical(header)).hexdigest() != record["hash"]:
        yield "was changed: its hash does not fit its header"
    if record["payload"] is not None:
        salted = sha256(bytes.fromhex(record["salt"]) + record["payload"].encode()).hexdigest()
        if salted != header["payload_hash"]:
            yield "was changed: its payload does not fit its hash"
    checkpoint = checkpoints.get(record["proof"]["checkpoint"]) if record["proof"] else None
    if checkpoint is None:
        yield "is under no checkpoint"
        return
    index, size = header["seq"] - checkpoint["first_seq"], checkpoint["last_seq"] - checkpoint["first_seq"] + 1
    path = [bytes.fromhex(each) for each in record["proof"]["path"]]
    root = root_from(bytes.fromhex(record["hash"]), index, size, path)
    if root is None or root.hex() != checkpoint["root"]:
        yield f"is not under the root of checkpoint {checkpoint['number']}"


# ------------------------------------------------------------------------------------------------ deciding again


class Rules:
    """Packs, calendars, zones and settings of one ``rules_loaded`` record."""

    def __init__(self, loaded: Json, sources: Mapping[str, bytes], zones: Mapping[str, ZoneInfo]) -> None:
        self.packs: list[Json] = [
            json.loads(sources[each["digest"]]) | {"digest": each["digest"]} for each in loaded["packs"]
        ]
        self.calendars: Json = json.loads(sources[loaded["calendars"]])
        self.calendars_digest: str = loaded["calendars"]
        self.tz_version: str = loaded["tzdata"]["version"]
        self.close_guard_s: int = loaded["settings"]["close_guard_s"]
        self.zones = zones

    def basis(self, active: Sequence[Json]) -> str:
        packs = sha256("".join(sorted(pack["digest"] for pack in active)).encode()).hexdigest()
        return f"packs:{packs[:16]} calendars:{self.calendars_digest[:16]} tzdata:{self.tz_version}"


class Case:
    """One recorded question."""

    def __init__(self, record: Json, rules: Rules) -> None:
        self.rules = rules
        self.who: Json = _CANDIDATE | record["candidate"]
        self.facts: Json = record["facts"]
        self.chosen: list[str] = record["chosen"]
        self.zone_names: list[str] = record["zones"]
        self.zones = [rules.zones[name] for name in self.zone_names if name in rules.zones]
        self.events = [self._event(event) for event in self.facts.get("events", ())]
        self.active = list(self._active())
        self.packs = [pack for pack in self.active if self._speaks_of(pack)]

    def _event(self, event: Json) -> Json:
        who = {"debtor": self.who["debtor"], "debts": self.who["debts"], "number": self.who["number"]}
        full: Json = {**_EVENT, **who, **event}
        ends = full["outcome"] in ("conversation", "unknown") and full["ended_at"] is not None
        return full | {"when": instant(full["ended_at"] if ends else full["at"])}

    def _speaks_of(self, pack: Json) -> bool:
        scope, who = pack["applies"], self.who
        return (
            scope["country"] in ("", who["country"])
            and (not scope["subdivision"] or who["subdivision"] in ("", scope["subdivision"]))
            and who["purpose"] in scope["purpose"]
            and (not scope["party"] or who["party"] in scope["party"])
            and (not scope["debt_class"] or who["debt_class"] in scope["debt_class"])
        )

    def _active(self) -> Iterator[Json]:
        """The debtor's country brings its own packs in, the campaign chose some, the house sets hours where none do."""
        packs = self.rules.packs
        home = [
            pack
            for pack in packs
            if pack["brought_in_by"] == "debtor-country" and pack["applies"]["country"] == self.who["country"]
        ]
        hours = any(
            rule["kind"] == "window" and not rule["number_use"] and self.who["channel"] in rule["channels"]
            for pack in home
            if self._speaks_of(pack)
            for rule in pack["rules"]
        )
        for pack in packs:
            if pack in home or pack["id"] in self.chosen or (pack["brought_in_by"] == "no-hours" and not hours):
                yield pack

    def decide(self, now: datetime) -> dict[str, int | None]:
        """The rules that say no at ``now``, with the events counted by those that count."""
        denied: dict[str, int | None] = dict.fromkeys(self._engine())
        for rule in self._binding(now):
            used = self._over(rule, now) if rule["kind"] == "limit" else None
            closed = rule["kind"] == "window" and not self._is_open(rule, now)
            if closed or used is not None or (rule["kind"] == "guard" and self._forbids(rule["deny_if"], now)):
                denied[rule["id"]] = used
        return denied

    def overridable(self, rule_id: str) -> bool:
        wanted = {override["rule"] for override in self.facts.get("overrides", ())}
        rules = (rule for pack in self.packs for rule in pack["rules"])
        return rule_id in wanted and any(rule["id"] == rule_id and rule["basis"] == "policy" for rule in rules)

    def _binding(self, now: datetime) -> Iterator[Json]:
        """The rules for this channel that are in force somewhere on Earth."""
        latest = (now + timedelta(hours=14)).date().isoformat()
        earliest = (now - timedelta(hours=12)).date().isoformat()
        for pack in self.packs:
            for rule in pack["rules"]:
                since, until = rule["effective"]["from"] or "", rule["effective"]["until"] or "9999"
                if self.who["channel"] in rule["channels"] and since <= latest and earliest <= until:
                    yield rule

    def _engine(self) -> Iterator[str]:
        if len(self.zones) < max(1, len(self.zone_names)):
            yield "engine/tz-unresolved"
        if any(pack["min_tzdata"] > self.rules.tz_version for pack in self.packs):
            yield "engine/tzdata-stale"
        if self.facts.get("do_not_call"):
            yield "engine/do-not-call"
        if self.who["channel"] == "call" and self.who["number"]:
            same = [event for event in self.events if event["number"] == self.who["number"]]
            if any(event["in_flight"] and event["channel"] == "call" for event in same):
                yield "engine/number-in-flight"

    def _is_open(self, rule: Json, now: datetime) -> bool:
        if rule["number_use"] and rule["number_use"] != self.who["number_use"]:
            return True
        return all(self._is_open_in(rule, now.astimezone(zone)) for zone in self.zones)

    def _is_open_in(self, rule: Json, local: datetime) -> bool:
        day = local.weekday()
        if rule["calendar"]:
            calendar = self.rules.calendars[rule["calendar"]]
            if not calendar["first"] <= local.toordinal() <= calendar["last"]:
                return False
            day = 7 if local.toordinal() in calendar["days"] else day
        clock = _seconds(local)
        return any(opens <= clock < closes - self.rules.close_guard_s for opens, closes in rule["week"][day])

    def _forbids(self, deny_if: str, now: datetime) -> bool:
        name, _, argument = deny_if.partition(":")
        return _PREDICATES[name](self, argument, now)

    def flagged(self, flag: str) -> bool:
        flags = dict(self.facts.get("debt_flags", ()))
        return any(flag in flags.get(debt, ()) for debt in self.who["debts"])

    def quiet(self, now: datetime) -> bool:
        return any(
            local.weekday() in quiet["days"] and quiet["from_s"] <= _seconds(local) < quiet["to_s"]
            for local in (now.astimezone(zone) for zone in self.zones)
            for quiet in self.facts.get("quiet_times", ())
        )

    def notice_too_young(self, days: int, now: datetime) -> bool:
        """A notice that was not sent, or on one of the ``days`` days before today, somewhere."""
        sent = dict(self.facts.get("notices", ()))
        return any(
            sent[debt] is None or any(_days_between(instant(sent[debt]), now, zone) < days for zone in self.zones)
            for debt in self.who["debts"] or sent
            if debt in sent
        )

    def _over(self, rule: Json, now: datetime) -> int | None:
        """How many events a limit counted where they are too many, in some zone; None where it allows."""
        who, key = self.who, rule["key"]
        if rule["unless"] == "agent_guaranteed" and who["agent_guaranteed"]:
            return None
        if "number" in key and not who["number"]:
            return None
        asked = [
            (debt, creditor, zone)
            for debt in (who["debts"] if "debt" in key else ()) or (None,)
            for creditor in (who["creditors"] if "creditor" in key else ()) or (None,)
            for zone in self.zones or ((None,) if "rolling_hours" in rule["window"] else ())
        ]
        counts = [
            self._used(rule, debt, creditor, zone, now)
            for debt, creditor, zone in asked
            if not (rule["unless"] == "direct_prior_consent_7d" and self._consented(debt, zone, now))
        ]
        return max((used for used in counts if used + rule["include_candidate"] > rule["max"]), default=None)

    def _used(self, rule: Json, debt: object, creditor: object, zone: ZoneInfo | None, now: datetime) -> int:
        key, count = rule["key"], rule["count"]
        own = [
            event
            for event in self.events
            if (event["in_flight"] or event["outcome"] != "released")
            and ("debtor" not in key or event["debtor"] == self.who["debtor"])
            and ("number" not in key or event["number"] == self.who["number"])
            and (debt is None or not event["debts"] or debt in event["debts"])
            and (creditor is None or not event["creditors"] or creditor in event["creditors"])
        ]
        return max(
            sum(
                (event["in_flight"] or event["outcome"] in count["outcomes"])
                and count["dir"] in ("any", event["direction"])
                and self._counts_channel(count["channel"], event["channel"])
                and _within(rule["window"], event["when"], now, zone)
                for event in counted
            )
            for counted in _after_first(own, rule["counts_after_first"])
        )

    def _counts_channel(self, counted: str | list[str], channel: str) -> bool:
        if counted == "same":
            return bool(channel == self.who["channel"])
        return bool(channel != self.who["channel"]) if counted == "other" else channel in counted

    def _consented(self, debt: object, zone: ZoneInfo | None, now: datetime) -> bool:
        """Whether now is on day 1 to 7 of a consent about each of the debts."""
        given: dict[object, list[datetime]] = {}
        for consent in self.facts.get("consents", ()):
            if consent["debtor"] == self.who["debtor"] and instant(consent["at"]) <= now:
                given.setdefault(consent["debt"], []).append(instant(consent["at"]))
        owed = self.who["debts"] if debt is None else [debt]
        return bool(owed) and all(
            zone is not None and any(_days_between(at, now, zone) < 7 for at in given.get(each, ())) for each in owed
        )

    def obligations(self, now: datetime) -> Json:
        """Everything demanded of the call, the stricter value of each."""
        sets = [rule["set"] for rule in self._binding(now) if rule["kind"] == "oblige"]
        deadlines = [each["connect_deadline_s"] for each in sets if each["connect_deadline_s"] is not None]
        starts = {each["deadline_from"] for each in sets} - {None}
        words = {"drop_messages": "drop_messages", "caller_id": "cli", "announcements": "announce"}
        return {
            "ring_min_s": max((each["ring_min_s"] for each in sets), default=0),
            "connect_deadline_s": min(deadlines, default=None),
            "deadline_from": "greeting_start" if "greeting_start" in starts else next(iter(starts), None),
        } | {name: sorted({word for each in sets for word in each[own]}) for name, own in words.items()}


def _after_first(events: list[Json], outcome: str | None) -> list[list[Json]]:
    """Events after the first of ``outcome``. One in flight may prove the first, or come after those that are over."""
    waking = [each for each in events if each["in_flight"] or each["outcome"] in (outcome, "unknown")]
    if not outcome or not waking:
        return [[] if outcome else events]
    first = min(each["when"] for each in waking)
    readings = [[each for each in events if each["when"] > first]]
    if over := [each["when"] for each in waking if not each["in_flight"]]:
        readings.append([each for each in events if each["in_flight"] or each["when"] > min(over)])
    return readings


_CANDIDATE: Json = {
    "subdivision": "",
    "channel": "call",
    "purpose": "collection",
    "party": "third_party",
    "debt_class": "consumer",
    "number_use": "",
    "contact_role": "debtor",
    "agent_guaranteed": False,
    "caller_id_withheld": False,
    "creditors": [],
}
_EVENT: Json = {"ended_at": None, "channel": "call", "direction": "out", "in_flight": False, "creditors": []}

#: What a guard may ask: of a case, with the guard's argument, at an instant.
_PREDICATES: Mapping[str, Callable[[Case, str, datetime], bool]] = {
    "debt_flag": lambda case, flag, _: case.flagged(flag),
    "debtor_flag": lambda case, flag, _: flag in case.facts.get("debtor_flags", ()),
    "number_flag": lambda case, flag, _: flag in case.facts.get("number_flags", ()),
    "contact_role": lambda case, role, _: case.who["contact_role"] == role,
    "channel_not_authorised": lambda case, _, __: (
        case.who["channel"] not in case.facts.get("authorised_channels", [case.who["channel"]])
    ),
    "campaign_cli_withheld": lambda case, _, __: bool(case.who["caller_id_withheld"]),
    "number_is_work_and_employer_bars": lambda case, _, __: (
        case.who["number_use"] == "work" and "employer_bars_calls" in case.facts.get("debtor_flags", ())
    ),
    "debtor_pref_forbids_now": lambda case, _, now: case.quiet(now),
    "written_notice_younger_than_days": lambda case, days, now: case.notice_too_young(int(days), now),
}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seconds(local: datetime) -> float:
    return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6


def _days_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> int:
    return later.astimezone(zone).toordinal() - earlier.astimezone(zone).toordinal()


def _within(window: Json, when: datetime, now: datetime, zone: ZoneInfo | None) -> bool:
    if "rolling_hours" in window:
        return when > now - timedelta(hours=window["rolling_hours"])
    today = now.astimezone(zone).date()
    first = {
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        None: today - timedelta(days=window.get("calendar_days", 1) - 1),
    }[window.get("calendar")]
    return when.astimezone(zone).date() >= first


def check_decision(record: Json, rules: Rules) -> Iterator[str]:
    """In what a recorded decision differs from the one that its facts and rules lead to."""
    case, now = Case(record, rules), instant(record["now"])
    if rules.basis(case.active) != record["basis"]:
        yield f"rests on {record['basis']}, the rules that should have been asked are {rules.basis(case.active)}"
        return
    told, address = case.who.get("zones"), case.who.get("address_zone")
    if told and told != record["zones"]:
        yield f"zones: {record['zones']} were read, and it was told {told}"
    elif not told and address and address not in record["zones"]:
        yield f"zones: {address}, where the address is, was left out"
    found = case.decide(now)
    set_aside = {rule for rule in found if case.overridable(rule)}
    for name, expected in (("denials", found.keys() - set_aside), ("overridden", set_aside)):
        written = {denial["rule"]: denial.get("used") for denial in record.get(name, ())}
        if written.keys() != expected:
            yield f"{name}: written {sorted(written)}, decided again {sorted(expected)}"
        elif written != {rule: found[rule] for rule in expected}:
            yield f"{name}: counted {written}, counted again { {rule: found[rule] for rule in expected} }"
    if record["allowed"] != (found.keys() <= set_aside):
        yield f"allowed: written {record['allowed']}, decided again {found.keys() <= set_aside}"
    if record["packs"] != [pack["id"] for pack in case.packs]:
        yield f"packs: written {record['packs']}, decided again {[pack['id'] for pack in case.packs]}"
    if record["obligations"] != case.obligations(now):
        yield f"obligations: written {record['obligations']}, decided again {case.obligations(now)}"
    if record["next_allowed_at"] is not None:
        again = instant(record["next_allowed_at"])
        if any(not case.overridable(rule) for rule in case.decide(again)):
            yield f"next_allowed_at: {record['next_allowed_at']} would be denied too"
        earlier = max(now, again - timedelta(minutes=1))
        if all(case.overridable(rule) for rule in case.decide(earlier)):
            yield f"next_allowed_at: {record['next_allowed_at']}, but a minute earlier is allowed"


# ------------------------------------------------------------------------------------------------ the export as a whole


class Verification:
    """Findings of one export, and what was counted on the way."""

    def __init__(self, export: Json, trusted: Sequence[bytes] = (), heads: Sequence[Json] = ()) -> None:
        self.export = export
        self.trusted = trusted
        self.heads = heads
        self.findings: list[str] = []
        self.payloads: dict[int, Json] = {}  # of records whose payload is there and unchanged
        self.counts = dict.fromkeys(("records", "decisions", "replayed", "erased", "checkpoints", "calls"), 0)

    def run(self) -> None:
        export = self.export
        keys = {name: base64.b64decode(key) for name, key in export["public_keys"].items()}
        for name, key in keys.items():
            if sha256(key).hexdigest()[:16] != name:
                self.findings.append(f"the key {name} is another one than its name says")
        if self.trusted:
            keys = {sha256(key).hexdigest()[:16]: key for key in self.trusted}
        signer = keys.get(export["signed_by"])
        body = {name: value for name, value in export.items() if name != "signature"}
        if signer is None:
            self.findings.append(
                f"the export is signed by key {export['signed_by']}, which is not the one to be trusted"
            )
        elif not is_signed(canonical(body), export["signature"], signer):
            self.findings.append("the export was changed after it was made, or another key signed it")
        checkpoints = self._checkpoints(keys)
        self._records(checkpoints)
        erased = self._erased_seqs()
        for record in export["records"]:
            if record["payload"] is None and record["header"]["seq"] not in erased:
                self._say(record, "has lost its payload, and no erasure names it")
        self._decisions()
        self._completeness()

    def _say(self, record: Json, what: str) -> None:
        header = record["header"]
        self.findings.append(f"record {header['seq']} ({header['kind']} {header['ref'] or '-'}) {what}")

    def _checkpoints(self, keys: Mapping[str, bytes]) -> dict[int, Json]:
        heads = {head["number"]: head for head in self.heads}
        good: dict[int, Json] = {}
        for checkpoint in self.export["checkpoints"]:
            wrong = check_checkpoint(checkpoint, keys)
            number = checkpoint["number"]
            if wrong is None and heads and heads.get(number, checkpoint)["hash"] != checkpoint["hash"]:
                wrong = "is not the one that was kept off the machine: history was rewritten"
            before = good.get(number - 1)
            if wrong is None and before is not None and checkpoint["previous"] != before["hash"]:
                wrong = "does not follow the one before it"
            if wrong is None:
                good[number] = checkpoint
                self.counts["checkpoints"] += 1
            else:
                self.findings.append(f"checkpoint {number} {wrong}")
        return good

    def _records(self, checkpoints: Mapping[int, Json]) -> None:
        last: Json | None = None
        for record in self.export["records"]:
            seq = record["header"]["seq"]
            self.counts["records"] += 1
            self.counts["erased"] += record["payload"] is None
            wrong = list(check_record(record, checkpoints))
            for finding in wrong:
                self._say(record, finding)
            if record["payload"] is not None and not wrong:
                self.payloads[seq] = json.loads(record["payload"])
            if last is not None and seq <= last["header"]["seq"]:
                self._say(record, "is out of order")
            elif record["previous"] != (GENESIS if seq == 1 else record["previous"]) or (
                last is not None and seq == last["header"]["seq"] + 1 and record["previous"] != last["hash"]
            ):
                self._say(record, "does not follow the record before it")
            last = record

    def _erased_seqs(self) -> set[int]:
        ranges = [
            span
            for record in self.export["records"]
            if record["header"]["kind"] in ("erasure", "purge")
            for span in self.payloads.get(record["header"]["seq"], {}).get("records", ())
        ]
        return {
            record["header"]["seq"]
            for record in self.export["records"]
            if any(first <= record["header"]["seq"] <= last for first, last in ranges)
        }

    def _decisions(self) -> None:
        rule_sets: list[Rules] = []
        for record in self.export["records"]:
            payload = self.payloads.get(record["header"]["seq"])
            if payload is None:
                continue
            if record["header"]["kind"] == "rules_loaded":
                try:
                    rule_sets.append(self.rules(payload))
                except (KeyError, ValueError) as error:
                    self._say(record, f"names rules that the export does not have: {error}")
            elif record["header"]["kind"] == "decision":
                self.counts["decisions"] += 1
                self._replay(record, payload, rule_sets)

    def _replay(self, record: Json, payload: Json, rule_sets: Sequence[Rules]) -> None:
        """Under the rules loaded last before it; another engine of the installation may have run with older ones."""
        findings: list[str] = ["cannot be decided again: no rules were loaded before it"]
        for rules in reversed(rule_sets):
            try:
                findings = list(check_decision(payload, rules))
            except (KeyError, ValueError, TypeError) as error:
                findings = [f"cannot be decided again: {error!r}"]
            if not findings or not findings[0].startswith("rests on "):
                break
        self.counts["replayed"] += not findings
        for finding in findings:
            self._say(record, finding)

    def rules(self, loaded: Json) -> Rules:
        """The rules of a ``rules_loaded`` record, from the export. Raises KeyError or ValueError."""
        sources: dict[str, bytes] = {}
        for digest, source in self.export["rule_sources"].items():
            if sha256(source["content"].encode()).hexdigest() != digest:
                raise ValueError(f"{source['kind']} {source['name']} was changed")
            sources[digest] = source["content"].encode()
        tzdata = self.export["time_zones"][loaded["tzdata"]["version"]]
        if sha256(tzdata["index"].encode()).hexdigest() != loaded["tzdata"]["index"]:
            raise ValueError(f"the index of time zones {loaded['tzdata']['version']} was changed")
        index = json.loads(tzdata["index"])
        zones: dict[str, ZoneInfo] = {}
        for name, data in tzdata["zones"].items():
            raw = base64.b64decode(data)
            if sha256(raw).hexdigest() != index.get(name):
                raise ValueError(f"the data of time zone {name} was changed")
            zones[name] = ZoneInfo.from_file(io.BytesIO(raw), key=name)
        return Rules(loaded, sources, zones)

    def _completeness(self) -> None:
        allowed: dict[str, bool] = {}  # by the last decision about each call
        ended: set[str] = set()
        told: set[str] = set()  # contacts that others made and told of afterwards
        for record in self.export["records"]:
            header = record["header"]
            if header["kind"] == "decision" and header["ref"]:
                allowed[header["ref"]] = self.payloads.get(header["seq"], {"allowed": True})["allowed"]
            elif header["kind"] in ("outcome", "release"):
                ended.add(header["ref"])
            elif header["kind"] == "contact":
                told.add(header["ref"])
        for entry in self.export["ledger"]:
            self.counts["calls"] += 1
            if not entry["in_trail"] or entry["id"] in told:
                continue
            if entry["state"] != "released" and not allowed.get(entry["id"]):
                self.findings.append(f"call {entry['id']} of the ledger has no decision that allowed it")
            if entry["state"] != "open" and entry["id"] not in ended:
                self.findings.append(f"call {entry['id']} of the ledger has no recorded end")
        for missing in sorted(allowed.keys() - {entry["id"] for entry in self.export["ledger"]} - ended):
            self.findings.append(f"decision {missing} has neither a call nor a release")


def read_key(text: str) -> bytes:
    """A raw Ed25519 key in base64, or a file with it, with PEM, or with heads."""
    path = Path(text)
    content = path.read_text(encoding="utf-8") if path.is_file() else text
    if "BEGIN PUBLIC KEY" in content:
        key = serialization.load_pem_public_key(content.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("the key is not an Ed25519 key")
        return key.public_bytes_raw()
    raw = base64.b64decode(content.strip(), validate=True)
    if len(raw) != 32:
        raise ValueError("an Ed25519 key has 32 bytes")
    return raw


def read_heads(path: str) -> list[Json]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]


def report(found: Verification) -> Iterator[str]:
    export, counts = found.export, found.counts
    yield f"Export of debtor {export['manifest']['debtor']}, made {export['manifest']['made_at']}"
    yield (
        f"{counts['records']} records ({counts['erased']} lawfully erased or purged) under "
        f"{counts['checkpoints']} signed checkpoints; {counts['replayed']} of {counts['decisions']} decisions made "
        f"again with the same result; "
        f"{counts['calls']} calls and contacts in the ledger."
    )
    if not found.trusted:
        yield f"The key {', '.join(export['public_keys'])} came with the export: compare it, or give yours with --key."
    yield from (f"WRONG: {finding}" for finding in found.findings)
    yield "NOT VERIFIED." if found.findings else "VERIFIED: unchanged since it was signed, and decided by the rules."


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an export of Cadencia's audit trail.")
    parser.add_argument("export", help="the file to verify")
    parser.add_argument(
        "--key", action="append", default=[], help="public key to trust: base64, or a file with it (base64 or PEM)"
    )
    parser.add_argument("--heads", help="file of checkpoints that was kept off the machine")
    wanted = parser.parse_args(arguments)
    try:
        export = json.loads(Path(wanted.export).read_text(encoding="utf-8"))
        if export.get("format") != FORMAT:
            raise ValueError(f"it is not of the format {FORMAT}")
        trusted = [read_key(key) for key in wanted.key]
        found = Verification(export, trusted, read_heads(wanted.heads) if wanted.heads else ())
        found.run()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        why = error.strerror if isinstance(error, OSError) else f"it is no export, or a damaged one: {error}"
        sys.stderr.write(f"{wanted.export} cannot be verified: {why}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in report(found)))
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main())
