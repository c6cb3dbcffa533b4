"""What one trunk can carry: lines, calls a second, and how to behave while the carrier refuses calls."""

from __future__ import annotations

from enum import StrEnum

from pacing.rate import RateLimit

HALVE_AFTER = 3  #: refusals in a row after which the rate is halved
PROBE_AFTER = 6  #: refusals in a row after which only probes are dialed
PROBE_EVERY_S = 3.0
DOWN_AFTER = 10  #: probes in a row that are refused too, after which the trunk is taken to be down
LOOK_EVERY_S = (
    60.0  #: while it is down one call a minute finds out whether it is back: every probe costs a debtor a try
)

_ROUNDING_S = 1e-9  # so that a probe due exactly now is not put off by the last bit of a float


class TrunkHealth(StrEnum):
    """How the trunk is doing. The values are stable ids."""

    OPEN = "open"
    SLOWED = "slowed"  #: half the calls a second
    PROBING = "probing"  #: one call every three seconds, until something rings
    DOWN = "down"  #: one call a minute, until something rings


class TrunkLimiter:
    """Keeps a trunk within ``max_lines`` at once and ``calls_per_second`` in any second.

    Shared by the campaigns that dial over the trunk. Ask ``place`` immediately before a call leaves, and report what
    became of each call by its id. Reports that come twice, late or for calls it never saw change nothing.
    """

    def __init__(self, max_lines: int, calls_per_second: float, *, tick_s: float = 0.25) -> None:
        if max_lines < 1:
            raise ValueError("max_lines must be at least 1")
        self._max_lines = max_lines
        self._rate = RateLimit(calls_per_second, tick_s=tick_s)
        self._live: set[str] = set()
        self._refusals_in_a_row = 0
        self._probes: set[str] = set()  # live calls that were dialed to find out
        self._probes_refused = 0  # in a row
        self._placed_at: float | None = None
        self.health = TrunkHealth.OPEN  #: read it only

    def _judge(self) -> TrunkHealth:
        if self._probes_refused >= DOWN_AFTER:
            return TrunkHealth.DOWN
        if self._refusals_in_a_row >= PROBE_AFTER:
            return TrunkHealth.PROBING
        if self._refusals_in_a_row >= HALVE_AFTER:
            return TrunkHealth.SLOWED
        return TrunkHealth.OPEN

    @property
    def lines_used(self) -> int:
        return len(self._live)

    @property
    def lines_free(self) -> int:
        return max(0, self._max_lines - len(self._live))

    def available(self, now: float) -> int:
        """Calls that may leave at ``now`` (monotonic seconds): what lines, rate and health allow together."""
        most = min(self.lines_free, self._rate.available(now))
        if self.health in (TrunkHealth.OPEN, TrunkHealth.SLOWED):
            return most
        return min(most, 1) if self._probe_is_due(now) else 0

    def is_up(self, now: float) -> bool:
        """False while the trunk is down and it is not yet time to look again."""
        return self.health is not TrunkHealth.DOWN or self._probe_is_due(now)

    def _probe_is_due(self, now: float) -> bool:
        every_s = LOOK_EVERY_S if self.health is TrunkHealth.DOWN else PROBE_EVERY_S
        return self._placed_at is None or now - self._placed_at >= every_s - _ROUNDING_S

    def place(self, call: str, now: float) -> bool:
        """Take a line for ``call``. False, and nothing taken, where no call may leave now or it already has a line."""
        if call in self._live or self.available(now) < 1:
            return False
        self._rate.take(now)
        self._live.add(call)
        if self.health in (TrunkHealth.PROBING, TrunkHealth.DOWN):
            self._probes.add(call)
        self._placed_at = now
        return True

    def adopt(self, call: str) -> None:
        """Count a line for a call that was up before this limiter was: after a restart. May exceed ``max_lines``."""
        self._live.add(call)

    def rang(self, call: str) -> None:
        """The called phone rings, or is busy, or was answered: the trunk carries calls."""
        if call in self._live:
            self._carries()

    def ended(self, call: str, *, congested: bool = False) -> None:
        """The call is over and its line free. ``congested`` where the carrier refused it for want of capacity."""
        if call not in self._live:
            return
        self._live.remove(call)
        probed = call in self._probes
        self._probes.discard(call)
        if congested:
            self._refusals_in_a_row += 1
            self._probes_refused += probed
            self.health = self._judge()
            self._rate.share = 0.5 if self.health is TrunkHealth.SLOWED else 1.0

    def _carries(self) -> None:
        self._refusals_in_a_row = self._probes_refused = 0
        self._rate.share = 1.0
        self.health = TrunkHealth.OPEN
