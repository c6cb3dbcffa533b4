"""How many people may still be abandoned, and at what rate it is wise to.

A window of the law is a ``Budget``: so many people were answered, so many of them abandoned, so much time is left.
Its credit is what may still be abandoned; the rate that a pacer may aim at spreads the credit over what is left, keeps
a reserve against bad luck until the last hour, and is zero where what is left of the window could not make good one
more abandoned person.
The tightest window rules. Worst hours are a window of their own: the last sixty minutes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

HOUR_S = 3600.0
_FEW = 3.0  # what is overdrawn is made good while so many are abandoned at the limit, over an hour at least
_LARGE_TEAM = 40  # seats from which an hour has people enough to be held to _WORST_HOUR
_WORST_HOUR = 1.5  # times the limit, where an hour has many people
_HOUR_CLUSTERS = 2.0  # deviations of what may come at once that are kept free in it
_BRAKE_S = 1200.0  # it spends what is left of its hour over so long: to brake late is to brake hard, and agents wait
_SMALL_TEAMS_HOUR = 1.4  # times the limit, allowed to a smaller team, ...
_DEVIATIONS = 2.2  # ... or so many deviations of an hour's abandoned people
_BUCKET_S = 60.0
_RATE_EVERY_S = 1.0  # while nobody answers
_LONGEST_S = 4 * HOUR_S  # how far a window without an end is planned
_SHORTEST_S = 600.0  # nothing is spent or made good faster than over so long
_RESERVE = 1.2  # standard deviations of an hour's abandonment
_SPREE = 1.5  # times the limit, at most, is spent of what was saved
_LAST_SPREE = 2.5  # in the last hour
_SLOWEST = 0.3  # times the limit, at least, is aimed at while little is overdrawn and much time is left
_HARDEN_S = 1200.0  # lending ends over so long; it has ended when all that is left is needed to make good
_SETTLE_S = 300.0  # and so long before the end in any case
_LAST_ONES = 2.0  # people whom nobody takes even while no call is dialed ahead, on a floor of many
_CLUSTERS = 4.0  # people are abandoned several at a time: deviations of what calls under way may cost
_CLUSTER_S = 60.0  # in the last _HARDEN_S also calls dialed within so long, before the first of them tells
_HOUR_OF_MANY = 8.0  # abandoned in an hour at the limit; with fewer, all this caution would cost too much
_WHOLE_FROM = 15  # seats from which only whole people are lent in a window's last hour, ...
_WHOLE_BELOW = 5.0  # ... while fewer than these are abandoned in an hour at the limit
_WARM_PEOPLE = 50.0  # until so many were answered, or one of them may be abandoned, little is known


def _warmth(limit: float, people: float) -> float:
    return min(1.0, max(0.0, people) / min(_WARM_PEOPLE, 1.0 / max(limit, 1e-9)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A window of the law as the ledger has it: abandoned may be ``limit`` (a fraction) of ``people`` (answered by a
    person: connected and abandoned). ``remaining_s`` is how long the window still runs; inf where it rolls."""

    limit: float
    people: float
    abandoned: float
    remaining_s: float = math.inf

    @property
    def credit(self) -> float:
        return self.limit * self.people - self.abandoned

    @property
    def warmth(self) -> float:
        """From 0 to 1 while the first people are answered."""
        return _warmth(self.limit, self.people)

    def _fraction(self, people_per_second: float, left_s: float) -> float:
        """Of the last person who might be abandoned by the end, who would be one too many."""
        allowed = self.limit * (self.people + people_per_second * left_s)
        return allowed - math.floor(allowed)

    def rate(self, people_per_second: float, in_flight: float, seats: int = 0) -> float:
        """The abandonment rate to aim at from now on. ``in_flight`` is what calls already out are expected to cost;
        ``seats`` is the number of agents that share the window, as far as it is known."""
        if self.remaining_s <= 0 or self.limit <= 0:
            return 0.0
        left_s = min(self.remaining_s, _LONGEST_S)
        hour = self.limit * max(1.0, people_per_second * HOUR_S)  # abandoned in an hour at the limit
        credit = self.credit
        if left_s < HOUR_S and seats >= _WHOLE_FROM and hour < _WHOLE_BELOW:
            credit -= self._fraction(people_per_second, left_s)
        spendable = credit - in_flight
        many = min(1.0, hour / _HOUR_OF_MANY)
        reserve = min(_RESERVE * math.sqrt(hour) * min(1.0, left_s / HOUR_S), 0.12 * hour * left_s / HOUR_S)
        # What may come at once even from calls already out; towards the end it cannot be made good any more.
        soon_s = min(_CLUSTER_S, left_s) if left_s < _HARDEN_S else 0.0
        soon = in_flight + many * self.limit * people_per_second * soon_s
        at_once = 1.0 + soon + _CLUSTERS * many * math.sqrt(soon)
        spare = spendable - max(reserve, at_once - in_flight if left_s < HOUR_S else 0.0)
        catch_up_s = HOUR_S * max(1.0, _FEW / hour)
        over_s = max(_SHORTEST_S, min(catch_up_s, left_s) if spare < 0 else left_s)
        rate = self.limit * min(1.0 + spare / (hour * over_s / HOUR_S), _SPREE if left_s > HOUR_S else _LAST_SPREE)
        floor = _SLOWEST * self.limit * min(1.0, max(0.0, 2.0 + spendable / math.sqrt(hour)))
        rate = max(rate, floor)
        rate *= self.warmth
        if credit < at_once:
            next_ones = max(1.0, (_LAST_ONES + in_flight) * many)  # half a person cannot be abandoned
            make_good_s = _SETTLE_S + HOUR_S * max(0.0, next_ones - credit) / hour
            rate *= min(1.0, max(0.0, (left_s - make_good_s) / _HARDEN_S))
        return max(0.0, rate)


