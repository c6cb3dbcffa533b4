"""People and what they may do. Accounts are disabled, never deleted: the records name them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, status

from agent_console.api.wiring import FromRooms
from agent_console.ports_people import AccountEdit, AccountIn
from agent_console.schemas import Done
from agent_console.schemas_people import GivenPassword, NewUser, User, UserEdit, UserPage
from agent_console.who import person_of

router = APIRouter(prefix="/users", tags=["people"])

AccountId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("")
async def list_users(
    rooms: FromRooms,
    cursor: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> UserPage:
    """Everybody, disabled ones too, in the order in which they came."""
    found = list(await rooms.context.people.accounts(after=cursor, most=limit + 1))
    more = len(found) > limit
    return UserPage(items=[User.of(each) for each in found[:limit]], next_cursor=found[limit - 1].id if more else None)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(body: NewUser, request: Request, rooms: FromRooms) -> User:
    new = AccountIn(
        login=body.login, name=body.name, role=body.role, language=body.language, agent_id=body.agent_id or None
    )
    by = person_of(request).login
    return User.of(await rooms.context.people.create(new, body.password.get_secret_value(), by=by))


@router.get("/{account_id}")
async def one(account_id: AccountId, rooms: FromRooms) -> User:
    return User.of(await rooms.context.people.account(account_id))


@router.patch("/{account_id}")
async def edit(account_id: AccountId, body: UserEdit, request: Request, rooms: FromRooms) -> User:
    """Refused for the last administrator who can sign in, where nobody would be left to manage people."""
    change = AccountEdit(
        name=body.name, role=body.role, language=body.language, state=body.state, agent_id=body.agent_id
    )
    return User.of(await rooms.context.people.change(account_id, change, by=person_of(request).login))


@router.put("/{account_id}/password")
async def give_password(account_id: AccountId, body: GivenPassword, request: Request, rooms: FromRooms) -> Done:
    """A new password for somebody who forgot theirs. It ends their sessions and works until they choose their own."""
    by = person_of(request)
    password = body.password.get_secret_value()
    await rooms.context.people.set_password(account_id, password, by=by.login, given=account_id != by.id)
    return Done()


@router.delete("/{account_id}/sessions")
async def end_sessions(account_id: AccountId, request: Request, rooms: FromRooms) -> Done:
    """Sign somebody out everywhere."""
    await rooms.context.people.end_sessions(account_id, person_of(request).login)
    return Done()
