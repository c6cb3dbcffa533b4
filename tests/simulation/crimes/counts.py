"""One contact too many."""

from __future__ import annotations

from tests.simulation.crimes import crime
from tests.support.planted_ledger import Planted


@crime("us-reg-f/cap-7in7")
def _(p: Planted) -> None:
    p.person("US")
    for day in range(17, 24):
        p.call(f"2026-11-{day}T15:00:00Z")
    p.call("2026-11-23T16:00:00Z")


@crime("us-reg-f/cap-7in7")  # two debts: the calls about one of them are too many
def _(p: Planted) -> None:
    p.person("US", debts_of=2)
    for day in range(17, 24):
        p.call(f"2026-11-{day}T15:00:00Z", about=(2,))
    p.call("2026-11-23T16:00:00Z", about=(1,))
    p.call("2026-11-23T17:00:00Z", about=(1, 2))


@crime("us-reg-f/cap-7in7")  # a consent excuses for seven days, the day it was given among them
def _(p: Planted) -> None:
    p.person("US")
    p.fact("consent", "debt", {}, "2026-11-10T17:00:00Z")
    for day in range(10, 17):
        p.call(f"2026-11-{day}T15:00:00Z")
    p.call("2026-11-16T16:00:00Z")
    p.call("2026-11-17T16:00:00Z")


@crime("us-reg-f/cooloff-7d")
def _(p: Planted) -> None:
    p.person("US")
    p.call("2026-11-17T15:00:00Z", "conversation")
    p.call("2026-11-24T15:00:00Z", "conversation")
    p.call("2026-11-30T15:00:00Z")


@crime("us-reg-f/cooloff-7d")  # they called us
def _(p: Planted) -> None:
    p.person("US")
    p.contact("2026-11-17T15:00:00Z", "call", "conversation", direction="in")
    p.call("2026-11-18T15:00:00Z")


@crime("us-reg-f/cooloff-7d")  # a call that was lost may have been a talk, and ended when it was found
def _(p: Planted) -> None:
    p.person("US")
    p.call("2026-11-10T15:00:00Z", "lost", talk_s=86_400 * 2)
    p.call("2026-11-18T15:00:00Z")


@crime("us-fl-tsa/cap-3in24h")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-FL", settings={"purpose": "telemarketing"})
    for hour in (15, 16, 17):
        p.call(f"2026-11-23T{hour}:00:00Z")
    p.call("2026-11-24T14:59:59Z")


@crime("us-ok-otsa/cap-3in24h")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-OK", settings={"purpose": "telemarketing"})
    for hour in (15, 16, 17):
        p.call(f"2026-11-23T{hour}:00:00Z")
    p.call("2026-11-24T14:59:59Z")


@crime("us-wa-rcw/contact-3-per-week")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-WA")
    for hour in (15, 16, 17):
        p.call(f"2026-11-23T{hour}:00:00Z", "message_left")
    p.call("2026-11-24T17:00:00Z")


@crime("ca-ab-cdrpr/contact-3-in-7")
def _(p: Planted) -> None:
    p.person("CA", subdivision="CA-AB")
    for hour in (15, 16, 17):
        p.call(f"2026-11-23T{hour}:00:00Z", "message_left")
    p.call("2026-11-24T17:00:00Z")


@crime("us-ma-940cmr/cap-2in7")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-MA")
    p.call("2026-11-23T15:00:00Z", "machine")
    p.call("2026-11-23T16:00:00Z", "message_left")
    p.call("2026-11-24T16:00:00Z")


@crime("uk-ofcom/redial-after-abandon-72h")
def _(p: Planted) -> None:
    p.person("GB")
    p.call("2026-11-23T15:00:00Z", "abandoned", debtor_id=2, about=())
    p.call("2026-11-26T14:59:59Z", talk_s=0.5)
    p.call("2026-11-26T15:00:00Z")


@crime("uk-ofcom/redial-after-amd-24h")
def _(p: Planted) -> None:
    p.person("GB")
    p.call("2026-11-23T10:00:00Z", "machine")
    p.call("2026-11-23T15:00:00Z")


@crime("co-ley-2300/one-contact-per-day")
def _(p: Planted) -> None:
    p.person("CO")
    p.call("2026-11-24T15:00:00Z", "conversation")
    p.call("2026-11-24T17:00:00Z")


@crime("co-ley-2300/one-contact-per-day")  # on another number; it is in flight and may become a talk
def _(p: Planted) -> None:
    p.person("CO")
    p.call("2026-11-24T13:00:00Z", None, number="+573101234569")
    p.call("2026-11-24T15:00:00Z")


@crime("co-ley-2300/one-channel-per-week")
def _(p: Planted) -> None:
    p.person("CO")
    p.contact("2026-11-23T15:00:00Z", "whatsapp")
    p.call("2026-11-28T15:00:00Z")


@crime("cl-ley-21320/call-visit-1-per-week")
def _(p: Planted) -> None:
    p.person("CL")
    p.call("2026-11-24T15:00:00Z", "conversation")
    p.call("2026-11-30T15:00:00Z")


@crime("cl-ley-21320/other-2-per-week")
def _(p: Planted) -> None:
    p.person("CL")
    for day in (23, 25, 27):
        p.contact(f"2026-11-{day}T15:00:00Z", "sms")


@crime("cl-ley-21320/other-gap-2d")
def _(p: Planted) -> None:
    p.person("CL")
    p.contact("2026-11-23T15:00:00Z", "sms")
    p.contact("2026-11-24T15:00:00Z", "email")


@crime("ec-lodc-49/one-per-day")
def _(p: Planted) -> None:
    p.person("EC")
    p.contact("2026-11-24T14:00:00Z", "sms")
    p.call("2026-11-24T15:00:00Z", "busy")
    p.call("2026-11-24T16:00:00Z")


@crime("au-rg96/contact-3-per-week")
def _(p: Planted) -> None:
    p.person("AU")
    for day in (23, 24, 25):
        p.call(f"2026-11-{day}T02:00:00Z", "message_left")
    p.call("2026-11-26T02:00:00Z")


@crime("au-rg96/contact-10-per-month")
def _(p: Planted) -> None:
    p.person("AU")
    for day in (2, 3, 4, 9, 10, 11, 16, 17, 18, 23):
        p.call(f"2026-11-{day:02}T02:00:00Z", "message_left")
    p.call("2026-11-27T02:00:00Z")


@crime("ca-on-reg74/contact-3-in-7")
def _(p: Planted) -> None:
    p.person("CA")
    p.fact("notice", "debt", {})
    p.call("2026-11-10T16:00:00Z", "conversation")
    for day in (23, 24, 25):
        p.contact(f"2026-11-{day}T16:00:00Z", "email")
    p.call("2026-11-26T16:00:00Z")


@crime("house/number-3-per-day")
def _(p: Planted) -> None:
    p.person("AR", settings={"packs": ["house"]})
    for hour in (12, 15, 18):
        p.call(f"2026-11-24T{hour}:30:00Z", "busy")
    p.call("2026-11-24T21:30:00Z")


@crime("house/gap-2h")
def _(p: Planted) -> None:
    p.person("AR", settings={"packs": ["house"]})
    p.call("2026-11-24T15:00:00Z", "busy")
    p.call("2026-11-24T16:59:59Z")
    p.call("2026-11-24T19:00:00Z")
