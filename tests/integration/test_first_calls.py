"""The whole station on a real Asterisk with SIPp as the carrier, compared call by call from all four sides.

The log, the bus, SIPp's own milestones and Asterisk's call records have to tell the same story of every call.
"""

from __future__ import annotations

import asyncio
import hashlib
import wave
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from dialer.app import Station
from dialer.demo.summary import percentile
from dialer.domain.agent import AgentState
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction, DialMode
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from dialer.ports import BusMessage
from dialer.provision.process import AsteriskProcess
from ivr_flows.voice import RATE_HZ
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.dialed_campaign import Seen, dial, digits_of
from tests.support.ear import listening
from tests.support.mu_law import Signal, decoded, encoded, traces
from tests.support.scripted_carrier import GREETING, MAN, Cast, first_calls, numbers, sound, too_few_agents
from tests.support.sipp import SippCarrier

CALLS, AGENTS, CALLS_PER_SECOND = 300, 120, 20.0
FEW_CALLS, FEW_AGENTS, TALK_S = 10, 3, 6.0

LOUD = 0.02  # of full scale: speech is ten times louder, a line's noise ten times softer
ALIKE = 0.5  # the same words after a codec, packets and a mixer; other words stay below 0.3


@dataclass(frozen=True, slots=True)
class Afternoon:
    cast: Cast
    seen: Seen
    heard: dict[str, Signal]  #: by number, what the called side heard, where it has an ear


@pytest.fixture(scope="module")
def afternoon(asterisk: AsteriskProcess, tmp_path_factory: pytest.TempPathFactory) -> Afternoon:  # noqa: F811
    """300 calls at 20 a second, every kind of ending, agents enough for everybody."""
    folder = tmp_path_factory.mktemp("afternoon")
    cast = first_calls(folder)
    # Those whom nobody answers first, so that they ring while all others are dialed.
    dialed = sorted(numbers(CALLS), key=lambda number: cast.of(number).name != "nobody at home")
    with SippCarrier(asterisk.config.trunks[0].port, cast.conducts, folder) as carrier:
        seen = asyncio.run(
            dial(
                asterisk, carrier, folder, dialed,
                agents=AGENTS, calls_per_second=CALLS_PER_SECOND, timeout_s=50.0,
                name="tarde", ring_timeout_s=15.0, announce_recording=False,
            )
        )  # fmt: skip
    return Afternoon(cast, seen, {})


@pytest.fixture(scope="module")
def short_staffed(asterisk: AsteriskProcess, tmp_path_factory: pytest.TempPathFactory) -> Afternoon:  # noqa: F811
    """More lines than agents: some people are abandoned. Voicemails get a message."""
    folder = tmp_path_factory.mktemp("short_staffed")
    return asyncio.run(dial_short_staffed(asterisk, folder))


async def dial_short_staffed(process: AsteriskProcess, folder: Path) -> Afternoon:
    async with listening(encoded(sound(MAN, GREETING, 30.0))) as ear:
        cast = too_few_agents(folder, ear.port)
        dialed = sorted(numbers(FEW_CALLS), key=lambda number: cast.of(number).name != "voicemail")  # it takes longest
        with SippCarrier(process.config.trunks[0].port, cast.conducts, folder) as carrier:
            seen = await dial(
                process, carrier, folder, dialed,
                agents=FEW_AGENTS, calls_per_second=CALLS_PER_SECOND, timeout_s=60.0, act=agents_hang_up,
                name="poca-gente", mode=DialMode.POWER, ratio=10.0, announce_recording=False,
                actions={**DEFAULT_ACTIONS, AmdCategory.MACHINE: AnswerAction.LEAVE_MESSAGE},
            )  # fmt: skip
            heard = {number: ear.heard_from(port) for number, port in carrier.media_ports.items()}
    return Afternoon(cast, seen, heard)


