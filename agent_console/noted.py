"""What is done to a request that changes something, beside carrying it out: it goes on the audit trail, and where it
creates something, its answer is kept so that the same request again creates nothing."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_console import problems
from agent_console.context import ConsoleContext
from agent_console.policy import Rule, parameters
from agent_console.ports_people import ChangesRoom, ConsoleChange, StoredAnswer
from agent_console.who import Who
from dialer.errors import CadenciaError, InputError

log = structlog.get_logger(__name__)

KEY_HEADER = "idempotency-key"
REPLAYED_HEADER = "idempotency-replayed"
SHORTEST_KEY, LONGEST_KEY = 8, 64


class _Held:
    """An answer, kept back until somebody has decided what becomes of it. Ours to creating requests are small."""

    def __init__(self) -> None:
        self.start: Message | None = None
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    @property
    def status(self) -> int:
        return int(self.start["status"]) if self.start is not None else 500

    async def pass_on(self, send: Send) -> None:
        if self.start is not None:
            await send(self.start)
            await send({"type": "http.response.body", "body": self.body})


def _of(scope: Scope) -> tuple[Rule | None, Who | None, bytes]:
    state = scope.get("state", {}) if scope["type"] == "http" else {}
    return state.get("rule"), state.get("who"), state.get("body", b"")


class ChangeLog:
    """Notes every change that was carried out, before its answer leaves."""

    def __init__(self, app: ASGIApp, context: ConsoleContext) -> None:
        self._app = app
        self._changes: ChangesRoom = context.changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule, who, body = _of(scope)
        if rule is None or who is None or not rule.noted:
            await self._app(scope, receive, send)
            return
        held = _Held()
        await self._app(scope, receive, held.send)
        if held.status < 300:
            change = ConsoleChange(
                what=f"{rule.method} {rule.template}",
                by=who.name,
                role=who.role,
                status=held.status,
                about={**parameters(rule, scope["path"]), **_fields(rule, body)},
            )
            try:
                await self._changes.note(change)
            except CadenciaError as exc:
                # It was carried out, and the trail does not say so: whoever asked must not believe that all is well.
                log.error("console.change_not_noted", what=change.what, by=change.by, code=exc.code)
                await problems.from_error(exc)(scope, receive, send)
                return
        await held.pass_on(send)


def _fields(rule: Rule, body: bytes) -> Mapping[str, object]:
    if not rule.fields:
        return {}
    try:
        given: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return {name: given[name] for name in rule.fields if name in given} if isinstance(given, dict) else {}


class RepeatedRequests:
    """A request that creates something may carry an ``Idempotency-Key``. For a day, the same key from the same account
    or program gets the answer of its first request, marked ``Idempotency-Replayed``."""

    def __init__(self, app: ASGIApp, context: ConsoleContext) -> None:
        self._app = app
        self._changes: ChangesRoom = context.changes
        self._secret = context.secret_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule, who, body = _of(scope)
        given = Headers(scope=scope).get(KEY_HEADER) if scope["type"] == "http" else None
        if rule is None or who is None or not rule.creates or given is None:
            await self._app(scope, receive, send)
            return
        try:
            _check(given)
            key = self._digest(f"{who.name}\n{scope['method']}\n{scope['path']}\n{given}".encode())
            kept = await self._changes.claim(key, self._digest(body))
        except CadenciaError as refused:
            await problems.from_error(refused)(scope, receive, send)
            return
        if kept is not None:
            await _again(kept)(scope, receive, send)
            return
        held = _Held()
        try:
            await self._app(scope, receive, held.send)
        finally:
            await self._settle(key, held)
        await held.pass_on(send)

    def _digest(self, content: bytes) -> str:
        """With a key of ours: a request may hold what nobody is to guess from its hash."""
        return hmac.digest(self._secret, content, "sha256").hex()

    async def _settle(self, key: str, held: _Held) -> None:
        """Only what was created is kept: who was refused may put it right and ask again under the same key."""
        if held.start is None or not 200 <= held.status < 300:
            await self._changes.forget(key)
            return
        media_type = MutableHeaders(scope=held.start).get("content-type", "")
        try:
            await self._changes.keep(key, StoredAnswer(held.status, media_type, held.body))
        except CadenciaError as exc:
            log.error("console.answer_not_kept", code=exc.code)  # it was created: the answer stands


def _again(kept: StoredAnswer) -> Response:
    return Response(
        kept.body, status_code=kept.status, media_type=kept.media_type or None, headers={REPLAYED_HEADER: "true"}
    )


def _check(key: str) -> None:
    if not (SHORTEST_KEY <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise InputError(f"An Idempotency-Key has {SHORTEST_KEY} to {LONGEST_KEY} visible ASCII characters.")
