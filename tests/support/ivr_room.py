"""Many people in self-service calls at the same time: a real Asterisk, a station, SIPp, and one person a lead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from dialer.app import Station
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.verdict import AmdMode
from dialer.engine.messages import StartCampaign
from dialer.provision.ivr_sounds import Sentences, Voices, build_ivr_sounds, spoken_texts
from dialer.provision.process import AsteriskProcess
from dialer.self_service.desk import IvrDesk
from dialer.settings import IvrSettings, Settings
from dialer.store.compliance_tables import contacts, known_facts
from dialer.store.importing.importer import import_leads
from dialer.store.promise_tables import promise_instalments, promises
from dialer.store.tables import attempts, debtors, outbox, phones
from ivr_flows.play.player import Player
from ivr_flows.shelf import checked
from ivr_flows.spoken.sound_plan import sentence_name, sound_name
from tests.support.asterisk import free_port, start_asterisk
from tests.support.key_pressers import Answers, Person, Press, Question, Script, Sound, key_pressers
from tests.support.mu_law import Signal
from tests.support.sipp import Conduct, SippCarrier
from tests.support.station import new_campaign, settings_on, station_on

PATIENCE_S = 180.0  # only ever used up by a test that fails
CREDITOR = "Financiera Aurora"
_HEAD = "documento,nombre,telefono,saldo,moneda,vencimiento,idioma,referencia\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A debtor and what they do: by a script, or by what they are asked (``tests.support.key_pressers.Question``).
    ``number``: digits, with the country's. ``keys_by``: ``rfc2833``, or ``none`` where
    their telephone sends no such packets. They hang up ``stays_s`` after the answer."""

    number: str
    script: Sequence[Press | Sound] | Mapping[str, Sequence[Press | Sound]]
    language: str = "es"
    name: str = "Ana Gómez"
    document: str = "1020301111"
    balance: int = 350_000
    keys_by: str = "rfc2833"
    stays_s: float = 90.0


@dataclass(slots=True)
class Afterwards:
    """What was left when all calls were over; ``people`` by number."""

    people: dict[str, Person]
    attempts: dict[str, Any]
    promises: list[Any]
    instalments: list[Any]
    facts: list[Any]
    contacts: list[Any]
    events: list[Any]
    phones: dict[str, str]
    sounds: Path
    surprises: list[str]
    debtors: dict[int, Any] = field(default_factory=dict)

    def promised(self, number: str) -> list[Any]:
        return [row for row in self.promises if row.debtor_id == self.attempts[number].debtor_id]

    def facts_of(self, number: str) -> list[str]:
        return [row.value["flag"] for row in self.facts if row.debtor_id == self.attempts[number].debtor_id]


@contextmanager
def asterisk_with_flows(name: str, **changes: object) -> Iterator[AsteriskProcess]:
    """An Asterisk whose calls can be played flows, with the sounds built."""
    process = start_asterisk(name, agi=f"127.0.0.1:{free_port()}", **changes)
    try:
        build_ivr_sounds(process.sounds, process.instance.root.shared / "speech", Voices(), spoken_texts((CREDITOR,)))
        for language in ("es", "en"):
            speak_ahead(process, language, prompt("greeting", language).replace("{creditor}", CREDITOR))
        yield process
    finally:
        process.remove()


def prompt(key: str, language: str = "es") -> str:
    return str(Player(checked("self-service")).flows.catalogue.text(language, key))


def speak_ahead(asterisk: AsteriskProcess, language: str, *sentences: str) -> None:
    """A busy machine's voice comes late, and then these would be put together from phrases."""
    Sentences(asterisk.sounds, Voices(), most_bytes=100_000_000).speak(sentences, language)


def settings_with_flows(
    asterisk: AsteriskProcess, folder: Path, *, calls_per_second: float = 50.0, **changes: object
) -> Settings:
    ivr = IvrSettings(
        port=int(asterisk.config.agi.rpartition(":")[2]),
        sounds_dir=asterisk.sounds,
        asterisk_sounds_dir=str(asterisk.config.sounds),
    )
    return settings_on(asterisk, folder, calls_per_second=calls_per_second).model_copy(update={"ivr": ivr, **changes})


