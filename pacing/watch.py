"""What the floor was like, minute by minute: for a picture of the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pacing.decision import Decision
from pacing.interface import Cancelling, Pacer
from pacing.measures import Tally
from pacing.snapshot import Info, State, calls_out

_MINUTE_S = 60.0


@dataclass(slots=True)
class _Minute:
    seconds: float = 0.0
    busy: float = 0.0  # agent seconds in talk and wrap-up
    present: float = 0.0
    out: float = 0.0  # call seconds


class FloorWatch:
    """Means over each minute. ``tally`` is the day's, once it is over."""

    def __init__(self) -> None:
        self.tally: Tally | None = None
        self._minutes: dict[int, _Minute] = {}
        self._before: tuple[float, int, int, int] | None = None

    def see(self, state: State) -> None:
        """The floor stays as it is until the next call."""
        busy = len(state.talk) + len(state.wrap)
        now = state.now
        if self._before is not None:
            since, was_busy, present, out = self._before
            minute = self._minutes.setdefault(int(since // _MINUTE_S), _Minute())
            seconds = max(0.0, now - since)
            minute.seconds += seconds
            minute.busy += was_busy * seconds
            minute.present += present * seconds
            minute.out += out * seconds
        self._before = (now, busy, busy + len(state.idle), calls_out(state))

    def utilisation(self, every: int = 10) -> list[tuple[float, float]]:
        """(seconds at the middle, busy over present) of each ``every`` minutes in which somebody was present."""
        return [(at, busy / present) for at, busy, present, _, _ in self._spans(every) if present > 0]

    def lines_out(self, every: int = 5) -> list[tuple[float, float]]:
        """(seconds at the middle, mean calls out) of each ``every`` minutes."""
        return [(at, out / seconds) for at, _, _, out, seconds in self._spans(every) if seconds > 0]

    def _spans(self, every: int) -> list[tuple[float, float, float, float, float]]:
        found = []
        for first in range(0, max(self._minutes, default=-1) + 1, every):
            minutes = [self._minutes[n] for n in range(first, first + every) if n in self._minutes]
            sums = [sum(getattr(each, name) for each in minutes) for name in ("busy", "present", "out", "seconds")]
            found.append(((first + every / 2) * _MINUTE_S, sums[0], sums[1], sums[2], sums[3]))
        return found


class Watched:
    """A pacer that dials as the one inside does while ``watch`` looks on."""

    def __init__(self, pacer: Pacer, watch: FloorWatch) -> None:
        self._pacer, self._watch = pacer, watch

    def start(self, info: Info) -> None:
        self._pacer.start(info)

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self._pacer.on_event(t, kind, ident, value)

    def decide(self, state: State) -> Decision:
        self._watch.see(state)
        return self._pacer.decide(state)

    def cancel(self, state: State) -> Collection[str]:
        return self._pacer.cancel(state) if isinstance(self._pacer, Cancelling) else ()
