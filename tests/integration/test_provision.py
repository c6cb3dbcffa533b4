"""The private Asterisk as the dialer uses it: its boot, its dialplan, its sounds, its demo carrier."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest

from dialer.errors import TelephonyError
from dialer.pbx import ami_actions
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.provision.process import AsteriskProcess
from dialer.provision.sounds import MESSAGES, load_script
from ivr_flows.prompts import LANGUAGES, load_catalogue
from ivr_flows.voice import write_wav
from tests.support.asterisk import DEMO_SPEED, asterisk, free_port, start_asterisk  # noqa: F401
from tests.support.telephone_room import PATIENCE_S, TelephoneRoom, telephone_room

BEHAVED = {
    BehaviourKind.PERSON: "+525512340000",
    BehaviourKind.HANGS_UP: "+525512340098",
    BehaviourKind.SILENT: "+525512340095",
    BehaviourKind.NO_MEDIA: "+525512340097",
    BehaviourKind.VOICEMAIL: "+525512340034",
    BehaviourKind.EARLY_VOICEMAIL: "+525512340052",
    BehaviourKind.EARLY_ANNOUNCEMENT: "+525512340054",
    BehaviourKind.BUSY: "+525512340057",
    BehaviourKind.NO_ANSWER: "+525512340064",
    BehaviourKind.UNALLOCATED: "+525512340086",
    BehaviourKind.CONGESTION: "+525512340092",
}
LOUD = 2000  # of 32768: speech is above, the noise of a line far below


def carrier(number: str) -> str:
    return f"Local/{number}@cadencia-demo-carrier/n"


@pytest.fixture(scope="module")
def impatient() -> Iterator[AsteriskProcess]:
    """A second Asterisk beside the session's: gives up on a dead engine after one second; its messages are short."""
    process = start_asterisk("impatient", untaken_s=1.0, demo_speed=20.0)
    for language in LANGUAGES:
        for kind in MESSAGES:
            write_wav(process.sounds / language / f"{kind}.wav", np.full(1600, 9000, dtype=np.int16))
    try:
        yield process
    finally:
        process.remove()


# ------------------------------------------------------------------------------------------------- boot and process


def test_it_boots_without_one_error_or_warning() -> None:
    fresh = start_asterisk("boot")  # the session's own has had calls that were meant to go wrong
    try:
        assert fresh.cli("core show version").startswith("Asterisk 2")
        log = (fresh.instance.path / "log" / "messages.log").read_text(encoding="utf-8")
    finally:
        fresh.remove()

    assert [line for line in log.splitlines() if re.search(r"(ERROR|WARNING)\[\d+\] (?!app_|res_audio)", line)] == []


def test_its_packets_are_sent_before_others_work_where_the_system_allows_that(
    asterisk: AsteriskProcess,  # noqa: F811
) -> None:
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except PermissionError:
        expected = os.SCHED_OTHER
    else:
        expected = os.SCHED_RR

    assert os.sched_getscheduler(asterisk.pid or 0) == expected


@pytest.mark.parametrize(
    "context",
    [
        "cadencia-call", "cadencia-bridge", "cadencia-early", "cadencia-message", "cadencia-agent", "cadencia-inbound",
        "cadencia-phone", "cadencia-demo-carrier", "cadencia-demo-agent",
    ],
)  # fmt: skip
def test_the_context_is_loaded(asterisk: AsteriskProcess, context: str) -> None:  # noqa: F811
    assert f"[ Context '{context}'" in asterisk.cli(f"dialplan show {context}")


