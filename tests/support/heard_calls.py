"""Calls that the detector has heard, in a house's log, with their kept audio."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dialer.detector_audio import place_of
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.store.database import Database
from dialer.store.detector_evidence import keep_audio
from dialer.store.tables import attempts
from tests.support.console_app import write_recording
from tests.support.console_compliance import House
from tests.support.store import add_debtor, closing, number

KEPT = "kept where it is usually kept"
_REASONS = {"machine": "long-greeting", "human": "short-greeting"}


async def heard_call(
    home: House, library: Path, verdict: str, *, words: str = "", file: str | None = KEPT, seconds: float = 1.0
) -> str:
    """One more ended call of the house's campaign, judged ``verdict``, its beginning kept as ``file``."""
    known = await _count(home.database)
    await add_debtor(home.database, home.campaign, number(5000 + known), name=f"Persona {known}", priority=0)
    reserved = await home.log.reserve(home.campaign.id, 1, home.clock.now())
    (attempt,) = reserved.attempts
    judged = AmdVerdict(
        category=AmdCategory(verdict),
        reason=_REASONS.get(verdict, "time-limit"),
        confidence=0.9,
        delay_ms=1500,
        evidence={"onset_ms": 300, "speech_ms": 700, "silence_ms": 480, "pii_words": words, "mode": "careful"},
    )
    outcome = Outcome.CONVERSATION if verdict == "human" else Outcome.MACHINE
    at = home.clock.now()
    done = closing(attempt.call_id, outcome, ended_at=at + timedelta(seconds=9), answered_at=at, verdict=judged)
    await home.log.close([done])
    if file == KEPT:
        file = place_of(attempt.call_id)
        path = library / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_recording(path, seconds=seconds)
    if file is not None:
        await home.database.write(keep_audio, attempt.call_id, file, 1.0, lambda **_: True)
    return attempt.call_id


async def _count(database: Database) -> int:
    return await database.read(lambda connection: len(connection.execute(attempts.select()).all()))
