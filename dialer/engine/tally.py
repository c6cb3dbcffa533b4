"""Running counts of a campaign since the engine started, for the pacer, the floor screen and the summary."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from dialer.domain.outcome import Outcome

_MINUTE_S = 60.0


@dataclass(slots=True)
class Tally:
    """``placed`` counts calls handed to Asterisk; ``attempts`` those that ended, by ``outcomes``."""

    placed: int = 0
    answered: int = 0
    people: int = 0  #: answered calls that the detector took for a person
    machines: int = 0
    bridged: int = 0
    abandoned: int = 0
    served: int = 0  #: people who were sent to the self-service flow
    overflow: int = 0  #: of these, because nobody was free in time: abandoned, too
    machine_to_agent: int = 0
    given_up: int = 0  #: calls that rang long enough and that the pacer took back
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    breaches: Counter[str] = field(default_factory=Counter)  #: obligations that calls did not meet
    second_looks: Counter[str] = field(default_factory=Counter)  #: machines heard after the connection, by reason
    withdrawn: int = 0  #: calls taken away from an agent for that
    verdict_to_bridge_ms: list[float] = field(default_factory=list)
    _placed_at: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))
    _LATENCIES_KEPT = 100_000

    def place(self, now: float) -> None:
        self.placed += 1
        self._placed_at.append(now)

    def bridge(self, latency_ms: float | None) -> None:
        self.bridged += 1
        if latency_ms is not None and len(self.verdict_to_bridge_ms) < self._LATENCIES_KEPT:
            self.verdict_to_bridge_ms.append(latency_ms)

    @property
    def attempts(self) -> int:
        return self.outcomes.total()

    @property
    def abandonment_rate(self) -> float:
        """Abandoned over people answered (connected or abandoned), 0 while nobody answered."""
        # Whoever serves themselves by the campaign's own choice is connected; with an agent then, no second time.
        connected = max(0, self.bridged - self.machine_to_agent) + self.served - self.overflow
        people = connected + self.abandoned
        return self.abandoned / people if people else 0.0

    def calls_per_minute(self, now: float) -> int:
        while self._placed_at and self._placed_at[0] < now - _MINUTE_S:
            self._placed_at.popleft()
        return len(self._placed_at)
