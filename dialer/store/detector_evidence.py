"""What the detector heard of each answered call: written with the call's closing, read for reports and for learning.

The times of a greeting tell nobody who spoke. The words and the audio do: they are personal data, and go with the
recording or with the call's number, whichever the law lets go first, and at once when a person asks for erasure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from dialer.domain.verdict import AmdVerdict
from dialer.errors import InputError
from dialer.ports import AttemptClosing
from dialer.store.amd_reviews import latest_label
from dialer.store.campaigns import load_campaign
from dialer.store.detector_tables import detector_evidence
from dialer.store.statements import among, insert_many
from dialer.store.tables import attempts, campaigns

_FIGURES: Final = ("heard_ms", "onset_ms", "speech_ms", "silence_ms", "early_speech_ms")
_LOOK: Final = ("category", "reason", "certain", "after_ms", "withdrawn")
_LISTS: Final = ("phrases_ms", "pauses_ms", "tones")
_evidence, _attempts = detector_evidence.c, attempts.c

_EARLIER: Final = sa.select(
    _attempts.call_id,
    _attempts.amd_category,
    _attempts.amd_reason,
    _attempts.amd_confidence,
    _attempts.amd_delay_ms,
    _attempts.amd_evidence,
).where(among(_attempts.call_id, "calls"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One call as the detector judged it. Times in ms; ``silence_ms`` is how long the greeting had been over at the
    verdict. ``category`` None: the call ended before one. ``label`` is the latest reviewer's, None while there is none.
    ``number`` is empty where it has been erased; ``audio_file`` is a path under the recordings' folder."""

    call_id: str
    campaign: str
    reserved_at: datetime
    language: str
    number: str
    mode: str
    category: str | None
    reason: str
    confidence: float | None
    delay_ms: int | None
    onset_ms: int | None
    speech_ms: int | None
    silence_ms: int | None
    pauses_ms: tuple[int, ...]
    words: str
    model: str
    second_look: Mapping[str, Any] | None
    audio_file: str | None
    audio_s: float | None
    label: str | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None


# ------------------------------------------------------------------------------------------------ writing


def note(connection: sa.Connection, answered: Sequence[tuple[AttemptClosing, bool]]) -> None:
    """Write the evidence of answered calls that end now: one statement for all of them. True beside a closing: its
    verdict was given to an earlier run of the engine and stands in the log already."""
    earlier = [closing.call_id for closing, known in answered if known and closing.verdict is None]
    told = {row.call_id: row for row in connection.execute(_EARLIER, {"calls": earlier})} if earlier else {}
    rows = []
    for closing, _ in answered:
        verdict = closing.verdict
        row = told.get(closing.call_id)
        if verdict is None and row is not None:
            rows.append(_row(closing, row.amd_category, row.amd_reason, row.amd_confidence, row.amd_delay_ms, row[5]))
        elif verdict is None:
            rows.append(_row(closing, None, "", None, None, {}))
        else:
            rows.append(_of_verdict(closing, verdict))
    insert_many(connection, detector_evidence, rows)


def _of_verdict(closing: AttemptClosing, verdict: AmdVerdict) -> dict[str, Any]:
    return _row(closing, str(verdict.category), verdict.reason, verdict.confidence, verdict.delay_ms, verdict.evidence)


def _row(
    closing: AttemptClosing,
    category: str | None,
    reason: str,
    confidence: float | None,
    delay_ms: int | None,
    facts: Mapping[str, Any] | None,
) -> dict[str, Any]:
    facts = facts or {}
    look: Mapping[str, Any] = facts.get("second_look") or {}
    return {
        "call_id": closing.call_id,
        "mode": str(facts.get("mode", "")),
        "category": category,
        "reason": reason,
        "confidence": confidence,
        "delay_ms": delay_ms,
        **{name: facts.get(name) for name in (*_FIGURES, *_LISTS)},
        "phrase": str(facts.get("phrase", "")),
        "words": str(look.get("pii_words") or facts.get("pii_words", "")),
        "model": str(facts.get("model", "")),
        "second_look": {name: look[name] for name in _LOOK if name in look} or None,
    }


# ------------------------------------------------------------------------------------------------ audio


def keep_audio(
    connection: sa.Connection, call_id: str, file: str, seconds: float, may_keep: Callable[..., bool]
) -> bool:
    """Note that ``file`` holds the beginning of the call, where ``may_keep`` says that it may be kept; False where not,
    or where the call left no evidence. ``may_keep`` is asked with the campaign's settings ``record`` and ``announces``,
    with ``law_announces``, and with the verdict's ``category``."""
    statement = sa.select(_attempts.campaign_id, _attempts.obligations, _evidence.category).join_from(
        detector_evidence, attempts
    )
    call = connection.execute(statement.where(_evidence.call_id == call_id)).first()
    if call is None:
        return False
    campaign = load_campaign(connection, call.campaign_id)
    asked = " ".join((call.obligations or {}).get("announcements", ()))
    if not may_keep(
        record=campaign.record,
        announces=campaign.announce_recording,
        law_announces="recording" in asked,
        category=call.category,
    ):
        return False
    change = detector_evidence.update().where(_evidence.call_id == call_id)
    connection.execute(change.values(audio_file=file, audio_s=seconds))
    return True


def forget_audio(connection: sa.Connection, call_ids: Sequence[str]) -> None:
    """Delete the words, and note that the audio is gone. Figures and verdict stay: they tell of the detector only."""
    _forget(connection, call_ids, audio_file=None, audio_s=None)


