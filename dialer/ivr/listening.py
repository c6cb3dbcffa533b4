"""What people say to a self-service call: a copy of their audio goes to a recogniser that expects the answers to one
question, and whoever waits for a key hears of words the same way: by a key that no telephone has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from dialer.ivr.voice_gate import VoiceGate
from ivr_flows.actions import Ear, Listen
from ivr_flows.inputs import Spoken
from ivr_flows.spoken.hearing import UNKNOWN, Question
from ivr_flows.spoken.recogniser import grammar, utterance
from ivr_flows.spoken.values import Locale

log = structlog.get_logger(__name__)

#: What is played stops so many frames of 20 ms after a word of the grammar was heard, where that is still heard then.
#: Whoever waits may miss the sign, between two of its commands: it is given again after as many.
_SIGN_FRAMES: Final = 15
_MOST_SIGNS: Final = 20

_ASKED: Final = {
    Ear.KEY: Question.CHOICE,
    Ear.YES_NO: Question.YES_NO,
    Ear.DIGITS: Question.DIGITS,
    Ear.DATE: Question.DATE,
    Ear.AMOUNT: Question.AMOUNT,
}


class Word(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...


class Heard(Protocol):
    """All that was understood so far as text, and the words of the utterances that are over."""

    @property
    def text(self) -> str: ...
    @property
    def words(self) -> Sequence[Word]: ...


class Stream(Protocol):
    def accept(self, frame: bytes) -> None: ...

    def close(self) -> None: ...


class Recognisers(Protocol):
    """Of one language, shared by calls. ``room`` is how many more could have one now."""

    @property
    def room(self) -> int: ...

    def open(self, on_heard: Callable[[Heard], None], grammar: Sequence[str] = ()) -> Stream | None: ...


class Link(Protocol):
    def close(self) -> None: ...


class CallEar:
    """``dialer.ivr.ports.Ear`` of one call, and the handler of its audio. ``begin`` asks for that audio, ``sign`` gives
    the line the key ``SPOKEN``; ``spare`` are the recognisers that are left to others."""

    def __init__(
        self,
        recognisers: Mapping[str, Recognisers],
        *,
        country: str,
        spare: Mapping[str, int],
        begin: Callable[[], None],
        sign: Callable[[], None],
    ) -> None:
        self._recognisers = recognisers
        self._country = country
        self._spare = spare
        self._begin = begin
        self._sign = sign
        self._begun = False
        self._link: Link | None = None
        self._gate = VoiceGate()
        self._stream: Stream | None = None
        self._open: Callable[[], Stream | None] = lambda: None
        self._language = ""
        self._settled = 0
        self._answer: Spoken | None = None
        self._aloud = True
        self._worded = False  # a word of the grammar is being said
        self._frames = 0
        self.signs = 0

    # ------------------------------------------------------------------------------------- the call's side

    def listen(self, asked: Listen) -> None:
        self.stop()
        pool = self._recognisers.get(asked.language)
        if pool is None or pool.room <= self._spare.get(asked.language, 0):
            return
        expected = grammar(
            _ASKED[asked.kind], Locale(asked.language, self._country), words=asked.words, currency=asked.currency
        )
        self._language = asked.language
        self._open = lambda: pool.open(self._on_heard, expected)
        self._stream = self._open()
        if self._stream is not None and not self._begun:
            self._begun = True
            self._begin()

    def all_was_said(self) -> None:
        self._aloud = False

    def take(self) -> Spoken | None:
        answer, self._answer = self._answer, None
        return answer

    def stop(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream, self._answer = None, None
        self._settled = self._frames = self.signs = 0
        self._aloud, self._worded = True, False
        self._gate.forget()

    @property
    def speaking(self) -> bool:
        return self._stream is not None and self._gate.open

    def close(self) -> None:
        """The flow is over; its audio is wanted no more."""
        self.stop()
        link, self._link, self._begun = self._link, None, False
        if link is not None:
            link.close()

    @property
    def awaits_audio(self) -> bool:
        return self._begun and self._link is None

    # ------------------------------------------------------------------------------------- the audio's side

    def connected(self, link: Link) -> None:
        self._link = link

    def audio(self, pcm: bytes) -> None:
        was_open = self._gate.open
        let_through = self._gate.pass_on(pcm)
        if self._stream is not None and let_through:
            self._stream.accept(let_through)
            if was_open and not self._gate.open and self._answer is None:
                self._begin_anew()
        if self._answer is not None or (self._worded and self._aloud):
            self._frames += 1
            if self._frames % _SIGN_FRAMES == 0:
                self._wake()

    def dtmf(self, digit: str) -> None:
        """Keys reach the flow by themselves."""

    def disconnected(self, link: Link) -> None:
        if link is self._link:
            self._link, self._begun = None, False  # asked for again with the next question

    # ------------------------------------------------------------------------------------- inside

    def _begin_anew(self) -> None:
        """It was no voice, or none that said anything: what comes next has nothing to do with it."""
        if self._stream is not None:
            self._stream.close()
        self._stream = self._open()
        self._settled, self._worded = 0, False

    def _on_heard(self, heard: Heard) -> None:
        if self._answer is not None:
            return
        over = heard.words[self._settled :]
        if over:
            self._settled = len(heard.words)
            self._settle(over)
            return
        said = heard.text.split()[self._settled :]
        if not said:
            self._worded = False
            self._frames = 0
            return
        self._worded = any(word != UNKNOWN for word in said)

    def _settle(self, words: Sequence[Word]) -> None:
        self._worded = False
        self._frames = 0
        if self._aloud and all(word.text == UNKNOWN for word in words):
            return  # somebody else in the room, or our own voice
        result = {
            "text": " ".join(word.text for word in words),
            "result": [{"word": word.text, "conf": word.confidence} for word in words],
        }
        found = utterance([result], self._language)
        log.info("ivr.spoken", pii_text=found.text, confidence=round(found.confidence, 2))
        self._answer = Spoken(found.text, found.confidence)
        self._wake()

    def _wake(self) -> None:
        if self.signs < _MOST_SIGNS:
            self.signs += 1
            self._sign()
