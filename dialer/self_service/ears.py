"""The ears of self-service calls: which recognisers they use, and whose audio comes to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

import structlog

from dialer.domain.ids import CallId
from dialer.errors import TelephonyError
from dialer.ivr.listening import CallEar, Recognisers
from dialer.task_owner import TaskOwner

log = structlog.get_logger(__name__)

_Handler = TypeVar("_Handler")


class Listening(Protocol):
    """What of the telephone side is used here."""

    async def listen_along(self, call_id: CallId) -> None: ...


class IvrEars:
    """``recognisers`` by language; of each, half are left to the detector. Without ``telephone`` nobody hears."""

    def __init__(self, recognisers: Mapping[str, Recognisers]) -> None:
        self._recognisers = recognisers
        self._spare = {language: each.room // 2 for language, each in recognisers.items()}
        self._ears: dict[str, CallEar] = {}
        self._tasks = TaskOwner()
        self.telephone: Listening | None = None

    def understands(self, language: str) -> bool:
        return self.telephone is not None and language in self._recognisers

    def open(self, call_id: CallId, country: str, sign: Callable[[], None]) -> CallEar | None:
        """An ear for this call, until ``forget``; None where there is nothing to hear with."""
        telephone = self.telephone
        if telephone is None or not self._recognisers:
            return None
        ear = CallEar(
            self._recognisers,
            country=country,
            spare=self._spare,
            begin=lambda: self._order(telephone.listen_along(call_id), call_id),
            sign=sign,
        )
        self._ears[call_id] = ear
        return ear

    def forget(self, call_id: CallId) -> None:
        ear = self._ears.pop(call_id, None)
        if ear is not None:
            ear.close()

    def before(self, others: Callable[[str], _Handler | None]) -> Callable[[str], _Handler | CallEar | None]:
        """The audio server's question whose the audio of a call is: ours where we asked for it, else that of
        ``others``."""

        def on_connect(call_id: str) -> _Handler | CallEar | None:
            ear = self._ears.get(call_id)
            return ear if ear is not None and ear.awaits_audio else others(call_id)

        return on_connect

    async def close(self) -> None:
        await self._tasks.close()

    def _order(self, order: Awaitable[None], call_id: CallId) -> None:
        async def given() -> None:
            try:
                await order
            except TelephonyError as exc:  # the call has just ended; keys are left in any case
                log.info("ivr.not_heard", call_id=call_id, code=exc.code)

        self._tasks.spawn(given(), "self-service ear")
