"""``cadencia campaign``: making and listing campaigns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from phonenumbers import SUPPORTED_REGIONS
from rich.table import Table

from dialer.clock import SystemClock
from dialer.commands.speech import out, settings_and_logs
from dialer.compliance.facts import Party, Purpose
from dialer.compliance.loader import packs_in_force
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction, Campaign, DialMode
from dialer.domain.verdict import AmdCategory, AmdMode, SecondLookAction
from dialer.errors import InputError, UnknownPack
from dialer.installation import prepare_data_dir
from dialer.settings import Settings
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database

app = typer.Typer(no_args_is_help=True, help="Campaigns.")
T = TypeVar("T")


async def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the database, migrated, for one piece of work."""
    if not settings.database_url:
        prepare_data_dir(settings.data_dir)
    database = Database(settings.effective_database_url)
    try:
        await database.migrate()
        return await work(database)
    finally:
        await database.close()


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="A short name: letters, digits, _ . -")],
    country: Annotated[str, typer.Option(help="Country of its debtors (ISO code), for numbers without one.")] = "CO",
    creditor: Annotated[str, typer.Option(help="Whose debts these are, as recorded messages say it.")] = "",
    language: Annotated[str, typer.Option(help="es or en")] = "es",
    mode: Annotated[DialMode, typer.Option(help="How calls are paced.")] = DialMode.PROGRESSIVE,
    ratio: Annotated[float, typer.Option(help="Lines per idle agent in power mode.")] = 1.5,
    target: Annotated[
        float, typer.Option(help="Abandonment allowed in power and predictive mode, a fraction: 0.001 to 0.2.")
    ] = 0.03,
    inbound_reserve: Annotated[int, typer.Option(help="Agents whom dialing leaves free for people who call in.")] = 0,
    trunk: Annotated[str, typer.Option(help="The trunk in CADENCIA_TRUNKS to dial over.")] = "default",
    caller_id: Annotated[str, typer.Option(help="Caller id to present; empty: the trunk's.")] = "",
    amd: Annotated[AmdMode, typer.Option(help="Answering-machine detection.")] = AmdMode.CAREFUL,
    on: Annotated[
        list[str] | None,
        typer.Option(
            help="What is done with an answer, such as machine=leave_message; agent, ivr, hang_up, leave_message."
        ),
    ] = None,
    second_look_s: Annotated[
        float, typer.Option(help="Seconds for which the detector listens on after the connection; 0: not at all.")
    ] = 3.0,
    second_look_action: Annotated[
        SecondLookAction, typer.Option(help="What a machine heard then does: the desk is told, or loses the call.")
    ] = SecondLookAction.TELL,
    ivr_flow: Annotated[str, typer.Option(help="The self-service flow of those who are sent there.")] = "self-service",
    ivr_lines: Annotated[int, typer.Option(help="Most calls at once in the mode agentless: 1 to 1000.")] = 10,
    ivr_identity: Annotated[
        list[str] | None,
        typer.Option(help="How people identify themselves there: document_last, document, birth_date, code."),
    ] = None,
    overflow: Annotated[
        bool, typer.Option("--overflow", help="Whoever finds no agent free in time gets the flow, not the message.")
    ] = False,
    purpose: Annotated[Purpose, typer.Option(help="What its calls are for: it decides which rules speak of them.")] = (
        Purpose.COLLECTION
    ),
    party: Annotated[Party, typer.Option(help="Whether the creditor's own people call, or somebody for them.")] = (
        Party.THIRD_PARTY
    ),
    amd_false_positive_share: Annotated[
        float, typer.Option(help="Share of the detector's machines that were people, as tests found: 0 to 0.5.")
    ] = 0.01,
    pack: Annotated[list[str] | None, typer.Option(help="A rule pack besides the debtors' country's own.")] = None,
) -> None:
    """Make a campaign. It stands still until it is started."""
    settings = settings_and_logs(default_level="warning")
    packs = packs_in_force(settings.own_packs)
    unknown = sorted(set(pack or ()) - packs.keys())
    if unknown:
        raise UnknownPack(f"There is no rule pack {unknown[0]}. There are: {', '.join(packs)}.")
    if country.upper() not in SUPPORTED_REGIONS:
        raise InputError(f"{country!r} is no country. Write its ISO 3166-1 code, such as CO, MX or US.")
    try:
        campaign = Campaign(
            id=0,
            name=name,
            country=country.upper(),
            creditor=creditor,
            language=language,
            mode=mode,
            ratio=ratio,
            target_abandonment=target,
            inbound_reserve=inbound_reserve,
            trunk=trunk,
            caller_id=caller_id,
            amd=amd,
            actions={**DEFAULT_ACTIONS, **_actions(on or ())},
            second_look_s=second_look_s,
            second_look_action=second_look_action,
            ivr_flow=ivr_flow,
            ivr_lines=ivr_lines,
            ivr_identity=tuple(ivr_identity or ()),
            overflow=overflow,
            purpose=purpose,
            party=party,
            amd_false_positive_share=amd_false_positive_share,
            packs=tuple(pack or ()),
        )
    except ValueError as exc:
        raise InputError(f"The campaign was not made: {exc}.") from exc
    made = asyncio.run(
        with_database(settings, lambda database: Campaigns(database).create(campaign, SystemClock().now()))
    )
    out.print(f"Campaign {made.name} is ready. Load debtors with: cadencia import FILE --campaign {made.name}")


def _actions(chosen: Sequence[str]) -> dict[AmdCategory, AnswerAction]:
    """Of ``category=action``. Raises ValueError."""
    found: dict[AmdCategory, AnswerAction] = {}
    for one in chosen:
        category, _, action = one.partition("=")
        found[AmdCategory(category.strip())] = AnswerAction(action.strip())
    return found


@app.command("list")
def show() -> None:
    """List the campaigns."""
    settings = settings_and_logs(default_level="warning")

    async def work(database: Database) -> list[tuple[Campaign, str]]:
        campaigns = Campaigns(database)
        return [(campaign, (await campaigns.state(campaign.id)).value) for campaign in await campaigns.all()]

    table = Table("name", "state", "mode", "ratio", "target", "country", "trunk")
    for campaign, state in asyncio.run(with_database(settings, work)):
        table.add_row(
            campaign.name,
            state,
            campaign.mode.value,
            f"{campaign.ratio:g}",
            f"{campaign.target_abandonment:.1%}",
            campaign.country,
            campaign.trunk,
        )
    out.print(table)