def test_every_application_and_function_of_the_dialplan_is_loaded(asterisk: AsteriskProcess) -> None:  # noqa: F811
    etc = asterisk.instance.path / "etc"
    dialplan = "".join((etc / name).read_text(encoding="utf-8") for name in ("extensions.conf", "extensions-demo.conf"))
    applications = set(re.findall(r"(?:,\d+|n(?:\(\w+\))?),(\w+)\(", dialplan)) | {"AudioSocket", "TryExec"}
    functions = set(re.findall(r"[{(]([A-Z_]{3,})\(", dialplan)) | {"CDR"}

    assert {"Playback", "UserEvent", "ExecIf", "ChanSpy", "Bridge"} <= applications
    assert {"CHANNEL", "IMPORT", "CDR_PROP", "TIMEOUT"} <= functions
    for name in applications:
        assert "not registered" not in asterisk.cli(f"core show application {name}"), name
    for name in functions:
        assert "No function by that name" not in asterisk.cli(f"core show function {name}"), name
    assert "not registered" in asterisk.cli("core show application Farewell")
    assert "No function by that name" in asterisk.cli("core show function FAREWELL")


def test_an_instance_in_use_is_not_taken_by_another(asterisk: AsteriskProcess) -> None:  # noqa: F811
    with pytest.raises(TelephonyError, match="in use"):
        AsteriskProcess(asterisk.config, asterisk.instance).start()

    assert asterisk.pid is not None


def test_an_asterisk_whose_owner_died_is_ended_by_the_next_owner() -> None:
    first = start_asterisk("orphan")
    assert first._process is not None
    assert first._lock is not None
    first._lock.close()  # what the kernel does when the owner dies

    second = AsteriskProcess(first.config, first.instance)
    try:
        second.start()

        assert first._process.wait(5) == -9
        assert second.pid is not None
    finally:
        second.remove()


def test_a_port_that_is_taken_is_named(impatient: AsteriskProcess) -> None:
    instance = impatient.instance.root.instance(f"{impatient.instance.name}-twin")
    twin = AsteriskProcess(replace(impatient.config, directories=instance.directories), instance)
    try:
        with pytest.raises(TelephonyError, match=f"AMI port .*{impatient.config.ami_port}"):
            twin.start()
    finally:
        twin.remove()


def test_an_asterisk_without_the_modules_that_are_needed_is_refused(impatient: AsteriskProcess) -> None:
    instance = impatient.instance.root.instance(f"{impatient.instance.name}-broken")
    directories = replace(instance.directories, modules=PurePosixPath("/nonexistent"))
    ports = {"ami_port": free_port(), "http_port": free_port(), "sip_port": free_port(socket.SOCK_DGRAM)}
    broken = AsteriskProcess(replace(impatient.config, directories=directories, **ports), instance)
    try:
        with pytest.raises(TelephonyError, match=r"lacks modules .*app_audiosocket\.so"):
            broken.start()

        assert broken.pid is None
    finally:
        broken.remove()


# ------------------------------------------------------------------------------------------------- sounds


def test_every_prompt_and_line_is_there_in_what_telephones_carry(asterisk: AsteriskProcess) -> None:  # noqa: F811
    expected = [f"{language}/{key}" for language in LANGUAGES for key in load_catalogue(language).texts]
    expected += [
        f"demo/{language}/{speaker}/{line}"
        for language, script in load_script().items()
        for speaker in range(len(script["speakers"]))
        for line in (*script["greetings"], *script["replies"])
    ]
    for name in (*expected, "demo/line", "demo/pause", "demo/beep"):
        with wave.open(str(asterisk.sounds / f"{name}.wav")) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2), name
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert len(samples) > 2000, name
        if name in expected:
            assert int(np.max(np.abs(samples.astype(np.int32)))) > LOUD, name


# ------------------------------------------------------------------------------------------------- the demo carrier


