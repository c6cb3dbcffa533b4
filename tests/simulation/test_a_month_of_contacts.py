"""Thirty days of contacts, every way there is to make one, and every decision judged again by a checker that shares no
code with the gate. ``make simulate-month`` does the same with 100,000 debtors."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulation.month.month import Month, Size
from tests.simulation.month.ways import Tally
from tests.support.brute_force.checker import Judgement, judge

#: Every seven hours: the rounds come at all times of the day.
SIZE = Size(debtors=1500, round_s=25_200.0, share=0.5, batch=14, named=16)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tally, Judgement]:
    path = tmp_path_factory.mktemp("month") / "month.db"
    tally = asyncio.run(Month(path, SIZE).run())
    return tally, judge(path)


def test_no_contact_was_made_that_a_law_forbids_and_none_was_denied_that_the_laws_allow(
    month: tuple[Tally, Judgement],
) -> None:
    _, judgement = month
    assert [str(finding) for finding in judgement.findings] == []


def test_every_contact_and_every_denial_was_judged(month: tuple[Tally, Judgement]) -> None:
    tally, judgement = month
    assert judgement.attempts == tally.reserved.total()
    assert judgement.denials == tally.denied.total()
    assert judgement.stepped > 10


def test_every_way_to_a_contact_was_taken_and_refused(month: tuple[Tally, Judgement]) -> None:
    tally, _ = month
    ways = {"progressive", "power", "preview", "manual", "callback", "api", "ivr", "sms", "email", "whatsapp", "letter"}
    assert ways <= tally.reserved.keys()
    assert ways <= tally.denied.keys()
    assert {"released", "lost", "conversation", "abandoned"} <= tally.ended.keys()
    assert {"inbound", "flag", "consent", "quiet_time", "notice", "channels", "override", "fact ended"} <= (
        tally.happened.keys()
    )


def test_laws_of_every_kind_and_country_denied_somebody(month: tuple[Tally, Judgement]) -> None:
    _, judgement = month
    hours = ("us-reg-f", "co-ley-2300", "cl-ley-21320", "mx-redeco", "pe-29571", "ec-lodc-49", "br-sp-15426", "au-rg96")
    assert {f"{pack}/window" for pack in hours} <= judgement.reasons.keys()
    assert {
        "us-reg-f/cap-7in7", "us-reg-f/cooloff-7d", "us-ma-940cmr/cap-2in7", "co-ley-2300/one-contact-per-day",
        "cl-ley-21320/call-visit-1-per-week", "au-rg96/contact-3-per-week", "ca-on-reg74/contact-3-in-7",
        "uk-ofcom/redial-after-amd-24h", "ca-on-reg74/notice-6-days", "co-ley-2300/channel-not-authorised",
        "co-ley-2300/reference-person", "us-reg-f/attorney", "mx-redeco/hidden-cli", "engine/do-not-call",
        "engine/tz-unresolved",
    } <= judgement.reasons.keys()  # fmt: skip
