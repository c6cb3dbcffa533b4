"""What the house asks of itself, in every country."""

from __future__ import annotations

from tests.support.brute_force.question import EVERY_CHANNEL, Question
from tests.support.brute_force.statute import ANY, BOTH, PACKS, WORKDAYS, Pack, days, law

PACKS.update(
    {
        "house": Pack(purposes=BOTH, chosen=True),
        "house-hours": Pack(purposes=BOTH),
    }
)


@law("engine/tz-unresolved", channels=EVERY_CHANNEL, lasting=True)
def _(asked: Question) -> bool:
    return not asked.zones_known


@law("engine/do-not-call", channels=EVERY_CHANNEL, lasting=True)
def _(asked: Question) -> bool:
    return asked.stopped


@law("engine/number-in-flight", lasting=True)
def _(asked: Question) -> bool:
    return bool(asked.number) and any(
        event.in_flight and event.channel == "call" and event.number == asked.number for event in asked.events
    )


@law("house/number-3-per-day", policy=True)
def _(asked: Question) -> bool:
    calls = asked.happened(ANY, number=True) if asked.number else []
    return any(len(asked.in_days(calls, where, 1)) + 1 > 3 for where in asked.zones)


@law("house/gap-2h", policy=True)
def _(asked: Question) -> bool:
    return bool(asked.number) and bool(asked.in_hours(asked.happened(ANY, number=True), 2))


@law("house-hours/window", channels=("call", "visit", "sms", "whatsapp"), hours=True, policy=True)
def _(asked: Question) -> bool:
    return not asked.open({**days(WORKDAYS, "08:00", "20:00"), **days("sat", "09:00", "18:00")})
