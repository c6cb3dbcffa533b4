"""What may be deleted is deleted, what a law or a hold keeps stays, and the trail holds all along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.audit import verifier
from dialer.compliance.facts import Candidate, Facts, GateQuery
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import parse_pack
from dialer.errors import ErasureRefused, InputError, UnknownDebtor
from dialer.keepers.audit_upkeep import purge
from dialer.store import holds, rule_sources
from dialer.store.audit_log import AuditEntry, append
from dialer.store.audit_trail import AuditTrail
from dialer.store.compliance_tables import audit_records, contacts
from dialer.store.database import Database
from dialer.store.detector_tables import detector_evidence
from dialer.store.erasing import Erasure, erase
from dialer.store.tables import attempts, debtors, denials, do_not_call, phones
from tests.support.store import add_campaign, add_debtor, rows
from tests.support.trail import NOON, decided, exported, filled_trail

KEEPS = """
id: keeps
title: keeps recordings for a year and attempts for two after the last activity
as_of: "2026-11-22"
brought_in_by: campaign
applies: {purpose: [collection]}
rules:
  - id: retain
    kind: retain
    cite: a law
    basis: law
    classes: {recording: {years: 1, from: event}, attempt: {years: 2, from: last_activity}}
"""
YEAR = timedelta(days=366)
NUMBER = "+573100000001"


def gate(*texts: str) -> Gate:
    packs = [parse_pack(text, "packs/keeps.yaml") for text in texts]
    return Gate.of(packs, shipped_calendars())


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    (folder / "2026").mkdir(parents=True)
    return folder


async def add_call(database: Database, library: Path, campaign: int, debtor: int, call_id: str) -> None:
    """An ended call of NOON with a recording and a note, and its records."""
    (library / "2026" / f"{call_id}.opus").write_bytes(b"a voice")
    phone = (await rows(database, "phones", debtor_id=debtor))[0]
    call = {
        "call_id": call_id,
        "state": "closed",
        "campaign_id": campaign,
        "debtor_id": debtor,
        "phone_id": phone.id,
        "number": phone.e164,
        "language": "es",
        "reserved_at": NOON,
        "ended_at": NOON,
        "outcome": "conversation",
        "notes": "works nights",
        "recorded": True,
        "recording_file": f"2026/{call_id}.opus",
        "recording_bytes": 7,
        "recording_sha256": "ab" * 32,
    }
    await database.write(lambda connection: connection.execute(attempts.insert().values(call)))
    query = GateQuery(
        candidate=Candidate(debtor=debtor, debts=(), number=phone.e164, country="CO", zones=("America/Bogota",)),
        facts=Facts(),
        now=NOON,
    )
    await database.write(append, decided(gate(KEEPS), query, call_id))


@pytest.fixture
async def person(database: Database, library: Path) -> int:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, NUMBER, name="Ana Prueba", document="123", custom={"x": "y"})
    await add_call(database, library, campaign.id, debtor, "00000000-0000-7000-8000-000000000001")
    return debtor


@pytest.fixture
async def persons_trail(database: Database, tmp_path: Path, person: int) -> AuditTrail:
    return await filled_trail(database, tmp_path, (), gate=gate(KEEPS))


async def holds_whole(database: Database, persons_trail: AuditTrail) -> int:
    """Check the trail; how many of its records have lost their payload."""
    await persons_trail.chain()
    await persons_trail.checkpoint(NOON, whatever_came=True)
    check = await persons_trail.check_whole(await database.read(rule_sources.keys), ())
    assert check.findings == []
    return check.erased


async def the_call(database: Database) -> Any:
    (call,) = await rows(database, "attempts")
    return call


async def erased(database: Database, debtor: int, *texts: str, after: timedelta = timedelta(0)) -> Erasure:
    return await database.write(erase, gate(*texts), debtor, reason="asked", by="ana", now=NOON + after)


def everything_in(tables: Sequence[Sequence[Any]]) -> str:
    return repr([[tuple(row) for row in table] for table in tables])


def files(library: Path) -> int:
    return len(list(library.rglob("*.opus")))


# ------------------------------------------------------------------------------------- purge


async def test_nothing_goes_before_its_time(database: Database, persons_trail: AuditTrail, library: Path) -> None:
    done = await purge(database, persons_trail, gate(KEEPS), library, now=NOON + YEAR - timedelta(days=3))

    assert done.total == 0
    assert (await the_call(database)).number == NUMBER
    assert await holds_whole(database, persons_trail) == 0


async def test_each_class_goes_when_its_own_time_is_over(
    database: Database, persons_trail: AuditTrail, library: Path
) -> None:
    done = await purge(database, persons_trail, gate(KEEPS), library, now=NOON + YEAR)

    assert (done.recordings, done.calls, done.records) == (1, 0, 0)
    call = await the_call(database)
    assert (call.recording_file, call.number, call.recording_sha256) == (None, NUMBER, "ab" * 32)
    assert files(library) == 0

    done = await purge(database, persons_trail, gate(KEEPS), library, now=NOON + 2 * YEAR)

    assert (done.recordings, done.calls, done.records) == (0, 1, 2)
    call = await the_call(database)
    assert (call.number, call.notes, call.outcome) == ("", "", "conversation")
    assert await holds_whole(database, persons_trail) == 2


async def test_addresses_go_with_the_records_that_tell_of_them(
    database: Database, persons_trail: AuditTrail, library: Path, person: int
) -> None:
    (campaign,) = await rows(database, "campaigns")
    message = {"id": "m-1", "state": "closed", "channel": "email", "debtor_id": person, "number": "a@b.c", "at": NOON}
    denial = {"campaign_id": campaign.id, "debtor_id": person, "number": NUMBER, "at": NOON, "reasons": []}
    told = [
        AuditEntry(kind="outcome", at=NOON, ref="m-1", debtor_id=person, payload={"to": "a@b.c"}),
        AuditEntry(kind="decision", at=NOON, debtor_id=person, payload={"allowed": False}),
    ]

    def write(connection: sa.Connection) -> None:
        connection.execute(contacts.insert().values(message))
        connection.execute(denials.insert(), [denial, {**denial, "at": NOON + YEAR}])
        append(connection, told)

    await database.write(write)
    await purge(database, persons_trail, gate(KEEPS), library, now=NOON + 2 * YEAR)

    assert [row.number for row in await rows(database, "contacts")] == [""]
    assert [row.number for row in await rows(database, "denials")] == ["", NUMBER]


async def test_a_dry_run_only_counts(database: Database, persons_trail: AuditTrail, library: Path) -> None:
    done = await purge(database, persons_trail, gate(KEEPS), library, now=NOON + 2 * YEAR, dry_run=True)

    assert (done.recordings, done.calls, done.records) == (1, 1, 2)
    assert (await the_call(database)).number == NUMBER
    assert files(library) == 1
    assert await holds_whole(database, persons_trail) == 0


async def test_what_no_rule_speaks_of_stays(database: Database, persons_trail: AuditTrail, library: Path) -> None:
    done = await purge(database, persons_trail, gate(), library, now=NOON + 50 * YEAR)

    assert done.total == 0
    assert (await the_call(database)).recording_file is not None


@pytest.mark.parametrize("everybody", [False, True])
async def test_a_legal_hold_keeps_everything_until_it_is_lifted(
    database: Database, persons_trail: AuditTrail, library: Path, person: int, everybody: bool
) -> None:
    whom = None if everybody else person
    await database.write(holds.place_hold, whom, reason="a lawsuit", by="ana", now=NOON)

    assert (await purge(database, persons_trail, gate(KEEPS), library, now=NOON + 3 * YEAR)).total == 0

    await database.write(holds.lift_hold, whom, reason="settled", by="ana", now=NOON)
    assert (await purge(database, persons_trail, gate(KEEPS), library, now=NOON + 3 * YEAR)).total == 4
    kinds = [row.kind for row in await rows(database, "audit_records")]
    assert kinds.count("legal_hold") == 2


async def test_a_hold_that_is_not_there_cannot_be_lifted(database: Database) -> None:
    with pytest.raises(InputError, match="no legal hold"):
        await database.write(holds.lift_hold, None, reason="x", by="ana", now=NOON)
    with pytest.raises(UnknownDebtor):
        await database.write(holds.place_hold, 99, reason="x", by="ana", now=NOON)


async def test_a_recording_outside_the_library_is_never_touched(
    database: Database, persons_trail: AuditTrail, library: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "precious"
    outside.write_bytes(b"x")
    await database.write(lambda c: c.execute(attempts.update().values(recording_file="../precious")))

    await purge(database, persons_trail, gate(KEEPS), library, now=NOON + YEAR)

    assert outside.exists()


# ------------------------------------------------------------------------------------- erasure


async def test_a_person_is_erased_and_their_file_goes_on_verifying(
    database: Database, persons_trail: AuditTrail, person: int
) -> None:
    await database.write(lambda c: c.execute(do_not_call.insert().values(number="+573100000009", source="x", at=NOON)))

    done = await erased(database, person)

    assert done.identity
    assert (done.calls, done.records, len(done.files), done.kept) == (1, 2, 1, ())
    left = everything_in([await rows(database, name) for name in ("debtors", "phones", "attempts", "audit_records")])
    for personal in ("Ana Prueba", "'123'", NUMBER, "works nights"):
        assert personal not in left
    assert len(await rows(database, "do_not_call")) == 1
    assert await holds_whole(database, persons_trail) == 2
    found = verifier.Verification(json.loads(await exported(database, persons_trail, person)))
    found.run()
    assert found.findings == []
    assert found.counts["erased"] == 2
    (record,) = await rows(database, "audit_records", kind="erasure")
    assert json.loads(record.payload)["reason"] == "asked"


async def test_what_a_law_still_keeps_is_named_and_the_rest_goes(
    database: Database, persons_trail: AuditTrail, person: int
) -> None:
    done = await erased(database, person, KEEPS, after=YEAR)

    assert not done.identity
    (kept,) = done.kept
    assert (kept.cls, kept.count, kept.rules, str(kept.until)) == ("attempt", 3, ("keeps/retain",), "2028-11-24")
    assert len(done.files) == 1
    (debtor,) = await rows(database, "debtors")
    assert (debtor.name, debtor.custom) == ("Ana Prueba", {})
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == ("stopped", "erased")
    assert await holds_whole(database, persons_trail) == 0


async def test_a_legal_hold_and_a_live_call_refuse_an_erasure(
    database: Database, persons_trail: AuditTrail, person: int
) -> None:
    await database.write(holds.place_hold, person, reason="a lawsuit", by="ana", now=NOON)
    with pytest.raises(ErasureRefused, match="legal hold"):
        await erased(database, person)
    await database.write(holds.lift_hold, person, reason="settled", by="ana", now=NOON)
    await database.write(lambda c: c.execute(attempts.update().values(state="open")))
    with pytest.raises(ErasureRefused, match="under way"):
        await erased(database, person)
    with pytest.raises(UnknownDebtor):
        await erased(database, 99)
    assert (await rows(database, "debtors"))[0].name == "Ana Prueba"


async def test_an_erased_person_can_be_erased_again(database: Database, persons_trail: AuditTrail, person: int) -> None:
    await erased(database, person)
    await persons_trail.chain()

    done = await erased(database, person)

    assert (done.calls, done.records, done.files) == (0, 0, ())
    assert await holds_whole(database, persons_trail) == 2


async def test_others_keep_what_is_theirs(database: Database, persons_trail: AuditTrail, person: int) -> None:
    campaign = await add_campaign(database, "sur")
    other = await add_debtor(database, campaign, NUMBER, name="Eva Prueba")

    await erased(database, person)

    kept = await database.read(
        lambda c: c.execute(sa.select(debtors.c.name, phones.c.e164).join(phones).where(debtors.c.id == other)).one()
    )
    assert tuple(kept) == ("Eva Prueba", NUMBER)
    untouched = sa.select(sa.func.count()).where(audit_records.c.payload.is_(None))
    assert await database.read(lambda c: c.scalar(untouched)) == 2


# ------------------------------------------------------------------------------------- what the detector kept

CALL = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
async def heard(database: Database, library: Path, persons_trail: AuditTrail) -> Path:
    """The detector's words and audio of the person's call."""
    path = library / "detector" / "call.wav"
    path.parent.mkdir()
    path.write_bytes(b"a greeting")
    row = {"call_id": CALL, "words": "soy Ana", "speech_ms": 900, "audio_file": "detector/call.wav", "audio_s": 9.0}
    await database.write(lambda connection: connection.execute(detector_evidence.insert().values(row)))
    evidence = attempts.update().values(amd_evidence={"pii_words": "soy Ana"})
    await database.write(lambda connection: connection.execute(evidence))
    return path


async def words_left(database: Database) -> tuple[str, str | None, object]:
    (row,) = await rows(database, "detector_evidence")
    assert row.speech_ms == 900  # figures tell of the detector, not of the person
    return row.words, row.audio_file, (await the_call(database)).amd_evidence


def there(path: Path) -> bool:
    return path.exists()


GONE = ("", None, None)


async def test_a_greeting_goes_with_the_recording_whose_law_it_shares(
    database: Database, persons_trail: AuditTrail, library: Path, heard: Path
) -> None:
    done = await purge(database, persons_trail, gate(KEEPS), library, now=NOON + timedelta(days=200))
    assert done.total == 0
    assert there(heard)
    done = await purge(database, persons_trail, gate(KEEPS), library, now=NOON + YEAR)
    assert done.recordings == 1
    assert not there(heard)
    assert await words_left(database) == GONE
    await holds_whole(database, persons_trail)


async def test_a_greeting_that_no_law_keeps_goes_by_the_houses_own_time_and_the_recording_stays(
    database: Database, persons_trail: AuditTrail, library: Path, heard: Path
) -> None:
    month = timedelta(days=30)
    young = await purge(database, persons_trail, gate(), library, now=NOON + month / 2, audio_age=month)
    counted = await purge(database, persons_trail, gate(), library, now=NOON + 2 * month, audio_age=month, dry_run=True)
    assert (young.recordings, counted.recordings, there(heard)) == (0, 1, True)
    done = await purge(database, persons_trail, gate(), library, now=NOON + 2 * month, audio_age=month)
    assert (done.recordings, done.calls) == (1, 0)
    assert (there(heard), files(library)) == (False, 1)
    assert await words_left(database) == GONE
    assert (await the_call(database)).recording_file is not None
    again = await purge(database, persons_trail, gate(), library, now=NOON + 2 * month, audio_age=month)
    assert again.total == 0
    await holds_whole(database, persons_trail)


async def test_a_legal_hold_keeps_a_greeting_too(
    database: Database, persons_trail: AuditTrail, library: Path, person: int, heard: Path
) -> None:
    await database.write(holds.place_hold, person, reason="a case", by="ana", now=NOON)
    done = await purge(database, persons_trail, gate(), library, now=NOON + YEAR)
    assert done.total == 0
    assert there(heard)


async def test_erasure_takes_words_and_greeting_with_it(
    database: Database, persons_trail: AuditTrail, person: int, heard: Path
) -> None:
    done = await erased(database, person)
    assert set(done.files) == {f"2026/{CALL}.opus", "detector/call.wav"}
    assert await words_left(database) == GONE


async def test_a_greeting_that_a_law_still_keeps_survives_an_erasure_and_is_named(
    database: Database, persons_trail: AuditTrail, person: int, heard: Path
) -> None:
    await database.write(
        lambda connection: connection.execute(attempts.update().values(recording_file=None, recording_bytes=None))
    )
    done = await erased(database, person, KEEPS)
    assert [(kept.cls, kept.count) for kept in done.kept if kept.cls == "recording"] == [("recording", 1)]
    assert done.files == ()
    assert (await words_left(database))[:2] == ("soy Ana", "detector/call.wav")
