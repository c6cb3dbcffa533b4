"""What a browser keeps for us: signed, out of reach of scripts, sent to nobody else."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from agent_console.context import ConsoleContext

SESSION = "cadencia_session"
DESK = "cadencia_desk"


class Signer:
    """Signs with the installation's key for one purpose: a cookie made for another is worth nothing here."""

    def __init__(self, context: ConsoleContext, purpose: str) -> None:
        self._serializer = URLSafeSerializer(context.secret_key, salt=f"cadencia.console.{purpose}")
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


class CookieJar:
    """One kind of cookie. Behind TLS its name begins with ``__Host-``, which no other host, path or plain connection
    can set."""

    def __init__(self, context: ConsoleContext, name: str) -> None:
        self._name = name
        self._signer = Signer(context, name)

    def read(self, connection: HTTPConnection) -> dict[str, str] | None:
        return self._signer.read(connection.cookies.get(self.name(connection)))

    def put(self, connection: HTTPConnection, response: Response, value: dict[str, str]) -> None:
        response.set_cookie(
            self.name(connection),
            self._signer.sign(value),
            max_age=self._signer.max_age_s,
            httponly=True,
            samesite="strict",
            secure=is_secure(connection),
        )

    def clear(self, connection: HTTPConnection, response: Response) -> None:
        response.delete_cookie(self.name(connection), httponly=True, samesite="strict", secure=is_secure(connection))

    def name(self, connection: HTTPConnection) -> str:
        return f"__Host-{self._name}" if is_secure(connection) else self._name


def is_secure(connection: HTTPConnection) -> bool:
    """Whether the browser came over TLS, as the server or a proxy that it trusts says."""
    return connection.scope["scheme"] in ("https", "wss")
