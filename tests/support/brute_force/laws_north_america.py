"""The United States and Canada, with their states and provinces."""

from __future__ import annotations

from tests.support.brute_force.question import EVERY_CHANNEL, Question
from tests.support.brute_force.statute import ANY, BOTH, CONNECTED, EVERY_DAY, PACKS, REACHED, TALK, Pack, days, law

PACKS.update(
    {
        "us-reg-f": Pack("US", parties=("third_party",), classes=("consumer",)),
        "us-reg-f-messages": Pack("US", parties=("third_party",), classes=("consumer",)),
        "us-tcpa": Pack("US", purposes=BOTH),
        "us-fl-tsa": Pack("US", "US-FL", purposes=("telemarketing",)),
        "us-ok-otsa": Pack("US", "US-OK", purposes=("telemarketing",)),
        "us-ma-940cmr": Pack("US", "US-MA"),
        "us-wa-rcw": Pack("US", "US-WA", purposes=BOTH),
        "ca-on-reg74": Pack("CA", "CA-ON", parties=("third_party",)),
        "ca-qc-opc": Pack("CA", "CA-QC", parties=("third_party",)),
        "ca-ab-cdrpr": Pack("CA", "CA-AB", parties=("third_party",)),
        "ca-bc": Pack("CA", "CA-BC"),
    }
)


# --------------------------------------------------------------------------------------------- United States


@law("us-reg-f/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(EVERY_DAY, "08:00", "21:00"))


@law("us-reg-f/inconvenient")
def _(asked: Question) -> bool:
    return asked.quiet()


@law("us-reg-f/workplace-barred", lasting=True)
def _(asked: Question) -> bool:
    return asked.number_use == "work" and asked.flag("debtor", "employer_bars_calls")


@law("us-reg-f/cease", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "cease_written")


@law("us-reg-f/attorney", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "attorney")


@law("us-reg-f/dispute", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "disputed_unverified")


@law("us-reg-f/bankruptcy", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debtor", "bankruptcy")


@law("us-reg-f/medium-optout", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("number", "stop_calls_by_debtor")


@law("us-reg-f/cap-7in7")
def _(asked: Question) -> bool:
    for debt in asked.debts or (None,):
        calls = asked.happened(CONNECTED, debtor=True, debt=debt)
        for where in asked.zones:
            excused = debt is not None and asked.consented(debt, where)
            if not excused and len(asked.in_days(calls, where, 7)) + 1 > 7:
                return True
    return False


@law("us-reg-f/cooloff-7d")
def _(asked: Question) -> bool:
    for debt in asked.debts or (None,):
        talks = asked.happened(TALK, direction="any", debtor=True, debt=debt)
        for where in asked.zones:
            excused = debt is not None and asked.consented(debt, where)
            if not excused and asked.in_days(talks, where, 7):
                return True
    return False


_TIMED = ("sms", "email", "whatsapp", "visit")
_WRITTEN = (*_TIMED, "letter")


@law("us-reg-f-messages/window", channels=_TIMED, hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(EVERY_DAY, "08:00", "21:00"))


@law("us-reg-f-messages/inconvenient", channels=_TIMED)
def _(asked: Question) -> bool:
    return asked.quiet()


@law("us-reg-f-messages/cease", channels=_WRITTEN, lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "cease_written")


@law("us-reg-f-messages/attorney", channels=_WRITTEN, lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "attorney")


@law("us-reg-f-messages/dispute", channels=_WRITTEN, lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debt", "disputed_unverified")


@law("us-reg-f-messages/bankruptcy", channels=_WRITTEN, lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("debtor", "bankruptcy")


@law("us-reg-f-messages/medium-optout", channels=_WRITTEN, lasting=True)
def _(asked: Question) -> bool:
    return asked.channel_not_authorised()


@law("us-tcpa/revoked", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("number", "consent_revoked")


@law("us-tcpa/dnc-internal", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("number", "dnc_internal")


@law("us-fl-tsa/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(EVERY_DAY, "08:00", "20:00"))


@law("us-fl-tsa/cap-3in24h")
def _(asked: Question) -> bool:
    return bool(asked.number) and len(asked.in_hours(asked.happened(ANY, number=True), 24)) + 1 > 3


@law("us-ok-otsa/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(EVERY_DAY, "08:00", "20:00"))


@law("us-ok-otsa/cap-3in24h")
def _(asked: Question) -> bool:
    return bool(asked.number) and len(asked.in_hours(asked.happened(ANY, number=True), 24)) + 1 > 3


@law("us-wa-rcw/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(EVERY_DAY, "08:00", "20:00"))


@law("us-wa-rcw/contact-3-per-week")
def _(asked: Question) -> bool:
    reached, channels = (*REACHED, "third_party"), ("call", "sms", "email", "whatsapp")
    return any(
        len(asked.in_days(asked.happened(reached, channels=channels, debtor=True, debt=debt), where, 7)) + 1 > 3
        for debt in asked.debts or (None,)
        for where in asked.zones
    )


@law("us-ma-940cmr/cap-2in7")
def _(asked: Question) -> bool:
    spoken = ("conversation", "message_left", "machine", "third_party")
    return any(
        len(asked.in_days(asked.happened(spoken, debtor=True, debt=debt), where, 7)) + 1 > 2
        for debt in asked.debts or (None,)
        for where in asked.zones
    )


# --------------------------------------------------------------------------------------------- Canada


@law("ca-on-reg74/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(
        {**days("mon tue wed thu fri sat", "07:00", "21:00"), **days("sun", "13:00", "17:00")}, "CA-ON"
    )


@law("ca-on-reg74/notice-6-days", lasting=Question.notice_missing)
def _(asked: Question) -> bool:
    return asked.notice_missing() or asked.notice_younger_than(6)


@law("ca-on-reg74/contact-3-in-7")
def _(asked: Question) -> bool:
    for creditor in asked.creditors or (None,):
        contacts = asked.happened(REACHED, channels=("call", "email", "sms"), debtor=True, creditor=creditor)
        talks = asked.happened(TALK, channels=EVERY_CHANNEL, direction="any", debtor=True, creditor=creditor)
        # What is in flight may prove the first talk, or one that comes after those that are over.
        over = [event.date for event in talks if not event.in_flight]
        readings = [[event for event in contacts if event.date > min(talk.date for talk in talks)]] if talks else []
        if over:
            readings.append([event for event in contacts if event.in_flight or event.date > min(over)])
        if any(len(asked.in_days(later, where, 7)) + 1 > 3 for later in readings for where in asked.zones):
            return True
    return False


@law("ca-qc-opc/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days("mon tue wed thu fri sat", "08:00", "20:00"), "CA-QC")


@law("ca-ab-cdrpr/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(days(EVERY_DAY, "07:00", "22:00"))


@law("ca-ab-cdrpr/contact-3-in-7")
def _(asked: Question) -> bool:
    contacts = asked.happened(REACHED, channels=("call", "email", "sms"), debtor=True)
    return any(len(asked.in_days(contacts, where, 7)) + 1 > 3 for where in asked.zones)


@law("ca-bc/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(
        {**days("mon tue wed thu fri sat", "07:00", "21:00"), **days("sun", "13:00", "17:00")}, "CA-BC"
    )
