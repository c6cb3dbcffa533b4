"""Who may in: one secret access token, exchanged for a signed cookie. Closed by default: only /healthz is open.

A plain ASGI middleware, so that it guards pages, API, files and WebSockets alike, and nobody can forget it on a route.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode, urlsplit

from itsdangerous import BadData, URLSafeSerializer
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agent_console import problems
from agent_console.context import ConsoleContext
from agent_console.pages import sign_in_page
from dialer.errors import AccessDenied, ForgeryRefused

SESSION_COOKIE = "cadencia_session"
FORGERY_HEADER = "x-cadencia-request"
OPEN_PATHS = frozenset({"/healthz"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WS_POLICY_VIOLATION = 1008


def same_secret(given: str, expected: str) -> bool:
    """Compare in constant time, whatever the lengths."""
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(expected.encode()).digest())


class Signer:
    """Signs what a browser keeps for us. A new access token makes every earlier cookie worthless."""

    def __init__(self, context: ConsoleContext, purpose: str) -> None:
        token_digest = hashlib.sha256(context.access_token.encode()).hexdigest()
        self._serializer = URLSafeSerializer(context.secret_key, salt=f"cadencia.console.{purpose}.{token_digest}")
        self._clock = context.clock
        self.max_age_s = int(context.session_length.total_seconds())

    def sign(self, value: dict[str, str]) -> str:
        expires = int(self._clock.now().timestamp()) + self.max_age_s
        return str(self._serializer.dumps({"value": value, "expires": expires}))

    def read(self, cookie: str | None) -> dict[str, str] | None:
        """The signed value, or None where it is missing, forged or over."""
        if not cookie:
            return None
        try:
            data = self._serializer.loads(cookie)
        except BadData:
            return None
        return data["value"] if data["expires"] > self._clock.now().timestamp() else None


class AccessControl:
    """Lets a request through, or answers it: 401 without access, 403 for a request another site could have sent."""

    def __init__(self, app: ASGIApp, context: ConsoleContext) -> None:
        self._app = app
        self._token = context.access_token
        self._sessions = Signer(context, "session")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if scope["type"] == "websocket":
            if self._has_session(connection) and _same_origin(connection.headers):
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": WS_POLICY_VIOLATION, "reason": AccessDenied.code})
            return
        answer = self._judge(scope, connection)
        await (answer or self._app)(scope, receive, send)

    def _judge(self, scope: Scope, connection: HTTPConnection) -> Response | None:
        if self._has_bearer(connection.headers):
            return None  # no browser sends this by itself, so it cannot be forged
        token = connection.query_params.get("token")
        if token is not None and scope["method"] == "GET" and not scope["path"].startswith("/api/"):
            return self._exchange(scope, token)
        if not self._has_session(connection):
            if _wants_page(connection.headers):
                return sign_in_page()
            return problems.from_error(AccessDenied())
        if scope["method"] not in SAFE_METHODS and not connection.headers.get(FORGERY_HEADER):
            return problems.from_error(ForgeryRefused())
        return None

    def _exchange(self, scope: Scope, token: str) -> Response:
        if not same_secret(token, self._token):
            return sign_in_page(wrong_token=True)
        rest = [(k, v) for k, v in parse_qsl(scope["query_string"].decode("latin-1")) if k != "token"]
        # Leading slashes are folded: "//elsewhere" would be another site.
        path = "/" + scope["path"].lstrip("/\\")
        response = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), status_code=303)
        response.set_cookie(
            SESSION_COOKIE,
            self._sessions.sign({"role": "operator"}),
            max_age=self._sessions.max_age_s,
            httponly=True,
            samesite="strict",
            secure=scope["scheme"] == "https",
        )
        return response

    def _has_session(self, connection: HTTPConnection) -> bool:
        return self._sessions.read(connection.cookies.get(SESSION_COOKIE)) is not None

    def _has_bearer(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and same_secret(token.strip(), self._token)


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _same_origin(headers: Headers) -> bool:
    """Browsers send Origin with every WebSocket; without one, or with another site's, it is refused."""
    origin = urlsplit(headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc.lower() == headers.get("host", "").lower()
