"""The detector on recorded files: the same listener as on live calls, a frame at a time, without a clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialer.amd.audio_file import from_mulaw, read_audio
from dialer.amd.classifier import Reason, facts_of
from dialer.amd.features import FRAME_BYTES, FRAME_MS
from dialer.amd.listener import Listener
from dialer.amd.phrases import Phrasebook, phrasebook
from dialer.amd.second_look import last_look, look_again
from dialer.amd.timing_model import TimingModel
from dialer.amd.transcript import PIECE_FRAMES, Recogniser
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict, SecondLook

__all__ = ["FileVerdict", "classify_file", "from_mulaw", "label_of", "read_audio"]

#: What labelled test sets call the outcomes that have a tone of their own.
_LABEL_BY_REASON: Final = {Reason.BEEP: "beep", Reason.SIT: "sit", Reason.FAX: "sit", Reason.EARLY_SIT: "sit"}
_LABEL_BY_CATEGORY: Final = {
    AmdCategory.ANNOUNCEMENT: "machine",
    AmdCategory.SCREENER: "machine",
    AmdCategory.FAX: "sit",
}
#: What is connected with an agent unless a campaign says otherwise.
_CONNECTED: Final = frozenset({AmdCategory.HUMAN, AmdCategory.UNKNOWN, AmdCategory.SCREENER, AmdCategory.SILENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """``label`` is one of human, machine, beep, sit (also fax), silence, unknown, as labelled sets have it, and
    ``category`` the full one. ``decision_ms`` is the audio heard before the verdict; ``cpu_ms`` is what that cost.
    ``second_look`` is what was heard afterwards, where a second look was asked for and the call would have been
    connected."""

    path: str
    label: str
    category: AmdCategory
    reason: str
    confidence: float
    decision_ms: int
    words: str
    cpu_ms: float
    evidence: dict[str, object]
    second_look: SecondLook | None = None


def classify_file(
    path: Path,
    *,
    mode: AmdMode = AmdMode.CAREFUL,
    language: str = "es",
    recogniser: Recogniser | None = None,
    second_look_s: float = 0.0,
    timing: TimingModel | None = None,
) -> FileVerdict:
    """Hear the file as a call that was answered at its beginning, up to the verdict; and for ``second_look_s`` more
    where that call would have gone to an agent, at once.

    A file that ends before a verdict gives unknown. Raises MediaError for a file that cannot be read (see
    ``audio_file``). The recogniser's words decide, whatever its card says: a file is nobody's call.
    """
    hearing = _Hearing(read_audio(path), mode, phrasebook(language), recogniser, timing)
    listener = hearing.listener
    began = time.process_time()
    verdict = hearing.verdict()
    cpu_ms = (time.process_time() - began) * 1000
    words = listener.spoken.text if listener.spoken is not None else ""
    return FileVerdict(
        path=str(path),
        label=label_of(verdict),
        category=verdict.category,
        reason=verdict.reason,
        confidence=verdict.confidence,
        decision_ms=verdict.delay_ms,
        words=words,
        cpu_ms=round(cpu_ms, 3),
        evidence=dict(verdict.evidence),
        second_look=hearing.second_look(second_look_s) if verdict.category in _CONNECTED else None,
    )


class _Hearing:
    """One file under the detector, frame by frame."""

    def __init__(
        self,
        pcm: bytes,
        mode: AmdMode,
        book: Phrasebook,
        recogniser: Recogniser | None,
        timing: TimingModel | None,
    ) -> None:
        self.listener = Listener(mode, timing)
        self._frames = (pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES))
        self._book = book
        self._recogniser = recogniser
        self._piece = bytearray()

    def verdict(self) -> AmdVerdict:
        self.listener.answered()
        found = self.listener.judge()
        while found is None and self._hear():
            found = self.listener.verdict()
        return found or AmdVerdict(
            category=AmdCategory.UNKNOWN,
            reason=Reason.AUDIO_ENDED.value,
            confidence=0.3,
            delay_ms=self.listener.frames * FRAME_MS,
            evidence=facts_of(self.listener.evidence),
        )

    def second_look(self, seconds: float) -> SecondLook | None:
        """The first thing that is heard; the certain one, where one follows what is only a hint."""
        greeting_ms = self.listener.cadence.speech_ms
        self.listener.decided()
        self.listener.connected()
        found: SecondLook | None = None
        heard_ms = 0
        while heard_ms < seconds * 1000:
            if not self._hear():
                break
            heard_ms += FRAME_MS
            look = look_again(self.listener.evidence, heard_ms)
            if look is not None and (found is None or look.certain):
                found = look
                if look.certain:
                    break
        return found or last_look(self.listener.evidence, heard_ms, greeting_ms)

    def _hear(self) -> bool:
        frame = next(self._frames, None)
        if frame is None:
            return False
        self.listener.accept(frame)
        if self._recogniser is not None:
            self._piece += frame
            if len(self._piece) == PIECE_FRAMES * FRAME_BYTES:
                self.listener.spoken = self._book.read(self._recogniser.accept(bytes(self._piece)))
                self._piece.clear()
        return True


def label_of(verdict: AmdVerdict) -> str:
    """The verdict in the words of a labelled test set."""
    by_reason = _LABEL_BY_REASON.get(Reason(verdict.reason))
    return by_reason or _LABEL_BY_CATEGORY.get(verdict.category, verdict.category.value)