def agents_hang_up(station: Station) -> None:
    """Every conversation is ended by its agent."""

    async def hang_up(agent_id: object) -> None:
        await asyncio.sleep(TALK_S)
        order: dict[str, object] = {"verb": "agent.hang_up", "agent_id": agent_id}
        await station.bus.publish(BusMessage(topic="poca-gente/command", payload=order))

    async def on_bridged(message: BusMessage) -> None:
        station.tasks.spawn(hang_up(message.payload["agent_id"]), "an agent who will hang up")

    station.bus.subscribe("poca-gente/call.bridged", on_bridged, name="agents who hang up")


def expected_of(afternoon: Afternoon, row: sa.Row[Any]) -> tuple[object, ...]:
    part = afternoon.cast.of(digits_of(row))
    return part.outcome.value, part.verdict, part.answers


# ------------------------------------------------------------------------------------------- the afternoon


def test_every_debtor_was_dialed_once_and_every_attempt_is_closed(afternoon: Afternoon) -> None:
    seen = afternoon.seen
    assert Counter(row.state for row in seen.log) == {"closed": CALLS}
    assert sorted(digits_of(row) for row in seen.log) == sorted(numbers(CALLS))
    assert len({row.debtor_id for row in seen.log}) == CALLS


def test_each_attempt_ended_as_the_script_says(afternoon: Afternoon) -> None:
    wrong = {
        f"{afternoon.cast.of(digits_of(row)).name} {row.call_id}": (row.outcome, row.amd_category, row.answered_at)
        for row in afternoon.seen.log
        if (row.outcome, row.amd_category, row.answered_at is not None) != expected_of(afternoon, row)
    }
    assert wrong == {}


def test_the_log_agrees_with_the_carrier_call_by_call(afternoon: Afternoon) -> None:
    cast, seen = afternoon.cast, afternoon.seen
    assert seen.surprises == []
    assert {number: tuple(told) for number, told in seen.carrier.items()} == {
        digits_of(row): cast.of(digits_of(row)).milestones for row in seen.log
    }
    causes = {(cast.of(digits_of(row)).name, row.cause) for row in seen.log}
    assert causes <= {(part.name, cause) for part in cast.parts for cause in part.causes}
    assert all(row.ringing_at is not None for row in seen.log)  # the carrier rang for every one of them


def test_early_media_is_heard_and_is_no_answer(afternoon: Afternoon) -> None:
    cast, seen = afternoon.cast, afternoon.seen
    early = {digits_of(row) for row in seen.log if row.early_media_at is not None}
    assert early == {number for number in numbers(CALLS) if cast.of(number).conduct.early_ms}
    answered_later = seen.calls(lambda number: cast.of(number).name == "speaks after early media")
    assert answered_later
    for row in answered_later:
        assert row.early_media_at < row.answered_at
        # The announcement was listened to, and not taken for the person's greeting.
        assert row.amd_evidence["early_speech_ms"] > 1000
        assert row.amd_reason == "short-greeting"


def test_the_log_agrees_with_asterisks_own_records_call_by_call(afternoon: Afternoon) -> None:
    cast, seen = afternoon.cast, afternoon.seen
    assert {call_id: len(records) for call_id, records in seen.cdrs.items()} == {row.call_id: 1 for row in seen.log}
    for row in seen.log:
        (record,) = seen.cdrs[row.call_id]
        name = f"{cast.of(digits_of(row)).name} {row.call_id}"
        assert record["userfield"] == f"{row.call_id};{row.debtor_id}", name
        assert record["disposition"] == cast.of(digits_of(row)).disposition, name
        assert bool(record["answer"]) == (row.answered_at is not None), name
        assert ("demo-agent" in record["dstchannel"]) == (row.bridged_at is not None), name
        if row.answered_at is not None:  # whole seconds there
            assert int(record["billsec"]) == pytest.approx((row.ended_at - row.answered_at).total_seconds(), abs=1.5)


