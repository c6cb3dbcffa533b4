"""A flow is edited while a station runs: new calls get the new text; a broken one is refused and the old one stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import dialer.app
from dialer.app import Station
from dialer.doctor.flows import flows as examine_flows
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.verdict import AmdMode
from dialer.engine.messages import StartCampaign
from dialer.provision.process import AsteriskProcess
from dialer.store.importing.importer import import_leads
from tests.support.ivr_room import CREDITOR, asterisk_with_flows, place, settings_with_flows, sound
from tests.support.key_pressers import Press, key_pressers
from tests.support.sipp import Conduct, SippCarrier
from tests.support.station import new_campaign, station_on

PATIENCE_S = 60.0  # only ever used up by a test that fails
NUMBERS = {f"57310555700{at}": at for at in range(3)}
FLOW = """
flow: reminder
start: hello
prompts:
  version: {{es: "{text}", en: "{text}"}}
nodes:
  hello: {{kind: say, prompts: version, next: {next}}}
  bye: {{kind: hang_up, prompts: farewell}}
"""
FIRST, SECOND, THIRD = "Primera versión del mensaje.", "Ahora decimos otra cosa.", "Esto no se oye nunca."
HEAD = "documento,nombre,telefono,saldo,moneda,vencimiento,idioma,referencia\n"


@pytest.fixture
def asterisk() -> Iterator[AsteriskProcess]:
    with asterisk_with_flows("ivr-edits") as process:
        yield process


async def test_an_edited_flow_is_taken_for_new_calls_and_a_broken_one_is_refused(
    asterisk: AsteriskProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialer.app, "FLOWS_EVERY_S", 0.1)
    file = tmp_path / "flows" / "reminder.yaml"
    file.parent.mkdir()
    write(file, FIRST)
    settings = settings_with_flows(asterisk, tmp_path)
    settings = settings.model_copy(update={"ivr": settings.ivr.model_copy(update={"flows_dir": file.parent})})
    carrier: SippCarrier | None = None
    scripts: dict[str, list[Press]] = {number: [] for number in NUMBERS}
    async with key_pressers(scripts, lambda: carrier.media_ports if carrier else {}) as people:
        conduct = Conduct(digits="[0-9]", ear=people.port, rfc2833=True)
        with SippCarrier(asterisk.config.trunks[0].port, [conduct], tmp_path) as carrier:
            async with station_on(settings) as station:
                for number, at in NUMBERS.items():
                    await one_lead(station, tmp_path, number, f"recordatorio-{at}")
                await station.host_all()
                assert station.ivr is not None
                desk = station.ivr

                await called(station, "recordatorio-0")
                began_with = desk.shelf.player("reminder").flows.version
                write(file, SECOND)
                await until(lambda: desk.shelf.player("reminder").flows.version != began_with)
                await called(station, "recordatorio-1")
                write(file, THIRD, leads_to="nowhere")
                await until(lambda: "reminder" in desk.refused)
                await called(station, "recordatorio-2")
                findings = examine_flows(settings)
            heard = {at: people.people[carrier.media_ports[number]].speech() for number, at in NUMBERS.items()}

    likeness = {
        at: [place(audio, sound(asterisk.sounds, "es", text))[0] > 0.8 for text in (FIRST, SECOND)]
        for at, audio in heard.items()
    }
    assert likeness == {0: [True, False], 1: [False, True], 2: [False, True]}
    assert [finding.case for finding in findings] == ["flows.broken"]


def write(file: Path, text: str, *, leads_to: str = "bye") -> None:
    file.write_text(FLOW.format(text=text, next=leads_to), encoding="utf-8")


async def one_lead(station: Station, folder: Path, number: str, name: str) -> None:
    campaign = await new_campaign(
        station, name=name, mode=DialMode.AGENTLESS, amd=AmdMode.OFF, creditor=CREDITOR, record=False,
        ivr_flow="reminder",
    )  # fmt: skip
    leads = folder / f"{name}.csv"
    leads.write_text(f"{HEAD}10{number},Ana Gómez,+{number},350000,COP,2026-10-01,es,R1\n", encoding="utf-8")
    await import_leads(station.database, leads, campaign, now=station.clock.now())
    await station.campaigns.set_state(campaign.id, CampaignState.STOPPED)


async def called(station: Station, campaign: str) -> None:
    """Call its one debtor, and wait until they have heard the flow to its end."""
    station.command(campaign, StartCampaign())
    tally = station.runners[campaign].core.floor.tally
    await until(lambda: tally.attempts == 1)
    await station.runners[campaign].wait_idle()
    await until(lambda: station.ivr is not None and not station.ivr.live)


async def until(fulfilled: object) -> None:
    assert callable(fulfilled)
    async with asyncio.timeout(PATIENCE_S):
        while not fulfilled():  # noqa: ASYNC110 - none of this has an event
            await asyncio.sleep(0.05)
