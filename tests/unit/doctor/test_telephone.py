"""Asterisks that are closed, strange, too old, or grant too little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dialer.clock import SystemClock
from dialer.doctor import asterisk
from dialer.doctor.finding import Finding
from dialer.doctor.telephone import examine_telephone
from dialer.settings import AmiSettings, MediaSettings, Settings
from tests.support.asterisk import free_port
from tests.support.fake_ami import FakeAmi, Headers, fake_ami

PATIENCE_S = 2.0  # a busy machine takes a second to answer itself


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    async with fake_ami() as server:
        yield server


def settings_for(ami_port: int, folder: Path, secret: str = "correct") -> Settings:
    return Settings(
        data_dir=folder,
        ami=AmiSettings(port=ami_port, secret=secret, connect_timeout_s=PATIENCE_S),
        media=MediaSettings(port=free_port()),
    )


async def examine(ami_port: int, folder: Path, secret: str = "correct") -> Sequence[Finding]:
    return await examine_telephone(settings_for(ami_port, folder, secret), SystemClock())


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def cases(findings: Sequence[Finding]) -> list[str]:
    return [finding.case for finding in findings]


def grudging(ami: FakeAmi, refusals: dict[str, str], version: str = "22.5.1") -> None:
    """Let ``ami`` refuse the actions named, with the words given, and say ``version``."""

    def answer(action: dict[str, str]) -> list[Headers]:
        name, action_id = action["action"], action["actionid"]
        if name in refusals:
            return [{"Response": "Error", "ActionID": action_id, "Message": refusals[name]}]
        if name == "Originate" and "channel" in action:
            ami.emit({"Event": "Hangup", "Uniqueid": action["channelid"], "Cause": "38"})
        return [{"Response": "Success", "ActionID": action_id, "AsteriskVersion": version}]

    ami.answer = answer


async def test_where_no_asterisk_answers_nothing_else_about_it_is_said(tmp_path: Path) -> None:
    assert cases(await examine(free_port(), tmp_path)) == ["audio-port.free", "ami-port.closed"]


async def test_without_any_secret_it_says_so_and_makes_none(ami: FakeAmi, tmp_path: Path) -> None:
    assert cases(await examine(ami.port, tmp_path, secret=""))[-1] == "ami-secret.missing"
    assert files_in(tmp_path) == []
    assert ami.logins == 0


async def test_a_wrong_password_is_a_refused_login_and_never_repeated_in_words(ami: FakeAmi, tmp_path: Path) -> None:
    findings = await examine(ami.port, tmp_path, secret="wrong-secret")

    assert cases(findings)[-1] == "ami-login.refused"
    assert "wrong-secret" not in str([finding.facts for finding in findings])


async def test_a_listener_that_says_nothing_is_not_taken_for_asterisk(ami: FakeAmi, tmp_path: Path) -> None:
    ami.mute = True

    assert cases(await examine(ami.port, tmp_path))[-1] == "ami-login.no-answer"


async def test_a_login_that_never_hears_of_the_boot_points_at_the_right_system(ami: FakeAmi, tmp_path: Path) -> None:
    ami.booted = False

    assert cases(await examine(ami.port, tmp_path))[-1] == "ami-login.not-booted"


async def test_rights_that_are_refused_are_named_and_what_needs_them_is_left_out(ami: FakeAmi, tmp_path: Path) -> None:
    denied = "Permission denied"
    grudging(ami, {"Originate": denied, "MixMonitor": denied, "CoreSettings": denied, "Bridge": "Channel missing"})

    findings = await examine(ami.port, tmp_path)

    assert {str(f.facts["right"]): f.case for f in findings if f.check == "write-right"} == {
        "originate": "write-right.refused",
        "call": "write-right.granted",
        "system": "write-right.refused",
    }
    assert {"asterisk-version.unknown", "modules.unknown"} <= set(cases(findings))
    assert not {"audio-reach", "sounds", "trunk"} & {finding.check for finding in findings}


@pytest.mark.parametrize(
    ("version", "case"),
    [
        ("22.10.1~dfsg+~cs6.15.60671435-1", "supported"),
        ("20.0.0", "supported"),
        ("certified-20.7-cert3", "supported"),
        ("18.26.4", "too-old"),
        ("certified/18.9-cert1", "too-old"),
        ("GIT-master-abcdef", "unknown"),
        ("", "unknown"),
    ],
)
async def test_the_version_is_read_in_every_way_that_asterisk_writes_it(
    ami: FakeAmi, tmp_path: Path, version: str, case: str
) -> None:
    grudging(ami, {"PJSIPShowEndpoint": "Unable to retrieve endpoint carrier"}, version)

    findings = await examine(ami.port, tmp_path)

    assert [f.case for f in findings if f.check == "asterisk-version"] == [f"asterisk-version.{case}"]


async def test_missing_modules_a_missing_trunk_and_audio_that_does_not_come_are_failures_of_their_own(
    ami: FakeAmi, tmp_path: Path
) -> None:
    grudging(ami, {"ModuleCheck": "Module not loaded", "PJSIPShowEndpoint": "Unable to retrieve endpoint carrier"})

    found = set(cases(await examine(ami.port, tmp_path)))

    assert {"modules.missing", "trunk.missing", "audio-reach.unreached"} <= found
    assert "sounds.heard" not in found


async def test_audio_that_comes_without_a_message_points_at_the_dialplan(ami: FakeAmi, tmp_path: Path) -> None:
    grudging(ami, {"PJSIPShowEndpoint": "Unable to retrieve endpoint carrier"})
    answer, calls = ami.answer, []

    async def call(media: str, call_id: str) -> None:
        host, _, port = media.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\x01\x00\x10" + bytes.fromhex(call_id.replace("-", "")) + b"\x10\x01\x40" + bytes(320))
        await writer.drain()
        ami.emit({"Event": "Newchannel", "Uniqueid": call_id}, {"Event": "Hangup", "Uniqueid": call_id})
        writer.transport.abort()

    def calling(action: dict[str, str]) -> list[Headers] | None:
        if action["action"] == "Originate" and "channel" in action:
            _, media, call_id = action["channel"].split("/")
            calls.append(asyncio.create_task(call(media, call_id)))
            return [{"Response": "Success", "ActionID": action["actionid"]}]
        return answer(action)

    ami.answer = calling

    findings = await examine(ami.port, tmp_path)
    await asyncio.gather(*calls)

    assert {"audio-reach.reached", "dialplan.missing", "read-right.unproved"} <= set(cases(findings))
    assert {f.facts["right"] for f in findings if f.case == "read-right.granted"} == {"system", "call"}


async def test_a_sip_port_that_nobody_has_is_silent() -> None:
    finding = await asterisk.sip_port("127.0.0.1", [f"0.0.0.0:{free_port()}"])

    assert finding.case == "sip-port.silent"
