"""The beginnings of a random share of the calls: which, from when, how much, and whether they may be kept at all."""

from __future__ import annotations

import io
import itertools
import wave
from datetime import UTC, datetime

import numpy as np
import pytest

from dialer.amd.audio_keeping import AudioShare, is_of_share, may_keep, seconds_of, wav_of
from dialer.domain.events import CallAnswered
from dialer.domain.ids import CallId, new_call_id
from dialer.domain.verdict import AmdCategory

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CALL = CallId("01890000-0000-7000-8000-000000000001")
FRAME = bytes(range(64)) * 5  # 20 ms


class Ear:
    """Who listens anyway."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def connected(self, link: object) -> None:
        self.heard.append(link)

    def audio(self, pcm: bytes) -> None:
        self.heard.append(pcm)

    def dtmf(self, digit: str) -> None:
        self.heard.append(digit)

    def disconnected(self, link: object) -> None:
        self.heard.append(link)


class Link:
    def close(self) -> None: ...


def answered(call_id: CallId = CALL) -> CallAnswered:
    return CallAnswered(at=NOW, monotonic=1.0, call_id=call_id)


def play(share: AudioShare, before: int, after: int, call_id: CallId = CALL) -> Ear:
    ear = Ear()
    handler = share.listening(lambda _: ear)(call_id)
    assert handler is not None
    for _ in range(before):
        handler.audio(FRAME)
    share.on_event(answered(call_id))
    for _ in range(after):
        handler.audio(FRAME)
    return ear


def test_it_keeps_ten_seconds_from_the_answer_on_and_the_half_second_before_it() -> None:
    share = AudioShare(1.0)
    play(share, before=400, after=800)
    heard = share.take(CALL)
    assert heard is not None
    assert seconds_of(heard) == 10.0
    play(share, before=400, after=100)
    assert seconds_of(share.take(CALL) or b"") == 2.5


def test_audio_that_begins_after_the_answer_is_kept_too() -> None:
    share = AudioShare(1.0)
    share.on_event(answered())
    handler = share.listening(lambda _: Ear())(CALL)
    assert handler is not None
    for _ in range(50):
        handler.audio(FRAME)
    assert seconds_of(share.take(CALL) or b"") == 1.0
    assert AudioShare(0.0).take(CALL) is None


def test_whoever_listens_hears_everything_all_the_same() -> None:
    share = AudioShare(1.0)
    ear = play(share, before=3, after=2)
    assert ear.heard == [FRAME] * 5
    handler = share.listening(lambda _: ear)(CALL)
    assert handler is not None
    link = Link()
    handler.connected(link)
    handler.dtmf("5")
    handler.disconnected(link)
    assert ear.heard[5:] == [link, "5", link]


def test_nothing_is_kept_of_a_call_that_was_not_answered_or_hardly_heard() -> None:
    share = AudioShare(1.0)
    handler = share.listening(lambda _: Ear())(CALL)
    assert handler is not None
    handler.audio(FRAME)
    assert share.take(CALL) is None
    play(share, before=0, after=5)
    assert share.take(CALL) is None
    assert share.take(CALL) is None  # and it is forgotten


def test_the_answers_audio_may_come_over_a_new_connection() -> None:
    share = AudioShare(1.0)
    play(share, before=0, after=50)
    handler = share.listening(lambda _: Ear())(CALL)
    assert handler is not None
    for _ in range(50):
        handler.audio(FRAME)
    assert seconds_of(share.take(CALL) or b"") == 2.0
    assert share.counters.begun == 1


def test_a_call_that_nobody_expects_is_not_listened_to() -> None:
    assert AudioShare(1.0).listening(lambda _: None)(CALL) is None


def test_a_share_of_none_is_no_call_and_of_one_every_call() -> None:
    chance = np.random.default_rng(1)
    ids = [new_call_id(NOW, chance.bytes(10)) for _ in range(4000)]
    assert not any(is_of_share(each, 0.0) for each in ids)
    assert all(is_of_share(each, 1.0) for each in ids)
    assert sum(is_of_share(each, 0.02) for each in ids) == pytest.approx(80, abs=40)
    ear = Ear()
    assert AudioShare(0.0).listening(lambda _: ear)(CALL) is ear


def test_more_calls_than_memory_is_for_crowd_out_the_oldest() -> None:
    share = AudioShare(1.0)
    ids = [CallId(f"01890000-0000-7000-8000-{number:012x}") for number in range(502)]
    for call_id in ids:
        play(share, before=0, after=20, call_id=call_id)
    assert share.counters.crowded_out == 2
    assert [share.take(call_id) is None for call_id in ids[:3]] == [True, True, False]


def test_what_may_be_a_person_is_not_kept_where_the_recording_is_announced() -> None:
    kept = {
        (record, announces, law, category)
        for record, announces, law, category in itertools.product(
            (True, False), (True, False), (True, False), [*AmdCategory, None]
        )
        if may_keep(record=record, announces=announces, law_announces=law, category=category)
    }
    nobody = {AmdCategory.MACHINE, AmdCategory.ANNOUNCEMENT, AmdCategory.FAX}
    assert {category for record, announces, law, category in kept if announces} == nobody
    assert {category for record, announces, law, category in kept if not announces} == {*AmdCategory, None}
    assert all(record and not law for record, announces, law, category in kept)


def test_it_is_written_as_a_file_that_browsers_play() -> None:
    with wave.open(io.BytesIO(wav_of(FRAME * 50))) as read:
        assert (read.getnchannels(), read.getframerate(), read.getsampwidth()) == (1, 8000, 2)
        assert read.readframes(10_000) == FRAME * 50
