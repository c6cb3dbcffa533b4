"""The answering-machine detector of a running engine: sessions by call, their timer, and where verdicts go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from dialer.amd.phrases import LANGUAGES, phrasebook
from dialer.amd.session import Session
from dialer.amd.timing_model import TimingModel
from dialer.amd.transcript import Transcriber
from dialer.clock import Clock
from dialer.domain.events import MessageTimeReached, SecondLookTaken, VerdictReached
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdMode, AmdVerdict, DecideBy, SecondLook
from dialer.ports import EventSink

log = structlog.get_logger(__name__)

_TICK_S: Final = 0.1
# After a stall of the loop the sockets are full of frames: they must be read before silence is made up.
_LATE_TICK_S: Final = 0.05


@dataclass(slots=True)
class AmdCounters:
    refused_audio: int = 0  #: audio of a call that nobody expected
    refused_sessions: int = 0  #: more calls at once than ``max_sessions``: those were not listened to
    stalls: int = 0  #: the timer came late: the machine is overloaded


class AmdService:
    """Implements ``dialer.ports.Detector`` and, with ``on_connect``, feeds from the audio server.

    ``transcribers`` are by language; where there is none for a call's language, timing and tones decide alone.
    ``timing`` is a model that was learned from labelled calls.
    """

    def __init__(
        self,
        clock: Clock,
        sink: EventSink,
        *,
        transcribers: Mapping[str, Transcriber] | None = None,
        timing: TimingModel | None = None,
        max_sessions: int = 2000,
    ) -> None:
        self._clock = clock
        self._sink = sink
        self.transcribers = dict(transcribers or {})
        self._timing = timing
        self._max_sessions = max_sessions
        self._sessions: dict[CallId, Session] = {}
        self._ticking: dict[CallId, Session] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tick_due = 0.0
        self.counters = AmdCounters()
        #: How many verdicts were given, by category and reason.
        self.verdicts: Counter[tuple[str, str]] = Counter()
        #: What was heard after connections, by reason.
        self.second_looks: Counter[str] = Counter()

    # ------------------------------------------------------------------------------- the engine's side

    def expect(
        self,
        call_id: CallId,
        *,
        mode: AmdMode,
        wait_for_message: bool,
        language: str,
        decide_by: DecideBy | None = None,
        second_look_s: float = 0.0,
    ) -> None:
        """The audio of this call will come; from early media on it is listened to, and for ``second_look_s`` after
        ``look_again``."""
        if call_id in self._sessions:
            return
        if len(self._sessions) >= self._max_sessions:
            self.counters.refused_sessions += 1
            log.warning("amd.sessions_full", call_id=call_id, sessions=len(self._sessions))
            mode = AmdMode.OFF
        spoken = language if language in LANGUAGES else LANGUAGES[0]
        session = Session(
            call_id,
            mode=mode,
            wait_for_message=wait_for_message,
            clock=self._clock,
            phrasebook=phrasebook(spoken),
            on_verdict=self._verdict,
            on_message_time=self._message_time,
            decide_by=decide_by,
            second_look_s=second_look_s,
            on_second_look=self._second_look,
            timing=self._timing,
        )
        transcriber = self.transcribers.get(spoken)
        if transcriber is not None and mode is not AmdMode.OFF:
            session.understand_with(transcriber)
        self._sessions[call_id] = session

    def answered(self, call_id: CallId) -> None:
        """The call was answered now: the verdict's clock starts."""
        session = self._sessions.get(call_id)
        if session is None:
            return
        session.answered()
        self._keep_ticking(session)

    def look_again(self, call_id: CallId) -> None:
        """The call was connected with an agent now: the second look begins. Its audio comes anew."""
        session = self._sessions.get(call_id)
        if session is not None:
            session.look_again()
            self._keep_ticking(session)

    def await_message_time(self, call_id: CallId) -> None:
        """The second look found a machine, and a message is to be left: ``MessageTimeReached`` will follow."""
        session = self._sessions.get(call_id)
        if session is not None:
            session.await_message_time()
            self._keep_ticking(session)

    def forget(self, call_id: CallId) -> None:
        """Nothing more needs to be known of this call. Unknown calls are ignored."""
        session = self._sessions.pop(call_id, None)
        self._ticking.pop(call_id, None)
        if session is not None:
            session.close()

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    def close(self) -> None:
        """Forget all calls and stop the timer."""
        for call_id in list(self._sessions):
            self.forget(call_id)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ------------------------------------------------------------------------------- the audio server's side

    def on_connect(self, call_id: str) -> Session | None:
        """The handler of a call's audio, or None where nobody expects the call."""
        session = self._sessions.get(CallId(call_id))
        if session is None:
            self.counters.refused_audio += 1
        return session

    # ------------------------------------------------------------------------------- inside

    def _keep_ticking(self, session: Session) -> None:
        if session.open:
            self._ticking[session.call_id] = session
            self._start_timer()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._tick_due = self._clock.monotonic() + _TICK_S
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._clock.monotonic() - self._tick_due > _LATE_TICK_S:
            self.counters.stalls += 1
        else:
            for call_id, session in list(self._ticking.items()):
                session.tick()
                if not session.open:
                    self._ticking.pop(call_id, None)
        if self._ticking:
            self._start_timer()

    def _verdict(self, call_id: CallId, verdict: AmdVerdict) -> None:
        self.verdicts[verdict.category.value, verdict.reason] += 1
        log.info(
            "amd.verdict_reached",
            call_id=call_id,
            category=verdict.category.value,
            reason=verdict.reason,
            delay_ms=verdict.delay_ms,
        )
        self._sink(
            VerdictReached(at=self._clock.now(), monotonic=self._clock.monotonic(), call_id=call_id, verdict=verdict)
        )

    def _message_time(self, call_id: CallId, heard_beep: bool) -> None:
        log.info("amd.message_time_reached", call_id=call_id, heard_beep=heard_beep)
        self._sink(
            MessageTimeReached(
                at=self._clock.now(), monotonic=self._clock.monotonic(), call_id=call_id, heard_beep=heard_beep
            )
        )

    def _second_look(self, call_id: CallId, look: SecondLook) -> None:
        self.second_looks[look.reason] += 1
        log.info(
            "amd.second_look_taken",
            call_id=call_id,
            category=look.category.value,
            reason=look.reason,
            certain=look.certain,
            after_ms=look.after_ms,
        )
        self._sink(SecondLookTaken(at=self._clock.now(), monotonic=self._clock.monotonic(), call_id=call_id, look=look))
