"""One call under detection: early media, answer, verdict, beep, and audio that does not come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dialer.amd.phrases import Word, phrasebook
from dialer.amd.session import MESSAGE_LIMIT_S, VERDICT_LIMIT_S, Session
from dialer.amd.transcript import Heard
from dialer.clock import ManualClock
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict, DecideBy, SecondLook
from tests.support.telephone_audio import Sound, call, frames, silence, speech, tone

CALL = CallId("01890000-0000-7000-8000-000000000001")


class Link:
    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Line:
    """A session with its clock: audio takes its time, and the service's timer ticks."""

    def __init__(
        self,
        *,
        mode: AmdMode = AmdMode.CAREFUL,
        wait_for_message: bool = False,
        decide_by: DecideBy | None = None,
        second_look_s: float = 0.0,
    ) -> None:
        self.looks: list[SecondLook] = []
        self.clock = ManualClock(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
        self.verdicts: list[AmdVerdict] = []
        self.message_times: list[tuple[bool, float]] = []
        self.session = Session(
            CALL,
            mode=mode,
            wait_for_message=wait_for_message,
            clock=self.clock,
            phrasebook=phrasebook("es"),
            on_verdict=lambda _, verdict: self.verdicts.append(verdict),
            on_message_time=lambda _, beep: self.message_times.append((beep, self.clock.monotonic())),
            decide_by=decide_by,
            second_look_s=second_look_s,
            on_second_look=lambda _, look: self.looks.append(look),
        )

    def hear(self, *parts: Sound, piece_frames: int = 1) -> None:
        whole = frames(call(*parts))
        for at in range(0, len(whole), piece_frames):
            piece = whole[at : at + piece_frames]
            self.clock.advance(0.02 * len(piece))
            self.session.audio(b"".join(piece))
            if at % 5 == 0:
                self.session.tick()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            self.session.tick()

    @property
    def verdict(self) -> AmdVerdict:
        assert len(self.verdicts) == 1, self.verdicts
        return self.verdicts[0]


def test_the_delay_of_the_verdict_counts_from_the_answer_and_not_from_early_media() -> None:
    line = Line()
    line.hear(tone(1000, 425), silence(3000))
    line.session.answered()
    line.hear(silence(600), speech(500), silence(2000))
    assert line.verdict.category is AmdCategory.HUMAN
    assert line.verdict.delay_ms == pytest.approx(600 + 500 + 480, abs=100)


def test_audio_that_overtakes_the_news_of_the_answer_is_part_of_the_greeting() -> None:
    line = Line()
    line.hear(speech(300))
    line.session.answered()
    line.hear(speech(300), silence(2000))
    assert line.verdict.reason == "short-greeting"
    assert line.verdict.evidence["speech_ms"] == pytest.approx(600, abs=60)


def test_nothing_is_said_before_the_answer() -> None:
    line = Line()
    line.hear(silence(500), speech(6000), tone(400, 1000), silence(1000))
    line.wait(60)
    assert line.verdicts == []


@pytest.mark.parametrize("piece_frames", [1, 3, 7])
def test_the_cut_of_the_audio_does_not_change_the_verdict(piece_frames: int) -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(400), speech(700), silence(2000), piece_frames=piece_frames)
    assert line.verdict.reason == "short-greeting"


def test_a_frame_cut_in_two_is_heard_as_one() -> None:
    line, other = Line(), Line()
    for one in (line, other):
        one.session.answered()
    pcm = call(silence(300), speech(500), silence(1000))
    for at in range(0, len(pcm), 100):
        other.clock.advance(len(pcm[at : at + 100]) / 16000)
        other.session.audio(pcm[at : at + 100])
    line.hear(silence(300), speech(500), silence(1000))
    assert other.verdict.evidence == line.verdict.evidence


def test_a_machine_is_waited_on_until_its_beep_is_over() -> None:
    line = Line(wait_for_message=True)
    line.session.answered()
    line.hear(silence(300), speech(6000), silence(600), tone(500, 1000))
    assert line.verdict.category is AmdCategory.MACHINE
    assert line.message_times == []
    beep_over = line.clock.monotonic()
    line.hear(silence(1000))
    [(heard_beep, at)] = line.message_times
    assert heard_beep
    assert 0 < at - beep_over <= 0.3


