"""What more knowledge would be worth: pacers that see a part of the future, or all of it.

They are no rivals, for nobody can have them; they say how much room is left. All know the scenario's true
distributions. ``AgentsKnown`` sees when each agent will be free; ``CallsKnown`` sees what each call will become;
``Clairvoyant`` sees both and abandons nobody. The first two dial while the chance that the next person finds no agent
is at most a threshold, and the threshold is led to where the day's abandonment is the target.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping

import numpy as np

from pacing.decision import Decision, Reason
from pacing.foresight import Foresight, Landing
from pacing.interface import EventKind
from pacing.leads import Floats
from pacing.rivals.luck_tables import AgentTable, CallTable, Counts, Indices
from pacing.snapshot import Info, State

_MOST_AT_ONCE = 200
_REFRESH_S = 300.0  # in which the answer rate changes little


class _Threshold:
    """The highest chance to be dialed, moved by every person who answers."""

    def __init__(self, target: float, seats: int) -> None:
        self._target = target
        self._gain = 0.3 / math.sqrt(max(1.0, seats / 5.0))
        self._log = math.log(3.0 * target)
        self._people = self._lost = 0

    def see(self, lost: bool) -> None:
        self._people += 1
        self._lost += lost
        surplus = (self._target * self._people - self._lost) / (self._people + 100)
        self._log = min(-0.1, max(-9.0, self._log + self._gain * (self._target - lost + 4.0 * surplus)))

    @property
    def value(self) -> float:
        return math.exp(self._log)


class _Bound:
    """What the three have in common."""

    _future: Foresight

    def foresee(self, future: Foresight) -> None:
        self._future = future

    def start(self, info: Info) -> None:
        self._info = info
        self._threshold = _Threshold(info.target, info.seats)
        self._refreshed_at = -math.inf
        self._size = 64 if info.seats <= 60 else 256
        self._landings: dict[str, Landing] = {}

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == EventKind.CONNECT:
            self._threshold.see(False)
        elif kind == EventKind.ABANDON:
            self._threshold.see(True)

    def decide(self, state: State) -> Decision:
        placed = self._wanted(state) if state.lines_free > 0 and state.logged_in > 0 else 0
        return Decision(calls_to_place=placed, reason=Reason.RATIO if placed else Reason.ENOUGH_OUT)

    def _wanted(self, state: State) -> int:
        raise NotImplementedError

    def _coming(self, state: State) -> list[Landing]:
        """The people (and passed machines) who are on their way or wait, in the order of their coming."""
        known = self._landings
        for call in (*state.ringing, *state.amd):
            if call not in known:
                known[call] = self._future.landing(call)
        self._landings = {call: known[call] for call in (*state.ringing, *state.amd, *state.waiting)}
        coming = [landing for landing in self._landings.values() if landing.at < math.inf]
        return sorted(coming, key=lambda landing: landing.at)


class AgentsKnown(_Bound):
    """Sees when each agent will be free (their calls' lengths, their breaks), and nothing of the calls."""

    def _wanted(self, state: State) -> int:
        if state.now - self._refreshed_at >= _REFRESH_S:
            self._refreshed_at = state.now
            self._calls = CallTable(self._future.scenario, self._future.answer_rate())
            self._ringing = Counts(self._calls.lands, self._size)
            nodes = len(self._calls.horizons)
            self._answered = Counts(np.repeat(self._calls.answered_needs[:, None], nodes, axis=1), self._size)
            fresh = np.zeros(len(self._calls.lands))
            fresh[0] = 1.0
            self._one_more = self._ringing.logs(fresh)
        now, calls = state.now, self._calls
        within = now + calls.horizons + 0.9 * self._info.patience
        busy = [self._future.free_at(agent) for agent in (*state.talk, *state.wrap)]
        free = np.searchsorted(np.sort(busy), within, side="right") + len(state.idle) - len(state.waiting)
        free = np.clip(free, 0, self._size)
        dialed = now - np.fromiter(state.ringing.values(), float, len(state.ringing))
        rang = np.array([ring for _, ring in state.amd.values()])
        rows = len(calls.lands)
        logs = self._ringing.logs(_histogram(calls.age_index(dialed), rows))
        logs = logs + self._answered.logs(_histogram(calls.age_index(rang), rows))
        placed, most = 0, min(_MOST_AT_ONCE, state.lines_free)
        while placed < most:
            fewer = self._ringing.below(logs)[np.arange(len(free)), free]
            if 1.0 - float(fewer.mean()) > self._threshold.value:
                break
            placed += 1
            logs = logs + self._one_more
        return placed


class CallsKnown(_Bound):
    """Sees what each call will become, those not yet dialed too, and nothing of the agents."""

    _factor = math.nan

    def start(self, info: Info) -> None:
        super().start(info)
        self._factor = math.nan

    def _wanted(self, state: State) -> int:
        factor = self._future.scenario.talk_factor_at(state.now)
        if factor != self._factor:
            self._factor = factor
            self._agents = AgentTable(self._future.scenario, factor)
            self._talk = Counts(self._agents.talk, self._size)
            self._wrap = Counts(self._agents.wrap, self._size)
        now, agents, rows = state.now, self._agents, len(self._agents.ages)
        talk, wrap = (_histogram(agents.age_index(_ages(spells, now)), rows) for spells in (state.talk, state.wrap))
        coming = [landing.at for landing in self._coming(state)]
        surely = len(state.idle)
        placed, most = 0, min(_MOST_AT_ONCE, state.lines_free)
        while placed < most:
            landing = self._future.next_landing(placed)
            if landing.at < math.inf:
                with_it = sorted([*coming, landing.at])
                if self._worst(with_it, with_it.index(landing.at), surely, now, talk, wrap) > self._threshold.value:
                    break
                coming = with_it
            placed += 1
        return placed

    def _worst(self, coming: list[float], first: int, surely: int, now: float, talk: Floats, wrap: Floats) -> float:
        """The greatest chance to find nobody among those who come at ``first`` or later."""
        late = [n for n in range(first, len(coming)) if n >= surely]
        late = late[:: max(1, math.ceil(len(late) / 3))]
        if not late:
            return 0.0
        most = self._agents.talk.shape[1] - 1
        when = [min(most, max(0, round(coming[n] - now + 0.9 * self._info.patience))) for n in late]
        fewer = self._talk.below(self._talk.logs(talk, when) + self._wrap.logs(wrap, when))
        return max(float(fewer[row, min(self._size, n + 1 - surely)]) for row, n in enumerate(late))


class Clairvoyant(_Bound):
    """Sees everything, and dials a person so that an agent is there when they answer."""

    def _wanted(self, state: State) -> int:
        now = state.now
        free = [(now, self._future.stays_until(agent)) for agent in state.idle]
        free += [(self._future.free_at(agent), self._future.stays_until(agent)) for agent in (*state.talk, *state.wrap)]
        free = [(at, until) for at, until in free if at < math.inf]
        coming = self._coming(state)
        placed, most = 0, min(_MOST_AT_ONCE, state.lines_free)
        while placed < most:
            landing = self._future.next_landing(placed)
            if landing.at < math.inf:
                with_it = sorted([*coming, landing], key=lambda each: each.at)
                if not self._all_met(free, with_it):
                    break
                coming = with_it
            placed += 1
        return placed

    def _all_met(self, free: list[tuple[float, float]], coming: list[Landing]) -> bool:
        agents = list(free)
        heapq.heapify(agents)
        for landing in coming:
            while agents:
                at, until = heapq.heappop(agents)
                begins = max(at, landing.at)
                if begins < until:
                    break
            else:
                return False
            if at > landing.at + self._info.patience:
                return False
            if begins + landing.handle < until:
                heapq.heappush(agents, (begins + landing.handle, until))
        return True


def _ages(spells: Mapping[str, float], now: float) -> Floats:
    return now - np.fromiter(spells.values(), float, len(spells))


def _histogram(index: Indices, rows: int) -> Floats:
    return np.bincount(index, minlength=rows).astype(float)
