"""What a call's ear makes of a recogniser's readings, and what of the line's audio the recogniser gets at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from dialer.amd.phrases import Word
from dialer.amd.transcript import Heard
from dialer.ivr.call import SelfServiceCall
from dialer.ivr.listening import CallEar
from dialer.ivr.ports import SPOKEN
from dialer.ivr.voice_gate import VoiceGate
from ivr_flows.actions import Ear, Listen, Outcome
from ivr_flows.inputs import Spoken
from ivr_flows.loader import load
from ivr_flows.play.player import Player
from tests.support.fake_line import FakeHouse, FakeLine, FakeQueue, Keys
from tests.support.self_service import CALL, person

VOICE = (np.sin(np.arange(160) / 3) * 3000).astype("<i2").tobytes()
SILENCE = bytes(320)
ASKED = Listen(kind=Ear.YES_NO, keys="12", max_digits=1, first_s=5.0, between_s=2.0, speech=True, language="es")


@dataclass
class FakeStream:
    got: list[bytes] = field(default_factory=list)
    closed: bool = False

    def accept(self, frame: bytes) -> None:
        self.got.append(frame)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakePool:
    room: int = 10
    streams: list[FakeStream] = field(default_factory=list)
    grammar: Sequence[str] = ()
    say: Callable[[Heard], None] = lambda heard: None

    def open(self, on_heard: Callable[[Heard], None], grammar: Sequence[str] = ()) -> FakeStream:
        self.say, self.grammar = on_heard, grammar
        self.streams.append(FakeStream())
        return self.streams[-1]


@dataclass
class Room:
    pool: FakePool = field(default_factory=FakePool)
    begun: int = 0
    signs: int = 0

    def ear(self) -> CallEar:
        def begin() -> None:
            self.begun += 1

        def sign() -> None:
            self.signs += 1

        return CallEar({"es": self.pool}, country="CO", spare={"es": 5}, begin=begin, sign=sign)


def hear(ear: CallEar, voiced: int, silent: int = 0) -> None:
    for frame in [VOICE] * voiced + [SILENCE] * silent:
        ear.audio(frame)


def over(*words: str, confidence: float = 1.0) -> Heard:
    return Heard(" ".join(words), tuple(Word(word, 0, 100, confidence) for word in words))


def test_an_utterance_is_an_answer_with_the_confidence_of_its_least_certain_word() -> None:
    room = Room()
    ear = room.ear()
    ear.listen(ASKED)
    ear.all_was_said()
    room.pool.say(Heard("sí claro", (Word("sí", 0, 100, 0.9), Word("claro", 100, 200, 0.7))))

    assert "sí" in room.pool.grammar
    assert room.signs == 1
    assert ear.take() == Spoken("sí claro", 0.7)
    assert ear.take() is None


def test_what_is_played_stops_once_a_word_of_the_grammar_lasts() -> None:
    room = Room()
    ear = room.ear()
    ear.listen(ASKED)
    hear(ear, 10)
    room.pool.say(Heard("sí"))
    assert room.signs == 0
    hear(ear, 15)

    assert room.signs == 1
    assert ear.speaking
    assert ear.take() is None


def test_noise_does_not_stop_what_is_played_but_is_an_answer_to_silence() -> None:
    room = Room()
    ear = room.ear()
    ear.listen(ASKED)
    hear(ear, 10)
    room.pool.say(Heard("[unk]"))
    hear(ear, 30)
    room.pool.say(over("[unk]"))
    assert (room.signs, ear.take()) == (0, None)

    ear.all_was_said()
    room.pool.say(over("[unk]", "[unk]"))
    assert ear.take() == Spoken("[unk]", 1.0)


def test_an_answer_that_nobody_took_is_told_again() -> None:
    room = Room()
    ear = room.ear()
    ear.listen(ASKED)
    ear.all_was_said()
    room.pool.say(over("no"))
    hear(ear, 0, silent=15)

    assert room.signs == 2


def test_silence_never_reaches_the_recogniser_and_a_noise_without_words_is_forgotten() -> None:
    room = Room()
    ear = room.ear()
    ear.listen(ASKED)
    hear(ear, 0, silent=200)
    (first,) = room.pool.streams
    assert first.got == []

    hear(ear, 10, silent=100)
    assert len(room.pool.streams) == 2
    assert first.closed
    # What came before, the voice, and a second or so behind it.
    assert 80 <= sum(map(len, first.got)) / 320 <= 90


def test_half_of_the_recognisers_are_left_to_others() -> None:
    room = Room(FakePool(room=5))
    ear = room.ear()
    ear.listen(ASKED)
    hear(ear, 20)

    assert (room.begun, room.pool.streams, ear.take()) == (0, [], None)


def test_the_audio_is_asked_for_once_and_again_after_it_was_lost() -> None:
    room = Room()
    ear = room.ear()
    ear.listen(ASKED)
    ear.listen(ASKED)
    assert (room.begun, ear.awaits_audio) == (1, True)

    link = Link()
    ear.connected(link)
    assert not ear.awaits_audio
    ear.disconnected(link)
    ear.listen(ASKED)
    assert room.begun == 2


def test_a_closed_ear_ends_its_audio() -> None:
    ear = Room().ear()
    ear.listen(ASKED)
    link = Link()
    ear.connected(link)
    ear.close()

    assert link.closed
    assert not ear.awaits_audio


@dataclass
class Link:
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("noise", [0, 20, 150])
def test_a_voice_passes_the_gate_whatever_the_line_noise(noise: int) -> None:
    chance = np.random.default_rng(1)
    gate = VoiceGate()

    def frame(loud: float) -> bytes:
        tone = np.sin(np.arange(160) / 3) * loud
        return np.rint(tone + chance.normal(0, noise, 160) if noise else tone).astype("<i2").tobytes()

    for _ in range(600):  # until the noise is known
        gate.pass_on(frame(0))
    before = b"".join(gate.pass_on(frame(0)) for _ in range(100))
    after = b"".join(gate.pass_on(frame(2000)) for _ in range(20))

    assert before == b""
    assert len(after) >= 20 * 320


class Ears:
    """Says one thing after each question, as soon as it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.signs = 0
        self.speaking = False
        self.closed = False
        self._said = ""

    def listen(self, asked: Listen) -> None:
        self._said = self._answers.pop(0) if self._answers else ""
        self.signs = 1 if self._said else 0

    def all_was_said(self) -> None: ...

    def take(self) -> Spoken | None:
        said, self._said = self._said, ""
        return Spoken(said) if said else None

    def stop(self) -> None: ...

    def close(self) -> None:
        self.closed = True


