"""Who asks: a person who is signed in, or a program with a token."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from agent_console.policy import Rule
from agent_console.ports_people import AccountView, Machine
from dialer.domain.people import Role
from dialer.errors import AccessDenied, RoleForbids


@dataclass(frozen=True, slots=True)
class Who:
    """Exactly one of ``person`` and ``machine``. ``session`` is the token of the person's session."""

    person: AccountView | None = None
    machine: Machine | None = None
    session: str = ""

    @property
    def name(self) -> str:
        """As the audit trail has it: a login, or the name of a token."""
        if self.person is not None:
            return self.person.login
        return f"token:{self.machine.name}" if self.machine is not None else ""

    @property
    def role(self) -> str:
        return self.person.role.value if self.person is not None else "program"

    @property
    def is_agent(self) -> bool:
        """True for who may see their own desk only."""
        return self.person is not None and self.person.role is Role.AGENT

    def may(self, rule: Rule) -> bool:
        if self.person is not None:
            return self.person.role in rule.roles
        return self.machine is not None and rule.scope is not None and rule.scope in self.machine.scopes


def who_of(connection: HTTPConnection) -> Who:
    """Who sent this request. Raises AccessDenied where nobody did, which no route but the open ones lets happen."""
    found = connection.scope.get("state", {}).get("who")
    if not isinstance(found, Who):
        raise AccessDenied
    return found


def person_of(connection: HTTPConnection) -> AccountView:
    """Raises RoleForbids for a program."""
    person = who_of(connection).person
    if person is None:
        raise RoleForbids("This is for people: a program's token does not open it.")
    return person
