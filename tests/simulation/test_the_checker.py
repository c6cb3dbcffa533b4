"""The checker finds what is planted: a checker that finds nothing proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.brute_force.law import LAWS
from tests.support.planted_ledger import HOME, Planted

CRIMES: list[tuple[str, Callable[[Planted], object]]] = []


def crime(rule: str) -> Callable[[Callable[[Planted], object]], Callable[[Planted], object]]:
    """Plants one contact that exactly ``rule`` forbids. Everything else in it is lawful."""

    def enter(plant: Callable[[Planted], object]) -> Callable[[Planted], object]:
        CRIMES.append((rule, plant))
        return plant

    return enter


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return Planted(tmp_path / "ledger.db")


def ids(found: list[tuple[str, Callable[[Planted], object]]]) -> list[str]:
    return [f"{rule}-{index}" for index, (rule, _) in enumerate(found)]


@pytest.fixture(scope="session")
def rules() -> set[str]:
    return {rule for rule, _ in CRIMES}


# --------------------------------------------------------------------------------------------- hours


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


# --------------------------------------------------------------------------------------------- counts


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


# --------------------------------------------------------------------------------------------- facts


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


@pytest.mark.parametrize(("rule", "plant"), CRIMES, ids=ids(CRIMES))
def test_each_crime_is_found_and_nothing_else(planted: Planted, rule: str, plant: Callable[[Planted], object]) -> None:
    plant(planted)
    found = planted.findings()
    assert [(finding.kind, finding.rules) for finding in found] == [("violation", (rule,))], found


def test_every_law_has_its_crime(rules: set[str]) -> None:
    assert rules == set(LAWS)


# --------------------------------------------------------------------------------------------- denials


@pytest.mark.parametrize(
    ("until", "finding"),
    [
        ("2026-11-25T13:00:00Z", None),
        ("2026-11-25T12:59:00Z", "wrong-date"),
        ("2026-11-25T13:01:00Z", "wrong-date"),
        ("2026-11-25T13:00:30Z", "wrong-date"),
        (None, "wrong-date"),
    ],
)
def test_a_date_that_is_a_minute_off_is_found(planted: Planted, until: str | None, finding: str | None) -> None:
    planted.person("US")
    planted.denial("2026-11-25T02:00:00Z", "us-reg-f/window", until=until)
    assert [each.kind for each in planted.findings()] == ([] if finding is None else [finding])


def test_a_date_for_what_no_date_lifts_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.fact("flag", "debt", {"flag": "attorney"})
    planted.denial("2026-11-24T17:00:00Z", "us-reg-f/attorney")
    planted.denial("2026-11-24T17:05:00Z", "us-reg-f/attorney", until="2026-11-25T13:00:00Z")
    assert [each.kind for each in planted.findings()] == ["wrong-date"]


def test_a_reason_that_does_not_hold_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.denial("2026-11-24T17:00:00Z", "us-reg-f/cap-7in7", until="2026-11-25T13:00:00Z")
    (finding,) = planted.findings()
    assert (finding.kind, finding.rules) == ("wrong-denial", ("us-reg-f/cap-7in7",))


def test_a_reason_that_holds_and_is_not_named_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.fact("flag", "debt", {"flag": "attorney"})
    planted.denial("2026-11-25T02:00:00Z", "us-reg-f/window", until="2026-11-25T13:00:00Z")
    (finding,) = planted.findings()
    assert (finding.kind, finding.rules) == ("missing-reason", ("us-reg-f/attorney",))


def test_a_call_that_the_audit_trail_lacks_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.record(planted.call("2026-11-24T17:00:00Z"), "2026-11-24T17:00:00Z")
    lacking = planted.call("2026-11-25T17:00:00Z")
    (finding,) = planted.findings()
    assert (finding.kind, finding.decision.id) == ("unrecorded", lacking)
