"""What a law is: whom its pack speaks of, which contacts it concerns, and when it forbids one.

A law takes the question and says whether it forbids; what ``lasting`` holds of does not end by time alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tests.support.brute_force.question import NEVER_CONNECTED, Question

Forbids = Callable[[Question], bool]

ANY = (
    "busy", "unallocated", "congestion", "failed", "no_answer", "machine", "message_left", "abandoned", "third_party",
    "conversation", "delivered",
)  # fmt: skip
CONNECTED = tuple(outcome for outcome in ANY if outcome not in NEVER_CONNECTED)
TALK = ("conversation",)
CONTACT = ("conversation", "delivered")
REACHED = ("conversation", "message_left", "delivered")
MESSAGES = ("sms", "email", "whatsapp", "letter")


@dataclass(frozen=True, slots=True)
class Pack:
    """Whom the law speaks of. ``country`` empty: everybody. ``chosen``: only where a campaign chose it."""

    country: str = ""
    subdivision: str = ""
    purposes: tuple[str, ...] = ("collection",)
    parties: tuple[str, ...] = ("third_party", "first_party")
    classes: tuple[str, ...] = ()
    chosen: bool = False

    def concerns(self, about: Sort) -> bool:
        """A debtor whose subdivision is not known may live in any of them."""
        return (
            self.country in ("", about.country)
            and (not self.subdivision or about.subdivision in ("", self.subdivision))
            and about.purpose in self.purposes
            and about.party in self.parties
            and (not self.classes or about.debt_class in self.classes)
        )


class Sort(NamedTuple):
    """What of a contact decides which laws speak of it."""

    channel: str
    country: str
    subdivision: str
    purpose: str
    party: str
    debt_class: str
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Law:
    id: str
    forbids: Forbids
    channels: tuple[str, ...]
    lasting: Forbids
    hours: bool
    policy: bool

    @property
    def pack(self) -> str:
        return self.id.partition("/")[0]


BOTH = ("collection", "telemarketing")
PACKS: dict[str, Pack] = {}
LAWS: dict[str, Law] = {}


def law(
    name: str,
    *,
    channels: tuple[str, ...] = ("call",),
    lasting: Forbids | bool = False,
    hours: bool = False,
    policy: bool = False,
) -> Callable[[Forbids], Forbids]:
    def enter(forbids: Forbids) -> Forbids:
        LAWS[name] = Law(name, forbids, channels, lasting if callable(lasting) else lambda _: lasting, hours, policy)
        return forbids

    return enter


def days(names: str, opens: str, closes: str) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(names.split(), (opens, closes))


WORKDAYS, EVERY_DAY = "mon tue wed thu fri", "mon tue wed thu fri sat sun"
