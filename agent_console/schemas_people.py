"""What the routes of people take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from agent_console.ports_people import AccountView
from agent_console.schemas import Body
from dialer.domain.people import LONGEST_PASSWORD, AccountState, Role

Login = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
ShownName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]
Language = Literal["es", "en"]
#: Empty takes it away.
AgentIdOrNone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_.-]{0,64}$")]


class SignIn(Body):
    login: Login
    password: Password


class SetUp(Body):
    """``token``: what stands behind the # of the address that cadencia printed."""

    token: Annotated[str, Field(max_length=200)]
    login: Login
    name: ShownName
    password: Password
    language: Language = "es"


class OwnPassword(Body):
    old: Password
    new: Password


class OwnLanguage(Body):
    language: Language


class NewUser(Body):
    """``password`` is for the first time only: its owner has to choose another one."""

    login: Login
    name: ShownName
    role: Role
    password: Password
    language: Language = "es"
    agent_id: AgentIdOrNone = ""


class UserEdit(Body):
    """What is left out stays. Another role or agent id, or ``disabled``, ends the person's sessions."""

    name: ShownName | None = None
    role: Role | None = None
    language: Language | None = None
    state: AccountState | None = None
    agent_id: AgentIdOrNone | None = None


class GivenPassword(Body):
    password: Password


class User(BaseModel):
    id: int
    login: str
    name: str
    role: Role
    language: str
    state: AccountState
    agent_id: str | None
    password_given: bool
    made_at: datetime

    @classmethod
    def of(cls, account: AccountView) -> User:
        return cls(
            id=account.id,
            login=account.login,
            name=account.name,
            role=account.role,
            language=account.language,
            state=account.state,
            agent_id=account.agent_id,
            password_given=account.password_given,
            made_at=account.made_at,
        )


class Me(BaseModel):
    """Who is signed in, and the pages they may open, the first one their home."""

    user: User
    pages: list[str]


class UserPage(BaseModel):
    items: list[User]
    next_cursor: int | None
