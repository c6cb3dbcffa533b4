"""What the console asks of the calls that are kept for review: the list, the audio, the labels and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dialer.domain.review import Label
from dialer.domain.verdict import AmdCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCall:
    """A call whose beginning is kept. Times in ms; ``verdict`` None: it ended before one. ``label`` is the latest, None
    while nobody has listened. ``second_look`` is the reason of machine evidence after the connection, or empty."""

    call_id: str
    campaign: str
    at: datetime
    language: str
    verdict: AmdCategory | None
    reason: str
    delay_ms: int | None
    onset_ms: int | None
    speech_ms: int | None
    silence_ms: int | None
    words: str
    second_look: str
    audio_s: float | None
    label: Label | None
    reviewed_by: str | None
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Those without a label first, then the newest. ``waiting`` counts all that have none; ``next_cursor`` asks for the
    page after this one, None where there is none."""

    rows: tuple[ReviewCall, ...]
    waiting: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Every field that is not None narrows the list."""

    campaign: str | None = None
    verdict: AmdCategory | None = None
    labelled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """``count`` of ``total``; the true share lies between ``low`` and ``high`` in 95 of 100 such samples."""

    count: int
    total: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadView:
    count: int
    p50: int | None
    p90: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    """How often the detector was right on labelled calls. ``answered`` counts all answered calls by verdict (``none``:
    ended before one), ``table`` the labelled ones by label and verdict. The shares are those of ``cadencia amd eval``;
    ``configured_share`` is what the campaign's ledger of abandoned calls adds now, None without a campaign."""

    campaign: str | None
    since: datetime | None
    answered: Mapping[str, int]
    calls: int
    table: Mapping[str, Mapping[str, int]]
    right: ShareView
    people_lost: ShareView
    machines_passed: ShareView
    undecided: ShareView
    false_positives: ShareView
    silence: SpreadView
    silence_short: SpreadView
    machine_delay: SpreadView
    configured_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModelView:
    """A speech model that listens to calls. ``may_decide`` is False for one that is fit for tests only: its words are
    written down and decide no verdict."""

    language: str
    name: str
    may_decide: bool


class ReviewRoom(Protocol):
    """Calls kept for review. Raises StoreError."""

    def models(self) -> Sequence[SpeechModelView]:
        """Those that listen now, a language each."""
        ...

    async def calls(self, wanted: ReviewFilter, *, cursor: str | None, limit: int) -> ReviewPage:
        """Raises InputError for a cursor that this method did not give out."""
        ...

    async def call(self, call_id: str) -> ReviewCall | None: ...

    async def audio(self, call_id: str) -> Path | None:
        """Where the beginning of the call is kept, or None. The console checks that it lies under its root."""
        ...

    async def label(self, call_id: str, label: Label, *, by: str) -> None:
        """Raises UnknownAttempt."""
        ...

    async def report(self, campaign: str | None, since: datetime | None) -> ReviewReport:
        """Raises UnknownCampaign, TookTooLong."""
        ...
