"""``cadencia pacing replay``: the day's own calls under another target or another pacer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Annotated, Literal

import orjson
import typer
from rich.table import Table

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.instants import instant, instant_since
from dialer.commands.speech import out, settings_and_logs
from dialer.domain.campaign import Campaign
from dialer.store.call_traces import PastFloor
from dialer.store.database import Database
from dialer.what_if import Effort, Question, answer, read_floor
from pacing.replay import Span
from pacing.what_if import WhatIf

_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "title": "Campaña {campaign}, {began:%Y-%m-%d %H:%M} a {ended:%H:%M} UTC: {calls} llamadas, {agents} agentes",
        "happened": "lo que pasó", "as": "{pacer}, objetivo {target}", "between": "{low} a {high}",
        "utilisation": "Ocupación de los agentes", "abandonment": "Abandono", "worst_hour": "Peor hora",
        "people_per_agent_hour": "Personas por hora de agente", "dials_per_person": "Llamadas por persona atendida",
        "idle_wait_s": "Espera del agente entre personas", "people": "Personas que contestaron",
        "dialed": "Llamadas hechas", "simulated": "simulado", "none": "pocas personas",
        "plays": "Lo simulado es la media de {plays} repeticiones del día y, debajo, donde caen 95 de cada 100.",
        "agrees": "El simulador cuenta lo que pasó: ocupación a menos de 3 puntos, abandono dentro de su intervalo.",
        "differs": "El simulador NO cuenta lo que pasó ({what}): tome lo demás con la misma reserva.",
        "change": "Con {pacer} y objetivo {target}: {utilisation} puntos de ocupación ({u_low} a {u_high}), "
                  "{people} personas atendidas ({p_low} a {p_high}), {abandonment} puntos de abandono "
                  "({a_low} a {a_high}).",
    },
    "en": {
        "title": "Campaign {campaign}, {began:%Y-%m-%d %H:%M} to {ended:%H:%M} UTC: {calls} calls, {agents} agents",
        "happened": "what happened", "as": "{pacer}, target {target}", "between": "{low} to {high}",
        "utilisation": "Agents' utilisation", "abandonment": "Abandonment", "worst_hour": "Worst hour",
        "people_per_agent_hour": "People per agent-hour", "dials_per_person": "Calls per person connected",
        "idle_wait_s": "Agents' wait between people", "people": "People who answered",
        "dialed": "Calls placed", "simulated": "simulated", "none": "too few people",
        "plays": "What is simulated is the mean of {plays} plays of the day and, below it, where 95 of 100 lie.",
        "agrees": "The simulator tells what happened: utilisation within 3 points, abandonment within its interval.",
        "differs": "The simulator does NOT tell what happened ({what}): trust the rest no more than that.",
        "change": "With {pacer} and target {target}: {utilisation} points of utilisation ({u_low} to {u_high}), "
                  "{people} people connected ({p_low} to {p_high}), {abandonment} points of abandonment "
                  "({a_low} to {a_high}).",
    },
}  # fmt: skip
_FORMS = {
    "utilisation": "{:.1%}", "abandonment": "{:.2%}", "worst_hour": "{:.2%}", "people_per_agent_hour": "{:.1f}",
    "dials_per_person": "{:.2f}", "idle_wait_s": "{:.1f} s", "people": "{:.0f}", "dialed": "{:.0f}",
}  # fmt: skip


def replay(
    campaign: Annotated[str, typer.Option(help="Whose calls.")],
    since: Annotated[str, typer.Option(help="From when on: 1d, 2026-11-24, or 2026-11-24T09:00:00-05:00.")],
    until: Annotated[str | None, typer.Option(help="An instant with its offset; now by default. At most 24 h.")] = None,
    target: Annotated[
        float | None, typer.Option(min=0.001, max=0.2, help="Abandonment allowed: 0.02 is 2 %. As it was by default.")
    ] = None,
    pacer: Annotated[
        str | None, typer.Option(help="A mode, or a pacer of the benchmark such as vicidial or fixed-ratio-2.")
    ] = None,
    plays: Annotated[int, typer.Option(min=2, max=1000, help="How many times the day is played.")] = 20,
    lang: Annotated[Literal["es", "en"] | None, typer.Option(help="Language of the answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play a campaign's own calls again under another target or pacer, and say first whether the simulator tells what
    really happened."""
    settings = settings_and_logs(default_level="warning")
    clock = SystemClock()
    question = Question(
        campaign=campaign,
        since=instant_since(since, clock),
        until=instant(until, clock),
        target=target,
        pacer=pacer,
    )

    async def read(database: Database) -> tuple[Campaign, PastFloor]:
        return await read_floor(database, question, settings)

    found, floor = asyncio.run(with_database(settings, read))
    effort = Effort(plays=plays, processes=min(plays, os.cpu_count() or 1))
    made = asyncio.run(answer(question, found, floor, settings, effort))
    if as_json:
        typer.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(made, _WORDS[lang or settings.language])


def _show(made: WhatIf, words: Mapping[str, str]) -> None:
    out.print(words["title"].format_map(_facts(made)))
    was = words["as"].format(pacer=made.pacer, target=f"{made.target:.1%}")
    heads = [words["happened"], f"{words['simulated']}: {was}"]
    would = words["as"].format(pacer=made.other_pacer, target=f"{made.other_target:.1%}")
    if made.other is not None:
        heads.append(f"{words['simulated']}: {would}")
    table = Table("", *heads)
    for name, form in _FORMS.items():
        happened = getattr(made.happened, name)
        cells = [words["none"] if happened is None else form.format(happened)]
        plays = [played for played in (made.same, made.other) if played is not None]
        cells += [_span(getattr(played, name), form, words) for played in plays]
        table.add_row(words[name], *cells)
    out.print(table)
    out.print(words["plays"].format(plays=made.same.plays))
    wrong = [words[name] for name in ("utilisation", "abandonment") if not getattr(made.agreement, name)]
    out.print(words["agrees"] if not wrong else words["differs"].format(what=", ".join(wrong)))
    if made.change is not None:
        points, share, people = made.change.utilisation, made.change.abandonment, made.change.people_connected
        out.print(
            words["change"].format(
                pacer=made.other_pacer, target=f"{made.other_target:.1%}",
                utilisation=f"{100 * points.mean:+.1f}", u_low=f"{100 * points.low:+.1f}",
                u_high=f"{100 * points.high:+.1f}", people=f"{people.mean:+.0f}", p_low=f"{people.low:+.0f}",
                p_high=f"{people.high:+.0f}", abandonment=f"{100 * share.mean:+.2f}",
                a_low=f"{100 * share.low:+.2f}", a_high=f"{100 * share.high:+.2f}",
            )
        )  # fmt: skip


def _facts(made: WhatIf) -> dict[str, object]:
    return {name: getattr(made, name) for name in ("campaign", "began", "ended", "calls", "agents")}


def _span(span: Span | None, form: str, words: Mapping[str, str]) -> str:
    if span is None:
        return words["none"]
    between = words["between"].format(low=form.format(span.low), high=form.format(span.high))
    return f"{form.format(span.mean)}\n({between})"
