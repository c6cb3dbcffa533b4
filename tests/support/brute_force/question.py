"""One contact to be judged at one instant, with everything that was known then, and the ways a law can ask about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.brute_force.clock import WEEKDAYS, day, holidays, local, seconds_of_day

NEVER_CONNECTED = ("busy", "unallocated", "congestion", "failed")
EVERY_CHANNEL = ("call", "sms", "email", "whatsapp", "letter", "visit")


@dataclass(frozen=True, slots=True)
class Event:
    """A contact as the ledger had it at the instant of the question. ``outcome`` None: nobody knows, or not yet."""

    id: str
    channel: str
    direction: str
    debtor: int
    debts: tuple[int, ...]
    creditors: tuple[str, ...]
    number: str
    start: datetime
    end: datetime | None
    in_flight: bool
    outcome: str | None

    def may_be(self, outcomes: Collection[str]) -> bool:
        return self.in_flight or self.outcome is None or self.outcome in outcomes

    @property
    def date(self) -> datetime:
        """When it counts as having happened: a conversation, and what may have been one, at its end; everything else
        at its start, and so what is in flight, which has no end yet."""
        ended_as_talk = self.outcome in (None, "conversation") and not self.in_flight
        return self.end or self.start if ended_as_talk else self.start


@dataclass(frozen=True, slots=True)
class Fact:
    """A known fact that holds at the instant of the question. ``about``: debtor, debt or number."""

    kind: str
    about: str
    key: int | str
    value: dict[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    now: datetime
    debtor: int
    debts: tuple[int, ...]
    creditors: tuple[str, ...]
    number: str
    channel: str
    country: str
    subdivision: str
    zones: tuple[ZoneInfo, ...]
    zones_known: bool  #: False: one of the names means nothing, or there is none
    number_use: str
    contact_role: str
    purpose: str
    party: str
    debt_class: str
    agent_guaranteed: bool
    caller_id_withheld: bool
    chosen: tuple[str, ...]
    stopped: bool  #: the person or the number is on the stop list
    events: tuple[Event, ...]
    facts: tuple[Fact, ...]

    def later(self, now: datetime) -> Question:
        """The same question at another instant, if nothing else happens."""
        return replace(self, now=now)

    # ------------------------------------------------------------------------------------ clocks

    def open(self, week: dict[str, tuple[str, str]], calendar: str = "") -> bool:
        """Whether the hours of ``week`` are open in every zone."""
        return all(self._open(where, week, calendar) for where in self.zones)

    def _open(self, where: ZoneInfo, week: dict[str, tuple[str, str]], calendar: str) -> bool:
        here = local(self.now, where)
        kind = WEEKDAYS[here.weekday()]
        if calendar and here.date() in holidays(calendar):
            kind = "holiday"
        if kind not in week:
            return False
        opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in week[kind])
        return opens <= here.hour * 60 + here.minute < closes

    def quiet(self) -> bool:
        """Whether it is, in any zone, a time at which the debtor asked to be left alone."""
        for fact in self.facts:
            if fact.kind == "quiet_time":
                for where in self.zones:
                    here = local(self.now, where)
                    if (
                        here.weekday() in fact.value["days"]  # type: ignore[operator]
                        and fact.value["from_s"] <= seconds_of_day(here) < fact.value["to_s"]  # type: ignore[operator]
                    ):
                        return True
        return False

    # ------------------------------------------------------------------------------------ facts

    def flag(self, about: str, name: str) -> bool:
        keys = {"debtor": (self.debtor,), "debt": self.debts, "number": (self.number,)}[about]
        return any(
            fact.kind == "flag" and fact.about == about and fact.key in keys and fact.value["flag"] == name
            for fact in self.facts
        )

    def channel_not_authorised(self) -> bool:
        """There is a register of the channels the debtor authorised, and this one is not in the latest."""
        registers = sorted((fact for fact in self.facts if fact.kind == "channels"), key=lambda fact: fact.at)
        return bool(registers) and self.channel not in registers[-1].value["channels"]  # type: ignore[operator]

    def consented(self, debt: int, where: ZoneInfo) -> bool:
        """Now is day one to seven of a consent about ``debt``."""
        today = day(self.now, where)
        return any(
            fact.kind == "consent"
            and (fact.about == "debtor" or fact.key == debt)
            and day(fact.at, where) <= today <= day(fact.at, where) + timedelta(days=6)
            for fact in self.facts
        )

    def notice_missing(self) -> bool:
        return any(self._notice(debt) is None for debt in self.debts)

    def notice_younger_than(self, days: int) -> bool:
        """For some debt the written notice went out less than ``days`` calendar days ago, in some zone."""
        return any(
            (sent := self._notice(debt)) is not None and (day(self.now, where) - day(sent, where)).days < days
            for debt in self.debts
            for where in self.zones
        )

    def _notice(self, debt: int) -> datetime | None:
        sent = [
            fact.at
            for fact in self.facts
            if fact.kind == "notice"
            and (fact.about == "debtor" or fact.key == debt)
            and fact.value.get("sent", True) is not False
        ]
        return min(sent) if sent else None

    # ------------------------------------------------------------------------------------ events

    def happened(
        self,
        outcomes: Collection[str],
        *,
        channels: Collection[str] = ("call",),
        direction: str = "out",
        debtor: bool = False,
        debt: int | None = None,
        creditor: str | None = None,
        number: bool = False,
    ) -> list[Event]:
        """Events that may be of one of ``outcomes`` and share what is asked for with the candidate."""
        return [
            event
            for event in self.events
            if event.may_be(outcomes)
            and event.channel in channels
            and direction in ("any", event.direction)
            and (not debtor or event.debtor == self.debtor)
            and (debt is None or not event.debts or debt in event.debts)
            and (creditor is None or not event.creditors or creditor in event.creditors)
            and (not number or event.number == self.number)
        ]

    def in_days(self, events: list[Event], where: ZoneInfo, days: int) -> list[Event]:
        """Those of today and the ``days - 1`` dates before it."""
        return self._since(events, where, day(self.now, where) - timedelta(days=days - 1))

    def in_week(self, events: list[Event], where: ZoneInfo) -> list[Event]:
        today = day(self.now, where)
        return self._since(events, where, today - timedelta(days=today.weekday()))

    def in_month(self, events: list[Event], where: ZoneInfo) -> list[Event]:
        return self._since(events, where, day(self.now, where).replace(day=1))

    def in_hours(self, events: list[Event], hours: int) -> list[Event]:
        """Those of the elapsed ``hours``, the oldest instant not among them."""
        return [event for event in events if event.date > self.now - timedelta(hours=hours)]

    def _since(self, events: list[Event], where: ZoneInfo, first: date) -> list[Event]:
        return [event for event in events if day(event.date, where) >= first]
