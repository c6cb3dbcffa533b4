"""What goes wrong while somebody is being recognised, on a real Asterisk: all of it in one campaign, at the same time.

The station's audio comes through a proxy that lets nothing back to Asterisk, so that AudioSocket really ends after two
seconds without RTP, and that cuts the lines of some calls.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from dialer.amd.session import VERDICT_LIMIT_S
from dialer.app import Station
from dialer.domain.ids import CallId
from dialer.domain.outcome import Outcome
from dialer.pbx.asterisk import AsteriskTelephony
from dialer.ports import BusMessage
from dialer.provision.process import AsteriskProcess
from dialer.store.tables import attempts
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.dialed_campaign import Seen, dial, digits_of
from tests.support.mu_law import Signal, write_mu_law
from tests.support.one_way import OneWay, one_way
from tests.support.scripted_carrier import ANNOUNCEMENT, GREETING, LONG_GREETING, MAN, WOMAN, sound
from tests.support.sipp import Conduct, SippCarrier

_NUMBERS_FROM = 573101230000
_TALK_MS = 6500
#: A busy machine is late by this much at most; the limit is the detector's own.
LATEST_MS = VERDICT_LIMIT_S * 1000 + 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``verdict`` is category and reason, where the call gets one. ``cut_after`` frames the line is cut once."""

    name: str
    conduct: Conduct
    outcome: Outcome
    verdict: tuple[str, str] | None = None
    cut_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """``ended_early`` are the calls whose AudioSocket Asterisk ended before they had a verdict."""

    faults: list[Fault]
    seen: Seen
    proxy: OneWay
    ended_early: set[str]

    def of(self, name: str) -> sa.Row[Any]:
        (row,) = [row for row in self.seen.log if self.fault_of(row).name == name]
        return row

    def fault_of(self, row: sa.Row[Any]) -> Fault:
        return self.faults[int(digits_of(row)) - _NUMBERS_FROM]


def _sit() -> Signal:
    times = np.arange(int(0.33 * 8000)) / 8000
    return np.concatenate([0.3 * np.sin(2 * np.pi * hz * times) for hz in (950, 1400, 1800)])


def all_faults(folder: Path) -> list[Fault]:
    person = write_mu_law(folder / "person.ulaw", sound(MAN, 1.2, GREETING, 20.0))
    talker = write_mu_law(folder / "talker.ulaw", sound(WOMAN, LONG_GREETING, 20.0))
    noise = write_mu_law(folder / "noise.ulaw", sound(MAN, 20.0))
    announced = write_mu_law(folder / "announced.ulaw", sound(WOMAN, ANNOUNCEMENT, 20.0))
    tones = write_mu_law(folder / "sit.ulaw", np.concatenate([sound(WOMAN, 0.2), _sit(), sound(WOMAN, 20.0)]))
    human = ("human", "short-greeting")
    talks = Outcome.CONVERSATION
    faults: list[tuple[str, Outcome, tuple[str, str] | None, int | None, dict[str, Any]]] = [
        ("says nothing", talks, ("silence", "no-speech"), None, {"audio": noise}),
        ("sends no audio", talks, ("unknown", "no-audio"), None, {}),
        ("is cut before it speaks", talks, human, 25, {"audio": person}),
        ("is cut while it speaks", talks, ("human", "*"), 60, {"audio": talker}),
        ("hangs up in mid-greeting", Outcome.HUNG_UP_EARLY, None, None, {"audio": talker, "talk_ms": 1200}),
        ("presses keys", talks, human, None, {"audio": person, "keys": "5#"}),
        ("announced, then unavailable", Outcome.NO_ANSWER, None, None, _refusal(announced, 480, "Unavailable")),
        ("announced, then busy", Outcome.BUSY, None, None, _refusal(announced, 486, "Busy Here")),
        ("announced, then a person", talks, human, None, {"audio": person, "early_audio": announced, "early_ms": 2000}),
        (
            "information tones, then answered", Outcome.ANNOUNCEMENT, ("announcement", "early-sit"), None,
            {"audio": noise, "early_audio": tones, "early_ms": 2000},
        ),
    ]  # fmt: skip
    return [
        Fault(
            name=name,
            conduct=Conduct(**{"digits": f"{number:02d}", "talk_ms": _TALK_MS, **conduct}),
            outcome=outcome,
            verdict=verdict,
            cut_after=cut_after,
        )
        for number, (name, outcome, verdict, cut_after, conduct) in enumerate(faults)
    ]


def _refusal(audio: Path, status: int, reason: str) -> dict[str, Any]:
    return {"audio": audio, "early_ms": 2500, "status": status, "reason": reason}


