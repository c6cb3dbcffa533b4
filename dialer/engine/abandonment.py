"""The campaign's account with the laws on abandoned calls: what the log says, and what has happened since it was asked.

The log learns of an abandoned call when the call is over, after the recorded message. Until a reading is certain to
contain it, the call is counted on top of the reading.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dialer.compliance.ratios import RatioStanding
from dialer.domain.ids import CallId
from dialer.engine.messages import Instant
from pacing.budget import Budget

STALE_S = 60.0  # so long without an answer of the log, and nobody knows: no over-dialing
MOST_ABANDONMENT = 0.2  # a rule with a higher maximum watches something else: short calls, say
WRITTEN_IN_S = 5.0  # a closing is in the log after so long; until then it is counted twice rather than not at all


class AbandonmentLedger:
    """Touched by nobody but the core of its campaign."""

    def __init__(self) -> None:
        self._standings: tuple[RatioStanding, ...] = ()
        self._asked: float | None = None
        self._since: dict[CallId, float | None] = {}  # abandoned, and when it was closed

    def read(self, standings: Sequence[RatioStanding], asked: Instant) -> None:
        """What the log said when it was asked at ``asked``. An answer that another has overtaken changes nothing."""
        if self._asked is not None and asked.monotonic < self._asked:
            return
        self._standings, self._asked = tuple(standings), asked.monotonic
        self._since = {
            call_id: closed
            for call_id, closed in self._since.items()
            if closed is None or closed > asked.monotonic - WRITTEN_IN_S
        }

    def abandoned(self, call_id: CallId) -> None:
        self._since.setdefault(call_id, None)

    def closed(self, call_id: CallId, now: Instant) -> None:
        if call_id in self._since:
            self._since[call_id] = now.monotonic

    def known(self, now: Instant) -> bool:
        """Whether the log has answered, and not too long ago."""
        return self._asked is not None and now.monotonic - self._asked <= STALE_S

    def may_overdial(self, now: Instant) -> bool:
        """Whether every rate leaves room for another abandoned call."""
        return self.known(now) and all(self._allows(standing) for standing in self._standings)

    def counts(self) -> tuple[int, int] | None:
        """People connected and people abandoned in the window of the rule that is nearest to its maximum, each rounded
        to the worse; None where no rule watches this campaign."""
        watching = [standing for standing in self._standings if standing.maximum <= MOST_ABANDONMENT]
        if not watching:
            return None
        tightest = max(watching, key=lambda standing: standing.rate / standing.maximum)
        connected = math.floor(max(0.0, tightest.denominator - tightest.numerator))
        return connected, math.ceil(tightest.numerator) + len(self._since)

    def budgets(self, now: Instant, *, talking: int) -> list[Budget]:
        """What each rule leaves at ``now``, for the pacer. ``talking`` are people with an agent, whose calls
        the log does not count yet: it learns of a conversation when it is over. Empty where nobody knows."""
        if not self.known(now):
            return []
        return [
            Budget(
                limit=min(standing.target, standing.maximum),
                people=standing.denominator + talking + len(self._since),
                abandoned=standing.numerator + len(self._since),
                remaining_s=max(0.0, (standing.window_to - now.at).total_seconds()),
            )
            for standing in self._standings
            if standing.maximum <= MOST_ABANDONMENT
        ]

    def account(self, now: Instant) -> list[dict[str, object]]:
        """What the ``state`` topic carries of it, a rule each."""
        return [
            {
                "rule": standing.rule,
                "rate": round(standing.rate, 6),
                "maximum": standing.maximum,
                "target": standing.target,
                "headroom": self._headroom(standing),
                "overdial": self.known(now) and self._allows(standing),
                "window_from": standing.window_from.isoformat(),
                "window_to": standing.window_to.isoformat(),
            }
            for standing in self._standings
        ]

    def _headroom(self, standing: RatioStanding) -> int | None:
        return None if standing.headroom is None else standing.headroom - len(self._since)

    def _allows(self, standing: RatioStanding) -> bool:
        headroom = self._headroom(standing)
        return standing.overdial and (headroom is None or headroom > 0)
