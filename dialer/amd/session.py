"""One call under detection: from its first early media to its verdict, on to the moment to leave a message, or through
the second look after the connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import Final, Protocol

from dialer.amd.classifier import Reason, verdict_of
from dialer.amd.features import CHUNK_FRAMES, FRAME_BYTES, FRAME_MS
from dialer.amd.listener import Listener
from dialer.amd.phrases import Phrasebook
from dialer.amd.second_look import last_look, look_again
from dialer.amd.timing_model import TimingModel
from dialer.amd.tones import Tone, ToneKind
from dialer.amd.transcript import Heard, Transcriber, TranscriptStream
from dialer.clock import Clock
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict, DecideBy, SecondLook

#: The audio of an answer reaches us up to this long before Asterisk's event that says so.
ANSWER_RACE_S: Final = 0.5
#: So long without a frame, and the line is taken to be silent: some carriers send nothing while nobody speaks.
LATE_FRAME_S: Final = 0.16
#: Where not one frame has come by then, none will: somebody may be there whom nobody hears.
NO_AUDIO_S: Final = 2.5
#: A greeting is over after so much silence, where no beep comes.
GREETING_OVER_MS: Final = 3000
#: Nobody's greeting is longer: the message is left, or the engine decides otherwise.
MESSAGE_LIMIT_S: Final = 30.0
#: A verdict comes in this time whatever happens to the audio.
VERDICT_LIMIT_S: Final = 7.6
#: Nobody is kept waiting for an agent so long: the connection, and with it the second look, does not come any more.
STAND_BY_LIMIT_S: Final = 20.0
#: So much of the second look must have been heard before its silence means anything.
_HEARD_ENOUGH: Final = 0.5
_MOST_BACKLOG_BYTES: Final = 25 * FRAME_BYTES


class MediaLink(Protocol):
    """The connection that brings the audio."""

    def close(self) -> None: ...


class Phase(Enum):
    EARLY = auto()  #: not answered yet
    LISTENING = auto()
    STANDING_BY = auto()  #: the verdict is given; a second look will follow the connection
    LOOKING = auto()  #: connected
    AWAITING_BEEP = auto()
    DONE = auto()


class Session:
    """Implements the audio server's handler. ``on_verdict`` is called exactly once for an answered call;
    ``on_message_time`` at most once, after a machine's verdict where ``wait_for_message`` is set, or after
    ``await_message_time``; ``on_second_look`` at most twice, a hint and then what is certain."""

    def __init__(
        self,
        call_id: CallId,
        *,
        mode: AmdMode,
        wait_for_message: bool,
        clock: Clock,
        phrasebook: Phrasebook,
        on_verdict: Callable[[CallId, AmdVerdict], None],
        on_message_time: Callable[[CallId, bool], None],
        decide_by: DecideBy | None = None,
        second_look_s: float = 0.0,
        on_second_look: Callable[[CallId, SecondLook], None] | None = None,
        timing: TimingModel | None = None,
    ) -> None:
        self.call_id = call_id
        self.mode = mode
        self.phase = Phase.EARLY
        self._wait_for_message = wait_for_message
        self._decide_by = decide_by
        self._clock = clock
        self._phrasebook = phrasebook
        self._transcriber: Transcriber | None = None
        self._transcript: TranscriptStream | None = None
        self._on_verdict = on_verdict
        self._on_message_time = on_message_time
        self._second_look_s = 0.0 if mode is AmdMode.OFF or on_second_look is None else second_look_s
        self._on_second_look = on_second_look
        self._looked: SecondLook | None = None
        self._since = 0.0  # monotonic: when the present phase began
        self._greeting_ms = 0
        self._listener = Listener(mode, timing)
        self._timed = timing is not None
        self._links: list[MediaLink] = []
        self._rest = b""
        self._first_audio_at: float | None = None
        self._last_audio_at = 0.0
        self._answered_at = 0.0
        # Where the filling in counts from: an instant, and the frames since.
        self._counted_from = 0.0
        self._counted_frames = 0
        self.bytes_dropped = 0

    # ------------------------------------------------------------------------------- the audio server's side

    def connected(self, link: MediaLink) -> None:
        """Audio comes over ``link`` from now on. An older link of the same call is stale."""
        stale, self._links = self._links, [link]
        for old in stale:
            old.close()

    def disconnected(self, link: MediaLink) -> None:
        if link in self._links:
            self._links.remove(link)
            self._rest = b""

    def dtmf(self, digit: str) -> None:
        """A key is no evidence: people press keys, and so do machines that dial."""

    def audio(self, pcm: bytes) -> None:
        """Any length of 8 kHz audio; frames are cut here."""
        if self.done:
            return
        now = self._clock.monotonic()
        if self._first_audio_at is None:
            self._first_audio_at = now
            self._transcript = self._open_transcript()
        self._last_audio_at = now
        if self._rest:
            pcm, self._rest = self._rest + pcm, b""
        if len(pcm) > _MOST_BACKLOG_BYTES:
            self.bytes_dropped += len(pcm) - _MOST_BACKLOG_BYTES
            pcm = pcm[-_MOST_BACKLOG_BYTES:]
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        for at in range(0, whole, FRAME_BYTES):
            self._frame(pcm[at : at + FRAME_BYTES])
            if self.done:
                return
        self._rest = pcm[whole:]

    # ------------------------------------------------------------------------------- the engine's side

    def understand_with(self, transcriber: Transcriber) -> None:
        """Listen for words too, from the first audio on; without, timing and tones decide alone."""
        self._transcriber = transcriber
        self._listener.words_decide = transcriber.may_decide

    def answered(self) -> None:
        """The verdict's clock starts. A second call changes nothing."""
        if self.phase is not Phase.EARLY:
            return
        self._answered_at = self._counted_from = self._clock.monotonic()
        self._enter(Phase.LISTENING)
        raced = self._first_audio_at is not None and self._answered_at - self._first_audio_at <= ANSWER_RACE_S
        self._listener.answered(keep_frames=raced)
        self._counted_frames = self._listener.frames if raced else 0
        if self._transcript is not None and not raced:
            # The words before the answer have been remembered; those after it are another speaker's.
            self._transcript.close()
            self._transcript = self._open_transcript()
        # What decides here was known before: the mode, or early media.
        verdict = self._listener.judge()
        if verdict is not None:
            self._decide(verdict)

    def look_again(self) -> None:
        """The call was connected now; a copy of its audio comes over a link of its own."""
        if self.phase is not Phase.STANDING_BY:
            return
        self._greeting_ms = self._listener.cadence.speech_ms
        self._listener.connected()
        self._counted_frames = 0
        self._enter(Phase.LOOKING)
        self._look()

    def await_message_time(self) -> None:
        """What was connected is a machine, and a message is to be left: wait for its beep."""
        if self.phase not in (Phase.STANDING_BY, Phase.LOOKING):
            return
        self._stop_transcript()
        self._counted_from, self._counted_frames = self._clock.monotonic(), 0
        self._last_audio_at = self._counted_from
        self._enter(Phase.AWAITING_BEEP)

    def close(self) -> None:
        """The call is nobody's business any more."""
        self.phase = Phase.DONE
        self._stop_transcript()
        self._close_links()

    def _close_links(self) -> None:
        links, self._links = self._links, []
        for link in links:
            link.close()

    def tick(self) -> None:
        """Called about ten times a second: fills in for frames that do not come, and keeps the limits."""
        now = self._clock.monotonic()
        if self.phase is Phase.LISTENING:
            self._fill_in(now)
            waited_s = now - self._answered_at
            if self.phase is Phase.LISTENING and self._first_audio_at is None and waited_s >= NO_AUDIO_S:
                self._decide(self._verdict_of(AmdCategory.UNKNOWN, Reason.NO_AUDIO, 0.3))
            elif self.phase is Phase.LISTENING and waited_s >= VERDICT_LIMIT_S:
                self._decide(self._verdict_of(AmdCategory.UNKNOWN, Reason.TIME_LIMIT, 0.3))
        elif self.phase is Phase.AWAITING_BEEP:
            self._fill_in(now)
            if self.phase is Phase.AWAITING_BEEP and now - self._counted_from >= MESSAGE_LIMIT_S:
                self._message_time(heard_beep=False)
        elif self.phase is Phase.STANDING_BY and now - self._since >= STAND_BY_LIMIT_S:
            self.phase = Phase.DONE
            self._stop_transcript()
        elif self.phase is Phase.LOOKING and now - self._since >= self._second_look_s:
            self._end_look()

    @property
    def open(self) -> bool:
        """Whether ticks are needed."""
        return self.phase not in (Phase.EARLY, Phase.DONE)

    @property
    def done(self) -> bool:
        return self.phase is Phase.DONE

    # ------------------------------------------------------------------------------- inside

    def _frame(self, frame: bytes) -> None:
        tones = self._listener.accept(frame)
        if self._transcript is not None:
            self._transcript.accept(frame)
        if self.phase is not Phase.EARLY:
            self._counted_frames += 1
        self._consider(tones)

    def _consider(self, tones: list[Tone] | None = None) -> None:
        if self.phase is Phase.LISTENING:
            verdict = self._listener.verdict()
            if verdict is not None:
                self._decide(verdict)
            elif self._law_presses():
                self._decide(self._verdict_of(AmdCategory.UNKNOWN, Reason.CONNECT_DEADLINE, 0.3))
        elif self.phase is Phase.AWAITING_BEEP:
            if any(tone.kind is ToneKind.BEEP for tone in tones or ()):
                self._message_time(heard_beep=True)
            elif self._listener.silence_ms >= GREETING_OVER_MS and not self._listener.unsettled:
                self._message_time(heard_beep=False)
        elif self.phase is Phase.LOOKING and (tones or self._counted_frames % CHUNK_FRAMES == 0):
            self._look()

    def _fill_in(self, now: float) -> None:
        """Silence for the time in which no frame came, so that the listener's time is the call's."""
        since = max(self._last_audio_at, self._counted_from)
        if now - since < LATE_FRAME_S:
            return
        due = int((now - self._counted_from) * 1000 / FRAME_MS) - self._counted_frames
        for _ in range(min(due, 50)):
            self._counted_frames += 1
            self._consider(self._listener.miss())
            if not self.open:
                return

    def heard_words(self, heard: Heard) -> None:
        """What the recogniser understood of the call so far."""
        if self.phase in (Phase.EARLY, Phase.LISTENING, Phase.STANDING_BY, Phase.LOOKING):
            self._listener.spoken = self._phrasebook.read(heard.text)
            self._listener.word_times = heard.words
            if self.phase is Phase.LOOKING:
                self._look()
            elif self.phase is Phase.LISTENING:
                verdict = self._listener.judge()
                if verdict is not None:
                    self._decide(verdict)

    def _law_presses(self) -> bool:
        """Whether a person, if it is one, could not be connected in time if more were waited for."""
        if self._decide_by is None:
            return False
        began_ms = self._listener.since_greeting_began_ms
        if began_ms is None:
            return False
        waited_ms = began_ms if self._decide_by.from_start else self._listener.silence_ms
        return waited_ms >= self._decide_by.seconds * 1000

    def _decide(self, verdict: AmdVerdict) -> None:
        delay_ms = round((self._clock.monotonic() - self._answered_at) * 1000)
        judged_by = {"mode": self.mode.value, "model": self._models()}
        waits = verdict.category is AmdCategory.MACHINE and self._wait_for_message
        looks = not waits and self._second_look_s > 0
        self._enter(Phase.AWAITING_BEEP if waits else Phase.STANDING_BY if looks else Phase.DONE)
        if looks:
            self._listener.decided()
        else:
            self._stop_transcript()
        self._on_verdict(self.call_id, replace(verdict, delay_ms=delay_ms, evidence={**verdict.evidence, **judged_by}))
        if waits and verdict.reason == Reason.BEEP and self.phase is Phase.AWAITING_BEEP:
            self._message_time(heard_beep=True)

    def _models(self) -> str:
        """By which models besides the rules it was judged, for the evidence."""
        words = "" if self._transcript is None or self._transcriber is None else self._transcriber.name
        return " ".join(name for name in (words, "timing" if self._timed else "") if name)

    def _look(self) -> None:
        look = look_again(self._listener.evidence, self._after_ms)
        if look is None or (self._looked is not None and not look.certain):
            return
        self._told(look)
        if look.certain and self.phase is Phase.LOOKING:
            self._stop_look()

    def _end_look(self) -> None:
        heard_s = self._counted_frames * FRAME_MS / 1000
        look = last_look(self._listener.evidence, self._after_ms, self._greeting_ms)
        if look is not None and self._looked is None and heard_s >= _HEARD_ENOUGH * self._second_look_s:
            self._told(look)
        if self.phase is Phase.LOOKING:
            self._stop_look()

    def _stop_look(self) -> None:
        """The copy of the audio is asked for no longer."""
        self.phase = Phase.DONE
        self._stop_transcript()
        self._close_links()

    @property
    def _after_ms(self) -> int:
        return round((self._clock.monotonic() - self._since) * 1000)

    def _told(self, look: SecondLook) -> None:
        self._looked = look
        if self._on_second_look is not None:
            self._on_second_look(self.call_id, look)

    def _enter(self, phase: Phase) -> None:
        self.phase, self._since = phase, self._clock.monotonic()

    def _message_time(self, *, heard_beep: bool) -> None:
        self.phase = Phase.DONE
        self._on_message_time(self.call_id, heard_beep)

    def _verdict_of(self, category: AmdCategory, reason: Reason, confidence: float) -> AmdVerdict:
        return verdict_of(self._listener.evidence, category, reason, confidence)

    def _open_transcript(self) -> TranscriptStream | None:
        return self._transcriber.open(self.heard_words) if self._transcriber is not None else None

    def _stop_transcript(self) -> None:
        if self._transcript is not None:
            transcript, self._transcript = self._transcript, None
            transcript.close()
