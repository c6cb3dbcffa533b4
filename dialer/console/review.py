"""The console's calls for review, answered from the store and the folder of the recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from agent_console import ports_review as console
from dialer.amd.evaluation import NO_VERDICT, UNCLEAR, Heard, Share, Spread, evaluate
from dialer.amd.transcript import Transcriber
from dialer.beside import Beside
from dialer.clock import Clock
from dialer.domain.review import Label
from dialer.domain.verdict import AmdCategory
from dialer.store import detector_evidence
from dialer.store.amd_reviews import review
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.detector_evidence import EvidenceRow


class ConsoleReviews:
    """Implements ``agent_console.ports_review.ReviewRoom``. ``library`` is the folder of the recordings,
    ``models`` the running recognisers by language."""

    def __init__(
        self,
        database: Database,
        beside: Beside,
        clock: Clock,
        *,
        library: Path,
        models: Mapping[str, Transcriber] | None = None,
    ) -> None:
        self._models = models or {}
        self._database = database
        self._beside = beside
        self._clock = clock
        self._library = library

    def models(self) -> Sequence[console.SpeechModelView]:
        return [
            console.SpeechModelView(language=language, name=model.name, may_decide=model.may_decide)
            for language, model in sorted(self._models.items())
        ]

    async def calls(self, wanted: console.ReviewFilter, *, cursor: str | None, limit: int) -> console.ReviewPage:
        rows, after = await self._database.read(
            detector_evidence.to_review,
            campaign=wanted.campaign,
            category=None if wanted.verdict is None else str(wanted.verdict),
            labelled=wanted.labelled,
            cursor=cursor,
            limit=limit,
        )
        waiting = await self._database.read(detector_evidence.waiting, wanted.campaign)
        return console.ReviewPage(rows=tuple(_call(row) for row in rows), waiting=waiting, next_cursor=after)

    async def call(self, call_id: str) -> console.ReviewCall | None:
        row = await self._database.read(detector_evidence.one, call_id)
        return None if row is None else _call(row)

    async def audio(self, call_id: str) -> Path | None:
        row = await self._database.read(detector_evidence.one, call_id)
        return None if row is None or row.audio_file is None else self._library / row.audio_file

    async def label(self, call_id: str, label: Label, *, by: str) -> None:
        await self._database.write(review, call_id, label, by=by, at=self._clock.now())

    async def report(self, campaign: str | None, since: datetime | None) -> console.ReviewReport:
        configured = None
        if campaign is not None:
            configured = (await Campaigns(self._database).get(campaign)).amd_false_positive_share

        async def count(database: Database) -> console.ReviewReport:
            answered = await database.read(detector_evidence.verdict_counts, campaign, since)
            rows = await database.read(detector_evidence.labelled, campaign, since)
            found = evaluate(heard_of(row) for row in rows)
            return console.ReviewReport(
                campaign=campaign,
                since=since,
                answered={verdict or NO_VERDICT: many for verdict, many in answered.items()},
                calls=found.calls,
                table=found.table,
                right=_share(found.right),
                people_lost=_share(found.people_lost),
                machines_passed=_share(found.machines_passed),
                undecided=_share(found.undecided),
                false_positives=_share(found.false_positives),
                silence=_spread(found.silence),
                silence_short=_spread(found.silence_short),
                machine_delay=_spread(found.machine_delay),
                configured_share=configured,
            )

        return await self._beside.ask(count)


def _share(found: Share) -> console.ShareView:
    return console.ShareView(**asdict(found))


def _spread(found: Spread) -> console.SpreadView:
    return console.SpreadView(**asdict(found))


def heard_of(row: EvidenceRow) -> Heard:
    """A call of the store as the evaluation takes it."""
    return Heard(
        name=row.call_id,
        label=row.label or UNCLEAR,
        verdict=None if row.category is None else AmdCategory(row.category),
        reason=row.reason,
        delay_ms=row.delay_ms,
        silence_ms=row.silence_ms,
        speech_ms=row.speech_ms,
    )


def _call(row: EvidenceRow) -> console.ReviewCall:
    return console.ReviewCall(
        call_id=row.call_id,
        campaign=row.campaign,
        at=row.reserved_at,
        language=row.language,
        verdict=None if row.category is None else AmdCategory(row.category),
        reason=row.reason,
        delay_ms=row.delay_ms,
        onset_ms=row.onset_ms,
        speech_ms=row.speech_ms,
        silence_ms=row.silence_ms,
        words=row.words,
        second_look="" if row.second_look is None else str(row.second_look.get("reason", "")),
        audio_s=row.audio_s,
        label=None if row.label is None else Label(row.label),
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
    )
