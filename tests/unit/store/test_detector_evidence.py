"""What the detector heard is written with every answered call, labelled, kept for review, and forgotten on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.amd.audio_keeping import AudioShare, may_keep
from dialer.clock import ManualClock
from dialer.detector_audio import DetectorAudio, place_of
from dialer.domain.campaign import Campaign
from dialer.domain.events import CallAnswered
from dialer.domain.ids import CallId
from dialer.domain.outcome import Outcome
from dialer.domain.review import Label
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.errors import InputError, UnknownAttempt
from dialer.ports import AttemptProgress, BusMessage
from dialer.store import detector_evidence as evidence
from dialer.store.amd_reviews import review
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, closing, counting, number, rows

VERDICT = AmdVerdict(
    category=AmdCategory.MACHINE,
    reason="machine-phrase",
    confidence=0.95,
    delay_ms=2100,
    evidence={
        "heard_ms": 2080,
        "onset_ms": 400,
        "speech_ms": 1500,
        "silence_ms": 0,
        "early_speech_ms": 0,
        "phrases_ms": [700, 800],
        "pauses_ms": [180],
        "tones": [],
        "pii_words": "deje su mensaje",
        "phrase": "deje _ mensaje",
        "mode": "careful",
        "model": "vosk-model-small-es",
    },
)


@pytest.fixture
def log(database: Database) -> SqlAttemptLog:
    return SqlAttemptLog(database, StubGate(), ManualClock(NOON))


async def dialed(database: Database, log: SqlAttemptLog, count: int, **settings: Any) -> tuple[Campaign, list[CallId]]:
    campaign = await add_campaign(database, f"c{len(settings)}{count}", **settings)
    for index in range(count):
        await add_debtor(database, campaign, number(100 * count + index), name=f"d{index}")
    reserved = await log.reserve(campaign.id, count, NOON)
    assert len(reserved.attempts) == count
    return campaign, sorted(each.call_id for each in reserved.attempts)  # ids of one millisecond are in any order


def ended(call_id: CallId, verdict: AmdVerdict | None = VERDICT, *, answered: bool = True) -> Any:
    when = NOON + timedelta(seconds=10) if answered else None
    outcome = Outcome.MACHINE if answered else Outcome.NO_ANSWER
    return closing(call_id, outcome, answered_at=when, verdict=verdict)


async def test_every_answered_call_leaves_its_evidence_and_no_other(database: Database, log: SqlAttemptLog) -> None:
    _, (judged, hung_up, rang) = await dialed(database, log, 3)
    with counting() as statements:
        await log.close([ended(judged), ended(hung_up, None), ended(rang, None, answered=False)])
    assert len([sql for sql, _ in statements if "detector_evidence" in sql]) == 1  # however many calls
    found = {row.call_id: row for row in await rows(database, "detector_evidence")}
    assert found.keys() == {judged, hung_up}
    row = found[judged]
    assert (row.category, row.reason, row.mode, row.model) == (
        "machine", "machine-phrase", "careful", "vosk-model-small-es",
    )  # fmt: skip
    assert (row.onset_ms, row.speech_ms, row.phrases_ms, row.pauses_ms, row.tones) == (400, 1500, [700, 800], [180], [])
    assert (row.words, row.delay_ms, row.second_look) == ("deje su mensaje", 2100, None)
    assert (found[hung_up].category, found[hung_up].onset_ms) == (None, None)


async def test_a_second_look_and_its_words_are_kept_with_the_verdict(database: Database, log: SqlAttemptLog) -> None:
    _, (call,) = await dialed(database, log, 1)
    look = {"category": "machine", "reason": "talked-on", "certain": False, "after_ms": 1400, "withdrawn": False}
    told = VERDICT.evidence | {"second_look": look | {"pii_words": "hola deje su mensaje", "heard_ms": 3000}}
    await log.close([ended(call, replace(VERDICT, category=AmdCategory.HUMAN, evidence=told))])
    (row,) = await rows(database, "detector_evidence")
    assert row.second_look == look
    assert row.words == "hola deje su mensaje"


async def test_a_verdict_of_an_earlier_run_of_the_engine_is_not_lost(database: Database, log: SqlAttemptLog) -> None:
    _, (call,) = await dialed(database, log, 1)
    await log.progress([AttemptProgress(call_id=call, answered_at=NOON, verdict=VERDICT)])
    await log.close([ended(call, None)])
    (row,) = await rows(database, "detector_evidence")
    assert (row.category, row.speech_ms, row.words) == ("machine", 1500, "deje su mensaje")


# ------------------------------------------------------------------------------------------------ audio


async def kept(database: Database, library: Path, call: CallId) -> bool:
    share = AudioShare(1.0)
    handler = share.listening(lambda _: Deaf())(call)
    assert handler is not None
    share.on_event(CallAnswered(at=NOON, monotonic=0.0, call_id=call))
    handler.audio(b"\x01\x00" * 8000)
    await DetectorAudio(share, database, library).on_call_closed(
        BusMessage(topic="c/call.closed", payload={"call_id": call})
    )
    row = await database.read(evidence.one, call)
    there = (library / place_of(call)).is_file()
    assert there == (row is not None and row.audio_file == place_of(call))
    assert files_in(library) == ([f"{call}.wav"] if there else [])
    return there


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


class Deaf:
    def connected(self, link: object) -> None: ...

    def audio(self, pcm: bytes) -> None: ...

    def dtmf(self, digit: str) -> None: ...

    def disconnected(self, link: object) -> None: ...


@pytest.mark.parametrize(
    ("settings", "verdict", "expected"),
    [
        ({"announce_recording": False}, AmdCategory.HUMAN, True),
        ({"announce_recording": True}, AmdCategory.HUMAN, False),
        ({"announce_recording": True}, AmdCategory.MACHINE, True),
        ({"record": False, "announce_recording": False}, AmdCategory.MACHINE, False),
    ],
)
async def test_audio_is_kept_where_the_campaign_allows_it(
    database: Database,
    log: SqlAttemptLog,
    tmp_path: Path,
    settings: dict[str, bool],
    verdict: AmdCategory,
    expected: bool,
) -> None:
    _, (call,) = await dialed(database, log, 1, **settings)
    await log.close([ended(call, replace(VERDICT, category=verdict))])
    assert await kept(database, tmp_path / "recordings", call) is expected


async def test_a_law_that_wants_recordings_announced_is_asked_call_by_call(
    database: Database, log: SqlAttemptLog
) -> None:
    _, (call,) = await dialed(database, log, 1, announce_recording=False)
    await log.close([ended(call)])
    asked: list[dict[str, Any]] = []

    def policy(**facts: Any) -> bool:
        asked.append(facts)
        return may_keep(**facts)

    assert await database.write(evidence.keep_audio, call, "x.wav", 1.0, policy)
    assert asked == [{"record": True, "announces": False, "law_announces": False, "category": "machine"}]


async def test_a_call_without_evidence_keeps_no_audio(database: Database, log: SqlAttemptLog, tmp_path: Path) -> None:
    _, (call,) = await dialed(database, log, 1, announce_recording=False)
    assert not await kept(database, tmp_path / "recordings", call)  # it is still open


# ------------------------------------------------------------------------------------------------ review


async def test_the_list_has_unlabelled_calls_first_and_every_call_once(database: Database, log: SqlAttemptLog) -> None:
    campaign, calls = await dialed(database, log, 7, announce_recording=False)
    await log.close([ended(call) for call in calls])
    for call in calls[:6]:
        await database.write(evidence.keep_audio, call, f"{call}.wav", 9.0, may_keep)
    await database.write(review, calls[5], Label.HUMAN, by="Ana", at=NOON)
    await database.write(review, calls[0], Label.MACHINE, by="Ana", at=NOON)
    seen: list[str] = []
    cursor = None
    while True:
        page, cursor = await database.read(evidence.to_review, campaign=campaign.name, cursor=cursor, limit=2)
        seen += [row.call_id for row in page]
        if cursor is None:
            break
    newest_first = sorted(calls[1:5], reverse=True)
    assert seen == [*newest_first, calls[5], calls[0]]
    assert await database.read(evidence.waiting, campaign.name) == 4
    assert await database.read(evidence.waiting) == 4
    assert await database.read(evidence.waiting, "another") == 0
    only, _ = await database.read(evidence.to_review, labelled=True)
    assert [row.label for row in only] == ["human", "machine"]
    none, _ = await database.read(evidence.to_review, category="human")
    assert none == []


@pytest.mark.parametrize("cursor", ["", "2:x", "0:short", "1"])
async def test_a_made_up_place_in_the_list_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(InputError):
        await database.read(evidence.to_review, cursor=cursor)


async def test_the_latest_word_on_a_call_counts_and_the_earlier_stays(database: Database, log: SqlAttemptLog) -> None:
    campaign, (call,) = await dialed(database, log, 1)
    await log.close([ended(call)])
    await database.write(review, call, Label.MACHINE, by="Ana", at=NOON)
    await database.write(review, call, Label.HUMAN, by="Luis", at=NOON + timedelta(hours=1))
    (row,) = await database.read(evidence.labelled, campaign.name)
    assert (row.label, row.reviewed_by, row.category) == ("human", "Luis", "machine")
    assert len(await rows(database, "amd_reviews")) == 2
    assert await database.read(evidence.labelled, campaign.name, NOON + timedelta(days=1)) == []
    assert await database.read(evidence.verdict_counts, campaign.name) == {"machine": 1}
    assert await database.read(evidence.verdict_counts, None, NOON + timedelta(days=1)) == {}


async def test_a_call_that_left_nothing_cannot_be_labelled(database: Database, log: SqlAttemptLog) -> None:
    _, (call,) = await dialed(database, log, 1)
    with pytest.raises(UnknownAttempt):
        await database.write(review, call, Label.HUMAN, by="Ana", at=NOON)


# ------------------------------------------------------------------------------------------------ forgetting


async def test_words_and_audio_go_and_the_figures_stay(database: Database, log: SqlAttemptLog) -> None:
    _, (call, other) = await dialed(database, log, 2, announce_recording=False)
    await log.close([ended(call), ended(other)])
    for each in (call, other):
        await database.write(evidence.keep_audio, each, f"{each}.wav", 9.0, may_keep)
    await database.write(evidence.forget_words, [call])
    gone, stays = await rows(database, "detector_evidence")
    assert (gone.words, gone.phrase, gone.audio_file, gone.speech_ms) == ("", "", f"{call}.wav", 1500)
    assert stays.words == "deje su mensaje"
    (logged, _) = await rows(database, "attempts")
    assert logged.amd_evidence is None  # the log's own copy has the words too
    await database.write(evidence.forget_audio, [call])
    gone, stays = await rows(database, "detector_evidence")
    assert (gone.audio_file, gone.audio_s, gone.category) == (None, None, "machine")
    assert stays.audio_file == f"{other}.wav"
