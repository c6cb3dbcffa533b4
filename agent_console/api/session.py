"""Signing in and out, the first administrator, and what people may change about themselves."""

from __future__ import annotations

import hmac
import math

import structlog
from fastapi import APIRouter, Request, Response, status

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.auth import address_of
from agent_console.cookies import DESK, SESSION, CookieJar
from agent_console.policy import home_of, pages_of
from agent_console.ports_people import AccountEdit, AccountIn, AccountView
from agent_console.schemas import Done
from agent_console.schemas_people import Me, OwnLanguage, OwnPassword, SetUp, SignIn, User
from agent_console.who import person_of, who_of
from dialer.domain.people import Role, login_key
from dialer.errors import SetupClosed, SignInRefused, TooManyTries

log = structlog.get_logger(__name__)

router = APIRouter(tags=["people"])


@router.post("/session", responses={429: {"description": "Too many tries: Retry-After says how long to wait."}})
async def sign_in(body: SignIn, request: Request, response: Response, rooms: FromRooms) -> Me:
    """Sets the session's cookie: a new one, whatever the browser held before."""
    people, address = rooms.context.people, address_of(request)
    login = login_key(body.login)
    known = await people.knows(body.login, address)
    _wait(rooms, login, address, known)
    account = await people.check(body.login, body.password.get_secret_value())
    if account is None:
        log.warning("console.sign_in_refused", pii_login=body.login, pii_address=address)
        raise SignInRefused
    rooms.sign_ins.succeeded(login, address, known=known)
    return await _begin(account, address, request, response, rooms)


@router.delete("/session")
async def sign_out(request: Request, response: Response, rooms: FromRooms) -> Done:
    """The session is over everywhere, not only in this browser. An agent leaves the desk first: POST /desk/sign-out."""
    person = person_of(request)
    await rooms.phone_lines.revoke(who_of(request).session)
    await rooms.context.people.end_session(who_of(request).session, person.login)
    for name in (SESSION, DESK):
        CookieJar(rooms.context, name).clear(request, response)
    return Done()


@router.post("/setup", status_code=status.HTTP_201_CREATED)
async def set_up(body: SetUp, request: Request, response: Response, rooms: FromRooms) -> Me:
    """Make the first administrator and sign them in. Only while there is no account, and only once."""
    people, address = rooms.context.people, address_of(request)
    _wait(rooms, "", address, False)
    right = hmac.compare_digest(body.token.encode(), rooms.context.setup_token.encode())
    if not right or not await people.none_yet():
        raise SetupClosed
    new = AccountIn(login=body.login, name=body.name, role=Role.ADMIN, language=body.language)
    account = await people.set_up(new, body.password.get_secret_value())
    rooms.sign_ins.succeeded("", address, known=False)
    return await _begin(account, address, request, response, rooms)


@router.get("/me")
async def me(request: Request) -> Me:
    return _me(person_of(request))


@router.patch("/me")
async def change_me(body: OwnLanguage, request: Request, rooms: FromRooms) -> Me:
    person = person_of(request)
    edit = AccountEdit(language=body.language)
    return _me(await rooms.context.people.change(person.id, edit, by=person.login))


@router.put("/me/password")
async def change_password(body: OwnPassword, request: Request, rooms: FromRooms) -> Done:
    """Ends every other session of the same person."""
    person, address = person_of(request), address_of(request)
    login = login_key(person.login)
    _wait(rooms, login, address, True)
    if await rooms.context.people.check(person.login, body.old.get_secret_value()) is None:
        raise SignInRefused
    rooms.sign_ins.succeeded(login, address, known=True)
    await rooms.context.people.set_password(
        person.id,
        body.new.get_secret_value(),
        by=person.login,
        given=False,
        keep_session=who_of(request).session,
    )
    return Done()


def _wait(rooms: Rooms, login: str, address: str, known: bool) -> None:
    """Raises TooManyTries before anything that takes time is done."""
    seconds = rooms.sign_ins.begin(login, address, known=known)
    if seconds > 0:
        raise TooManyTries(retry_after_s=math.ceil(seconds))


async def _begin(account: AccountView, address: str, request: Request, response: Response, rooms: Rooms) -> Me:
    jar = CookieJar(rooms.context, SESSION)
    before = jar.read(request)
    token = await rooms.context.people.begin_session(
        account, address=address, instead_of=before.get("token") if before else None
    )
    jar.put(request, response, {"token": token})
    return _me(account)


def _me(account: AccountView) -> Me:
    home = home_of(account.role)
    others = [page for page in pages_of(account.role) if page != home]
    return Me(user=User.of(account), pages=[home, *others])