class RollingHour:
    """People and abandoned of the last sixty minutes, by the minute."""

    def __init__(self, *, large: bool) -> None:
        self.large = large
        self._minutes: deque[tuple[int, float, float]] = deque()
        self.people = self.abandoned = 0.0
        self._first: float | None = None

    def add(self, now: float, people: float, abandoned: float) -> None:
        if self._first is None:
            self._first = now
        minute = int(now // _BUCKET_S)
        while self._minutes and self._minutes[0][0] <= minute - 60:
            _, old_people, old_abandoned = self._minutes.popleft()
            self.people -= old_people
            self.abandoned -= old_abandoned
        if people or abandoned:
            if self._minutes and self._minutes[-1][0] >= minute:
                last, before, lost = self._minutes.pop()
                self._minutes.append((last, before + people, lost + abandoned))
            else:
                self._minutes.append((minute, people, abandoned))
            self.people += people
            self.abandoned += abandoned

    def rate(self, now: float, limit: float, people_per_second: float, in_flight: float) -> float:
        """The rate that keeps any sixty minutes from going far above ``limit``; large where they are far from it."""
        span = HOUR_S if self._first is None else min(HOUR_S, max(0.0, now - self._first))
        people = self.people + people_per_second * (HOUR_S - span)  # of an hour that is not over yet
        usual = limit * people
        if self.large:
            soon = in_flight + limit * people_per_second * _CLUSTER_S
            room = _WORST_HOUR * usual - self.abandoned - 1.0 - soon - _HOUR_CLUSTERS * math.sqrt(soon)
            over_s = _BRAKE_S
        else:
            most = max(_SMALL_TEAMS_HOUR * usual, usual + _DEVIATIONS * math.sqrt(usual))
            room = most - self.abandoned - in_flight - 0.5
            over_s = _SHORTEST_S / 2
        return max(0.0, room) / max(1.0, people_per_second * over_s)


class Allowance:
    """Turns the floor's counters and the ledger's windows into the one rate to aim at."""

    def __init__(self, *, target: float, seats: int, handle_s: float) -> None:
        self.target = min(1.0, max(0.0, target))
        self._seats = max(1, seats)
        self.people_per_second = 0.8 * max(1, seats) / max(10.0, handle_s)
        self.hour = RollingHour(large=seats >= _LARGE_TEAM)
        self._people = self._abandoned = 0.0
        self._seen_at: float | None = None
        self._windows: tuple[Budget, ...] = ()
        self._windows_at = 0.0
        self._since = (0.0, 0.0)
        self._rate, self._rate_at = 0.0, -math.inf

    def retarget(self, *, target: float, seats: int) -> None:
        """Another limit, or another number of agents; what was counted stays."""
        self.target = min(1.0, max(0.0, target))
        self._seats = max(1, seats)
        self.hour.large = seats >= _LARGE_TEAM

    @property
    def learning(self) -> bool:
        """Whether too few people were answered in this session to over-dial in earnest."""
        return _warmth(self.target, self._people) < 1.0

    def _own(self, remaining_s: float) -> Budget:
        return Budget(
            limit=self.target, people=self._people, abandoned=self._abandoned, remaining_s=max(0.0, remaining_s)
        )

    def allow(self, windows: Sequence[Budget]) -> None:
        """The ledger's windows as they are now, in place of those given before. What happens after is added."""
        self._windows = tuple(windows)
        self._since = (self._people, self._abandoned)
        self._windows_at = self._seen_at or 0.0
        self._rate_at = -math.inf

    def see(self, now: float, people: float, abandoned: float) -> None:
        """The counters of the floor as they are at ``now``."""
        before = self._seen_at
        if before is None:
            self._people, self._abandoned = people, abandoned
            self._since = (people, abandoned)
            self._windows_at = self._seen_at = now
            self.hour.add(now, 0.0, 0.0)
            return
        elapsed = now - before
        came, lost = people - self._people, abandoned - self._abandoned
        if came or lost:
            self._rate_at = -math.inf
        if elapsed > 0:
            keep = math.exp(-elapsed / 900.0)
            self.people_per_second = max(
                1e-4, self.people_per_second * keep + max(0.0, came) / 900.0 * (1.0 + keep) / 2
            )
            self._seen_at = now
        self._people, self._abandoned = people, abandoned
        self.hour.add(now, max(0.0, came), max(0.0, lost))  # less than before: the counts of another window

    def windows(self, now: float, t_end: float) -> list[Budget]:
        """Every window that holds, the session's own first."""
        people, abandoned = self._people - self._since[0], self._abandoned - self._since[1]
        elapsed = max(0.0, now - self._windows_at)
        return [self._own(t_end - now)] + [
            Budget(
                limit=window.limit,
                people=window.people + people,
                abandoned=window.abandoned + abandoned,
                remaining_s=max(0.0, window.remaining_s - elapsed),
            )
            for window in self._windows
        ]

    def rate(self, now: float, t_end: float, in_flight: float) -> float:
        """The abandonment rate to aim at: what the tightest window and the last hour leave."""
        if not 0.0 <= now - self._rate_at < _RATE_EVERY_S:
            self._rate, self._rate_at = self._tightest(now, t_end, in_flight), now
        return self._rate

    def _tightest(self, now: float, t_end: float, in_flight: float) -> float:
        windows = self.windows(now, t_end)
        limit = min(window.limit for window in windows)
        pace = self.people_per_second
        # On a large floor the first hundred people come within seconds, before any of them has taught anything.
        first = self._seats * (1.5 + 2.5 * min(1.0, self._seats / 100.0))
        begun = min(1.0, max(0.0, self._people) / first)
        return begun * min(
            self.hour.rate(now, limit, pace, in_flight),
            *(window.rate(pace, in_flight, self._seats) for window in windows),
        )