@pytest.fixture(scope="module")
def hour(asterisk: AsteriskProcess, tmp_path_factory: pytest.TempPathFactory) -> Hour:  # noqa: F811
    return asyncio.run(_dial_all(asterisk, tmp_path_factory.mktemp("faults")))


async def _dial_all(process: AsteriskProcess, folder: Path) -> Hour:
    faults = all_faults(folder)
    stations: list[Station] = []
    judged: set[str] = set()
    ended_early: set[str] = set()

    async def cut_after(call_id: str) -> int | None:
        number = sa.select(attempts.c.number).where(attempts.c.call_id == CallId(call_id))
        found = await stations[0].database.read(lambda connection: connection.scalar(number))
        return faults[int(str(found).lstrip("+")) - _NUMBERS_FROM].cut_after

    async def on_verdict(message: BusMessage) -> None:
        judged.add(str(message.payload["call_id"]))

    def on_end(call_id: str) -> None:
        if call_id not in judged:
            ended_early.add(call_id)

    def through_the_proxy(station: Station) -> None:
        stations.append(station)
        station.bus.subscribe("faltas/call.verdict", on_verdict, name="verdicts")
        telephony = station.pbx.telephony
        assert isinstance(telephony, AsteriskTelephony)
        telephony._settings = replace(telephony._settings, media=f"127.0.0.1:{proxy.port}")

    media_port = int(process.config.media.rpartition(":")[2])
    conducts = [fault.conduct for fault in faults]
    async with one_way(media_port, cut_after, on_end) as proxy:
        with SippCarrier(process.config.trunks[0].port, conducts, folder) as carrier:
            seen = await dial(
                process, carrier, folder, [str(_NUMBERS_FROM + number) for number in range(len(faults))],
                agents=len(faults), calls_per_second=20.0, timeout_s=30.0, act=through_the_proxy,
                name="faltas", record=False, announce_recording=False, second_look_s=0.0,
            )  # fmt: skip
    return Hour(faults=faults, seen=seen, proxy=proxy, ended_early=ended_early)


def test_each_call_ends_as_it_should_whatever_happened_to_its_audio(hour: Hour) -> None:
    assert len(hour.seen.log) == len(hour.faults)
    assert {hour.fault_of(row).name: row.outcome for row in hour.seen.log} == {
        fault.name: fault.outcome.value for fault in hour.faults
    }


def test_each_answered_call_has_the_verdict_and_the_reason_of_what_was_heard(hour: Hour) -> None:
    found = {hour.fault_of(row).name: (row.amd_category, row.amd_reason) for row in hour.seen.log}
    for fault in hour.faults:
        category, reason = fault.verdict or (None, None)
        assert found[fault.name] == (category, found[fault.name][1] if reason == "*" else reason), fault.name


def test_nobody_waits_longer_than_the_limit(hour: Hour) -> None:
    judged = [row for row in hour.seen.log if row.amd_category is not None]
    assert [hour.fault_of(row).name for row in judged if row.amd_delay_ms > LATEST_MS] == []
    assert {row.outcome for row in judged} == {"conversation", "announcement"}  # nobody heard a message instead
    assert hour.seen.tally.abandoned == 0


def test_asterisk_ended_audiosocket_early_where_no_audio_was_sent(hour: Hour) -> None:
    assert hour.of("sends no audio").call_id in hour.ended_early
    assert hour.of("says nothing").call_id not in hour.ended_early


def test_a_cut_line_is_listened_to_again_and_the_greeting_is_heard(hour: Hour) -> None:
    row = hour.of("is cut before it speaks")
    assert hour.proxy.connections[row.call_id] == 2
    assert row.amd_evidence["onset_ms"] > 850  # of 1200: the half second before the cut counts


def test_keys_arrive_and_say_nothing_of_who_pressed_them(hour: Hour) -> None:
    row = hour.of("presses keys")
    assert hour.proxy.keys[row.call_id] == "5#"
    assert row.amd_evidence["tones"] == []


def test_early_announcements_are_heard_and_are_no_answer(hour: Hour) -> None:
    for name in ("announced, then unavailable", "announced, then busy"):
        row = hour.of(name)
        assert (row.answered_at, row.early_media_at is not None) == (None, True), name
    assert hour.of("announced, then a person").amd_evidence["early_speech_ms"] > 1000
    assert set(hour.of("information tones, then answered").amd_evidence["early_tones"]) == {"sit"}


def test_the_carrier_saw_nothing_unexpected(hour: Hour) -> None:
    assert hour.seen.surprises == []
