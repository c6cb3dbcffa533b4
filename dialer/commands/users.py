"""``cadencia user``: who may sign in to the console."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.speech import out, settings_and_logs
from dialer.domain.people import AccountState, Role, check_password, login_of
from dialer.errors import InputError, UnknownAccount
from dialer.passwords import Passwords
from dialer.store.accounts import Account, AccountChange, Accounts, NewAccount
from dialer.store.database import Database

app = typer.Typer(no_args_is_help=True, help="People who may sign in to the console.")

_WORDS = {
    "es": {
        "login": "Usuario", "name": "Nombre", "role": "Rol", "agent_id": "Agente", "state": "Estado",
        "agent": "agente", "supervisor": "supervisor", "admin": "administrador", "auditor": "auditor",
        "active": "activo", "disabled": "desactivado", "none": "No hay usuarios. Cree uno con: cadencia user create",
        "ask": "Contraseña", "again": "Otra vez", "differ": "Las dos contraseñas no son iguales.",
        "created": "Creado: {login}. Al entrar elegirá una contraseña propia.",
        "password": "Contraseña de {login} cambiada; sus sesiones terminaron. Al entrar elegirá una propia.",
        "disabled_now": "Desactivado: {login}. Sus sesiones terminaron.", "enabled_now": "Activado: {login}.",
    },
    "en": {
        "login": "Login", "name": "Name", "role": "Role", "agent_id": "Agent", "state": "State",
        "agent": "agent", "supervisor": "supervisor", "admin": "administrator", "auditor": "auditor",
        "active": "active", "disabled": "disabled", "none": "There are no users. Make one with: cadencia user create",
        "ask": "Password", "again": "Again", "differ": "The two passwords are not the same.",
        "created": "Created: {login}. They choose their own password when they sign in.",
        "password": "Password of {login} changed; their sessions have ended. They choose their own when they sign in.",
        "disabled_now": "Disabled: {login}. Their sessions have ended.", "enabled_now": "Enabled: {login}.",
    },
}  # fmt: skip

_Login = Annotated[str, typer.Argument(help="The login.")]
_FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


def operator() -> str:
    """Who is at the command line, as the audit trail has it."""
    return f"cli:{getpass.getuser()}"[:64]


@app.command("create")
def create(
    login: Annotated[str, typer.Argument(help="Letters a to z, digits, . - _; never changed.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    name: Annotated[str, typer.Option(help="As people see it; the login, where it is left out.")] = "",
    language: Annotated[Literal["es", "en"] | None, typer.Option(help="Of their console.")] = None,
    agent_id: Annotated[str, typer.Option("--agent", help="The agent they are at the desk.")] = "",
    password_stdin: _FromInput = False,
) -> None:
    """Make an account. The password is for the first time: its owner then chooses another."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]
    password = _password(login_of(login), words, from_input=password_stdin)

    async def work(database: Database) -> Account:
        new = NewAccount(
            login=login, name=name or login, role=role, language=language or settings.language, agent_id=agent_id
        )
        return await Accounts(database, SystemClock()).create(new, await Passwords().hash(password), by=operator())

    made = asyncio.run(with_database(settings, work))
    out.print(words["created"].format(login=made.login))


@app.command("list")
def list_users(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """Everybody who may, or might, sign in."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]

    async def work(database: Database) -> Sequence[Account]:
        return await Accounts(database, SystemClock()).page(most=100_000)

    found = asyncio.run(with_database(settings, work))
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in found]))
        return
    if not found:
        out.print(words["none"])
        return
    table = Table(*(words[name] for name in ("login", "name", "role", "agent_id", "state")))
    for each in found:
        table.add_row(each.login, escape(each.name), words[each.role], each.agent_id or "", words[each.state])
    out.print(table)


@app.command("password")
def password(login: _Login, password_stdin: _FromInput = False) -> None:
    """Give somebody a new password for the first time, and end their sessions."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]
    given = _password(login_of(login), words, from_input=password_stdin)

    async def work(database: Database) -> None:
        accounts = Accounts(database, SystemClock())
        found = await _named(accounts, login)
        await accounts.set_password(found.id, await Passwords().hash(given), by=operator(), given=True)

    asyncio.run(with_database(settings, work))
    out.print(words["password"].format(login=login_of(login)))


@app.command("disable")
def disable(login: _Login) -> None:
    """Somebody may not sign in any more. The account stays, since the records name it."""
    _set_state(login, AccountState.DISABLED, "disabled_now")


@app.command("enable")
def enable(login: _Login) -> None:
    """Somebody may sign in again."""
    _set_state(login, AccountState.ACTIVE, "enabled_now")


def _set_state(login: str, state: AccountState, said: str) -> None:
    settings = settings_and_logs(default_level="warning")

    async def work(database: Database) -> Account:
        accounts = Accounts(database, SystemClock())
        found = await _named(accounts, login)
        return await accounts.change(found.id, AccountChange(state=state), by=operator())

    changed = asyncio.run(with_database(settings, work))
    out.print(_WORDS[settings.language][said].format(login=changed.login))


async def _named(accounts: Accounts, login: str) -> Account:
    found = await accounts.by_login(login)
    if found is None:
        raise UnknownAccount
    return found


def _password(login: str, words: dict[str, str], *, from_input: bool) -> str:
    """Never an argument: other users of the machine see those."""
    if from_input:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = typer.prompt(words["ask"], hide_input=True)
        if typer.prompt(words["again"], hide_input=True) != given:
            raise InputError(words["differ"])
    check_password(given, login)
    return given


def _as_json(account: Account) -> dict[str, object]:
    return {
        "login": account.login,
        "name": account.name,
        "role": account.role,
        "language": account.language,
        "state": account.state,
        "agent_id": account.agent_id,
        "made_at": account.made_at.isoformat(),
    }