def test_the_bus_tells_of_each_call_what_the_log_holds(afternoon: Afternoon) -> None:
    seen = afternoon.seen
    assert seen.events.keys() == {row.call_id for row in seen.log}
    besides = {"second_look", "talk"}  # these come where they have something to say
    for row in seen.log:
        expected = ["dialed", "ringing"]
        expected += ["answered"] if row.answered_at else []
        expected += ["verdict"] if row.amd_category else []
        expected += ["bridged"] if row.bridged_at else []
        told = [what for what in seen.told(row.call_id) if what not in besides]
        assert told == [*expected, "closed"], row.number
        closed = seen.events[row.call_id][-1].payload
        assert (closed["outcome"], closed["cause"], closed["agent_id"]) == (row.outcome, row.cause, row.agent_id)


def test_the_running_counts_are_those_of_the_log(afternoon: Afternoon) -> None:
    assert_counts(afternoon)
    assert afternoon.seen.tally.abandoned == 0  # there was an agent for everybody


def assert_counts(afternoon: Afternoon) -> None:
    tally, log = afternoon.seen.tally, afternoon.seen.log
    assert tally.outcomes == Counter(Outcome(row.outcome) for row in log)
    assert (tally.placed, tally.attempts) == (len(log), len(log))
    assert tally.answered == sum(row.answered_at is not None for row in log)
    assert tally.bridged == len(tally.verdict_to_bridge_ms) == sum(row.bridged_at is not None for row in log)
    assert tally.machines == sum(row.amd_category == "machine" for row in log)
    assert tally.abandoned == sum(row.outcome == "abandoned" for row in log)


def test_every_agent_is_idle_again_on_the_leg_of_the_sign_in(afternoon: Afternoon) -> None:
    assert_idle(afternoon.seen, AGENTS)


def assert_idle(seen: Seen, agents: int) -> None:
    assert list(seen.seats.values()) == [AgentState.READY] * agents
    # Other tests' phones may still be connected to this Asterisk: only those of this run's agents count.
    own = {channel.channel_id for channel in seen.channels if channel.agent_id in seen.seats}
    legs = [channel for channel in seen.channels if channel.channel_id.removesuffix("-far") in own]
    assert (len(own), len(legs)) == (agents, 2 * agents)  # both halves of each phone
    calls = {channel.channel_id.removesuffix("-far") for channel in seen.channels} & {row.call_id for row in seen.log}
    assert calls == set()  # the notice of a recording may still be ending its sentence
    assert {channel.bridge_id for channel in legs} == {""}


def test_in_each_recording_both_are_heard(afternoon: Afternoon, asterisk: AsteriskProcess) -> None:  # noqa: F811
    cast, seen = afternoon.cast, afternoon.seen
    agents_words = words_of_agents(asterisk)
    talks = [row for row in seen.log if row.bridged_at is not None]
    assert {row.call_id for row in seen.log if row.recorded} == {row.call_id for row in talks}
    assert abs(median(row.recording_s - row.talk_s for row in talks)) < 0.5
    for row in talks:
        part = cast.of(digits_of(row))
        name = f"{part.name} {row.call_id}"
        debtor, agent = sides(seen.recordings, row)
        assert np.max(np.abs(agent)) > LOUD, name
        assert traces(agent, agents_words) > ALIKE, name
        if part.speaks and part.conduct.audio is not None:
            assert np.max(np.abs(debtor)) > LOUD, name
            assert traces(debtor, decoded(part.conduct.audio.read_bytes())) > ALIKE, name
        else:
            assert np.max(np.abs(debtor)) < LOUD, name


def sides(folder: Path, row: sa.Row[Any]) -> tuple[Signal, Signal]:
    """The recording's left and right, after a look at what the log says of the file."""
    path = folder / row.recording_file
    content = path.read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (row.recording_bytes, row.recording_sha256)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, RATE_HZ, 2)
        assert file.getnframes() / RATE_HZ == pytest.approx(row.recording_s, abs=0.01)
        stereo = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2) / 32768
    # The log's time is that of the events' arrival, on a busy machine late for the beginning or for the end.
    assert row.recording_s == pytest.approx(row.talk_s, abs=5.0)
    return stereo[:, 0], stereo[:, 1]


