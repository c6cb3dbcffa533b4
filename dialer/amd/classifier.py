"""Who answered, from the evidence so far. Pure: evidence in, verdict out, or None where it is too early to say.

The error to fear is to take a person for a machine, so every doubt is a person's in careful mode, and silence is never
evidence of a machine. A person says something short and waits for an answer; a machine talks on. The longer somebody
has spoken, the longer a pause must be to mean "your turn" rather than "new sentence".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from dialer.amd.cadence import PHRASE_GAP_MS, Cadence
from dialer.amd.phrases import Spoken, SpokenKind, Word
from dialer.amd.timing_model import DOUBT_MS, SOON_MS, Bounds, TimingModel, features_of
from dialer.amd.tones import Tone, ToneKind
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict


class Reason(StrEnum):
    """Why. The values are stable ids: they reach the log, the attempt row and the reports unchanged."""

    AMD_OFF = "amd-off"
    SHORT_GREETING = "short-greeting"
    GREETING_ENDED = "greeting-ended"
    ANSWER_WORDS = "answer-words"
    LONG_GREETING = "long-greeting"
    BEEP = "beep"
    SIT = "sit"
    FAX = "fax-tone"
    BUSY = "busy-tone"
    MACHINE_PHRASE = "machine-phrase"
    ANNOUNCEMENT_PHRASE = "announcement-phrase"
    SCREENER_PHRASE = "screener-phrase"
    EARLY_SIT = "early-sit"
    EARLY_ANNOUNCEMENT = "early-announcement"
    NO_SPEECH = "no-speech"
    NO_AUDIO = "no-audio"
    AUDIO_ENDED = "audio-ended"
    TIME_LIMIT = "time-limit"
    TIMING_MODEL = "timing-model"  #: a model that was learned from labelled calls
    TALKED_ON = "talked-on"  #: after the connection, and a hint, no verdict; so is the next
    SAID_NO_MORE = "said-no-more"  #: a long greeting, and then nothing at all
    CONNECT_DEADLINE = "connect-deadline"  #: the law's time was up before the evidence was in


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``cadence`` starts at the answer. ``tones`` and ``spoken`` are those heard since the answer, ``early_*`` those
    before it. ``unsettled`` is True while a sound that may be a tone has not been told from a voice.
    ``clearance_db`` is by how much the voice stands out of the noise. ``words_decide`` is False where the words are
    heard and kept but must not decide, as those of a synthetic model on a real trunk."""

    cadence: Cadence
    tones: tuple[Tone, ...] = ()
    unsettled: bool = False
    spoken: Spoken | None = None
    early_tones: tuple[Tone, ...] = ()
    early_spoken: Spoken | None = None
    early_speech_ms: int = 0
    clearance_db: float = 40.0
    words_decide: bool = True
    word_times: tuple[Word, ...] = ()

    @property
    def telling(self) -> Spoken | None:
        """What was said, where it may decide."""
        return self.spoken if self.words_decide else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All in ms. ``human_silence`` gives, for a length of speech, the silence after it that means a person waits;
    between the points it is interpolated. ``machine_talk`` is the longest talk of a person, pauses included, and
    ``machine_flow`` the most that speech and its longest unbroken phrase may add up to: people breathe between phrases,
    texts read aloud flow on. ``short_greeting`` only names the reason."""

    human_silence: tuple[tuple[int, int], ...]
    short_greeting: int = 1300
    answer_words_silence: int = 460
    machine_talk: int
    machine_flow: int
    machine_after_talk: int | None = None
    no_speech: int = 4000
    time_limit: int = 7500


# A person's "Hola, buenos días, ¿en qué le puedo ayudar?" runs to 4.6 s with its pauses; a sentence pause of a recorded
# greeting to 0.45 s, and the beep comes within a second of its last word.
_CAREFUL: Final = Thresholds(
    human_silence=(
        (0, 1000),
        (240, 480),
        (700, 480),
        (1200, 540),
        (1700, 760),
        (2300, 1100),
        (3200, 1500),
        (4800, 1800),
    ),
    machine_talk=4900,
    machine_flow=5800,
)
_STRICT: Final = Thresholds(
    human_silence=((0, 1000), (240, 520), (700, 520), (1200, 700), (1700, 1000), (2300, 1300)),
    machine_talk=3200,
    machine_flow=4200,
    machine_after_talk=2600,
)
_CLEAR_DB: Final = 24.0
_BURIED_DB: Final = 12.0
_MOST_HIDDEN_MS: Final = 240
#: A person's verdict that rests on timing alone.
_BY_TIMING: Final = frozenset({Reason.SHORT_GREETING, Reason.GREETING_ENDED})
_BY_TONE: Final = {
    ToneKind.BEEP: (AmdCategory.MACHINE, Reason.BEEP, 0.99),
    ToneKind.SIT: (AmdCategory.ANNOUNCEMENT, Reason.SIT, 0.99),
    ToneKind.FAX: (AmdCategory.FAX, Reason.FAX, 0.99),
    ToneKind.FAX_CALLING: (AmdCategory.FAX, Reason.FAX, 0.95),
    ToneKind.BUSY: (AmdCategory.ANNOUNCEMENT, Reason.BUSY, 0.9),
}
_BY_WORDS: Final = {
    SpokenKind.MACHINE: (AmdCategory.MACHINE, Reason.MACHINE_PHRASE, 0.95),
    SpokenKind.ANNOUNCEMENT: (AmdCategory.ANNOUNCEMENT, Reason.ANNOUNCEMENT_PHRASE, 0.95),
    SpokenKind.SCREENER: (AmdCategory.SCREENER, Reason.SCREENER_PHRASE, 0.95),
}


def thresholds_of(mode: AmdMode) -> Thresholds:
    """The thresholds of a mode; those of ``off`` are never asked for a decision on sound."""
    return _STRICT if mode is AmdMode.STRICT else _CAREFUL


def classify(evidence: Evidence, mode: AmdMode, timing: TimingModel | None = None) -> AmdVerdict | None:
    """The verdict that the evidence allows now, or None. ``delay_ms`` is the audio heard since the answer. ``timing``
    is a model learned from labelled calls, which may have another opinion where timing alone decides."""
    if mode is AmdMode.OFF:
        return verdict_of(evidence, AmdCategory.HUMAN, Reason.AMD_OFF, 0.5)
    certain = _by_early_media(evidence) or _by_tone(evidence) or _by_words(evidence)
    if certain is not None:
        return certain
    ruled = _by_cadence(evidence, thresholds_of(mode))
    cadence = evidence.cadence
    if timing is None or cadence.onset_ms is None or evidence.unsettled:
        return ruled
    likely = timing.judge(features_of(cadence, evidence.early_speech_ms, evidence.clearance_db))
    return weighed(evidence, ruled, likely, timing.bounds)


def weighed(evidence: Evidence, ruled: AmdVerdict | None, likely: float, bounds: Bounds) -> AmdVerdict | None:
    """The rules' verdict beside the probability that a machine speaks (``amd/training.py`` chooses the bounds)."""
    if ruled is not None and ruled.reason not in _BY_TIMING:
        return ruled
    if likely >= bounds.machine_above:
        return verdict_of(evidence, AmdCategory.MACHINE, Reason.TIMING_MODEL, round(likely, 2))
    silence_ms = evidence.cadence.silence_ms
    if ruled is None:
        waits = likely < bounds.human_below and silence_ms >= SOON_MS
        return verdict_of(evidence, AmdCategory.HUMAN, Reason.TIMING_MODEL, round(1 - likely, 2)) if waits else None
    return None if likely >= bounds.doubt_above and silence_ms < DOUBT_MS else ruled