async def test_each_behaviour_of_the_demo_carrier_yields_its_cause_and_its_audio(
    asterisk: AsteriskProcess,  # noqa: F811
) -> None:
    async with telephone_room(asterisk) as room:
        calls = {kind: await room.place(carrier(number)) for kind, number in BEHAVED.items()}
        listeners = [
            asyncio.create_task(room.listen_early(calls[kind]), name=kind) for kind in BehaviourKind if kind.early_media
        ]
        ends = {kind: await room.until_over(call_id) for kind, call_id in calls.items()}
        await asyncio.gather(*listeners)

        assert {kind: behaviour_of(number).kind for kind, number in BEHAVED.items()} == {k: k for k in BehaviourKind}
        assert {kind: int(end["cause"]) for kind, end in ends.items()} == {k: k.cause for k in BehaviourKind}
        assert {kind: room.was_up(call_id) for kind, call_id in calls.items()} == {k: k.answers for k in BehaviourKind}
        assert {kind for kind, call_id in calls.items() if loud(room, call_id)} == {
            BehaviourKind.PERSON,
            BehaviourKind.VOICEMAIL,
            BehaviourKind.EARLY_VOICEMAIL,
            BehaviourKind.EARLY_ANNOUNCEMENT,
        }
        assert room.ears[calls[BehaviourKind.SILENT]].peaks
        assert room.ears[calls[BehaviourKind.NO_MEDIA]].peaks == []


def loud(room: TelephoneRoom, call_id: str) -> bool:
    return call_id in room.ears and max(room.ears[call_id].peaks, default=0) > LOUD


async def test_the_dialplan_reckons_the_same_times_and_voices_as_the_table(
    asterisk: AsteriskProcess,  # noqa: F811
) -> None:
    async with telephone_room(asterisk) as room:
        for number in ("+525512340000", "+12135550123", "+573109999933", "+525500080507", "12135559827"):
            behaviour = behaviour_of(number)
            call_id = await room.place(carrier(number))
            ringing = await room.until(
                lambda e, call_id=call_id: e.get("dialstatus") == "RINGING" and e.get("destuniqueid") == call_id  # type: ignore[misc]
            )
            far = ringing["destchannel"].removesuffix(";1") + ";2"

            assert float(await room.variable(far, "RING_S")) == pytest.approx(behaviour.ring_s / DEMO_SPEED)
            assert float(await room.variable(far, "TALK_S")) == pytest.approx(behaviour.talk_s / DEMO_SPEED)
            assert await room.variable(far, "GREETING") == behaviour.greeting
            assert (await room.variable(far, "VOICE")).endswith(f"/demo/{behaviour.language}/{behaviour.speaker}")
            await room.link.send({"Action": "Hangup", "Channel": ringing["destchannel"]})
            await room.until_over(call_id)


# ------------------------------------------------------------------------------------------------- the contexts


@pytest.mark.parametrize("listening", ["1", "0"])
async def test_a_person_whom_nobody_takes_hears_the_message_and_is_let_go(
    impatient: AsteriskProcess, listening: str
) -> None:
    async with telephone_room(impatient) as room:
        await room.media.close()  # the engine is dead
        call_id = await room.place(carrier("+525512340097"), CADENCIA_AMD=listening)
        end = await room.until_over(call_id)

        told = [(e["userevent"], e["callid"], e.get("kind")) for e in room.events if e.get("event") == "UserEvent"]
        answered = [("CadenciaAnswered", call_id, None)] if listening == "0" else []
        assert told == [
            *answered,
            ("CadenciaMessageStarted", call_id, "abandoned"),
            ("CadenciaMessagePlayed", call_id, "abandoned"),
        ]
        assert end["cause"] == "16"


async def test_a_message_without_a_sound_file_does_not_count_as_played(impatient: AsteriskProcess) -> None:
    async with telephone_room(impatient) as room:
        await room.media.close()
        call_id = await room.place(carrier("+525512340097"), CADENCIA_AMD="0", CADENCIA_LANG="xx")
        await room.until_over(call_id)

        told = [e["userevent"] for e in room.events if e.get("event") == "UserEvent"]
        assert told == ["CadenciaAnswered", "CadenciaMessageStarted", "CadenciaMessageFailed"]


