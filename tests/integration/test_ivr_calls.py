"""People serve themselves on the real Asterisk: SIP and RTP from SIPp, keys as RFC 2833, sounds as they were built."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from agent_console.ports import DebtorCard
from dialer.app import Station
from dialer.console.reads import ConsoleReads
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, CampaignState, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.verdict import AmdMode
from dialer.embedded import AGENT_DIAL_STRING
from dialer.engine.messages import SignIn, StartCampaign
from dialer.ports import BusMessage
from dialer.provision.ivr_sounds import Voices, build_ivr_sounds, spoken_texts
from dialer.provision.process import AsteriskProcess
from dialer.settings import IvrSettings
from dialer.store.compliance_tables import contacts, known_facts
from dialer.store.importing.importer import import_leads
from dialer.store.promise_tables import promise_instalments, promises
from dialer.store.tables import attempts, phones
from tests.support.asterisk import free_port, start_asterisk
from tests.support.ivr_room import place, prompt, sound, speak_ahead
from tests.support.key_pressers import KeyPressers, Person, Press, key_pressers
from tests.support.sipp import Conduct, SippCarrier
from tests.support.sipp_caller import SippCaller
from tests.support.station import add_agents, new_campaign, settings_on, station_on

PATIENCE_S = 90.0  # only ever used up by a test that fails
A_SECOND = 8000  # samples
CREDITOR = "Financiera Aurora"
ES, EN, WRONG, LEAVES, ASKS, LISTENS = (f"57310555010{last}" for last in range(6))
LEADS = f"""documento,nombre,telefono,saldo,moneda,vencimiento,idioma,referencia
1020301111,Ana Gómez,+{ES},350000,COP,2026-10-01,es,R1
1020302222,John Smith,+{EN},420000,COP,2026-10-01,en,R2
1020303333,Luis Rojas,+{WRONG},420000,COP,2026-10-01,es,R3
1020304444,Eva Mora,+{LEAVES},420000,COP,2026-10-01,es,R4
1020305555,Iván Peña,+{ASKS},420000,COP,2026-10-01,es,R5
1020306666,Rita Paz,+{LISTENS},420000,COP,2026-10-01,es,R6
"""
CALLS_BACK, PROMISES_BACK, NOT_THEM = "573105550190", "573105550191", "573105550192"
OTHER_LEADS = f"""documento,nombre,telefono,saldo,moneda,vencimiento,idioma,referencia
1020309999,Inés Díaz,+{CALLS_BACK},510000,COP,2026-10-01,es,R9
1020308888,Hugo Soto,+{PROMISES_BACK},510000,COP,2026-10-01,es,R10
1020307777,Sara Luna,+{NOT_THEM},510000,COP,2026-10-01,es,R11
"""
PROMISES = [Press("1"), Press("1")]  # a date of payment; all of it
SCRIPTS = {
    # Yes, it is me; the document; promise all of it for the 27th of November; right; no way to pay; nothing else.
    ES: [Press("1"), Press("1111"), *PROMISES, Press("2711"), Press("1"), Press("2"), Press("2")],
    EN: [Press("1"), Press("2222"), *PROMISES, Press("1127"), Press("1"), Press("2"), Press("2")],
    WRONG: [Press("1"), Press("0000"), Press("9999"), Press("8888")],
    LEAVES: [Press("1", after_s=None), Press("4444"), *PROMISES, Press("2711")],
    ASKS: [Press("1", after_s=None), Press("5555"), Press("0")],
    LISTENS: [Press("2", after_s=None), Press("1", after_s=2.0)],
}
INBOUND = {
    CALLS_BACK: [Press("1"), Press("9999"), Press("0")],
    # A promise, then a link, which the law does not count where they call; nothing else.
    PROMISES_BACK: [Press("1"), Press("8888"), *PROMISES, Press("2711"), Press("1"), Press("1"), Press("2")],
    NOT_THEM: [Press("2"), Press("1", after_s=1.0)],
}


@dataclass
class Afterwards:
    """Everything that was left when all calls were over."""

    people: dict[str, Person]
    attempts: dict[str, Any]
    promises: list[Any]
    instalments: list[Any]
    facts: list[Any]
    phones: dict[str, str]
    told: list[BusMessage]
    talks: dict[str, Any]  #: of those who called us, by their number
    messages: list[Any]
    card: DebtorCard | None
    sounds: Path
    surprises: list[str]

    def promised(self, number: str) -> list[Any]:
        return [row for row in self.promises if row.debtor_id == self.attempts[number].debtor_id]


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskProcess]:
    process = start_asterisk("ivr", agi=f"127.0.0.1:{free_port()}")
    try:
        cache = process.instance.root.shared / "speech"
        build_ivr_sounds(process.sounds, cache, Voices(), spoken_texts((CREDITOR,)))
        for name in ("Eva Mora", "Iván Peña", "Rita Paz"):
            speak_ahead(process, "es", *first_words(name))
        yield process
    finally:
        process.remove()


@pytest.fixture(scope="module")
def afterwards(asterisk: AsteriskProcess, tmp_path_factory: pytest.TempPathFactory) -> Afterwards:
    return asyncio.run(_all_calls(asterisk, tmp_path_factory.mktemp("ivr")))


def ivr_settings(asterisk: AsteriskProcess, folder: Path) -> Any:
    ivr = IvrSettings(
        port=int(asterisk.config.agi.rpartition(":")[2]),
        sounds_dir=asterisk.sounds,
        asterisk_sounds_dir=str(asterisk.config.sounds),
    )
    return settings_on(asterisk, folder).model_copy(update={"ivr": ivr})


async def _all_calls(asterisk: AsteriskProcess, folder: Path) -> Afterwards:
    carrier: SippCarrier | None = None
    callers: list[SippCaller] = []

    def media_ports() -> dict[str, int]:
        ports = carrier.media_ports if carrier else {}
        return {**ports, **{number: port for each in callers for number, port in each.media_ports.items()}}

    async with key_pressers(SCRIPTS | INBOUND, media_ports) as pressers:
        stays = {LEAVES: 24_000, WRONG: 22_000, ASKS: 24_000}
        conducts = [
            Conduct(digits=number[-2:], ear=pressers.port, rfc2833=True, talk_ms=stays.get(number, 45_000))
            for number in SCRIPTS
        ]
        with SippCarrier(asterisk.config.trunks[0].port, conducts, folder) as carrier:
            async with station_on(ivr_settings(asterisk, folder)) as station:
                campaign = await _campaign(station, folder, "sola", LEADS)
                other = await _campaign(station, folder, "otra", OTHER_LEADS)
                told: list[BusMessage] = []

                async def hear(message: BusMessage) -> None:
                    told.append(message)

                station.bus.subscribe("#", hear, name="test")
                await station.host_all()
                add_agents(station, campaign, 2)
                zoe = AGENT_DIAL_STRING.format(agent="zoe")
                sign_in = SignIn(agent_id=AgentId("zoe"), name="Zoe", dial_string=zoe, ready=True)
                station.runners[other.name].post(sign_in)
                await _until_signed_in(station, campaign, 2)
                await _until_signed_in(station, other, 1)
                station.command(campaign.name, StartCampaign())
                with ExitStack() as calls:
                    for number, talk_ms in ((CALLS_BACK, 14_000), (PROMISES_BACK, 45_000), (NOT_THEM, 45_000)):
                        caller = SippCaller(
                            asterisk.config.sip_port, number=number, dialed="6015550100", ear=pressers.port,
                            talk_ms=talk_ms, folder=folder,
                        )  # fmt: skip
                        callers.append(calls.enter_context(caller))
                    await _until_over(station, campaign, len(SCRIPTS))
                    return await _found(station, pressers, media_ports(), carrier, told, asterisk.sounds)


async def _campaign(station: Station, folder: Path, name: str, rows: str) -> Campaign:
    campaign = await new_campaign(
        station, name=name, mode=DialMode.AGENTLESS, amd=AmdMode.OFF, creditor=CREDITOR, record=False
    )
    file = folder / f"{name}.csv"
    file.write_text(rows, encoding="utf-8")
    await import_leads(station.database, file, campaign, now=station.clock.now())
    await station.campaigns.set_state(campaign.id, CampaignState.STOPPED)
    return campaign


async def _until_signed_in(station: Station, campaign: Campaign, agents: int) -> None:
    roster = station.runners[campaign.name].core.floor.roster
    async with asyncio.timeout(PATIENCE_S):
        while len(roster.in_state(AgentState.READY)) < agents:  # noqa: ASYNC110 - the roster has no event
            await asyncio.sleep(0.05)


async def _until_over(station: Station, campaign: Campaign, calls: int) -> None:
    runner = station.runners[campaign.name]
    async with asyncio.timeout(PATIENCE_S):
        while runner.core.floor.tally.attempts < calls:  # noqa: ASYNC110 - the tally has no event
            await asyncio.sleep(0.2)
        await runner.wait_idle()
        while station.ivr is not None and station.ivr.live:  # noqa: ASYNC110 - nor have its calls
            await asyncio.sleep(0.05)


async def _found(
    station: Station,
    pressers: KeyPressers,
    ports: dict[str, int],
    carrier: SippCarrier,
    told: list[BusMessage],
    sounds: Path,
) -> Afterwards:
    async def rows(table: sa.Table) -> list[Any]:
        return await station.database.read(lambda connection: list(connection.execute(sa.select(table)).all()))

    numbers = {row.number.lstrip("+"): row for row in await rows(attempts)}
    others = await rows(contacts)
    talks = {row.number.lstrip("+"): row for row in others if row.direction == "in"}
    called = talks[CALLS_BACK].id
    people = {number: pressers.people[port] for number, port in ports.items() if port in pressers.people}
    return Afterwards(
        people=people,
        attempts=numbers,
        promises=await rows(promises),
        instalments=await rows(promise_instalments),
        facts=await rows(known_facts),
        phones={row.e164.lstrip("+"): row.state for row in await rows(phones)},
        told=told,
        talks=talks,
        messages=[row for row in others if row.direction == "out"],
        card=await ConsoleReads(station.database).debtor_card(called, station.clock.now()),
        sounds=sounds,
        surprises=carrier.surprises,
    )


def test_everybody_was_served_and_nothing_went_wrong_on_the_line(afterwards: Afterwards) -> None:
    assert afterwards.surprises == []
    assert {number: row.outcome for number, row in afterwards.attempts.items()} == dict.fromkeys(
        SCRIPTS, "conversation"
    )


@pytest.mark.parametrize("number", [ES, EN])
def test_who_is_identified_promises_once(afterwards: Afterwards, number: str) -> None:
    (promise,) = afterwards.promised(number)
    (due,) = [row for row in afterwards.instalments if row.promise_id == promise.id]

    assert (promise.state, promise.channel, promise.call_id) == ("pending", "ivr", afterwards.attempts[number].call_id)
    assert due.due_on.isoformat() == "2026-11-27"
    assert promise.total_minor == {ES: 35_000_000, EN: 42_000_000}[number]


def test_who_hangs_up_before_the_confirmation_promised_nothing(afterwards: Afterwards) -> None:
    assert afterwards.promised(LEAVES) == []
    assert len(afterwards.promises) == 3


def test_three_wrong_documents_lock_self_service_and_lead_to_an_agent(afterwards: Afterwards) -> None:
    row = afterwards.attempts[WRONG]

    assert [fact.value["flag"] for fact in afterwards.facts if fact.debtor_id == row.debtor_id] == [
        "self_service_locked"
    ]
    assert row.bridged_at is not None


def test_zero_leads_to_an_agent(afterwards: Afterwards) -> None:
    row = afterwards.attempts[ASKS]
    bridged = [message for message in afterwards.told if message.topic.endswith("/call.bridged")]

    assert row.bridged_at is not None
    assert row.call_id in {message.payload["call_id"] for message in bridged}


def test_somebody_else_is_not_called_again_at_this_number(afterwards: Afterwards) -> None:
    assert afterwards.phones[LISTENS] == "bad"
    assert afterwards.attempts[LISTENS].disposition == "WRONG_PERSON"


def test_who_calls_back_is_found_by_the_number_and_reaches_an_agent_with_the_card(afterwards: Afterwards) -> None:
    talk = afterwards.talks[CALLS_BACK]
    (bridged,) = [message for message in afterwards.told if message.topic == "otra/call.bridged"]

    assert (talk.direction, talk.channel, talk.outcome, talk.number) == ("in", "call", "conversation", f"+{CALLS_BACK}")
    assert bridged.payload["call_id"] == talk.id
    assert afterwards.card is not None
    assert (afterwards.card.name, len(afterwards.card.debts)) == ("Inés Díaz", 1)


def test_who_calls_back_promises_alone_and_gets_a_link(afterwards: Afterwards) -> None:
    talk = afterwards.talks[PROMISES_BACK]
    (promise,) = [row for row in afterwards.promises if row.debtor_id == talk.debtor_id]
    (message,) = afterwards.messages

    assert (talk.outcome, talk.disposition, talk.agent_id) == ("conversation", "PTP", None)
    assert (promise.state, promise.channel, promise.call_id) == ("pending", "ivr", talk.id)
    assert promise.captured_by == "ivr:inbound"
    assert (message.debtor_id, message.channel, message.outcome) == (talk.debtor_id, "sms", "delivered")
    assert "otra/message.requested" in {each.topic for each in afterwards.told}


def test_somebody_else_who_calls_from_the_number_is_not_called_there_any_more(afterwards: Afterwards) -> None:
    talk = afterwards.talks[NOT_THEM]

    assert (talk.outcome, talk.disposition) == ("third_party", "WRONG_PERSON")
    assert afterwards.phones[NOT_THEM] == "bad"


def test_prompts_are_heard_whole_and_in_order(afterwards: Afterwards) -> None:
    heard = afterwards.people[LISTENS].speech()
    greeting, asked, choices, thanks = (
        sound(afterwards.sounds, "es", words)
        for words in (*first_words("Rita Paz"), prompt("who_are_you"), prompt("third_party_thanks"))
    )
    # The choices were cut short by a key. Each piece is looked for behind the one before it.
    pieces = [
        greeting[:A_SECOND], greeting[-A_SECOND:], asked[:A_SECOND], asked[-A_SECOND:], choices[:A_SECOND],
        thanks[:A_SECOND], thanks[-A_SECOND:],
    ]  # fmt: skip
    behind = 0
    for number, piece in enumerate(pieces):
        likeness, at = place(heard[behind:], piece)
        assert likeness > 0.9, number
        behind += at + piece.size // 2


def test_there_is_no_gap_between_prompts(afterwards: Afterwards) -> None:
    """On a busy machine Asterisk itself may falter, but hardly at this place of all calls."""
    gaps = []
    for number, name in ((LEAVES, "Eva Mora"), (ASKS, "Iván Peña"), (LISTENS, "Rita Paz")):
        greeting, asked = (sound(afterwards.sounds, "es", words) for words in first_words(name))
        heard = afterwards.people[number].audio()
        _, ends = place(heard, greeting[-A_SECOND:])
        _, begins = place(heard, asked[:A_SECOND])
        gaps.append((begins - ends) / A_SECOND - 1)
    assert -0.1 < min(gaps) < 0.2


def first_words(name: str) -> tuple[str, str]:
    return prompt("greeting").replace("{creditor}", CREDITOR), prompt("ask_for_person").replace("{name}", name)