def _by_early_media(evidence: Evidence) -> AmdVerdict | None:
    if any(tone.kind is ToneKind.SIT for tone in evidence.early_tones):
        return verdict_of(evidence, AmdCategory.ANNOUNCEMENT, Reason.EARLY_SIT, 0.95)
    early = evidence.early_spoken if evidence.words_decide else None
    if early is not None and early.kind in _BY_WORDS:
        return verdict_of(evidence, AmdCategory.ANNOUNCEMENT, Reason.EARLY_ANNOUNCEMENT, 0.9)
    return None


def _by_tone(evidence: Evidence) -> AmdVerdict | None:
    for tone in evidence.tones:
        if tone.kind in _BY_TONE:
            return verdict_of(evidence, *_BY_TONE[tone.kind])
    return None


def _by_words(evidence: Evidence) -> AmdVerdict | None:
    if evidence.telling is not None and evidence.telling.kind in _BY_WORDS:
        return verdict_of(evidence, *_BY_WORDS[evidence.telling.kind])
    return None


def _by_cadence(evidence: Evidence, limits: Thresholds) -> AmdVerdict | None:
    cadence = evidence.cadence
    if evidence.unsettled:
        return _time_is_up(evidence, limits)
    if cadence.onset_ms is None:
        rings = any(tone.kind is ToneKind.RINGBACK for tone in evidence.tones)
        if cadence.heard_ms >= limits.no_speech and not rings:
            return verdict_of(evidence, AmdCategory.SILENCE, Reason.NO_SPEECH, 0.9, limits.no_speech)
        return _time_is_up(evidence, limits)
    flow_ms = cadence.speech_ms + max(cadence.phrases_ms)
    if cadence.talk_ms >= limits.machine_talk or flow_ms >= limits.machine_flow:
        return verdict_of(evidence, AmdCategory.MACHINE, Reason.LONG_GREETING, 0.85, limits.machine_talk)
    answer = evidence.telling is not None and evidence.telling.kind is SpokenKind.ANSWER
    needed = human_silence_ms(cadence.speech_ms, limits) + _hidden_by_noise_ms(evidence.clearance_db)
    if answer:
        needed = min(needed, limits.answer_words_silence)
    if cadence.silence_ms >= needed:
        if answer:
            return verdict_of(evidence, AmdCategory.HUMAN, Reason.ANSWER_WORDS, 0.97, needed)
        if limits.machine_after_talk is not None and cadence.talk_ms >= limits.machine_after_talk:
            return verdict_of(evidence, AmdCategory.MACHINE, Reason.LONG_GREETING, 0.6, limits.machine_after_talk)
        if cadence.speech_ms <= limits.short_greeting:
            return verdict_of(evidence, AmdCategory.HUMAN, Reason.SHORT_GREETING, 0.9, needed)
        confidence = 0.7 if cadence.speech_ms < 2500 else 0.5
        return verdict_of(evidence, AmdCategory.HUMAN, Reason.GREETING_ENDED, confidence, needed)
    return _time_is_up(evidence, limits)


