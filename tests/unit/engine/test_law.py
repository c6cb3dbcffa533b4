"""What the law asks of a call: how long it rings, how soon somebody is there, and which message plays otherwise."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdMode
from dialer.engine.messages import AcceptPreview, HangUp, Pause, StopCampaign
from dialer.pbx.fake import Conduct, FakePbx, Manner
from dialer.ports import AttemptClosing, MessageKind
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine, everyone
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=5.0, announce_recording=False)
AGENT = AgentId("agent000")
US = {
    "connect_deadline_s": 2.0, "deadline_from": "greeting_end", "drop_messages": ("us-limited-content",),
}  # fmt: skip
UK = {
    "connect_deadline_s": 2.0, "deadline_from": "greeting_start", "drop_messages": ("uk-info-no-marketing",),
}  # fmt: skip


async def abandon_one(bench: Bench) -> AttemptClosing:
    """The agent takes a break while the phone rings: whoever answers finds nobody."""
    await asyncio.sleep(1.0)
    bench.tell(Pause(agent_id=AGENT))
    await asyncio.sleep(40.0)
    (closing,) = bench.log.closings.values()
    assert closing.outcome is Outcome.ABANDONED
    return closing


def message_began(bench: Bench) -> float:
    """Seconds from the answer to the message's first sound."""
    (abandoned,) = bench.bus.named("call.abandoned")
    (answered,) = bench.bus.named("call.answered")
    told = [one.payload["at"] for one in (answered, abandoned)]
    assert bench.pbx.messages
    return (_at(str(told[1])) - _at(str(told[0]))).total_seconds()


def _at(text: str) -> datetime:

    return datetime.fromisoformat(text)


# ------------------------------------------------------------------------------------- time to connect


def test_whoever_waits_again_after_a_bridge_that_failed_waits_no_longer_than_their_patience() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=MemoryLog(debtors=1)) as bench:
            (seat,) = bench.core.floor.roster
            async with asyncio.timeout(20):
                while not bench.core.floor.calls.count(CallState.BRIDGING):  # noqa: ASYNC110 - the time is virtual
                    await asyncio.sleep(0.001)
            bench.pbx.lose_leg(seat.leg_id, 16)
            await asyncio.sleep(CAMPAIGN.patience_s + 0.1)
            assert [message[1] for message in bench.pbx.messages] == [MessageKind.ABANDONED]
            await bench.until_idle()
        assert [closing.outcome for closing in bench.log.closings.values()] == [Outcome.ABANDONED]

    run_virtually(story())


def test_under_us_law_the_message_begins_within_two_seconds_of_the_greetings_end() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=3.0)  # greets until 2.5 s
        async with engine(CAMPAIGN, everyone(conduct), log=MemoryLog(debtors=1, obligations=US)) as bench:
            closing = await abandon_one(bench)
        assert 4.0 < message_began(bench) <= 4.5
        assert [message[1:] for message in bench.pbx.messages] == [(MessageKind.ABANDONED, "es", "us-limited-content")]
        # Abandoned it was, but it heard the message in time.
        assert closing.breaches == ("connect-deadline",)
        assert [message.payload["breaches"] for message in bench.bus.named("call.breach")] == [["connect-deadline"]]

    run_virtually(story())


def test_under_british_law_the_two_seconds_count_from_the_first_word() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=4.0, greets_for_s=3.2)  # speaks from 0.4 s on
        async with engine(CAMPAIGN, everyone(conduct), log=MemoryLog(debtors=1, obligations=UK)) as bench:
            await abandon_one(bench)
        assert 1.9 < message_began(bench) <= 2.4
        assert bench.pbx.messages[0][3] == "uk-info-no-marketing"
        (verdict,) = bench.bus.named("call.verdict")
        assert verdict.payload["reason"] == "connect-deadline"

    run_virtually(story())


def test_an_agent_who_is_free_takes_a_long_greeting_at_the_laws_hour_and_nothing_was_breached() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=4.0, greets_for_s=3.2)
        async with engine(CAMPAIGN, everyone(conduct), log=MemoryLog(debtors=1, obligations=UK)) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert (closing.outcome, closing.breaches) == (Outcome.CONVERSATION, ())
        assert closing.answered_at is not None
        assert closing.bridged_at is not None
        assert closing.greeting_started_at == closing.answered_at + timedelta(seconds=0.4)
        assert closing.bridged_at - closing.greeting_started_at < timedelta(seconds=2)

    run_virtually(story())


