"""Campaigns and agents. The PostgreSQL half of the suite runs these very functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.compliance.facts import Party, Purpose
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction, Campaign, CampaignState, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import DEFAULT_RULES, RetryRule
from dialer.domain.verdict import AmdCategory, AmdMode
from dialer.errors import ConfigurationError, InputError, UnknownCampaign
from dialer.store import campaign_settings
from dialer.store.agents import Agent, Agents
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.tables import campaigns as table
from tests.support.store import NOON, rows

RETRY = {**DEFAULT_RULES, Outcome.BUSY: RetryRule(delay=timedelta(minutes=2), max_tries=9, next_number=True)}
CHANGED = Campaign(
    id=0,
    name="norte",
    country="MX",
    language="en",
    creditor="Banco",
    mode=DialMode.POWER,
    ratio=2.5,
    target_abandonment=0.01,
    caller_id="+525512345678",
    wrap_up_s=12.5,
    early_media=False,
    amd=AmdMode.STRICT,
    actions={**DEFAULT_ACTIONS, AmdCategory.MACHINE: AnswerAction.LEAVE_MESSAGE},
    packs=("us-reg-f", "house"),
    purpose=Purpose.TELEMARKETING,
    party=Party.FIRST_PARTY,
    amd_false_positive_share=0.03,
    retry={outcome: rule for outcome, rule in RETRY.items() if outcome is not Outcome.FAX},
)


async def test_a_campaign_comes_back_as_it_was_made(database: Database) -> None:
    campaigns = Campaigns(database)
    made = await campaigns.create(CHANGED, NOON)
    assert made == replace(CHANGED, id=made.id)
    assert await campaigns.get("norte") == made
    assert await campaigns.by_id(made.id) == made


async def test_only_what_differs_from_the_defaults_is_written(database: Database) -> None:
    await Campaigns(database).create(Campaign(id=0, name="llano", ratio=3.0), NOON)
    (row,) = await rows(database, "campaigns")
    assert row.settings == {"ratio": 3.0}


async def test_campaigns_are_listed_by_name_and_changed_by_id(database: Database) -> None:
    campaigns = Campaigns(database)
    for name in ("sur", "norte"):
        await campaigns.create(Campaign(id=0, name=name), NOON)
    norte, sur = await campaigns.all()
    assert (norte.name, sur.name) == ("norte", "sur")
    await campaigns.update(replace(sur, ratio=4.0))
    assert [campaign.ratio for campaign in await campaigns.all()] == [1.5, 4.0]
    assert await campaigns.state(sur.id) is CampaignState.STOPPED
    for state in (*CampaignState, CampaignState.RUNNING):
        await campaigns.set_state(sur.id, state)
        assert await campaigns.state(sur.id) is state
        assert await campaigns.state(norte.id) is CampaignState.STOPPED


async def test_a_name_that_is_taken_or_cannot_be_a_topic_is_refused(database: Database) -> None:
    campaigns = Campaigns(database)
    await campaigns.create(Campaign(id=0, name="norte"), NOON)
    for name in ("norte", "", "a/b", "a b", "+", "#", "x" * 65):
        with pytest.raises(InputError):
            await campaigns.create(Campaign(id=0, name=name), NOON)


async def test_a_campaign_that_is_not_there_is_told(database: Database) -> None:
    campaigns = Campaigns(database)
    with pytest.raises(UnknownCampaign, match="nada"):
        await campaigns.get("nada")
    for attempt in (
        campaigns.by_id(99),
        campaigns.state(99),
        campaigns.set_state(99, CampaignState.RUNNING),
        campaigns.update(Campaign(id=99, name="nada")),
    ):
        with pytest.raises(UnknownCampaign):
            await attempt


async def test_settings_that_someone_spoiled_are_told_by_campaign(database: Database) -> None:
    made = await Campaigns(database).create(Campaign(id=0, name="norte"), NOON)
    spoiled = table.update().values(settings={"ratio": 99})
    await database.write(lambda connection: connection.execute(spoiled))
    with pytest.raises(ConfigurationError, match=r"norte.*ratio"):
        await Campaigns(database).by_id(made.id)


@pytest.mark.parametrize(
    "settings",
    [
        {"colour": "red"},
        {"ratio": "a lot"},
        {"mode": "turbo"},
        {"actions": {"human": "sing"}},
        {"retry": {"busy": {"max_tries": 1}}},
        {"retry": {"asleep": None}},
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="norte"):
        campaign_settings.from_json(1, "norte", settings)


async def test_agents_are_added_changed_and_listed(database: Database) -> None:
    agents = Agents(database)
    ana = Agent(id=AgentId("ana"), name="Ana", dial_string="PJSIP/ana")
    await agents.save(ana, NOON)
    await agents.save(Agent(id=AgentId("0luis"), name="Luis", dial_string="PJSIP/luis"), NOON)
    await agents.save(replace(ana, name="Ana María"), NOON)
    assert [(agent.id, agent.name) for agent in await agents.all()] == [("0luis", "Luis"), ("ana", "Ana María")]