def _time_is_up(evidence: Evidence, limits: Thresholds) -> AmdVerdict | None:
    if evidence.cadence.heard_ms >= limits.time_limit:
        return verdict_of(evidence, AmdCategory.UNKNOWN, Reason.TIME_LIMIT, 0.3)
    return None


def human_silence_ms(speech_ms: int, limits: Thresholds) -> int:
    """The silence after ``speech_ms`` of speech that means that a person waits for an answer."""
    points = limits.human_silence
    for (low, at_low), (high, at_high) in pairwise(points):
        if speech_ms <= high:
            return round(at_low + (at_high - at_low) * (speech_ms - low) / (high - low))
    return points[-1][1]


def _hidden_by_noise_ms(clearance_db: float) -> int:
    """Noise hides the soft half of a word, so that pauses seem longer than they are: by this much."""
    part = (_CLEAR_DB - clearance_db) / (_CLEAR_DB - _BURIED_DB)
    return round(_MOST_HIDDEN_MS * min(1.0, max(0.0, part)))


def verdict_of(
    evidence: Evidence, category: AmdCategory, reason: Reason, confidence: float, needed_ms: int | None = None
) -> AmdVerdict:
    """A verdict with what the evidence says of the greeting. ``delay_ms`` is the audio heard since the answer,
    ``needed_ms`` the limit that was reached, where there was one."""
    cadence = evidence.cadence
    began = None if cadence.onset_ms is None else cadence.heard_ms - cadence.onset_ms
    return AmdVerdict(
        category=category,
        reason=reason.value,
        confidence=confidence,
        delay_ms=cadence.heard_ms,
        greeting_started_ms_ago=began,
        greeting_ended_ms_ago=None if began is None or cadence.silence_ms < PHRASE_GAP_MS else cadence.silence_ms,
        evidence=facts_of(evidence) | ({} if needed_ms is None else {"needed_ms": needed_ms}),
    )


def facts_of(evidence: Evidence) -> dict[str, object]:
    """What a reviewer of the verdict wants to know, as plain data. The words are personal data."""
    cadence = evidence.cadence
    return {
        "heard_ms": cadence.heard_ms,
        "onset_ms": cadence.onset_ms,
        "speech_ms": cadence.speech_ms,
        "silence_ms": cadence.silence_ms,
        "phrases_ms": list(cadence.phrases_ms),
        "pauses_ms": list(cadence.pauses_ms),
        "tones": [
            {"kind": tone.kind.value, "ended_ms": tone.ended_ms, "hz": tone.frequency} for tone in evidence.tones
        ],
        "early_tones": [tone.kind.value for tone in evidence.early_tones],
        "early_speech_ms": evidence.early_speech_ms,
        "pii_words": evidence.spoken.text if evidence.spoken is not None else "",
        "pii_word_times": [[word.text, word.started_ms, word.ended_ms] for word in evidence.word_times],
        "words_decide": evidence.words_decide,
        "phrase": evidence.spoken.phrase if evidence.spoken is not None else "",
    }
