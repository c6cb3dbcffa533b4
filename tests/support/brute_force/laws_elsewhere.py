"""The United Kingdom and Australia."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.brute_force.question import EVERY_CHANNEL, Event, Question
from tests.support.brute_force.statute import BOTH, PACKS, REACHED, WORKDAYS, Pack, days, law

PACKS.update(
    {
        "uk-ofcom": Pack("GB", purposes=BOTH),
        "au-rg96": Pack("AU"),
    }
)


# --------------------------------------------------------------------------------------------- United Kingdom


@law("uk-ofcom/reasonable-request")
def _(asked: Question) -> bool:
    return asked.quiet()


@law("uk-ofcom/breathing-space", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "moratorium")


@law("uk-ofcom/redial-after-abandon-72h")
def _(asked: Question) -> bool:
    dropped = asked.happened(("abandoned",), number=True)
    return bool(asked.number) and not asked.agent_guaranteed and bool(asked.in_hours(dropped, 72))


@law("uk-ofcom/redial-after-amd-24h")
def _(asked: Question) -> bool:
    machines = asked.happened(("machine",), number=True)
    return (
        bool(asked.number)
        and not asked.agent_guaranteed
        and any(asked.in_days(machines, where, 1) for where in asked.zones)
    )


# --------------------------------------------------------------------------------------------- Australia


@law("au-rg96/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**days(WORKDAYS, "07:30", "21:00"), **days("sat sun", "09:00", "21:00")}, "AU")


@law("au-rg96/workplace")
def _(asked: Question) -> bool:
    return asked.number_use == "work" and not asked.open(days(WORKDAYS, "09:00", "17:00"))


def _per_account(asked: Question) -> Iterator[list[Event]]:
    for debt in asked.debts or (None,):
        yield asked.happened(REACHED, channels=EVERY_CHANNEL, debtor=True, debt=debt)


@law("au-rg96/contact-3-per-week")
def _(asked: Question) -> bool:
    return any(
        len(asked.in_days(contacts, where, 7)) + 1 > 3 for contacts in _per_account(asked) for where in asked.zones
    )


@law("au-rg96/contact-10-per-month")
def _(asked: Question) -> bool:
    return any(
        len(asked.in_month(contacts, where)) + 1 > 10 for contacts in _per_account(asked) for where in asked.zones
    )
