"""``cadencia ivr``: self-service flows checked, drawn and tried, without a telephone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.markup import escape

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.ivr_people import Person, made_up, stored
from dialer.commands.ivr_rehearsal import Rehearsal
from dialer.commands.ivr_sounds import sounds_app
from dialer.commands.ivr_words import WORDS
from dialer.commands.speech import out, settings_and_logs
from dialer.errors import InvalidFlow
from dialer.settings import Settings
from ivr_flows.drawing import draw
from ivr_flows.facts import AnsweredBy, IdentityMethod
from ivr_flows.findings import Finding, findings_of, refusal
from ivr_flows.loader import FlowSet, load
from ivr_flows.play.player import Player
from ivr_flows.shelf import checked
from ivr_flows.validate import findings

app = typer.Typer(no_args_is_help=True, help="Self-service flows: check, draw, try.")
app.add_typer(sounds_app, name="sounds")

Language = Literal["es", "en"]
FlowName = Annotated[str, typer.Argument(help="A flow that ships, such as self-service, or the YAML file of one.")]


@app.command("validate")
def validate(
    flow: FlowName,
    as_json: Annotated[bool, typer.Option("--json", help="Print plain data.")] = False,
    lang: Annotated[Language | None, typer.Option(help="Language of what is said about it.")] = None,
) -> None:
    """Say what is wrong with a flow: how it is written, where its ways lead, what it tells whom, and its prompts. The
    exit code is 1 where it may not be used."""
    language = lang or settings_and_logs(default_level="warning").language
    flows, found = _examined(flow)
    errors = [finding for finding in found if finding.is_error]
    if as_json:
        said = {"flow": flow, "valid": not errors, "findings": [finding.as_json(language) for finding in found]}
        typer.echo(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(flow, flows, found, language)
    if errors:
        raise typer.Exit(1)


@app.command("graph")
def graph(
    flow: FlowName,
    file: Annotated[Path | None, typer.Option("--out", help="Write it here. Standard output by default.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of its words.")] = None,
) -> None:
    """Draw a flow as SVG. Green speaks of debts, red identifies, blue asks, orange leads out; dashed lines go back."""
    language = lang or settings_and_logs(default_level="warning").language
    picture = draw(_loaded(flow, language), language)
    if file is None:
        typer.echo(picture, nl=False)
        return
    file.write_text(picture, encoding="utf-8")
    out.print(escape(WORDS[language]["drawn"].format(file=file)), soft_wrap=True)


@app.command("try")
def try_out(
    flow: FlowName,
    debtor: Annotated[
        int | None, typer.Option(help="A debtor of the database, by id. Somebody made up by default.")
    ] = None,
    campaign: Annotated[str, typer.Option(help="Whose terms and name hold for that debtor.")] = "",
    language: Annotated[Language | None, typer.Option(help="What the call begins in.")] = None,
    country: Annotated[str, typer.Option(help="Where somebody made up lives.")] = "CO",
    identity: Annotated[
        list[IdentityMethod] | None, typer.Option(help="How the person is identified; may be given several times.")
    ] = None,
    mode: Annotated[str, typer.Option(help="agentless, overflow or inbound")] = "agentless",
    machine: Annotated[bool, typer.Option("--machine", help="A machine answers.")] = False,
) -> None:
    """Play a flow in the terminal: type keys or words. Nothing is saved or sent, and nobody is called."""
    settings = settings_and_logs(default_level="warning")
    said = WORDS[settings.language]
    flows = _checked(flow, settings.language)
    person = _person(settings, debtor, campaign, language, country)
    answered_by = AnsweredBy.MACHINE if machine else AnsweredBy.PERSON
    methods = tuple(identity) if identity else person.call.identity
    call = replace(person.call, identity=methods, mode=mode, answered_by=answered_by)
    person = replace(person, call=call)
    out.print(escape(said["rehearsal"].format(flow=flow)))
    out.print(escape(said["keys"]))
    known = person.known
    hint = ", ".join(filter(None, (known.document, known.birth_date.isoformat() if known.birth_date else "")))
    out.print(escape(said["person"].format(name=call.name, document=person.file.debtor, answers=hint)))
    Rehearsal(Player(flows), person, said, _read_line, _write_line).play()


def _read_line() -> str | None:
    out.print("[bold]>[/bold] ", end="")
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def _write_line(speaker: str, text: str) -> None:
    out.print(f"[dim]{escape(speaker)}:[/dim] {escape(text)}", soft_wrap=True)


def _person(settings: Settings, debtor: int | None, campaign: str, language: Language | None, country: str) -> Person:
    today = SystemClock().now().date()
    if debtor is None:
        return made_up(today, country.upper(), language or settings.language)
    return asyncio.run(
        with_database(settings, lambda database: stored(database, debtor, campaign, today, language or ""))
    )


def _examined(flow: str) -> tuple[FlowSet | None, Sequence[Finding]]:
    try:
        flows = load(flow)
    except InvalidFlow as exc:
        return None, findings_of(exc)
    return flows, findings(flows)


def _loaded(flow: str, language: str) -> FlowSet:
    """A flow as it is written, sensible or not: a picture helps to see what is wrong with it."""
    try:
        return load(flow)
    except InvalidFlow as exc:
        raise refusal(findings_of(exc), language) from exc


def _checked(flow: str, language: str) -> FlowSet:
    try:
        return checked(flow if not flow.endswith((".yaml", ".yml")) else Path(flow))
    except InvalidFlow as exc:
        raise refusal(findings_of(exc), language) from exc


def _show(flow: str, flows: FlowSet | None, found: Sequence[Finding], language: str) -> None:
    said = WORDS[language]
    for finding in found:
        kind, colour = ("error", "red") if finding.is_error else ("warning", "yellow")
        out.print(f"[{colour}]{said[kind]}[/{colour}] {escape(finding.words(language))}", soft_wrap=True)
    errors = sum(finding.is_error for finding in found)
    if found:
        out.print(said["counts"].format(errors=errors, warnings=len(found) - errors))
    if flows is not None and not errors:
        nodes = sum(len(each.nodes) for each in flows.flows.values())
        languages = ", ".join(flows.flow.languages)
        out.print(escape(said["fine"].format(flow=flow, nodes=nodes, flows=len(flows.flows), languages=languages)))