def test_without_a_law_the_campaigns_patience_counts_from_the_verdict_and_the_default_message_plays() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=MemoryLog(debtors=1)) as bench:
            closing = await abandon_one(bench)
        assert message_began(bench) == pytest.approx(1.2 + 2.0, abs=0.05)
        assert bench.pbx.messages[0][3] == "limited-content"
        assert closing.breaches == ()

    run_virtually(story())


def test_a_short_patience_of_the_campaign_is_kept_where_the_law_gives_more() -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, patience_s=0.5)
        obligations = {**US, "connect_deadline_s": 5.0}
        async with engine(campaign, log=MemoryLog(debtors=1, obligations=obligations)) as bench:
            await abandon_one(bench)
        assert message_began(bench) == pytest.approx(1.2 + 0.5, abs=0.05)

    run_virtually(story())


def test_without_a_detector_the_time_counts_from_the_answer() -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, amd=AmdMode.OFF, patience_s=5.0)
        async with engine(campaign, log=MemoryLog(debtors=1, obligations=UK)) as bench:
            await abandon_one(bench)
        assert message_began(bench) == pytest.approx(1.75, abs=0.05)

    run_virtually(story())


class DeafPbx(FakePbx):
    """Joins nobody and says nothing about it."""

    async def bridge(self, call_id: object, leg_id: object) -> None: ...


def test_a_bridge_that_does_not_come_leaves_time_for_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        monkeypatch.setattr("tests.support.engine.FakePbx", DeafPbx)
        async with engine(CAMPAIGN, log=MemoryLog(debtors=1, obligations=US)) as bench:
            await asyncio.sleep(40)
        # The greeting was over 0.7 s after the answer.
        assert message_began(bench) <= 0.7 + 2.0
        (closing,) = bench.log.closings.values()
        assert closing.abandoned_message_played

    run_virtually(story())


def test_what_the_engine_dials_carries_the_wording_for_the_dialplans_own_message() -> None:
    async def story() -> None:
        both = {**US, "drop_messages": ("uk-info-no-marketing", "us-limited-content")}
        async with engine(CAMPAIGN, log=MemoryLog(debtors=1, obligations=both)) as bench:
            await asyncio.sleep(2)
            assert [call.wording for call in bench.pbx.placed] == ["uk-info-no-marketing"]

    run_virtually(story())


# ------------------------------------------------------------------------------------- how long it rings


def rang(closing: AttemptClosing) -> float:
    assert closing.ringing_at is not None
    return (closing.ended_at - closing.ringing_at).total_seconds()


@pytest.mark.parametrize(("set_up_s", "rings_s"), [(0.1, 24.9), (9.0, 16.0), (14.0, 15.0), (20.0, 15.0)])
def test_a_phone_rings_its_minimum_however_late_it_began(set_up_s: float, rings_s: float) -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.NO_ANSWER, set_up_s=set_up_s)
        async with engine(CAMPAIGN, everyone(conduct), log=MemoryLog(debtors=1)) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert (closing.outcome, closing.dial_status, closing.cause) == (Outcome.NO_ANSWER, "NOANSWER", 19)
        assert rang(closing) == pytest.approx(rings_s, abs=0.05)
        assert closing.breaches == ()

    run_virtually(story())


def test_a_longer_minimum_of_the_law_wins_over_the_campaigns_ring_time() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1, obligations={"ring_minimum_s": 40.0})
        async with engine(CAMPAIGN, everyone(Conduct(manner=Manner.NO_ANSWER)), log=log) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert rang(closing) == pytest.approx(40.0, abs=0.05)

    run_virtually(story())


def test_somebody_who_answers_after_the_stop_and_before_the_minimum_is_served() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.PERSON, ring_s=8.0, detect_s=1.2, talk_s=5.0)
        async with engine(CAMPAIGN, everyone(conduct), log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(3)
            bench.tell(StopCampaign())
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.CONVERSATION

    run_virtually(story())


@pytest.mark.parametrize("leaves", [False, True])
def test_an_agent_who_gives_up_on_a_ringing_call_does_not_cut_it(leaves: bool) -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, mode=DialMode.PREVIEW)
        async with engine(campaign, everyone(Conduct(manner=Manner.NO_ANSWER)), log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(1)
            bench.tell(AcceptPreview(agent_id=AGENT))
            await asyncio.sleep(5)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            assert seat.state is AgentState.RESERVED
            if leaves:
                await bench.pbx.hang_up(seat.leg_id)
            else:
                bench.tell(HangUp(agent_id=AGENT))
            await bench.until_idle(60)
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.CANCELLED
        assert rang(closing) == pytest.approx(15.0, abs=0.05)

    run_virtually(story())
