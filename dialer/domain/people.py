"""People who use the console, and programs that use its API: what they are called and what they may be."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from dialer.errors import InputError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128  # a longer one only costs the server time

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_AGENT_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Role(StrEnum):
    AGENT = "agent"  #: their desk, and the debtor on their call
    SUPERVISOR = "supervisor"  #: runs campaigns
    ADMIN = "admin"  #: a supervisor who also manages people and settings
    AUDITOR = "auditor"  #: reads everything, changes nothing


class AccountState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"  #: never deleted: the records name them


class Scope(StrEnum):
    """What a program's token opens."""

    METRICS = "metrics"
    READ = "read"
    LEDGER = "ledger"  #: contacts, facts, promises, payments, call-backs
    RUN = "run"  #: campaigns and calls
    WALLBOARD = "wallboard"  #: the figures of a television, and nothing of anybody


ALL_SCOPES = frozenset(Scope)


def login_of(text: str) -> str:
    """``text`` as a login. Raises InputError."""
    login = text.strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise InputError("A login has 2 to 32 letters a to z, digits, dots, hyphens or underscores, such as ana.velez.")
    return login


def login_key(login: str) -> str:
    """What tells logins apart: ``ana.1`` and ``ana1`` are one, so that another spelling is not another person."""
    plain = unicodedata.normalize("NFKD", login.casefold())
    return "".join(char for char in plain if char.isalnum())


def shown_name(text: str) -> str:
    """A name as people see it, of one line and 1 to 64 characters. Raises InputError."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise InputError("A name has 1 to 64 characters, all of them visible.")
    return name


def agent_id_of(text: str | None) -> str | None:
    """The id of an agent, None for an empty one. Raises InputError."""
    if text is None or not text.strip():
        return None
    if not _AGENT_ID.fullmatch(text.strip()):
        raise InputError("An agent id has 1 to 64 letters, digits, dots, hyphens or underscores.")
    return text.strip()


def check_password(password: str, login: str) -> None:
    """Raises InputError for a password that is too short, too long, or easily guessed from the login."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    if len(set(password)) < 5 or login_key(login) in login_key(password):
        raise InputError("This password is easily guessed: use several words, and not your login.")
