"""The supervisor's what-if: the campaign's own calls of some hours, under another target or another pacer.

The log is read as a trace, processes of their own play it, and the answer says first how well the simulator tells what
really happened: where it does not, what it says of anything else is worth as little.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from dialer.domain.campaign import Campaign
from dialer.engine.pacers import info_for
from dialer.errors import InputError, SimulationFailed, TookTooLong
from dialer.settings import Settings
from dialer.store.call_traces import PastFloor, past_floor
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.forecasts import Forecasts
from dialer.what_if_worker import Chosen, Work, make_pacer, measures_from
from pacing.measures import Measures
from pacing.what_if import WhatIf, agreement, compared, happened

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``target`` and ``pacer`` None: as they were."""

    campaign: str
    since: datetime
    until: datetime
    target: float | None = None
    pacer: str | None = None

    def __post_init__(self) -> None:
        if self.until <= self.since:
            raise InputError("The time to replay ends before it begins.")
        if self.until - self.since > LONGEST:
            raise InputError("Choose a time of at most 24 hours: a replay plays one working day many times.")
        if self.target is not None and not 0.0 < self.target <= 0.2:
            raise InputError("The target is a fraction above 0 and at most 0.2, such as 0.02 for 2 %.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """``processes`` play side by side, ``plays`` in all, for ``budget_s`` seconds at most; one play each at least.
    After ``patience_s`` they are ended."""

    plays: int = 20
    processes: int = 1
    budget_s: float = float("inf")
    patience_s: float | None = None


async def read_floor(database: Database, question: Question, settings: Settings) -> tuple[Campaign, PastFloor]:
    """The campaign as it is, and the trace of its calls. Raises UnknownCampaign, InputError where there are none."""
    campaign = await Campaigns(database).get(question.campaign)
    trunk = settings.trunks.get(campaign.trunk)
    found = await database.read(
        past_floor, campaign, question.since, question.until, lines=trunk.max_lines if trunk is not None else 10_000
    )
    if found is None or not found.trace.present:
        raise InputError(f"Campaign {campaign.name} had no calls and agents to replay in that time.")
    past = await Forecasts(database).past(campaign.id, found.began)
    known = info_for(campaign, seats=len(found.trace.present), ring_minimum_s=found.trace.min_ring, past=past)
    trace = replace(
        found.trace,
        prior_answer_rate=known.prior_answer_rate,
        prior_talk=known.prior_talk,
        prior_wrap=known.prior_wrap,
    )
    return campaign, replace(found, trace=trace)


async def answer(
    question: Question, campaign: Campaign, floor: PastFloor, settings: Settings, effort: Effort
) -> WhatIf:
    """Play it. Raises InputError for a pacer that nobody knows, TookTooLong, SimulationFailed."""
    trace = floor.trace
    same = Chosen(name=floor.mode.value, target=trace.target, ratio=campaign.ratio)
    other = Chosen(name=question.pacer or same.name, target=question.target or same.target, ratio=campaign.ratio)
    pacers = [same] if other == same else [same, other]
    try:
        for chosen in pacers:
            make_pacer(chosen, trace)
    except ValueError as exc:
        raise InputError(f"{exc}.") from None
    trunk = settings.trunks.get(campaign.trunk)
    share = -(-effort.plays // effort.processes)
    works = [
        Work(
            trace=trace, pacers=pacers, plays=share, first_seed=1 + n * share, budget_s=effort.budget_s,
            calls_per_second=trunk.calls_per_second if trunk is not None else None,
        )
        for n in range(effort.processes)
    ]  # fmt: skip
    played = await _play(works, effort.patience_s)
    days = [[day for part in played for day in part[number]] for number in range(len(pacers))]
    was = happened(trace)
    as_it_was, otherwise, change = compared(days)
    return WhatIf(
        campaign=campaign.name,
        began=floor.began,
        ended=floor.ended,
        calls=len(trace.fates),
        agents=len(trace.present),
        pacer=same.name,
        target=same.target,
        happened=was,
        same=as_it_was,
        agreement=agreement(was, as_it_was),
        other_pacer=other.name,
        other_target=other.target,
        other=otherwise,
        change=change,
    )


async def _play(works: Sequence[Work], patience_s: float | None) -> list[list[list[Measures]]]:
    try:
        async with asyncio.timeout(patience_s), asyncio.TaskGroup() as group:
            tasks = [group.create_task(_process(work), name="what-if") for work in works]
    except TimeoutError as exc:
        raise TookTooLong(
            "This takes longer than a page can wait. Ask for fewer hours, or on the command line: cadencia pacing "
            "replay --help"
        ) from exc
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return [task.result() for task in tasks]


async def _process(work: Work) -> list[list[Measures]]:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dialer.what_if_worker",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, complaint = await worker.communicate(orjson.dumps(work))
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if worker.returncode != 0:
        raise SimulationFailed(said=complaint.decode(errors="replace")[-2000:])
    return [[measures_from(day) for day in days] for days in orjson.loads(said)["days"]]
