"""How long nothing could run while the tests did: on a machine that others use too, sound and time-outs suffer."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from dialer.clock import SystemClock

_STEP_S = 0.05
WORTH_TELLING_S = 0.2


@dataclass(slots=True)
class Standstills:
    """A thread that wants to run every 0.05 s and notes how much later it could."""

    lengths_s: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _clock: SystemClock = field(default_factory=SystemClock)

    def begin(self) -> None:
        threading.Thread(target=self._watch, name="standstills", daemon=True).start()

    def end(self) -> str:
        """A sentence about it."""
        self._over.set()
        if not self.lengths_s:
            return f"the machine never stood still for {WORTH_TELLING_S} s"
        return f"the machine stood still {len(self.lengths_s)} times, for {max(self.lengths_s):.2f} s at the longest"

    def _watch(self) -> None:
        before = self._clock.monotonic()
        while not self._over.wait(_STEP_S):
            now = self._clock.monotonic()
            late = now - before - _STEP_S
            if late > WORTH_TELLING_S:
                self.lengths_s.append(late)
            before = now
