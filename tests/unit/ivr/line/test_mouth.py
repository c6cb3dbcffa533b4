"""The voice is asked for what sounds better, waited for where nothing else can say it, and never holds up the rest."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from dialer.ivr.call import SelfServiceCall
from dialer.ivr.mouth import PlannedMouth
from dialer.ivr.voice import CallVoice
from ivr_flows.loader import load
from ivr_flows.play.player import Player
from ivr_flows.spoken.sound_plan import SoundPlan, sentence_name
from ivr_flows.spoken.values import Part, Prompt
from tests.support.fake_line import GONE, FakeHouse, FakeLine, FakeQueue, Keys
from tests.support.self_service import CALL, person

TEMPLATES = {"hello": "Hola.", "ask": "¿Hablo con {name}?", "owed": "Son {count:number} días."}
NAME = Prompt("ask", {"name": "Ana"})
DAYS = Prompt("owed", {"count": 3})


class Shelf:
    """Whatever was built at set-up, and what the voice has spoken since."""

    def __init__(self) -> None:
        self.spoken: set[str] = set()

    def recorded(self, language: str, name: str) -> str | None:
        return None

    def built(self, language: str, name: str) -> str | None:
        return None if "ana" in name else name

    def sentence(self, language: str, name: str) -> str | None:
        return name if name in self.spoken else None


class Room:
    def __init__(self) -> None:
        self.shelf = Shelf()
        self.may_speak = threading.Event()
        self.asked: list[str] = []
        self.voice = CallVoice(self.speak)
        plan = SoundPlan(self.shelf, lambda language, key: TEMPLATES[key])
        self.mouth = PlannedMouth(plan, country="CO", zone=ZoneInfo("America/Bogota"), voice=self.voice)

    def speak(self, texts: Iterable[str], language: str) -> int:
        for text in texts:
            self.asked.append(text)
            self.may_speak.wait(10)
            self.shelf.spoken.add(sentence_name(text))
        return 1

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        work = asyncio.create_task(self.voice.run(), name="voice")
        try:
            yield
        finally:
            self.may_speak.set()
            work.cancel()
            await asyncio.wait([work])


async def test_a_sentence_that_is_late_is_put_together_from_phrases() -> None:
    room = Room()
    async with room.at_work():
        room.mouth.begin([DAYS], "es")
        patience_s = room.mouth.patience_s(DAYS, "es")
        sounds = room.mouth.sounds(DAYS, "es")

    assert 0 < patience_s < 0.2
    assert len(sounds) > 1
    assert sentence_name("Son tres días.") not in sounds


async def test_a_name_is_waited_for() -> None:
    room = Room()
    async with room.at_work():
        room.mouth.begin([NAME], "es")
        assert room.mouth.patience_s(NAME, "es") > 1
        room.may_speak.set()
        await until(lambda: not room.mouth.patience_s(NAME, "es"))
        sounds = room.mouth.sounds(NAME, "es")

    assert list(sounds) == [sentence_name("¿Hablo con Ana?")]


async def test_a_name_comes_before_what_phrases_can_say_and_a_busy_voice_takes_nothing_more() -> None:
    room = Room()
    for days in range(2, 12):
        room.mouth.begin([Prompt("owed", {"count": days})], "es")
    room.mouth.begin([NAME], "es")
    assert room.voice.not_taken == 4

    async with room.at_work():
        room.may_speak.set()
        await until(lambda: not room.mouth.patience_s(NAME, "es"))
    assert room.asked[0] == "¿Hablo con Ana?"


class Slow(Keys):
    """The name takes a while."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def patience_s(self, part: Part, language: str) -> float:
        if isinstance(part, Prompt) and part.key == "ask_for_person" and self._looks:
            self._looks -= 1
            return 3.0
        return 0.0


class Line(FakeLine):
    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(keys)
        self.batches: list[list[str]] = []

    async def play(self, sounds: Sequence[str], *, afresh: bool = False) -> str:
        self.batches.append(list(sounds))
        return await super().play(sounds)


async def test_what_comes_before_a_sentence_is_played_while_that_is_spoken() -> None:
    line = Line(["", GONE])
    await call_with(Slow(looks=2)).serve(line)

    assert line.batches == [["greeting", "recording"], ["ask_for_person"]]


async def test_a_key_that_is_pressed_while_the_voice_is_waited_for_is_an_answer() -> None:
    line = Line(["1", GONE])
    await call_with(Slow(looks=9)).serve(line)

    assert line.batches == [["greeting", "recording"], ["ask_document_last"]]


def call_with(mouth: Keys) -> SelfServiceCall:
    return SelfServiceCall(
        Player(load("self-service")), CALL, house=FakeHouse(person()), queue=FakeQueue(), mouth=mouth
    )


async def until(fulfilled: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not fulfilled():  # noqa: ASYNC110 - a thread's work has no event here
            await asyncio.sleep(0.01)
