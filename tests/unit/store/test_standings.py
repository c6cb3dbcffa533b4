"""The abandonment ledger: what the law's rates are counted from. Runs on PostgreSQL too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.compliance.gate import Gate
from dialer.compliance.ratios import RatioStanding
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId, CallId, uuid7
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import Stop, StopReason
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.ports import Disposition, ReservedAttempt
from dialer.store.attempts import SqlAttemptLog
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.tables import attempts
from tests.support.store import NOON, StubGate, add_debtor, closing, counting, number, rows

MACHINE = AmdVerdict(category=AmdCategory.MACHINE, reason="long-greeting", confidence=0.9, delay_ms=900)
HUMAN = AmdVerdict(category=AmdCategory.HUMAN, reason="short-greeting", confidence=0.9, delay_ms=900)
FINISHED = Stop(reason=StopReason.FINISHED)


def make_log(database: Database) -> SqlAttemptLog:
    return SqlAttemptLog(database, Gate.shipped(), ManualClock(NOON))


def reserving_log(database: Database) -> SqlAttemptLog:
    return SqlAttemptLog(database, StubGate(), ManualClock(NOON))


async def make_campaign(database: Database, country: str, *packs: str, began: datetime = NOON, **more: Any) -> Campaign:
    campaign = Campaign(id=0, name=f"c-{country}", country=country, packs=packs, **more)
    return await Campaigns(database).create(campaign, began)


async def answered(
    database: Database, campaign: Campaign, outcome: Outcome, times: int = 1, at: datetime = NOON, **more: Any
) -> list[ReservedAttempt]:
    """So many calls that somebody or something answered at ``at``."""
    log = reserving_log(database)
    made = []
    for _ in range(times):
        index = len(await rows(database, "debtors")) + 1
        await add_debtor(database, campaign, number(index), name=f"P{index}", next_try_at=at, country=campaign.country)
        (attempt,) = (await log.reserve(campaign.id, 1, at)).attempts
        end = {"answered_at": at, "ended_at": at + timedelta(seconds=60), "retry": FINISHED, **more}
        await log.close([closing(attempt.call_id, outcome, **end)])
        made.append(attempt)
    return made


async def calls(database: Database) -> list[Any]:
    """The rows of all calls in the order they were made; ids of one instant sort by chance."""
    return sorted(await rows(database, "attempts"), key=lambda row: row.debtor_id)


async def stand(log: SqlAttemptLog, campaign: Campaign, rule: str, now: datetime = NOON) -> RatioStanding:
    (found,) = [each for each in await log.standings(campaign.id, now) if each.rule == rule]
    return found


async def test_abandoned_calls_are_counted_over_the_people_who_answered(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr")
    await answered(database, campaign, Outcome.CONVERSATION, 3)
    await answered(database, campaign, Outcome.ABANDONED)
    await answered(database, campaign, Outcome.MACHINE, verdict=MACHINE)
    await answered(database, campaign, Outcome.HUNG_UP_EARLY)
    found = await stand(make_log(database), campaign, "us-tsr/abandon-3pct")
    assert (found.numerator, found.denominator, found.breach, found.overdial) == (1, 4, True, False)


async def test_a_person_connected_too_late_was_abandoned(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr")
    greeted = {"verdict": HUMAN, "greeting_started_at": NOON, "greeting_ended_at": NOON + timedelta(seconds=1)}
    for seconds in (2.9, 3.1):
        bridged = NOON + timedelta(seconds=seconds)
        await answered(database, campaign, Outcome.CONVERSATION, bridged_at=bridged, **greeted)
    found = await stand(make_log(database), campaign, "us-tsr/abandon-3pct")
    assert (found.numerator, found.denominator) == (1, 2)  # two seconds from the end of the greeting
    waits = [(row.connect_from_start_s, row.connect_from_end_s) for row in await calls(database)]
    assert [tuple(round(each, 3) for each in pair) for pair in waits] == [(2.9, 1.9), (3.1, 2.1)]


async def test_each_law_counts_from_its_own_instant(database: Database) -> None:
    campaign = await make_campaign(database, "GB", "us-tsr", amd_false_positive_share=0.0)
    greeted = {"verdict": HUMAN, "greeting_started_at": NOON, "greeting_ended_at": NOON + timedelta(seconds=1)}
    bridged = NOON + timedelta(seconds=2.9)
    await answered(database, campaign, Outcome.CONVERSATION, bridged_at=bridged, **greeted)
    log = make_log(database)
    assert (await stand(log, campaign, "uk-ofcom/abandon-3pct")).numerator == 1  # from its beginning


async def test_without_a_detector_the_wait_counts_from_the_answer_and_without_a_greeting_not_at_all(
    database: Database,
) -> None:
    campaign = await make_campaign(database, "US", "us-tsr")
    bridged = NOON + timedelta(seconds=5)
    await answered(database, campaign, Outcome.CONVERSATION, bridged_at=bridged)
    await answered(database, campaign, Outcome.CONVERSATION, bridged_at=bridged, verdict=HUMAN)
    assert [row.connect_from_end_s for row in await calls(database)] == [5.0, None]
    found = await stand(make_log(database), campaign, "us-tsr/abandon-3pct")
    assert (found.numerator, found.denominator) == (1, 2)


async def test_people_taken_for_machines_are_added_by_the_campaigns_estimate(database: Database) -> None:
    campaign = await make_campaign(database, "GB", amd_false_positive_share=0.1)
    await answered(database, campaign, Outcome.CONVERSATION, 3)
    await answered(database, campaign, Outcome.MACHINE, 4, verdict=MACHINE)
    await answered(database, campaign, Outcome.MESSAGE_LEFT, verdict=MACHINE)
    found = await stand(make_log(database), campaign, "uk-ofcom/abandon-3pct")
    assert (found.numerator, found.denominator) == (0.5, 3.5)


async def test_a_day_of_the_uk_is_a_calendar_day_there(database: Database) -> None:
    campaign = await make_campaign(database, "GB", amd_false_positive_share=0.0)
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # half past eleven at night in London
    await answered(database, campaign, Outcome.ABANDONED, at=summer)
    await answered(database, campaign, Outcome.CONVERSATION, at=summer + timedelta(minutes=40))
    log = make_log(database)
    before = await stand(log, campaign, "uk-ofcom/abandon-3pct", summer + timedelta(minutes=20))
    after = await stand(log, campaign, "uk-ofcom/abandon-3pct", summer + timedelta(minutes=50))
    assert (before.window_to, after.window_from) == (summer + timedelta(minutes=30), summer + timedelta(minutes=30))
    assert before.breach
    assert (after.numerator, after.denominator) == (0, 1)


async def test_thirty_days_of_a_campaign_begin_anew(database: Database) -> None:
    began = NOON - timedelta(days=31)
    campaign = await make_campaign(database, "US", "us-tsr", began=began)
    await answered(database, campaign, Outcome.ABANDONED, at=NOON - timedelta(days=3))
    await answered(database, campaign, Outcome.CONVERSATION, 2)
    found = await stand(make_log(database), campaign, "us-tsr/abandon-3pct")
    assert (found.numerator, found.denominator) == (0, 2)


async def test_somebody_else_on_the_line_is_an_answer_too(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr")
    (attempt,) = await answered(database, campaign, Outcome.CONVERSATION)
    log = make_log(database)
    await log.dispose(Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code="THIRD_PARTY"))
    found = await stand(log, campaign, "us-tsr/abandon-3pct")
    assert (found.numerator, found.denominator) == (0, 1)


async def test_a_call_lost_before_an_agent_came_was_abandoned_unless_a_machine_had_it(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr")
    await answered(database, campaign, Outcome.LOST)
    await answered(database, campaign, Outcome.LOST, verdict=MACHINE)
    await answered(database, campaign, Outcome.LOST, bridged_at=NOON + timedelta(seconds=1))
    found = await stand(make_log(database), campaign, "us-tsr/abandon-3pct")
    assert (found.numerator, found.denominator) == (1, 2)


async def test_the_rules_of_every_country_where_somebody_answered_are_counted(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr")
    log = make_log(database)
    assert {each.rule for each in await log.standings(campaign.id, NOON)} == {"us-tsr/abandon-3pct"}
    abroad = Campaign(id=campaign.id, name=campaign.name, country="GB")
    await answered(database, abroad, Outcome.CONVERSATION)
    rules = {each.rule for each in await log.standings(campaign.id, NOON + timedelta(minutes=1))}
    assert rules == {"us-tsr/abandon-3pct", "uk-ofcom/abandon-3pct"}


async def test_what_is_settled_is_remembered_and_what_is_open_is_not(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr", began=NOON - timedelta(days=10))
    long_ago = NOON - timedelta(days=8)
    await answered(database, campaign, Outcome.ABANDONED, at=long_ago)
    await answered(database, campaign, Outcome.CONVERSATION, 2, at=NOON - timedelta(days=2))
    late = reserving_log(database)
    await add_debtor(database, campaign, number(99), name="slow", next_try_at=long_ago, country="US")
    (slow,) = (await late.reserve(campaign.id, 1, NOON - timedelta(days=1))).attempts
    log, fresh = make_log(database), make_log(database)
    first = await stand(log, campaign, "us-tsr/abandon-3pct")
    assert (first.numerator, first.denominator) == (1, 3)
    with counting() as statements:
        await stand(log, campaign, "us-tsr/abandon-3pct", NOON + timedelta(minutes=1))
    since = [parameters for text, parameters in statements if "GROUP BY" in text]
    assert len(since) == 1
    assert str(NOON - timedelta(days=1))[:19] in str(since) or "2026, 11, 23" in str(since)  # not from the beginning
    await answered(database, campaign, Outcome.ABANDONED)
    end = closing(slow.call_id, Outcome.ABANDONED, FINISHED, answered_at=NOON - timedelta(hours=23))
    await late.close([end])
    now = NOON + timedelta(hours=5)
    assert await stand(log, campaign, "us-tsr/abandon-3pct", now) == await stand(
        fresh, campaign, "us-tsr/abandon-3pct", now
    )
    assert (await stand(log, campaign, "us-tsr/abandon-3pct", now)).numerator == 3


async def test_short_calls_are_counted_over_every_call_of_the_house(database: Database) -> None:
    campaign = await make_campaign(database, "BR", "br-anatel")
    other = await make_campaign(database, "CO")
    noon = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # the rule has an end in 2026
    await answered(database, campaign, Outcome.CONVERSATION, at=noon, ended_at=noon + timedelta(seconds=6))
    await answered(database, campaign, Outcome.CONVERSATION, at=noon, ended_at=noon + timedelta(seconds=7))
    await answered(database, other, Outcome.MACHINE, at=noon)
    await answered(database, other, Outcome.BUSY, at=noon, answered_at=None)
    found = await stand(make_log(database), campaign, "br-anatel/short-calls", noon + timedelta(minutes=1))
    assert (found.numerator, found.denominator) == (3, 4)
    assert found.headroom is None  # far fewer than a hundred thousand a day


async def test_a_campaign_without_such_a_rule_stands_nowhere(database: Database) -> None:
    campaign = await make_campaign(database, "CO")
    assert await make_log(database).standings(campaign.id, NOON) == ()
    assert await reserving_log(database).standings(campaign.id, NOON) == ()


async def test_standings_read_the_log_by_index(database: Database) -> None:
    campaign = await make_campaign(database, "BR", "us-tsr", "br-anatel")
    now = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    await answered(database, campaign, Outcome.CONVERSATION, at=now)
    with counting() as statements:
        await make_log(database).standings(campaign.id, now)
    reads = [(text, parameters) for text, parameters in statements if "FROM attempts" in text]
    assert reads

    def plans(connection: sa.Connection) -> list[str]:
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a table of one row is read whole otherwise
            told = [connection.exec_driver_sql(f"EXPLAIN {text}", values).scalars().all() for text, values in reads]
        else:
            told = [
                [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
                for text, values in reads
            ]
        return ["\n".join(map(str, each)) for each in told]

    for plan in await database.write(plans):
        assert "SCAN attempts\n" not in f"{plan}\n"  # a partial index that holds only what is open may be
        assert "Seq Scan" not in plan


async def test_breaches_and_the_greeting_are_kept_with_the_call(database: Database) -> None:
    campaign = await make_campaign(database, "CO")
    started, ended = NOON + timedelta(seconds=0.4), NOON + timedelta(seconds=1.3)
    judged = {"greeting_started_at": started, "greeting_ended_at": ended, "breaches": ("connect-deadline",)}
    await answered(database, campaign, Outcome.ABANDONED, **judged)
    await answered(database, campaign, Outcome.ABANDONED, breaches=())
    await answered(database, campaign, Outcome.ABANDONED)
    first, second, third = await calls(database)
    assert (first.greeting_started_at, first.greeting_ended_at, first.breaches) == (
        started,
        ended,
        ["connect-deadline"],
    )
    assert (second.breaches, third.breaches) == ([], None)
    assert (first.connect_from_start_s, first.connect_from_end_s) == (None, None)
    assert len(await rows(database, "audit_records", kind="outcome")) == 3


async def test_a_forgotten_open_call_keeps_the_count_right(database: Database) -> None:
    campaign = await make_campaign(database, "US", "us-tsr", began=NOON - timedelta(days=1))
    await answered(database, campaign, Outcome.CONVERSATION, 2)
    stuck = uuid7(NOON, bytes(10))
    (debtor,) = {row.debtor_id for row in (await rows(database, "attempts"))[:1]}
    phone = (await rows(database, "phones"))[0].id
    row = {
        "call_id": CallId(stuck),
        "campaign_id": campaign.id,
        "debtor_id": debtor,
        "phone_id": phone,
        "number": number(500),
        "language": "en",
        "reserved_at": NOON - timedelta(days=300),
    }
    await database.write(sa.Connection.execute, attempts.insert().values(row))
    log = make_log(database)
    for hours in (0, 3, 6):
        found = await stand(log, campaign, "us-tsr/abandon-3pct", NOON + timedelta(hours=hours))
        assert found.denominator == 2
