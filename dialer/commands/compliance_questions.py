"""``cadencia compliance explain``, ``funnel`` and ``whatif``: questions to the rules that write nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import orjson
import sqlalchemy as sa
import typer

from dialer.casebook.replay import Comparison, compare
from dialer.clock import SystemClock
from dialer.commands import compliance_shown as shown
from dialer.commands.compliance_words import WORDS
from dialer.commands.instants import instant, instant_since
from dialer.commands.speech import out, settings_and_logs
from dialer.compliance.gate import Gate
from dialer.compliance.loader import parse_pack
from dialer.compliance.rules import Pack
from dialer.errors import InputError, InvalidPack, UnknownCampaign
from dialer.ports import ContactRequest
from dialer.settings import Settings
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.funnel import funnel as ask_about_all
from dialer.store.past_decisions import campaigns_of, find_debtor, past_decisions
from dialer.store.questions import gate_query

T = TypeVar("T")
Language = Literal["es", "en"]

Json = Annotated[bool, typer.Option("--json", help="Print plain data.")]
Lang = Annotated[Language | None, typer.Option(help="Language of the answer.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``cadencia compliance``."""
    app.command("explain")(explain)
    app.command("funnel")(funnel)
    app.command("whatif")(what_if)


def explain(
    debtor: Annotated[str, typer.Option(help="Id of the debtor, or the reference of your own system.")],
    at: Annotated[str | None, typer.Option(help="When, such as 2026-11-24T15:00:00-05:00; now by default.")] = None,
    number: Annotated[str | None, typer.Option(help="Which of their numbers; the next one by default.")] = None,
    campaign: Annotated[str | None, typer.Option(help="For which campaign; theirs by default.")] = None,
    channel: Annotated[str, typer.Option(help="call, sms, email, whatsapp, letter or visit")] = "call",
    lang: Lang = None,
    json: Json = False,
    show_numbers: Annotated[bool, typer.Option("--show-numbers", help="Show telephone numbers whole.")] = False,
) -> None:
    """Say whether a debtor may be contacted, by which rules, with their sources and what is left of each."""
    settings = settings_and_logs(default_level="warning")
    language = lang or settings.language
    now = instant(at, SystemClock())

    async def work(database: Database) -> shown.Explained:
        names = {each.name: each for each in await Campaigns(database).all()}
        if campaign is not None and campaign not in names:
            raise UnknownCampaign

        def look(connection: sa.Connection) -> shown.Explained:
            debtor_id = find_debtor(connection, debtor)
            theirs = campaigns_of(connection, debtor_id)
            if campaign is None and not theirs:
                raise InputError(WORDS[language]["no_campaign"])
            chosen = names[campaign] if campaign is not None else names[theirs[0][1]]
            request = ContactRequest(campaign_id=chosen.id, debtor_id=debtor_id, number=number, channel=channel)
            query = gate_query(connection, request, now, caller_id=_caller_id(settings, chosen.trunk))
            return shown.Explained(debtor_id, chosen.name, query, Gate.standing(settings.own_packs).account(query))

        return await database.read(look)

    answer = _ask(settings, work)
    if json:
        typer.echo(
            orjson.dumps(shown.explained_data(answer, language, show_numbers), option=orjson.OPT_INDENT_2).decode()
        )
    else:
        shown.show_explained(out, answer, language, show_numbers)


def funnel(
    campaign: Annotated[str, typer.Option(help="The campaign.")],
    at: Annotated[str | None, typer.Option(help="When, such as 2026-11-24T15:00:00-05:00; now by default.")] = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Say where a campaign's list went: callable now, later by the hour, and which rule holds back how many."""
    settings = settings_and_logs(default_level="warning")
    clock = SystemClock()
    now = instant(at, clock)

    async def work(database: Database) -> shown.Filtered:
        found = await Campaigns(database).get(campaign)
        began = clock.monotonic()
        caller_id = _caller_id(settings, found.trunk)
        gate = Gate.standing(settings.own_packs)
        result = await database.read(ask_about_all, gate, found.id, now, caller_id=caller_id)
        return shown.Filtered(result, clock.monotonic() - began)

    answer = _ask(settings, work)
    if json:
        typer.echo(orjson.dumps(shown.funnel_data(answer), option=orjson.OPT_INDENT_2).decode())
    else:
        shown.show_funnel(out, answer, lang or settings.language)


def what_if(
    pack: Annotated[str, typer.Option(help="A pack file that was changed, or the id of a pack to add.")],
    since: Annotated[str, typer.Option(help="From when on, such as 2026-11-17, or 7d for the last seven days.")],
    campaign: Annotated[str | None, typer.Option(help="Only this campaign's decisions.")] = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Make past decisions again with a changed pack, and say which would have been different."""
    settings = settings_and_logs(default_level="warning")
    standing = Gate.standing(settings.own_packs)
    changed = _pack(pack, standing)
    begin = instant_since(since, SystemClock())
    gate = standing.with_pack(changed)

    async def work(database: Database) -> Comparison:
        chosen = None if campaign is None else (await Campaigns(database).get(campaign)).id

        def replay(connection: sa.Connection) -> Comparison:
            made = past_decisions(connection, begin, chosen)
            return compare(gate, changed.id, ((past.ref, past.reasons, past.query) for past in made))

        return await database.read(replay)

    answer = _ask(settings, work)
    if json:
        typer.echo(orjson.dumps(shown.what_if_data(answer, changed.id, begin), option=orjson.OPT_INDENT_2).decode())
    else:
        shown.show_what_if(out, answer, changed.id, begin, lang or settings.language)


def _ask(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do ``work`` with the database, which must be up to date: a question does not migrate it."""

    async def run() -> T:
        database = Database(settings.effective_database_url)
        try:
            await database.check()
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _caller_id(settings: Settings, trunk: str) -> str:
    found = settings.trunks.get(trunk)
    return found.caller_id if found is not None else ""


def _pack(wanted: str, gate: Gate) -> Pack:
    path = Path(wanted)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        try:
            return parse_pack(path.read_text("utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as exc:
            why = exc.strerror if isinstance(exc, OSError) else "it is not text in UTF-8"
            raise InvalidPack(f"The pack {wanted} cannot be read ({why}). Name a pack file in YAML.") from exc
    return gate.pack(wanted)
