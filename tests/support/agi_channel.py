"""An Asterisk channel as a FastAGI session and the manager interface show it, for virtual time.

As measured on Asterisk 22: a key ends the command that runs, and is thrown away where none does; of every key the
manager interface tells a moment later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dialer.errors import AgiHungUp
from dialer.pbx.agi import AgiResult

SOUND_S = 2.0  # how long each sound is played


class AgiChannel:
    """``tell`` is called with each key ``tell_after_s`` after it was pressed; None: nobody is told. ``takes_s`` is how
    long a command is on its way."""

    def __init__(
        self, tell: Callable[[str], None] | None, *, tell_after_s: float = 0.003, takes_s: float = 0.001
    ) -> None:
        self._tell = tell
        self._tell_after_s = tell_after_s
        self._takes_s = takes_s
        self._running: asyncio.Future[str] | None = None
        self.done: list[tuple[str, ...]] = []
        self.heard: list[str] = []  #: sounds whose playing began
        self.heard_out: list[str] = []  #: sounds that were played to their end
        self.thrown_away = 0
        self.hung_up = False

    async def command(self, name: str, *arguments: str, timeout_s: float | None = None) -> AgiResult:
        await asyncio.sleep(self._takes_s)
        if self.hung_up:
            raise AgiHungUp
        self.done.append((name, *arguments))
        self._running = asyncio.get_running_loop().create_future()
        try:
            if name == "EXEC":
                return AgiResult(await self._played([one.rpartition("/")[2] for one in arguments[1].split("&")]))
            return AgiResult(await self._within(int(arguments[0]) / 1000))
        finally:
            self._running = None

    async def _played(self, sounds: list[str]) -> str:
        for sound in sounds:
            self.heard.append(sound)
            code = await self._within(SOUND_S)
            if code != "0":
                return code
            self.heard_out.append(sound)
        return "0"

    async def _within(self, seconds: float) -> str:
        """How the command ended, or ``0``."""
        assert self._running is not None
        await asyncio.wait({self._running}, timeout=seconds)
        return self._running.result() if self._running.done() else "0"

    async def hangup(self) -> None:
        self.go()

    # ------------------------------------------------------------------------------------- the person

    def press(self, key: str) -> None:
        if self.hung_up:
            return
        if self._running is None or self._running.done():
            self.thrown_away += 1
        else:
            self._running.set_result(str(ord(key)))
        if self._tell is not None and key != "D":
            asyncio.get_running_loop().call_later(self._tell_after_s, self._tell, key)

    def stop(self) -> None:
        """Over the manager interface, as soon as that gets there."""
        asyncio.get_running_loop().call_later(0.002, self.press, "D")

    async def press_all(self, keys: str, *, every_s: float, after_s: float = 0.0) -> None:
        await asyncio.sleep(after_s)
        for key in keys:
            self.press(key)
            await asyncio.sleep(every_s)

    def go(self) -> None:
        self.hung_up = True
        if self._running is not None and not self._running.done():
            self._running.set_result("-1")