def words_of_agents(process: AsteriskProcess) -> Signal:
    """What a simulated agent says in a short conversation."""
    return np.concatenate([read_wav(process.sounds / "es" / f"agent_{line}.wav") for line in (1, 2)])


def read_wav(path: Path) -> Signal:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return samples.astype(np.float64) / 32768


def test_the_way_from_verdict_to_bridge_is_measured_in_every_conversation(
    afternoon: Afternoon, capsys: pytest.CaptureFixture[str]
) -> None:
    talks = [row for row in afternoon.seen.log if row.bridged_at is not None]
    delays = [row.verdict_to_bridge_ms for row in talks]
    assert all(delay > 0 for delay in delays)
    dialed = [row.dialed_at for row in afternoon.seen.log]
    rate = CALLS / (max(dialed) - min(dialed)).total_seconds()
    with capsys.disabled():
        print(
            f"\n{CALLS} calls at {rate:.1f} a second, {len(delays)} conversations; from verdict to bridge "
            f"p50 {percentile(delays, 0.5)} ms, p99 {percentile(delays, 0.99)} ms, max {max(delays):.2f} ms"
        )


# ------------------------------------------------------------------------------------------- too few agents


def test_people_whom_no_agent_takes_hear_the_message_and_count_as_abandoned(
    short_staffed: Afternoon,
    asterisk: AsteriskProcess,  # noqa: F811
) -> None:
    message = read_wav(asterisk.sounds / "es" / "abandoned.wav")
    people = short_staffed.seen.calls(lambda number: short_staffed.cast.of(number).name == "short greeting")
    abandoned = [row for row in people if row.outcome == "abandoned"]
    talked = [row for row in people if row.outcome == "conversation"]
    assert len(abandoned) + len(talked) == len(people)
    assert abandoned
    assert talked
    for row in abandoned:
        assert row.abandoned_message_played
        assert (row.agent_id, row.recorded) == (None, False)
        heard = short_staffed.heard[digits_of(row)]
        assert traces(heard, message) > max(ALIKE, traces(heard, words_of_agents(asterisk)))
        assert heard.size > 0.9 * message.size  # to its end
        told = short_staffed.seen.events[row.call_id]
        assert short_staffed.seen.told(row.call_id)[-2:] == ["abandoned", "closed"]
        assert told[-2].payload["waited_s"] >= 2.0
    for row in talked:
        assert not row.abandoned_message_played


def test_people_hear_their_agent_who_then_hangs_up(short_staffed: Afternoon, asterisk: AsteriskProcess) -> None:  # noqa: F811
    message = read_wav(asterisk.sounds / "es" / "abandoned.wav")
    talked = [row for row in short_staffed.seen.log if row.outcome == "conversation"]
    for row in talked:
        heard = short_staffed.heard[digits_of(row)]
        assert traces(heard, words_of_agents(asterisk)) > max(ALIKE, traces(heard, message))
        sides(short_staffed.seen.recordings, row)
    assert_idle(short_staffed.seen, FEW_AGENTS)


def test_voicemails_take_the_message_after_the_beep(short_staffed: Afternoon) -> None:
    left = short_staffed.seen.calls(lambda number: short_staffed.cast.of(number).name == "voicemail")
    assert left
    assert {(row.outcome, row.amd_category, row.agent_id) for row in left} == {("message_left", "machine", None)}


def test_the_four_sides_agree_when_agents_are_few_too(short_staffed: Afternoon) -> None:
    seen = short_staffed.seen
    assert seen.surprises == []
    assert seen.carrier == {number: ["invited", "answered", "ended"] for number in numbers(FEW_CALLS)}
    assert {call_id: len(records) for call_id, records in seen.cdrs.items()} == {row.call_id: 1 for row in seen.log}
    assert {record["disposition"] for records in seen.cdrs.values() for record in records} == {"ANSWERED"}
    assert {row.call_id: row.outcome for row in seen.log} == {
        call_id: events[-1].payload["outcome"] for call_id, events in seen.events.items()
    }
    assert_counts(short_staffed)
