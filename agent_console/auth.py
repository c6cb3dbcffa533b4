"""Who may in, and what they may do: closed by default, by the table in ``policy``.

A plain ASGI middleware, so that it guards pages, API, files and WebSockets alike, and nobody can forget it on a route.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agent_console import problems
from agent_console.bodies import Body, read_body
from agent_console.context import ConsoleContext
from agent_console.cookies import SESSION, CookieJar
from agent_console.policy import LIVE, Rule, holes, home_of, methods_of, rule_for
from agent_console.who import Who
from dialer.errors import (
    AccessDenied,
    CadenciaError,
    ForgeryRefused,
    PasswordChangeNeeded,
    RoleForbids,
)

FORGERY_HEADER = "x-cadencia-request"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WS_POLICY_VIOLATION = 1008


class AccessControl:
    """Lets a request through, or answers it: 401 for nobody, 403 for who may not, or for a request that another site
    could have sent, 404 for what is not in the table. Puts ``who``, ``rule`` and ``body`` into the request's state."""

    def __init__(self, app: ASGIApp, context: ConsoleContext) -> None:
        self._app = app
        self._people = context.people
        self._jar = CookieJar(context, SESSION)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # ------------------------------------------------------------------ sockets

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        rule = rule_for(LIVE, scope["path"])
        who = await self._session(connection, used=False) if rule is not None else None
        settled = who is not None and who.person is not None and not who.person.password_given
        if rule is None or who is None or not settled or not who.may(rule) or not same_origin(connection.headers):
            await send({"type": "websocket.close", "code": WS_POLICY_VIOLATION, "reason": AccessDenied.code})
            return
        scope.setdefault("state", {}).update(who=who, rule=rule)
        await self._app(scope, receive, send)

    # ------------------------------------------------------------------ requests

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        try:
            answer = await self._judge(scope, connection)
            if answer is None and scope["method"] not in SAFE_METHODS and not scope["state"]["rule"].streams:
                body = await read_body(connection.headers, receive)
                scope["state"]["body"] = body
                receive = Body(body, receive)
        except CadenciaError as refused:
            answer = problems.from_error(refused)
        await (answer or self._app)(scope, receive, send)

    async def _judge(self, scope: Scope, connection: HTTPConnection) -> Response | None:
        rule = rule_for(scope["method"], scope["path"])
        state = scope.setdefault("state", {})
        if rule is not None and rule.is_open:
            state.update(rule=rule)
            _refuse_forgery(scope, connection.headers)
            return None
        who = await self._program(connection.headers) or await self._session(connection)
        if who is None:
            return await self._nobody(scope, connection)
        if who.person is not None:  # no browser sends a bearer by itself: it cannot be forged
            _refuse_forgery(scope, connection.headers)
        if rule is None:
            return _not_there(scope["path"])
        if who.person is not None and who.person.password_given and not rule.settling:
            if rule.is_page:
                return RedirectResponse("/account", status_code=303)
            raise PasswordChangeNeeded
        if not who.may(rule):
            if rule.is_page and who.person is not None:
                return RedirectResponse(home_of(who.person.role), status_code=303)
            raise RoleForbids
        state.update(who=who, rule=rule)
        return None

    async def _program(self, headers: Headers) -> Who | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        machine = await self._people.machine(token.strip())
        if machine is None:
            raise AccessDenied  # never falls back to the cookie: a program must hear that its token is over
        return Who(machine=machine)

    async def _session(self, connection: HTTPConnection, *, used: bool = True) -> Who | None:
        value = self._jar.read(connection)
        token = value.get("token", "") if value else ""
        person = await self._people.person(token, used=used) if token else None
        return None if person is None else Who(person=person, session=token)

    async def _nobody(self, scope: Scope, connection: HTTPConnection) -> Response:
        if scope["method"] != "GET" or not _wants_page(connection.headers):
            raise AccessDenied
        if await self._people.none_yet():
            return RedirectResponse("/setup", status_code=303)
        asked = scope["path"]
        query = scope["query_string"].decode("latin-1")
        back = quote(f"{asked}?{query}" if query else asked, safe="")
        return RedirectResponse("/sign-in" if asked == "/" else f"/sign-in?next={back}", status_code=303)


def _not_there(path: str) -> Response:
    methods = methods_of(path)
    if not methods:
        return problems.problem(HTTPStatus.NOT_FOUND, "not-found", "There is nothing at this address.")
    answer = problems.problem(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", "This address does not do that.")
    answer.headers["allow"] = ", ".join(methods)
    return answer


def _refuse_forgery(scope: Scope, headers: Headers) -> None:
    """A change must carry our header, which no form can send, and come from our own pages as far as the browser says
    where it comes from. Raises ForgeryRefused."""
    if scope["method"] in SAFE_METHODS:
        return
    elsewhere = "origin" in headers and not same_origin(headers)
    if elsewhere or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgeryRefused
    if not headers.get(FORGERY_HEADER):
        raise ForgeryRefused


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def same_origin(headers: Headers) -> bool:
    """Whether Origin names this very host. Browsers send it with every WebSocket and every change."""
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:
        return False
    return bool(origin.netloc) and origin.netloc.lower() == headers.get("host", "").lower()


def address_of(connection: HTTPConnection) -> str:
    """Where a request came from; of IPv6 the network, since one household has many addresses of it."""
    host = connection.client.host if connection.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else host


async def the_judged_route(connection: HTTPConnection) -> None:
    """Runs on every route: refuses where the line of the table that was looked at is not that of the chosen route."""
    rule = connection.scope.get("state", {}).get("rule")
    if not isinstance(rule, Rule) or holes(rule.template) != set(connection.path_params):
        raise RoleForbids
