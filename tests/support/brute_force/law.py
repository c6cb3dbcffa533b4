"""Every rule that can forbid a contact, restated by hand from the texts that the packs cite.

A law takes the question and says whether it forbids; what ``lasting`` holds of does not end by time alone. Rules of
rates, conduct and retention forbid no contact and are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from tests.support.brute_force.question import EVERY_CHANNEL, NEVER_CONNECTED, Event, Question

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
PACKS = {
    "us-reg-f": Pack("US", parties=("third_party",), classes=("consumer",)),
    "us-tcpa": Pack("US", purposes=BOTH),
    "us-fl-tsa": Pack("US", "US-FL", purposes=("telemarketing",)),
    "us-ok-otsa": Pack("US", "US-OK", purposes=("telemarketing",)),
    "us-ma-940cmr": Pack("US", "US-MA"),
    "us-wa-rcw": Pack("US", "US-WA", purposes=BOTH),
    "uk-ofcom": Pack("GB", purposes=BOTH),
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
    "au-rg96": Pack("AU"),
    "ca-on-reg74": Pack("CA", "CA-ON", parties=("third_party",)),
    "ca-qc-opc": Pack("CA", "CA-QC", parties=("third_party",)),
    "ca-ab-cdrpr": Pack("CA", "CA-AB", parties=("third_party",)),
    "ca-bc": Pack("CA", "CA-BC"),
    "house": Pack(purposes=BOTH, chosen=True),
    "house-hours": Pack(purposes=BOTH),
}
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


def in_force(asked: Question) -> tuple[Law, ...]:
    """The laws that speak of this contact."""
    return _in_force(
        Sort(
            asked.channel,
            asked.country,
            asked.subdivision,
            asked.purpose,
            asked.party,
            asked.debt_class,
            asked.chosen,
        )
    )


@cache
def _in_force(about: Sort) -> tuple[Law, ...]:
    packs = {name for name, pack in PACKS.items() if pack.concerns(about) and (not pack.chosen or name in about.chosen)}
    own = [each for each in LAWS.values() if each.hours and each.pack in packs and about.channel in each.channels]
    has_hours = any(PACKS[each.pack].country and not PACKS[each.pack].chosen for each in own)
    if has_hours and "house-hours" not in about.chosen:
        packs.discard("house-hours")  # the house's hours are for those whose country sets none
    return tuple(
        each
        for each in LAWS.values()
        if about.channel in each.channels and (each.pack == "engine" or each.pack in packs)
    )


def forbidding(asked: Question) -> set[str]:
    return {each.id for each in in_force(asked) if each.forbids(asked)}


def _days(names: str, opens: str, closes: str) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(names.split(), (opens, closes))


WORKDAYS, EVERY_DAY = "mon tue wed thu fri", "mon tue wed thu fri sat sun"


# --------------------------------------------------------------------------------------------- the house itself


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


@law("house-hours/window", hours=True, policy=True)
def _(asked: Question) -> bool:
    return not asked.open({**_days(WORKDAYS, "08:00", "20:00"), **_days("sat", "09:00", "18:00")})


# --------------------------------------------------------------------------------------------- United States


@law("us-reg-f/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(EVERY_DAY, "08:00", "21:00"))


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


@law("us-tcpa/revoked", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("number", "consent_revoked")


@law("us-tcpa/dnc-internal", lasting=True)
def _(asked: Question) -> bool:
    return asked.flag("number", "dnc_internal")


@law("us-fl-tsa/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(EVERY_DAY, "08:00", "20:00"))


@law("us-fl-tsa/cap-3in24h")
def _(asked: Question) -> bool:
    return bool(asked.number) and len(asked.in_hours(asked.happened(ANY, number=True), 24)) + 1 > 3


@law("us-ok-otsa/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(EVERY_DAY, "08:00", "20:00"))


@law("us-ok-otsa/cap-3in24h")
def _(asked: Question) -> bool:
    return bool(asked.number) and len(asked.in_hours(asked.happened(ANY, number=True), 24)) + 1 > 3


@law("us-wa-rcw/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(EVERY_DAY, "08:00", "20:00"))


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


# --------------------------------------------------------------------------------------------- Latin America


@law("co-ley-2300/window", channels=EVERY_CHANNEL, hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**_days(WORKDAYS, "07:00", "19:00"), **_days("sat", "08:00", "15:00")}, "CO")


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
    return not asked.open({**_days(EVERY_DAY, "07:00", "22:00"), "holiday": ("07:00", "22:00")})


@law("mx-redeco/third-party", lasting=True)
def _(asked: Question) -> bool:
    return asked.contact_role == "reference"


@law("mx-redeco/hidden-cli", lasting=True)
def _(asked: Question) -> bool:
    return asked.caller_id_withheld


@law("mx-redeco-strict/window", hours=True, policy=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(WORKDAYS, "07:00", "22:00"), "MX")


@law("cl-ley-21320/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days("mon tue wed thu fri sat", "08:00", "20:00"), "CL")


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
    return not asked.open(_days(WORKDAYS, "07:00", "20:00"), "PE")


@law("ec-lodc-49/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(WORKDAYS, "07:00", "20:00"), "EC")


@law("ec-lodc-49/one-per-day", channels=EVERY_CHANNEL)
def _(asked: Question) -> bool:
    actions = asked.happened(ANY, channels=(asked.channel,), debtor=True)
    return any(len(asked.in_days(actions, where, 1)) + 1 > 1 for where in asked.zones)


@law("ec-lodc-49/third-party", lasting=True)
def _(asked: Question) -> bool:
    return asked.contact_role == "reference"


@law("br-sp-15426/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**_days(WORKDAYS, "08:00", "20:00"), **_days("sat", "08:00", "14:00")}, "BR-SP")


@law("br-rj-7868/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(WORKDAYS, "09:00", "19:00"), "BR-RJ")


@law("br-es-10626/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(WORKDAYS, "08:00", "19:00"), "BR-ES")


@law("br-am-306/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(WORKDAYS, "08:00", "18:00"), "BR-AM")


@law("br-al-7782/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**_days(WORKDAYS, "08:00", "20:00"), **_days("sat", "08:00", "14:00")}, "BR-AL")


@law("ar-caba/window", hours=True, policy=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(WORKDAYS, "09:00", "20:00"), "AR")


# --------------------------------------------------------------------------------------------- Australia, Canada


@law("au-rg96/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open({**_days(WORKDAYS, "07:30", "21:00"), **_days("sat sun", "09:00", "21:00")}, "AU")


@law("au-rg96/workplace")
def _(asked: Question) -> bool:
    return asked.number_use == "work" and not asked.open(_days(WORKDAYS, "09:00", "17:00"))


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


@law("ca-on-reg74/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(
        {**_days("mon tue wed thu fri sat", "07:00", "21:00"), **_days("sun", "13:00", "17:00")}, "CA-ON"
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
    return not asked.open(_days("mon tue wed thu fri sat", "08:00", "20:00"), "CA-QC")


@law("ca-ab-cdrpr/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(_days(EVERY_DAY, "07:00", "22:00"))


@law("ca-ab-cdrpr/contact-3-in-7")
def _(asked: Question) -> bool:
    contacts = asked.happened(REACHED, channels=("call", "email", "sms"), debtor=True)
    return any(len(asked.in_days(contacts, where, 7)) + 1 > 3 for where in asked.zones)


@law("ca-bc/window", hours=True)
def _(asked: Question) -> bool:
    return not asked.open(
        {**_days("mon tue wed thu fri sat", "07:00", "21:00"), **_days("sun", "13:00", "17:00")}, "CA-BC"
    )