async def test_an_agent_talks_is_recorded_and_is_idle_again(impatient: AsteriskProcess) -> None:
    async with telephone_room(impatient) as room:
        leg_id = await connected_leg(room)
        leg = (await room.until_up(leg_id))["channel"]
        call_id = await room.place(carrier("+525512340101"))
        call = (await room.until_up(call_id))["channel"]
        await room.link.send(
            {"Action": "MixMonitor", "Channel": call, "File": f"cadencia/{call_id}.raw", "Options": "D"}
        )
        await room.link.send(ami_actions.bridge(call, leg))
        await room.until(lambda e: e.get("event") == "BridgeEnter" and e["uniqueid"] == leg_id)
        await room.until(lambda e: e.get("event") == "BridgeLeave" and e["uniqueid"] == leg_id)  # the person hung up

        assert f"{leg}!cadencia-agent!idle!" in impatient.cli("core show channels concise")
        assert not any(e.get("event") == "Hangup" and e["uniqueid"] == leg_id for e in room.events)
        debtor, agent = await recorded(impatient, call_id)
        assert debtor > LOUD
        assert agent > LOUD
        assert f'"{call_id};7"' in impatient.cdr_file.read_text(encoding="utf-8")
        await room.link.send({"Action": "Hangup", "Channel": leg})
        await room.until_over(leg_id)


async def recorded(process: AsteriskProcess, call_id: str) -> tuple[int, int]:
    """The loudest sample on each side of the recording, once the recorder's own thread has written it to its end."""
    file = process.recordings / f"{call_id}.raw"
    size = -1
    async with asyncio.timeout(PATIENCE_S):
        while size <= 0 or size != file.stat().st_size:
            size = file.stat().st_size if file.is_file() else -1
            await asyncio.sleep(0.1)  # the only sign of a finished file is that it no longer grows
    sides = np.frombuffer(file.read_bytes(), dtype="<i2").reshape(-1, 2).astype(np.int32)
    debtor, agent = np.max(np.abs(sides), axis=0)
    return int(debtor), int(agent)


async def connected_leg(room: TelephoneRoom) -> str:
    leg_id = f"leg-{room.process.config.ami_port}-{len(room.events)}"
    given = {"CADENCIA_AGENT_ID": "ana"}
    await room.originate("Local/ana@cadencia-demo-agent/n", leg_id, "cadencia-agent", "idle", given)
    await room.until_up(leg_id)
    return leg_id


async def test_a_bridge_with_nobody_is_told_and_the_call_is_listened_to_again(impatient: AsteriskProcess) -> None:
    async with telephone_room(impatient) as room:
        call_id = await room.place(carrier("+525512340097"))
        call = (await room.until_up(call_id))["channel"]
        first = await room.until_heard(call_id)
        await room.link.send(ami_actions.bridge(call, "PJSIP/nobody-00000001"))
        told = await room.until(lambda e: e.get("userevent") == "CadenciaBridgeFailed")
        await room.until(lambda e: e.get("event") == "AudioSocket" and e is not first)
        await room.link.send({"Action": "Hangup", "Channel": call})
        await room.until_over(call_id)

        assert (told["callid"], told["reason"]) == (call_id, "NONEXISTENT")


async def test_a_debtor_whose_agent_vanishes_is_not_left_in_silence(impatient: AsteriskProcess) -> None:
    async with telephone_room(impatient) as room:
        leg_id = await connected_leg(room)
        leg = (await room.until_up(leg_id))["channel"]
        call_id = await room.place(carrier("+525512340097"))
        call = (await room.until_up(call_id))["channel"]
        await room.until_heard(call_id)
        await room.link.send(ami_actions.bridge(call, leg))
        await room.until(lambda e: e.get("event") == "BridgeEnter" and e["bridgenumchannels"] == "2")
        await room.link.send({"Action": "Hangup", "Channel": leg})
        end = await room.until_over(call_id)

        assert end["cause"] == "16"
        assert end["context"] == "cadencia-bridge"
        assert not any(e.get("event") == "UserEvent" for e in room.events)
        assert room.ears[call_id].connections == 1
