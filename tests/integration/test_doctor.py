"""The doctor at the bedside of a real Asterisk."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from dialer.clock import SystemClock
from dialer.doctor.finding import Finding, Grade
from dialer.doctor.telephone import examine_telephone
from dialer.installation import EngineLock
from dialer.provision.process import AsteriskProcess
from dialer.settings import AmiSettings, MediaSettings, Settings, TrunkSettings
from tests.support.asterisk import asterisk, start_asterisk  # noqa: F401


def settings_for(process: AsteriskProcess, folder: Path) -> Settings:
    host, _, port = process.config.media.partition(":")
    return Settings(
        data_dir=folder,
        ami=AmiSettings(port=process.config.ami_port, secret=process.config.ami_secret),
        media=MediaSettings(host=host, port=int(port)),
        trunks={
            "carrier": TrunkSettings(dial_string="PJSIP/{number}@carrier"),
            "absent": TrunkSettings(dial_string="PJSIP/{number}@nobody"),
            "demo": TrunkSettings(dial_string="Local/{number}@cadencia-demo-carrier/n"),
        },
    )


def cases(findings: Sequence[Finding]) -> set[str]:
    return {finding.case for finding in findings}


async def test_a_sound_asterisk_is_heard_in_both_languages_and_only_the_trunk_it_lacks_is_a_failure(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    findings = await examine_telephone(settings_for(asterisk, tmp_path), SystemClock())

    assert cases(findings) == {
        "audio-port.free",
        "ami-port.open",
        "ami-login.accepted",
        "asterisk-version.supported",
        "write-right.granted",
        "modules.loaded",
        "trunk.ready",
        "trunk.missing",
        "trunk.unexamined",
        "sip-port.answers",
        "audio-reach.reached",
        "read-right.granted",
        "sounds.heard",
    }
    assert {finding.facts["language"] for finding in findings if finding.check == "sounds"} == {"es", "en"}
    assert {finding.facts["right"] for finding in findings if finding.check == "read-right"} == {
        "system",
        "call",
        "user",
        "dtmf",
    }
    assert [finding.case for finding in findings if finding.grade is Grade.FAILURE] == ["trunk.missing"]


async def test_a_wrong_secret_is_told_from_an_asterisk_that_is_not_there(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = settings_for(asterisk, tmp_path)
    settings.ami.secret = "not-the-secret-at-all"

    assert cases(await examine_telephone(settings, SystemClock())) >= {"ami-port.open", "ami-login.refused"}


async def test_an_audio_port_of_another_program_is_named_and_the_rest_is_still_examined(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = settings_for(asterisk, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings.media.port = other.getsockname()[1]
        findings = await examine_telephone(settings, SystemClock())

    assert {"audio-port.taken", "ami-login.accepted", "modules.loaded"} <= cases(findings)
    assert "sounds.heard" not in cases(findings)


async def test_messages_that_were_deleted_are_missed_in_their_language_only(tmp_path: Path) -> None:
    process = start_asterisk("doctor")
    try:
        for message in ("limited-content", "abandoned"):  # the one is played where the other is missing
            (process.sounds / "es" / f"{message}.wav").unlink()
        findings = await examine_telephone(settings_for(process, tmp_path), SystemClock())
    finally:
        process.remove()

    by_language = {finding.facts["language"]: finding.case for finding in findings if finding.check == "sounds"}
    assert by_language == {"es": "sounds.missing", "en": "sounds.heard"}


async def test_each_right_that_manager_conf_withholds_is_named(tmp_path: Path) -> None:
    process = start_asterisk("doctor")
    manager = process.instance.root.outside(process.config.directories.etc) / "manager.conf"
    text = manager.read_text(encoding="utf-8")
    try:
        less = text.replace("write = originate,call,system", "write = originate,system")
        manager.write_text(less.replace("read = call,user,dtmf,system", "read = call,system"), encoding="utf-8")
        process.cli("manager reload")
        findings = await examine_telephone(settings_for(process, tmp_path), SystemClock())
        manager.write_text(text.replace("read = call,user,dtmf,system", "read = call,user,system"), encoding="utf-8")
        process.cli("manager reload")
        deaf = await examine_telephone(settings_for(process, tmp_path), SystemClock())
        manager.write_text(text.replace("read = call,user,dtmf,system", "read = call,user"), encoding="utf-8")
        process.cli("manager reload")
        impatient = settings_for(process, tmp_path)
        impatient.ami.connect_timeout_s = 0.5
        unbooted = await examine_telephone(impatient, SystemClock())
    finally:
        process.remove()

    refused = {finding.facts["right"] for finding in findings if finding.case == "write-right.refused"}
    missing = {finding.facts["right"] for finding in findings if finding.case == "read-right.missing"}
    keys = {finding.facts["right"] for finding in deaf if finding.case == "read-right.missing"}
    assert (refused, missing, keys) == ({"call"}, {"user"}, {"dtmf"})
    assert "ami-login.not-booted" in cases(unbooted)


async def test_while_the_engine_runs_the_sounds_are_heard_on_another_port(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = settings_for(asterisk, tmp_path)
    lock = EngineLock(tmp_path)
    lock.acquire()
    with socket.create_server(("127.0.0.1", 0)) as engine:
        settings.media.port = engine.getsockname()[1]
        findings = await examine_telephone(settings, SystemClock())
    lock.release()

    assert {"audio-port.ours", "audio-reach.reached", "sounds.heard"} <= cases(findings)
