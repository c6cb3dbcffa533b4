"""How often a password may be tried.

Whoever guesses is made to wait, longer each time; but never longer than a minute, and what somebody else does from
elsewhere holds nobody up at an address where they signed in before: guessing must not become a way to lock people out.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from dialer.clock import Clock

FORGOTTEN_AFTER_S = 900.0
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Patience:
    """So many tries are ``free``; after that each failed one costs a wait, from a second doubling up to
    ``longest_s``."""

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        if failures < self.free:
            return 0.0
        return min(self.longest_s, 2.0 ** min(failures - self.free, 30))


PAIR = Patience(free=5, longest_s=30.0)  # one login from one address
LOGIN = Patience(free=20, longest_s=60.0)  # one login from addresses that it never came from
ADDRESS = Patience(free=40, longest_s=60.0)  # one address, whatever the login


@dataclass(slots=True)
class _Tries:
    failures: int
    last_at: float


class SignInLimits:
    """Counts in memory: a restart forgets, as fifteen quiet minutes do. Bounded: the oldest are forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[tuple[str, ...], _Tries] = OrderedDict()

    def begin(self, login: str, address: str, *, known: bool) -> float:
        """Seconds to wait before the next try, 0 where this one may be made: it counts as failed until ``succeeded``.
        ``known``: the login's owner signed in from this address of late."""
        kinds = self._kinds(login, address, known)
        now = self._clock.monotonic()
        wait = max(self._left(key, patience, now) for key, patience in kinds)
        if wait > 0:
            return wait
        for key, _ in kinds:
            found = self._found(key, now)
            self._tries[key] = _Tries((found.failures if found else 0) + 1, now)
            self._tries.move_to_end(key)
        while len(self._tries) > MOST_REMEMBERED:
            self._tries.popitem(last=False)
        return 0.0

    def succeeded(self, login: str, address: str, *, known: bool) -> None:
        self._tries.pop(("pair", login, address), None)
        for key, _ in self._kinds(login, address, known)[1:]:
            if key in self._tries:
                self._tries[key].failures -= 1

    def _kinds(self, login: str, address: str, known: bool) -> list[tuple[tuple[str, ...], Patience]]:
        kinds: list[tuple[tuple[str, ...], Patience]] = [
            (("pair", login, address), PAIR),
            (("address", address), ADDRESS),
        ]
        return kinds if known else [*kinds, (("login", login), LOGIN)]

    def _found(self, key: tuple[str, ...], now: float) -> _Tries | None:
        found = self._tries.get(key)
        return None if found is None or now - found.last_at > FORGOTTEN_AFTER_S else found

    def _left(self, key: tuple[str, ...], patience: Patience, now: float) -> float:
        found = self._found(key, now)
        return 0.0 if found is None else max(0.0, patience.wait_s(found.failures) - (now - found.last_at))