def test_a_beep_that_is_the_verdict_is_also_the_time_for_the_message() -> None:
    line = Line(wait_for_message=True)
    line.session.answered()
    line.hear(silence(300), speech(1800), silence(400), tone(400, 620), silence(600))
    assert line.verdict.reason == "beep"
    assert [beep for beep, _ in line.message_times] == [True]


def test_a_greeting_that_ends_without_a_beep_is_left_a_message_after_its_silence() -> None:
    line = Line(wait_for_message=True)
    line.session.answered()
    line.hear(silence(300), speech(6000))
    line.hear(silence(2500))
    assert line.message_times == []
    line.hear(silence(1000))
    assert [beep for beep, _ in line.message_times] == [False]


def test_an_endless_greeting_is_waited_on_for_half_a_minute() -> None:
    line = Line(wait_for_message=True)
    line.session.answered()
    line.hear(speech(33_000))
    [(heard_beep, at)] = line.message_times
    assert not heard_beep
    assert at == pytest.approx(MESSAGE_LIMIT_S, abs=0.2)


def test_a_person_is_not_listened_to_after_the_verdict() -> None:
    line = Line(wait_for_message=True)
    line.session.answered()
    line.hear(silence(300), speech(500), silence(1000), tone(500, 1000), silence(500))
    assert line.verdict.category is AmdCategory.HUMAN
    assert line.message_times == []
    assert line.session.done


def test_an_answer_without_any_audio_gets_one_verdict_and_it_is_unknown() -> None:
    line = Line()
    line.session.answered()
    line.wait(20)
    assert (line.verdict.category, line.verdict.reason) == (AmdCategory.UNKNOWN, "no-audio")
    assert line.verdict.delay_ms == pytest.approx(2500, abs=110)


def test_a_line_that_sends_nothing_while_nobody_speaks_is_a_silent_line() -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(500), speech(500))
    line.wait(1)
    assert line.verdict.category is AmdCategory.HUMAN
    assert line.verdict.delay_ms <= 1000 + 480 + 220


def test_audio_that_stops_before_a_word_is_silence() -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(800))
    line.wait(10)
    assert (line.verdict.category, line.verdict.reason) == (AmdCategory.SILENCE, "no-speech")
    assert line.verdict.delay_ms == pytest.approx(4000, abs=250)


def test_ringing_without_end_is_unknown_in_time_for_the_engine() -> None:
    line = Line()
    line.session.answered()
    for _ in range(4):
        line.hear(tone(1000, 425), silence(2000))
    assert (line.verdict.category, line.verdict.reason) == (AmdCategory.UNKNOWN, "time-limit")
    assert line.verdict.delay_ms <= VERDICT_LIMIT_S * 1000 + 100


def test_the_dialplan_may_enter_again_and_the_call_goes_on() -> None:
    line, first, second = Line(), Link(), Link()
    line.session.connected(first)
    line.hear(tone(1000, 425), silence(1000))
    line.session.disconnected(first)
    line.session.answered()
    line.session.connected(second)
    line.hear(silence(300), speech(500), silence(1000))
    assert line.verdict.category is AmdCategory.HUMAN
    line.session.close()
    assert (first.closed, second.closed) == (0, 1)


def test_a_second_connection_of_the_same_call_takes_over_from_a_dead_one() -> None:
    line, first, second = Line(), Link(), Link()
    line.session.connected(first)
    line.session.connected(second)
    line.session.disconnected(first)
    assert (first.closed, second.closed) == (1, 0)


def test_an_answer_that_is_told_twice_is_one_answer() -> None:
    line = Line(mode=AmdMode.OFF)
    line.hear(silence(30))
    line.session.answered()
    line.session.answered()
    assert (line.verdict.reason, line.verdict.delay_ms) == ("amd-off", 0)


def test_a_flood_of_audio_is_cut_and_counted() -> None:
    line = Line()
    line.session.answered()
    line.session.audio(bytes(16000 * 20))
    assert line.session.bytes_dropped == 16000 * 20 - 25 * 320
    assert line.verdicts == []


def test_a_forgotten_call_stays_silent() -> None:
    line = Line()
    line.session.answered()
    line.session.close()
    line.hear(silence(300), speech(500), silence(3000))
    line.wait(20)
    assert line.verdicts == []


