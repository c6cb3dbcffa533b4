"""The predictive pacer on a floor that it was not made on: see ``tests.support.other_floor``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pacing import Decision, State
from pacing.predictive import PredictivePacer
from pacing.progressive import ProgressivePacer
from tests.support.other_floor import Campaign, OtherFloor
from tests.support.other_nature import Nature, Noise, either, gamma, normal, weibull

USUAL = Nature()
HOURS = 1.5
BEST_FIRST = (1.9, 1.6, 1.3, 1.0, 0.8, 0.6, 0.4, 0.3)
TOO_MANY = 2.0  #: of some two hundred people, of whom six may be abandoned


def day(nature: Nature = USUAL, noise: Noise | None = None, *, hours: float = HOURS, **of_campaign: float) -> Campaign:
    campaign = Campaign(pacer=PredictivePacer(), agents=10, nature=nature)
    for name, value in of_campaign.items():
        setattr(campaign, name, value)
    OtherFloor(campaigns=[campaign], hours=hours, noise=noise or Noise(), seed=3).play()
    return campaign


def busy(pacer: PredictivePacer | ProgressivePacer) -> float:
    return OtherFloor(campaigns=[Campaign(pacer=pacer, agents=10)], hours=HOURS, seed=3).play().utilisation


def test_it_keeps_agents_busier_than_progressive_there_too() -> None:
    assert busy(PredictivePacer()) > busy(ProgressivePacer()) + 0.05


@pytest.mark.parametrize(
    "nature",
    [
        USUAL,
        replace(USUAL, burst=0.6),
        replace(USUAL, segments=(0.5, 1.0, 1.7, 0.3), run=150),
        replace(USUAL, segments=BEST_FIRST, run=120),
        replace(USUAL, segments=BEST_FIRST[::-1], run=120),
        replace(USUAL, segments=(2.0, 0.2), run=400),
        replace(USUAL, answer_rate=0.6),
        replace(USUAL, talk=either(0.4, normal(15.0, 5.0), gamma(260.0, 2.0))),
        replace(USUAL, talk=weibull(40.0, 0.8), wrap=normal(5.0, 2.0)),
        replace(USUAL, change=lambda now: 2.0 if now > 2400 else 1.0),
    ],
    ids=[
        "usual",
        "bursts",
        "runs of segments",
        "best numbers first",
        "best numbers last",
        "all good numbers first",
        "many answer",
        "two kinds of talk",
        "short talk",
        "answers double",
    ],
)
def test_people_and_conversations_of_another_kind_do_not_break_the_promise(nature: Nature) -> None:
    campaign = day(nature)
    assert campaign.people > 150
    assert len(campaign.abandoned_at) <= campaign.target * campaign.people + TOO_MANY


@pytest.mark.parametrize(
    "changes",
    [{"prior_wrong": 3.0}, {"prior_wrong": 1 / 3}, {"endless": True}, {"lines": 16}, {"patience": 0.5},
     {"tells_machines": False}, {"cancels": True}, {"target": 0.01}],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_simulator_of_other_habits_does_not_break_the_promise(changes: dict[str, float]) -> None:
    campaign = day(**changes)
    assert campaign.people > 150
    slack = 2 * TOO_MANY if campaign.endless else TOO_MANY  # who does not know the end cannot prepare for it
    assert len(campaign.abandoned_at) <= campaign.target * campaign.people + slack


@pytest.mark.parametrize("noise", [Noise(lost=0.05, doubled=0.05, late=0.1), Noise(lost=0.2, doubled=0.1, late=0.2)])
def test_events_that_are_lost_doubled_or_late_do_not_break_the_promise(noise: Noise) -> None:
    campaign = day(noise=noise)
    assert campaign.people > 150
    assert len(campaign.abandoned_at) <= campaign.target * campaign.people + TOO_MANY


class _Watched(PredictivePacer):
    """Keeps what it was asked with and what it answered."""

    def __init__(self) -> None:
        super().__init__()
        self.most_idle = 0

    def decide(self, state: State) -> Decision:
        decision = super().decide(state)
        assert 0 <= decision.calls_to_place <= state.lines_free
        self.most_idle = max(self.most_idle, len(state.idle))
        return decision


def test_two_campaigns_that_lend_agents_and_share_them_with_callers_both_keep_their_promise() -> None:
    first = Campaign(pacer=_Watched(), agents=8)
    second = Campaign(pacer=_Watched(), agents=12, nature=replace(USUAL, answer_rate=0.45, talk=gamma(80.0, 2.0)))
    floor = OtherFloor(
        campaigns=[first, second], hours=2.0, lends=True, inbound_per_hour=40.0, reserve=1, seed=5
    ).play()
    for campaign in (first, second):
        assert campaign.people > 80
        assert len(campaign.abandoned_at) <= campaign.target * campaign.people + TOO_MANY
    assert floor.utilisation > 0.65
    assert len(floor.inbound_waits) > 50
    at_once = sum(wait <= 20.0 for wait in floor.inbound_waits) / len(floor.inbound_waits)
    assert at_once > 0.8
