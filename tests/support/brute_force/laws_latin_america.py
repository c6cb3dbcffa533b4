"""Colombia, Mexico, Chile, Peru, Ecuador, Brazil and Argentina."""

from __future__ import annotations

from tests.support.brute_force.question import EVERY_CHANNEL, Question
from tests.support.brute_force.statute import (
    ANY,
    BOTH,
    CONTACT,
    EVERY_DAY,
    MESSAGES,
    PACKS,
    TALK,
    WORKDAYS,
    Pack,
    days,
    law,
)

PACKS.update(
    {
        "co-ley-2300": Pack("CO", purposes=BOTH),
        "mx-redeco": Pack("MX"),
        "mx-redeco-strict": Pack("MX", chosen=True),
        "cl-ley-21320": Pack("CL"),
        "pe-29571": Pack("PE"),
        "ec-lodc-49": Pack("EC"),
        "br-sp-15426": Pack("BR", "BR-SP"),
        "br-rj-7868": Pack("BR", "BR-RJ"),
        "br-es-10626": Pack("BR", "BR-ES"),
        "br-am-306": Pack("BR", "BR-AM"),
        "br-al-7782": Pack("BR", "BR-AL"),
        "ar-caba": Pack("AR"),
    }
)


@law("co-ley-2300/window", channels=EVERY_CHANNEL, hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**days(WORKDAYS, "07:00", "19:00"), **days("sat", "08:00", "15:00")}, "CO")


@law("co-ley-2300/channel-not-authorised", channels=EVERY_CHANNEL, lasting=True)
def _(asked: Question) -> bool:
    return asked.channel_not_authorised()


@law("co-ley-2300/reference-person", channels=EVERY_CHANNEL, lasting=True)
def _(asked: Question) -> bool:
    return asked.contact_role == "reference"


@law("co-ley-2300/one-contact-per-day", channels=EVERY_CHANNEL)
def _(asked: Question) -> bool:
    contacts = asked.happened(CONTACT, channels=EVERY_CHANNEL, debtor=True)
    return any(len(asked.in_days(contacts, where, 1)) + 1 > 1 for where in asked.zones)


@law("co-ley-2300/one-channel-per-week", channels=EVERY_CHANNEL)
def _(asked: Question) -> bool:
    others = tuple(channel for channel in EVERY_CHANNEL if channel != asked.channel)
    contacts = asked.happened(CONTACT, channels=others, debtor=True)
    return any(asked.in_week(contacts, where) for where in asked.zones)


@law("mx-redeco/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**days(EVERY_DAY, "07:00", "22:00"), "holiday": ("07:00", "22:00")})


@law("mx-redeco/third-party", lasting=True)
def _(asked: Question) -> bool:
    return asked.contact_role == "reference"


@law("mx-redeco/hidden-cli", lasting=True)
def _(asked: Question) -> bool:
    return asked.caller_id_withheld


@law("mx-redeco-strict/window", hours=True, policy=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "07:00", "22:00"), "MX")


@law("cl-ley-21320/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days("mon tue wed thu fri sat", "08:00", "20:00"), "CL")


@law("cl-ley-21320/call-visit-1-per-week", channels=("call", "visit"))
def _(asked: Question) -> bool:
    talks = asked.happened(TALK, channels=("call", "visit"), debtor=True)
    return any(len(asked.in_days(talks, where, 7)) + 1 > 1 for where in asked.zones)


@law("cl-ley-21320/other-2-per-week", channels=MESSAGES)
def _(asked: Question) -> bool:
    sent = asked.happened(("delivered",), channels=MESSAGES, debtor=True)
    return any(len(asked.in_days(sent, where, 7)) + 1 > 2 for where in asked.zones)


@law("cl-ley-21320/other-gap-2d", channels=MESSAGES)
def _(asked: Question) -> bool:
    sent = asked.happened(("delivered",), channels=MESSAGES, debtor=True)
    return any(asked.in_days(sent, where, 2) for where in asked.zones)


@law("pe-29571/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "07:00", "20:00"), "PE")


@law("ec-lodc-49/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "07:00", "20:00"), "EC")


@law("ec-lodc-49/one-per-day", channels=EVERY_CHANNEL)
def _(asked: Question) -> bool:
    actions = asked.happened(ANY, channels=(asked.channel,), debtor=True)
    return any(len(asked.in_days(actions, where, 1)) + 1 > 1 for where in asked.zones)


@law("ec-lodc-49/third-party", lasting=True)
def _(asked: Question) -> bool:
    return asked.contact_role == "reference"


@law("br-sp-15426/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**days(WORKDAYS, "08:00", "20:00"), **days("sat", "08:00", "14:00")}, "BR-SP")


@law("br-rj-7868/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "09:00", "19:00"), "BR-RJ")


@law("br-es-10626/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "08:00", "19:00"), "BR-ES")


@law("br-am-306/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "08:00", "18:00"), "BR-AM")


@law("br-al-7782/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**days(WORKDAYS, "08:00", "20:00"), **days("sat", "08:00", "14:00")}, "BR-AL")


@law("ar-caba/window", hours=True, policy=True)
def _(asked: Question) -> bool:
    return not asked.open(days(WORKDAYS, "09:00", "20:00"), "AR")