def test_words_of_a_machine_decide_at_once_and_before_the_answer_at_the_answer() -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(200), speech(700))
    line.session.heard_words(Heard("en este momento no me encuentro"))
    assert line.verdict.reason == "machine-phrase"
    early = Line()
    early.hear(speech(2000))
    early.session.heard_words(Heard("el número que usted marcó no existe"))
    assert early.verdicts == []
    early.session.answered()
    assert (early.verdict.category, early.verdict.reason) == (AmdCategory.ANNOUNCEMENT, "early-announcement")


def test_whoever_answers_is_understood_afresh_and_nobody_after_the_verdict() -> None:
    streams: list[Stream] = []

    class Stream:
        def __init__(self) -> None:
            self.heard, self.closed = 0, False

        def accept(self, frame: bytes) -> None:
            self.heard += len(frame)

        def close(self) -> None:
            self.closed = True

    class Transcribing:
        name = "a-model"
        may_decide = True

        def open(self, on_heard: Callable[[Heard], None]) -> Stream:
            streams.append(Stream())
            return streams[-1]

    line = Line()
    line.session.understand_with(Transcribing())
    line.hear(speech(2000))
    assert [stream.heard for stream in streams] == [32_000]
    line.session.answered()
    line.hear(silence(300), speech(500), silence(2000))
    assert line.verdict.category is AmdCategory.HUMAN
    assert [stream.closed for stream in streams] == [True, True]
    assert streams[0].heard == 32_000
    assert streams[1].heard == pytest.approx(16 * line.verdict.delay_ms, abs=640)


# --------------------------------------------------------------------------------- the law's time to connect


def test_a_verdict_says_when_the_greeting_began_and_when_it_ended() -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(400), speech(700), silence(2000))
    assert line.verdict.greeting_started_ms_ago == pytest.approx(700 + 480, abs=120)
    assert line.verdict.greeting_ended_ms_ago == pytest.approx(480, abs=60)


def test_where_nobody_spoke_there_was_no_greeting() -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(5000))
    assert line.verdict.reason == "no-speech"
    assert (line.verdict.greeting_started_ms_ago, line.verdict.greeting_ended_ms_ago) == (None, None)


def test_a_law_that_counts_from_the_greetings_beginning_gets_a_verdict_in_mid_greeting() -> None:
    line = Line(decide_by=DecideBy(seconds=1.7, from_start=True))
    line.session.answered()
    line.hear(silence(400), speech(4000), silence(2000))
    assert (line.verdict.category, line.verdict.reason) == (AmdCategory.UNKNOWN, "connect-deadline")
    assert line.verdict.delay_ms == pytest.approx(400 + 1700, abs=120)
    assert line.verdict.greeting_ended_ms_ago is None


def test_a_law_that_counts_from_the_greetings_end_gets_a_verdict_before_its_time_is_up() -> None:
    line = Line(decide_by=DecideBy(seconds=0.7, from_start=False))
    line.session.answered()
    line.hear(silence(400), speech(2400), silence(3000))
    assert line.verdict.reason == "connect-deadline"
    assert line.verdict.greeting_ended_ms_ago == pytest.approx(700, abs=60)


def test_the_law_never_hurries_a_line_on_which_nobody_has_spoken() -> None:
    line = Line(decide_by=DecideBy(seconds=0.5, from_start=True))
    line.session.answered()
    line.hear(silence(5000))
    assert line.verdict.reason == "no-speech"


# --------------------------------------------------------------------------------- the second look


def connected(**settings: bool) -> Line:
    """A line whose person has just been connected with an agent."""
    line = Line(second_look_s=3.0, **settings)
    line.session.answered()
    line.hear(silence(300), speech(500), silence(600))
    assert line.verdict.category is AmdCategory.HUMAN
    line.session.look_again()
    return line


def test_a_beep_after_the_connection_is_a_machine_for_certain_and_ends_the_look() -> None:
    line = connected()
    link = Link()
    line.session.connected(link)
    line.hear(silence(300), tone(400, 1000), silence(400))
    [look] = line.looks
    assert (look.category, look.reason, look.certain, look.heard_beep) == (AmdCategory.MACHINE, "beep", True, True)
    assert look.after_ms == pytest.approx(300 + 400 + 150, abs=120)
    assert line.session.done
    assert link.closed == 1


def test_a_beep_between_the_verdict_and_the_connection_is_told_with_the_connection() -> None:
    line = Line(second_look_s=3.0)
    line.session.answered()
    line.hear(silence(300), speech(500), silence(600), tone(400, 1000), silence(400))
    assert line.looks == []
    line.session.look_again()
    assert [look.reason for look in line.looks] == ["beep"]


