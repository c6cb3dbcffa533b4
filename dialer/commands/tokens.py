"""``cadencia token``: what programs use instead of a login."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.speech import err, out, settings_and_logs
from dialer.commands.users import operator
from dialer.domain.people import Scope
from dialer.store.database import Database
from dialer.store.sessions import MachineToken, MachineTokens

app = typer.Typer(no_args_is_help=True, help="Tokens of programs that use the API.")

_WORDS = {
    "es": {
        "name": "Nombre", "scopes": "Permisos", "made": "Creado", "revoked": "Revocado",
        "none": "No hay tokens.", "once": "Guárdelo ahora: no se vuelve a mostrar.",
        "revoked_now": "Revocado: {name}.",
    },
    "en": {
        "name": "Name", "scopes": "Scopes", "made": "Made", "revoked": "Revoked",
        "none": "There are no tokens.", "once": "Keep it now: it is not shown again.",
        "revoked_now": "Revoked: {name}.",
    },
}  # fmt: skip


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Which program: letters a to z, digits, . - _")],
    scope: Annotated[list[Scope], typer.Option(help="What it opens; several times for several.")],
) -> None:
    """Make a token and print it, once."""
    settings = settings_and_logs(default_level="warning")

    async def work(database: Database) -> str:
        return await MachineTokens(database, SystemClock()).create(name, scope, by=operator())

    token = asyncio.run(with_database(settings, work))
    typer.echo(token)
    err.print(_WORDS[settings.language]["once"])


@app.command("list")
def list_tokens(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """Every token there is or was. The tokens themselves are kept nowhere."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]

    async def work(database: Database) -> Sequence[MachineToken]:
        return await MachineTokens(database, SystemClock()).all()

    found = asyncio.run(with_database(settings, work))
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in found]))
        return
    if not found:
        out.print(words["none"])
        return
    table = Table(*(words[name] for name in ("name", "scopes", "made", "revoked")))
    for each in found:
        told = _as_json(each)
        table.add_row(each.name, ", ".join(sorted(each.scopes)), str(told["made_at"]), str(told["revoked_at"] or ""))
    out.print(table)


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="Whose token.")]) -> None:
    """The token opens nothing from this moment on."""
    settings = settings_and_logs(default_level="warning")

    async def work(database: Database) -> None:
        await MachineTokens(database, SystemClock()).revoke(name, by=operator())

    asyncio.run(with_database(settings, work))
    out.print(_WORDS[settings.language]["revoked_now"].format(name=name))


def _as_json(token: MachineToken) -> dict[str, object]:
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "made_at": token.made_at.isoformat(),
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