async def all_calls(
    asterisk: AsteriskProcess,
    folder: Path,
    people: Sequence[Somebody],
    *,
    campaign_settings: Mapping[str, object] | None = None,
    **settings: object,
) -> Afterwards:
    """Call everybody once, at the same time, and wait until all calls are over."""
    carrier: SippCarrier | None = None
    flows: IvrDesk | None = None

    def asked_of(number: str) -> Callable[[], Question | None]:
        return lambda: _question(flows, number) if flows is not None else None

    scripts: dict[str, Script] = {
        each.number: Answers(each.script, asked_of(each.number)) if isinstance(each.script, Mapping) else each.script
        for each in people
    }
    async with key_pressers(scripts, lambda: carrier.media_ports if carrier else {}) as pressers:
        alike: dict[tuple[str, float], list[str]] = {}
        for each in people:
            alike.setdefault((each.keys_by, each.stays_s), []).append(each.number[-4:])
        conducts = [
            Conduct(
                digits="|".join(numbers), ear=pressers.port, rfc2833=keys_by == "rfc2833", talk_ms=round(stays_s * 1000)
            )
            for (keys_by, stays_s), numbers in alike.items()
        ]  # fmt: skip
        with SippCarrier(asterisk.config.trunks[0].port, conducts, folder) as carrier:
            async with station_on(settings_with_flows(asterisk, folder, **settings)) as station:
                flows = station.ivr
                campaign = await new_campaign(
                    station,
                    mode=DialMode.AGENTLESS,
                    amd=AmdMode.OFF,
                    creditor=CREDITOR,
                    record=False,
                    ivr_lines=len(people),
                    **(campaign_settings or {}),
                )
                file = folder / "leads.csv"
                rows = (
                    f"{each.document},{each.name},+{each.number},{each.balance},COP,2026-10-01,{each.language},R{at}\n"
                    for at, each in enumerate(people)
                )
                file.write_text(_HEAD + "".join(rows), encoding="utf-8")
                await import_leads(station.database, file, campaign, now=station.clock.now())
                await station.campaigns.set_state(campaign.id, CampaignState.STOPPED)
                await station.host_all()
                station.command(campaign.name, StartCampaign())
                await _until_over(station, campaign.name, len(people))
                heard = {
                    number: pressers.people[port]
                    for number, port in carrier.media_ports.items()
                    if port in pressers.people
                }
                return await _found(station, heard, carrier, asterisk.sounds)


def _question(flows: IvrDesk, number: str) -> Question | None:
    state = flows.where(f"+{number}")
    return Question(f"{state.node} {state.phase}".strip(), state.inputs) if state is not None else None


async def _until_over(station: Station, campaign: str, calls: int) -> None:
    runner = station.runners[campaign]
    async with asyncio.timeout(PATIENCE_S):
        while runner.core.floor.tally.attempts < calls:  # noqa: ASYNC110 - the tally has no event
            await asyncio.sleep(0.2)
        await runner.wait_idle()
        while station.ivr is not None and station.ivr.live:  # noqa: ASYNC110 - nor have its calls
            await asyncio.sleep(0.05)


async def _found(station: Station, people: dict[str, Person], carrier: SippCarrier, sounds: Path) -> Afterwards:
    async def rows(table: sa.Table) -> list[Any]:
        return await station.database.read(lambda connection: list(connection.execute(sa.select(table)).all()))

    return Afterwards(
        people=people,
        attempts={row.number.lstrip("+"): row for row in await rows(attempts)},
        promises=await rows(promises),
        instalments=await rows(promise_instalments),
        facts=await rows(known_facts),
        contacts=await rows(contacts),
        events=await rows(outbox),
        phones={row.e164.lstrip("+"): row.state for row in await rows(phones)},
        sounds=sounds,
        surprises=carrier.surprises,
        debtors={row.id: row for row in await rows(debtors)},
    )


def sound(folder: Path, language: str, words: str) -> Signal:
    """What was built or spoken for these words."""
    names = (
        folder / language / "ivr" / f"{sound_name(words)}.wav",
        folder / language / "said" / f"{sentence_name(words)}.wav",
    )
    file = next(path for path in names if path.is_file())
    return np.frombuffer(file.read_bytes()[44:], dtype="<i2").astype(np.float64) / 32768


def place(heard: Signal, said: Signal) -> tuple[float, int]:
    """How like ``said`` the best stretch of ``heard`` is, and the sample where it begins."""
    size = 1 << (heard.size + said.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = sums[said.size :] - sums[: -said.size]
    likeness = product[: energy.size] / np.sqrt(np.maximum(energy, 1e-9) * np.sum(said**2))
    best = int(np.argmax(likeness))
    return float(likeness[best]), best