def forget_words(connection: sa.Connection, call_ids: Sequence[str]) -> None:
    """Delete the words only."""
    _forget(connection, call_ids)


def _forget(connection: sa.Connection, call_ids: Sequence[str], **more: None) -> None:
    calls = {"calls": [str(each) for each in call_ids]}
    heard = detector_evidence.update().where(among(_evidence.call_id, "calls"))
    connection.execute(heard.values(words="", phrase="", **more), calls)
    # The log's own copy is what survives a crash between the verdict and the closing; it has the words too.
    connection.execute(attempts.update().where(among(_attempts.call_id, "calls")).values(amd_evidence=None), calls)


# ------------------------------------------------------------------------------------------------ reading

_label = latest_label()
_WHOLE = (
    sa.select(
        detector_evidence,
        campaigns.c.name.label("campaign"),
        _attempts.reserved_at,
        _attempts.language,
        _attempts.number,
        _label.c.label,
        _label.c.reviewed_by,
        _label.c.reviewed_at,
    )
    .select_from(detector_evidence)
    .join(attempts, _attempts.call_id == _evidence.call_id)
    .join(campaigns, campaigns.c.id == _attempts.campaign_id)
    .outerjoin(_label, _label.c.call_id == _evidence.call_id)
)


def labelled(
    connection: sa.Connection, campaign: str | None = None, since: datetime | None = None
) -> list[EvidenceRow]:
    """The calls that a reviewer has labelled, oldest first; of one campaign, and from ``since`` on, where given."""
    statement = _WHOLE.where(_label.c.label.is_not(None)).order_by(_evidence.call_id)
    if campaign is not None:
        statement = statement.where(campaigns.c.name == campaign)
    if since is not None:
        statement = statement.where(_attempts.reserved_at >= since)
    return [_read(row) for row in connection.execute(statement)]


def one(connection: sa.Connection, call_id: str) -> EvidenceRow | None:
    """The evidence of one call, or None."""
    row = connection.execute(_WHOLE.where(_evidence.call_id == call_id)).first()
    return None if row is None else _read(row)


def to_review(
    connection: sa.Connection,
    *,
    campaign: str | None = None,
    category: str | None = None,
    labelled: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[EvidenceRow], str | None]:
    """Calls whose audio is kept: those without a label first, then the newest, and what asks for the page after this
    one. ``labelled`` True or False: only those that have one, or have none. Raises InputError for a made-up cursor."""
    done = _label.c.label.is_not(None)
    statement = _WHOLE.where(_evidence.audio_file.is_not(None))
    if campaign is not None:
        statement = statement.where(campaigns.c.name == campaign)
    if category is not None:
        statement = statement.where(_evidence.category == category)
    if labelled is not None:
        statement = statement.where(done if labelled else sa.not_(done))
    if cursor is not None:
        reached_done, last = _after(cursor)
        older = _evidence.call_id < last
        statement = statement.where(sa.and_(done, older) if reached_done else sa.or_(done, older))
    rows = connection.execute(statement.order_by(done, _evidence.call_id.desc()).limit(limit + 1)).all()
    page = [_read(row) for row in rows[:limit]]
    more = f"{int(page[-1].label is not None)}:{page[-1].call_id}" if len(rows) > limit else None
    return page, more


def _after(cursor: str) -> tuple[bool, str]:
    done, _, last = cursor.partition(":")
    if done not in ("0", "1") or len(last) != 36:
        raise InputError("This is no place in the list of calls to review. Begin at the first page.")
    return done == "1", last


def waiting(connection: sa.Connection, campaign: str | None = None) -> int:
    """How many calls whose audio is kept have no label yet."""
    statement = (
        sa.select(sa.func.count())
        .select_from(detector_evidence)
        .outerjoin(_label, _label.c.call_id == _evidence.call_id)
        .where(_evidence.audio_file.is_not(None), _label.c.label.is_(None))
    )
    if campaign is not None:
        statement = statement.join(attempts, _attempts.call_id == _evidence.call_id)
        statement = statement.join(campaigns, campaigns.c.id == _attempts.campaign_id)
        statement = statement.where(campaigns.c.name == campaign)
    return connection.scalar(statement) or 0


def verdict_counts(
    connection: sa.Connection, campaign: str | None = None, since: datetime | None = None
) -> dict[str | None, int]:
    """How many answered calls got each verdict; under None those that ended before one."""
    statement = sa.select(_evidence.category, sa.func.count()).join_from(detector_evidence, attempts)
    statement = statement.group_by(_evidence.category)
    if since is not None:
        statement = statement.where(_attempts.reserved_at >= since)
    if campaign is not None:
        statement = statement.join(campaigns, campaigns.c.id == _attempts.campaign_id).where(
            campaigns.c.name == campaign
        )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _read(row: sa.Row[Any]) -> EvidenceRow:
    return EvidenceRow(
        call_id=row.call_id,
        campaign=row.campaign,
        reserved_at=row.reserved_at,
        language=row.language,
        number=row.number,
        mode=row.mode,
        category=row.category,
        reason=row.reason,
        confidence=row.confidence,
        delay_ms=row.delay_ms,
        onset_ms=row.onset_ms,
        speech_ms=row.speech_ms,
        silence_ms=row.silence_ms,
        pauses_ms=tuple(row.pauses_ms or ()),
        words=row.words,
        model=row.model,
        second_look=row.second_look,
        audio_file=row.audio_file,
        audio_s=row.audio_s,
        label=row.label,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
    )
