"""What the campaign does with what the detector hears after the connection, and in shadow mode."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction, Campaign
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory, AmdMode, SecondLook, SecondLookAction
from dialer.engine.messages import StartCampaign
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import AttemptClosing
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine, everyone
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=5.0, announce_recording=False)
WITHDRAWING = replace(CAMPAIGN, second_look_action=SecondLookAction.WITHDRAW)
LEAVES_MESSAGES = {**DEFAULT_ACTIONS, AmdCategory.MACHINE: AnswerAction.LEAVE_MESSAGE}
BEEP = SecondLook(category=AmdCategory.MACHINE, reason="beep", certain=True, after_ms=1200, heard_beep=True)
PHRASE = replace(BEEP, reason="machine-phrase", heard_beep=False)
HINT = SecondLook(category=AmdCategory.MACHINE, reason="talked-on", certain=False, after_ms=1200)
SCREENER = SecondLook(category=AmdCategory.SCREENER, reason="screener-phrase", certain=False, after_ms=900)


def run(campaign: Campaign, look: SecondLook | None, *, manner: Manner = Manner.PERSON) -> tuple[AttemptClosing, Bench]:
    """One call to its end."""
    found: list[tuple[AttemptClosing, Bench]] = []

    async def story() -> None:
        conduct = Conduct(manner=manner, ring_s=6.0, detect_s=1.2, talk_s=30.0, second_look=look)
        async with engine(campaign, everyone(conduct), agents=1, log=MemoryLog(debtors=1)) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert not bench.log.unaccounted
        found.append((closing, bench))

    run_virtually(story())
    return found[0]


def told(bench: Bench) -> list[tuple[object, object, object]]:
    return [
        (message.payload["reason"], message.payload["certain"], message.payload["withdrawn"])
        for message in bench.bus.named("call.second_look")
    ]


def test_by_default_the_desk_is_told_and_keeps_the_call() -> None:
    closing, bench = run(CAMPAIGN, BEEP)
    assert told(bench) == [("beep", True, False)]
    assert closing.outcome is Outcome.CONVERSATION
    assert closing.talk_s == pytest.approx(30.0, abs=0.1)
    assert bench.pbx.listened_along == [closing.call_id]
    assert (bench.core.floor.tally.machine_to_agent, bench.core.floor.tally.withdrawn) == (1, 0)
    assert bench.core.floor.tally.second_looks == {"beep": 1}


def test_on_certain_evidence_the_call_is_taken_away_where_the_campaign_says_so() -> None:
    closing, bench = run(WITHDRAWING, BEEP)
    assert told(bench) == [("beep", True, True)]
    assert closing.outcome is Outcome.MACHINE
    assert closing.talk_s == pytest.approx(1.2, abs=0.1)
    assert closing.verdict is not None
    assert closing.verdict.category is AmdCategory.HUMAN
    kept = closing.verdict.evidence["second_look"]
    assert isinstance(kept, dict)
    assert (kept["reason"], kept["withdrawn"]) == ("beep", True)
    assert closing.breaches == ()


def test_an_agent_who_lost_a_machine_is_ready_at_once_and_has_nothing_to_write_down() -> None:
    _, bench = run(WITHDRAWING, BEEP)
    states = [message.topic.rpartition("agent.")[2] for message in bench.bus.messages if "/agent." in message.topic]
    assert states[-2:] == ["talking", "ready"]


def test_a_hint_never_takes_a_call_away() -> None:
    closing, bench = run(WITHDRAWING, HINT)
    assert told(bench) == [("talked-on", False, False)]
    assert closing.outcome is Outcome.CONVERSATION
    assert bench.core.floor.tally.machine_to_agent == 0


def test_a_screener_is_told_and_its_person_is_waited_for() -> None:
    closing, bench = run(WITHDRAWING, SCREENER)
    assert told(bench) == [("screener-phrase", False, False)]
    assert closing.outcome is Outcome.CONVERSATION


def test_a_machine_that_beeped_gets_its_message_at_once() -> None:
    closing, bench = run(replace(WITHDRAWING, actions=LEAVES_MESSAGES), BEEP)
    assert closing.outcome is Outcome.MESSAGE_LEFT
    assert [kind for _, kind, _, _ in bench.pbx.messages] == ["voicemail"]


def test_a_machine_that_still_speaks_gets_its_message_after_the_beep_and_the_agent_does_not_wait_for_it() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=1.2, talk_s=30.0, second_look=PHRASE)
        campaign = replace(WITHDRAWING, actions=LEAVES_MESSAGES)
        async with engine(campaign, everyone(conduct), agents=1, log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(10.0)  # the evidence comes after 9 s, the beep 4 s later
            assert told(bench) == [("machine-phrase", True, True)]
            assert bench.pbx.messages == []
            (seat,) = bench.core.floor.roster
            assert (seat.agent_id, seat.state) == (AgentId("agent000"), AgentState.READY)
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.MESSAGE_LEFT

    run_virtually(story())


def test_without_a_second_look_nobody_listens_after_the_connection() -> None:
    closing, bench = run(replace(WITHDRAWING, second_look_s=0.0), BEEP)
    assert told(bench) == []
    assert bench.pbx.listened_along == []
    assert closing.outcome is Outcome.CONVERSATION


def test_with_detection_off_nobody_listens_at_all() -> None:
    _, bench = run(replace(WITHDRAWING, amd=AmdMode.OFF), BEEP)
    assert bench.pbx.listened_along == []


# --------------------------------------------------------------------------------- shadow


@pytest.mark.parametrize("actions", [DEFAULT_ACTIONS, LEAVES_MESSAGES])
def test_in_shadow_a_machine_is_connected_like_a_person_and_its_verdict_is_kept(
    actions: dict[AmdCategory, AnswerAction],
) -> None:
    closing, bench = run(replace(CAMPAIGN, amd=AmdMode.SHADOW, actions=actions), None, manner=Manner.MACHINE)
    (verdict,) = bench.bus.named("call.verdict")
    assert (verdict.payload["category"], verdict.payload["shadow"]) == ("machine", True)
    assert closing.outcome is Outcome.CONVERSATION
    assert closing.verdict is not None
    assert closing.verdict.category is AmdCategory.MACHINE
    assert (bench.core.floor.tally.people, bench.core.floor.tally.machines) == (1, 0)
    assert bench.pbx.verdicts[closing.call_id][0] == "MACHINE"


def test_in_shadow_an_announcement_before_the_answer_ends_nothing() -> None:
    closing, bench = run(replace(CAMPAIGN, amd=AmdMode.SHADOW), None, manner=Manner.EARLY_VOICEMAIL)
    assert closing.outcome is Outcome.NO_ANSWER
    assert closing.verdict is not None
    assert bench.bus.named("call.answered") == []


def test_in_shadow_no_call_is_taken_away() -> None:
    closing, bench = run(replace(WITHDRAWING, amd=AmdMode.SHADOW), BEEP)
    assert told(bench) == [("beep", True, False)]
    assert closing.outcome is Outcome.CONVERSATION


# --------------------------------------------------------------------------------- what is written on the channel


@pytest.mark.parametrize(
    ("manner", "status", "cause"),
    [
        (Manner.PERSON, "HUMAN", "HUMAN"),
        (Manner.MACHINE, "MACHINE", "LONGGREETING"),
        (Manner.SILENT, "NOTSURE", "INITIALSILENCE"),
    ],
)
def test_every_verdict_is_written_on_its_channel_in_the_words_of_amd(manner: Manner, status: str, cause: str) -> None:
    closing, bench = run(CAMPAIGN, None, manner=manner)
    assert bench.pbx.verdicts[closing.call_id] == (status, cause)


# --------------------------------------------------------------------------------- what does not exist yet


def test_a_campaign_that_sends_somebody_to_a_flow_that_the_engine_lacks_is_not_started() -> None:
    async def story() -> None:
        actions = {**DEFAULT_ACTIONS, AmdCategory.SILENCE: AnswerAction.IVR}
        async with engine(replace(CAMPAIGN, actions=actions), log=MemoryLog(debtors=1), start=False) as bench:
            bench.tell(StartCampaign(request_id="r1"))
            await asyncio.sleep(1.0)
            (refused,) = bench.bus.named("command.refused")
        assert refused.payload["code"] == "ivr-not-available"
        assert "flow self-service" in str(refused.payload["message"])
        assert bench.pbx.placed == []

    run_virtually(story())
