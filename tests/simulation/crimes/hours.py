"""Contacts at the wrong hour."""

from __future__ import annotations

from tests.simulation.crimes import crime
from tests.support.planted_ledger import HOME, Planted


@crime("us-reg-f/window")
def _(p: Planted) -> None:
    p.person("US")
    p.call("2026-11-24T13:00:00Z")
    p.call("2026-11-25T12:59:59Z")


@crime("us-reg-f/window")  # 20:30 in New York; the clocks went back that night
def _(p: Planted) -> None:
    p.person("US")
    p.call("2026-11-01T01:59:00Z", number=HOME["US"][2])


@crime("us-reg-f/window")  # eight in Chicago, where the number is; seven in Denver, where the address is
def _(p: Planted) -> None:
    p.person("US", number="+18062345678", time_zone="America/Denver")
    p.call("2026-11-24T15:00:00Z")
    p.call("2026-11-25T14:59:59Z")


@crime("us-reg-f-messages/window")
def _(p: Planted) -> None:
    p.person("US")
    p.contact("2026-11-25T01:59:00Z", "sms")
    p.contact("2026-11-25T02:00:00Z", "sms")
    p.contact("2026-11-25T02:00:00Z", "letter")


@crime("us-fl-tsa/window")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-FL", settings={"purpose": "telemarketing"})
    p.call("2026-11-25T01:00:00Z")


@crime("us-ok-otsa/window")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-OK", settings={"purpose": "telemarketing"})
    p.call("2026-11-24T12:59:59Z")


@crime("us-wa-rcw/window")
def _(p: Planted) -> None:
    p.person("US", subdivision="US-WA")
    p.call("2026-11-25T01:30:00Z")


@crime("br-es-10626/window")
def _(p: Planted) -> None:
    p.person("BR", subdivision="BR-ES")
    p.call("2026-11-24T22:30:00Z")


@crime("br-am-306/window")
def _(p: Planted) -> None:
    p.person("BR", subdivision="BR-AM")
    p.call("2026-11-24T21:30:00Z")


@crime("br-al-7782/window")
def _(p: Planted) -> None:
    p.person("BR", subdivision="BR-AL")
    p.call("2026-11-21T17:30:00Z")


@crime("ca-qc-opc/window")
def _(p: Planted) -> None:
    p.person("CA", subdivision="CA-QC")
    p.call("2026-11-22T15:30:00Z")


@crime("ca-ab-cdrpr/window")
def _(p: Planted) -> None:
    p.person("CA", subdivision="CA-AB")
    p.call("2026-11-25T03:30:00Z")


@crime("co-ley-2300/window")  # Monday 16 November 2026 is a holiday in Colombia
def _(p: Planted) -> None:
    p.person("CO")
    p.call("2026-11-16T15:00:00Z")


@crime("mx-redeco/window")
def _(p: Planted) -> None:
    p.person("MX")
    p.call("2026-11-16T15:00:00Z")  # a holiday, and open
    p.call("2026-11-17T04:00:00Z")


@crime("mx-redeco-strict/window")
def _(p: Planted) -> None:
    p.person("MX", settings={"packs": ["mx-redeco-strict"]})
    p.call("2026-11-16T15:00:00Z")


@crime("cl-ley-21320/window")
def _(p: Planted) -> None:
    p.person("CL")
    p.call("2026-11-21T15:00:00Z")  # a Saturday is open
    p.call("2026-11-22T15:00:00Z")


@crime("pe-29571/window")
def _(p: Planted) -> None:
    p.person("PE")
    p.call("2026-11-21T15:00:00Z")


@crime("ec-lodc-49/window")  # 3 November is a holiday
def _(p: Planted) -> None:
    p.person("EC")
    p.call("2026-11-03T15:00:00Z")


@crime("br-sp-15426/window")
def _(p: Planted) -> None:
    p.person("BR")
    p.call("2026-11-21T17:00:00Z")


@crime("br-rj-7868/window")
def _(p: Planted) -> None:
    p.person("BR", subdivision="BR-RJ")
    p.call("2026-11-24T11:30:00Z")


@crime("ar-caba/window")
def _(p: Planted) -> None:
    p.person("AR")
    p.call("2026-11-24T11:30:00Z")


@crime("au-rg96/window")
def _(p: Planted) -> None:
    p.person("AU")
    p.call("2026-11-28T21:30:00Z")  # Sunday 08:30


@crime("au-rg96/workplace")
def _(p: Planted) -> None:
    p.person("AU", kind="work")
    p.call("2026-11-24T06:30:00Z")


@crime("ca-on-reg74/window")
def _(p: Planted) -> None:
    p.person("CA")
    p.fact("notice", "debt", {})
    p.call("2026-11-22T17:59:59Z")


@crime("ca-bc/window")
def _(p: Planted) -> None:
    p.person("CA", subdivision="CA-BC", time_zone="America/Vancouver", number="+16045550101")
    p.call("2026-11-11T20:00:00Z")  # Remembrance Day


@crime("house-hours/window")
def _(p: Planted) -> None:
    p.person("GB")
    p.call("2026-11-22T12:00:00Z")