class TalkedOver(FakeLine):
    """Every question is talked over."""

    async def play(self, sounds: Sequence[str], *, afresh: bool = False) -> str:
        await super().play(sounds)
        return SPOKEN


async def test_a_promise_by_words() -> None:
    house, ears = (
        FakeHouse(person()),
        Ears("sí", "uno dos tres cuatro", "uno", "todo", "el viernes", "sí", "no", "adiós"),
    )
    call = SelfServiceCall(
        Player(load("self-service")), replace(CALL, speech=True), house=house, queue=FakeQueue(), mouth=Keys(), ear=ears
    )
    line = TalkedOver([])
    await call.serve(line)

    assert len(house.done) == 1
    assert [end.outcome for end in house.ends] == [Outcome.COMPLETED]
    assert ears.closed


async def test_a_late_sign_does_not_cut_what_is_said_next() -> None:
    class Late(FakeLine):
        late = True

        async def play(self, sounds: Sequence[str], *, afresh: bool = False) -> str:
            await super().play(sounds)
            late, self.late = self.late, False
            return SPOKEN if late else ""

    line = Late(["2", "1"])
    house = FakeHouse(person())
    call = SelfServiceCall(Player(load("self-service")), CALL, house=house, queue=FakeQueue(), mouth=Keys(), ear=Ears())
    await call.serve(line)

    assert line.heard[:2] == ["greeting", "recording"]
    assert line.heard.count("greeting") == 2
    assert "third_party_thanks" in line.heard
