"""Contacts in spite of what is known."""

from __future__ import annotations

from tests.simulation.crimes import crime
from tests.support.planted_ledger import Planted


@crime("us-reg-f/inconvenient")
def _(p: Planted) -> None:
    p.person("US")
    p.fact("quiet_time", "debtor", {"days": [1], "from_s": 36_000, "to_s": 43_200})
    p.call("2026-11-24T15:00:00Z")
    p.call("2026-11-24T17:00:00Z")


@crime("uk-ofcom/reasonable-request")
def _(p: Planted) -> None:
    p.person("GB")
    p.fact("quiet_time", "debtor", {"days": [1], "from_s": 36_000, "to_s": 43_200})
    p.call("2026-11-24T11:59:59Z")


def flagged(rule: str, country: str, subject: str, flag: str) -> None:
    @crime(rule)
    def _(p: Planted) -> None:
        p.person(country, kind="work")
        p.call("2026-11-24T16:00:00Z", "busy")
        p.fact("flag", subject, {"flag": flag}, "2026-11-24T16:30:00Z")
        p.call("2026-11-24T17:00:00Z")


flagged("us-reg-f/workplace-barred", "US", "debtor", "employer_bars_calls")
flagged("us-reg-f/cease", "US", "debt", "cease_written")
flagged("us-reg-f/attorney", "US", "debt", "attorney")
flagged("us-reg-f/dispute", "US", "debt", "disputed_unverified")
flagged("us-reg-f/bankruptcy", "US", "debtor", "bankruptcy")
flagged("us-reg-f/medium-optout", "US", "number", "stop_calls_by_debtor")
flagged("us-tcpa/revoked", "US", "number", "consent_revoked")
flagged("us-tcpa/dnc-internal", "US", "number", "dnc_internal")
flagged("uk-ofcom/breathing-space", "GB", "debt", "moratorium")


def flagged_message(rule: str, subject: str, flag: str) -> None:
    @crime(rule)
    def _(p: Planted) -> None:
        p.person("US")
        p.contact("2026-11-24T16:00:00Z", "letter")
        p.fact("flag", subject, {"flag": flag}, "2026-11-24T16:30:00Z")
        p.contact("2026-11-24T17:00:00Z", "letter")


flagged_message("us-reg-f-messages/cease", "debt", "cease_written")
flagged_message("us-reg-f-messages/attorney", "debt", "attorney")
flagged_message("us-reg-f-messages/dispute", "debt", "disputed_unverified")
flagged_message("us-reg-f-messages/bankruptcy", "debtor", "bankruptcy")


@crime("us-reg-f-messages/inconvenient")
def _(p: Planted) -> None:
    p.person("US")
    p.fact("quiet_time", "debtor", {"days": [1], "from_s": 36_000, "to_s": 43_200})
    p.contact("2026-11-24T14:59:00Z", "sms")
    p.contact("2026-11-24T15:00:00Z", "sms")


@crime("us-reg-f-messages/medium-optout")
def _(p: Planted) -> None:
    p.person("US")
    p.fact("channels", "debtor", {"channels": ["call", "letter"]})
    p.contact("2026-11-24T15:00:00Z", "letter")
    p.contact("2026-11-24T15:30:00Z", "sms")


@crime("co-ley-2300/channel-not-authorised")
def _(p: Planted) -> None:
    p.person("CO")
    p.fact("channels", "debtor", {"channels": ["call"]})
    p.contact("2026-11-24T15:00:00Z", "sms")


@crime("ca-on-reg74/notice-6-days")  # never sent
def _(p: Planted) -> None:
    p.person("CA")
    p.call("2026-11-24T15:00:00Z")


@crime("ca-on-reg74/notice-6-days")  # sent on the 18th, so from the 24th on
def _(p: Planted) -> None:
    p.person("CA")
    p.fact("notice", "debt", {}, "2026-11-18T15:00:00Z")
    p.call("2026-11-24T15:00:00Z")
    p.call("2026-11-23T15:00:00Z")


@crime("mx-redeco/hidden-cli")
def _(p: Planted) -> None:
    p.person("MX", settings={"caller_id": ""})
    p.call("2026-11-24T17:00:00Z")


def reference(rule: str, country: str) -> None:
    @crime(rule)
    def _(p: Planted) -> None:
        p.person(country, role="reference")
        p.call("2026-11-24T17:00:00Z")


reference("co-ley-2300/reference-person", "CO")
reference("mx-redeco/third-party", "MX")
reference("ec-lodc-49/third-party", "EC")


@crime("engine/do-not-call")
def _(p: Planted) -> None:
    p.person("AR")
    p.call("2026-11-24T15:00:00Z")
    p.stop("2026-11-24T15:30:00Z", debtor_id=1)
    p.call("2026-11-24T17:00:00Z")


@crime("engine/tz-unresolved")
def _(p: Planted) -> None:
    p.person("AR", number="+12115550101", time_zone="")
    p.call("2026-11-24T15:00:00Z")


@crime("engine/number-in-flight")
def _(p: Planted) -> None:
    p.person("AR")
    p.call("2026-11-24T15:00:00Z", talk_s=600, debtor_id=2, about=())
    p.call("2026-11-24T15:09:59Z")