def test_whoever_talks_on_is_a_hint_and_what_is_certain_may_follow() -> None:
    line = connected()
    line.hear(speech(1400), silence(200), tone(300, 1000), silence(400))
    assert [(look.reason, look.certain) for look in line.looks] == [("talked-on", False), ("beep", True)]


def test_a_person_who_answers_the_agent_gives_no_sign_of_a_machine() -> None:
    line = connected()
    line.hear(silence(900), speech(700), silence(2000))
    assert line.looks == []
    assert line.session.done


def test_what_was_said_before_the_verdict_is_no_talking_on() -> None:
    line = Line(second_look_s=3.0)
    line.session.answered()
    line.hear(silence(300), speech(1900), silence(1200))
    line.session.look_again()
    line.hear(speech(500), silence(3000))
    assert line.looks == []


def test_a_long_greeting_after_which_nothing_comes_is_a_hint_at_the_end_of_the_look() -> None:
    line = Line(second_look_s=3.0)
    line.session.answered()
    line.hear(silence(300), speech(1500), silence(260), speech(1600), silence(1700))
    assert line.verdict.category is AmdCategory.HUMAN
    line.session.look_again()
    line.hear(silence(2800))
    assert line.looks == []
    line.hear(silence(400))
    assert [(look.reason, look.certain) for look in line.looks] == [("said-no-more", False)]


def test_a_look_whose_audio_never_came_says_nothing_of_silence() -> None:
    line = Line(second_look_s=3.0)
    line.session.answered()
    line.hear(silence(300), speech(1500), silence(260), speech(1600), silence(1700))
    line.session.look_again()
    line.wait(4)
    assert line.looks == []
    assert line.session.done


def test_a_recorded_phrase_is_certain_only_where_its_words_may_decide() -> None:
    for may_decide, found in ((True, [("machine-phrase", True)]), (False, [])):

        class Silent:
            def accept(self, frame: bytes) -> None: ...

            def close(self) -> None: ...

        class Transcribing:
            name = "a-model"

            def __init__(self, may_decide: bool) -> None:
                self.may_decide = may_decide

            def open(self, on_heard: Callable[[Heard], None]) -> Silent:
                return Silent()

        line = Line(second_look_s=3.0)
        line.session.understand_with(Transcribing(may_decide))
        line.session.answered()
        line.hear(silence(300), speech(500), silence(600))
        line.session.look_again()
        line.session.heard_words(Heard("deje su mensaje después del tono"))
        assert [(look.reason, look.certain) for look in line.looks] == found


def test_words_that_may_not_decide_are_kept_as_evidence() -> None:
    line = Line()
    line.session.answered()
    line.hear(silence(200), speech(700))
    line.session._listener.words_decide = False
    line.session.heard_words(Heard("deje su mensaje", (Word("deje", 200, 400),)))
    assert line.verdicts == []
    line.hear(silence(1000))
    assert line.verdict.reason == "short-greeting"
    assert line.verdict.evidence["pii_words"] == "deje su mensaje"
    assert line.verdict.evidence["pii_word_times"] == [["deje", 200, 400]]
    assert line.verdict.evidence["words_decide"] is False


def test_a_machine_found_at_the_second_look_is_waited_on_until_its_beep() -> None:
    line = connected()
    line.hear(speech(600))
    line.session.await_message_time()
    line.hear(speech(1000), silence(300), tone(400, 1000))
    assert line.message_times == []
    beep_over = line.clock.monotonic()
    line.hear(silence(500))
    [(heard_beep, at)] = line.message_times
    assert heard_beep
    assert 0 < at - beep_over <= 0.3


def test_the_gap_in_which_the_audio_moves_is_no_end_of_a_greeting() -> None:
    line = connected()
    line.hear(speech(400))
    line.wait(2)
    line.session.await_message_time()
    line.hear(speech(1000))
    assert line.message_times == []


def test_nobody_who_is_never_connected_is_stood_by_for_ever() -> None:
    line = Line(second_look_s=3.0)
    line.session.answered()
    line.hear(silence(300), speech(500), silence(600))
    assert line.session.open
    line.wait(25)
    assert line.session.done
    line.session.look_again()
    assert line.looks == []
