"""Plays decisions, sequences and races through the store: what a case asks, the ledger and the real gate answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

from dialer.casebook.cases import Case, Op, Step
from dialer.casebook.comparing import compare
from dialer.casebook.loading import Loaded, complete, load_people
from dialer.casebook.stages import Stage
from dialer.casebook.worker import Answer, Reserved, Worker
from dialer.casebook.worlds import CandidateSaid, World
from dialer.compliance.gate import Gate
from dialer.errors import InvalidCaseFile
from dialer.store.database import Database

#: When a case says no time at all.
_NO_TIME = datetime(2026, 11, 24, 15, tzinfo=UTC)
#: Up to so many requests, every order of them is tried; of more, each as the first, forwards and backwards.
_ALL_ORDERS_OF = 4
_LONGEST_WAIT_S = 60.0


async def decision(case: Case, gate: Gate, stage: Stage, country: str) -> Answer:
    """Whether the candidate may be contacted. An allowed call is asked about a second time, as before dialing."""
    if case.candidate is None:
        raise InvalidCaseFile(f"{case.id}: candidate is missing")
    async with stage.empty() as url:
        database = Database(url)
        try:
            worker, now = await _set_up(case, database, gate, country)
            got, reserved = await worker.reserve(case.candidate, now)
            if reserved is not None and reserved.is_call:
                again, _ = await worker.originate(reserved, now)
                if again != got:
                    raise InvalidCaseFile(f"{case.id}: allowed, and at the same instant before dialing: {again}")
            return got
        finally:
            await database.close()


async def sequence(
    case: Case, gate: Gate, stage: Stage, country: str, ignored: list[str]
) -> tuple[list[Answer], list[str]]:
    """What each step that asks was answered, and in what it differs from what the step expects."""
    async with stage.empty() as url:
        database = Database(url)
        try:
            worker, _ = await _set_up(case, database, gate, country)
            answers: list[Answer] = []
            differs: list[str] = []
            under_way: dict[str, Reserved] = {}
            for index, step in enumerate(case.steps):
                name = step.ref or f"step {index + 1}"
                got = await _step(worker, step, name, under_way)
                if got is not None:
                    answers.append({"step": name, "op": str(step.op), **got})
                if step.expect and got is None:
                    ignored.append(f"{name}.expect")
                elif step.expect and got is not None:
                    differs += [f"{name}.{key}" for key in compare(step.expect, got, ignored)]
            return answers, differs
        finally:
            await database.close()


async def _step(worker: Worker, step: Step, name: str, under_way: dict[str, Reserved]) -> Answer | None:
    match step.op:
        case Op.RESERVE if step.candidate is not None:
            got, reserved = await worker.reserve(step.candidate, step.at)
            if reserved is not None:
                under_way[name] = reserved
            return got
        case Op.ORIGINATE:
            got, stands = await worker.originate(_found(under_way, step), step.at)
            if not stands:
                del under_way[step.ref]
            return got
        case Op.OUTCOME | Op.RECONCILE if step.outcome is not None:
            await worker.finish(_found(under_way, step), step.outcome, step.ended_at or step.at)
            del under_way[step.ref]
        case Op.RELEASE:
            await worker.release(_found(under_way, step), step.at)
            del under_way[step.ref]
        case Op.RECONCILE if step.originated is False:
            await worker.release(_found(under_way, step), step.at)
            del under_way[step.ref]
        case Op.LEASE_EXPIRED | Op.RECONCILE:
            _found(under_way, step)  # its worker is gone, or nothing was found out: it counts on
        case _:
            await worker.happened(step)
    return None


def _found(under_way: Mapping[str, Reserved], step: Step) -> Reserved:
    try:
        return under_way[step.ref]
    except KeyError:
        known = ", ".join(under_way) or "none"
        raise InvalidCaseFile(f"{step.op}: no reservation {step.ref} is under way; there is: {known}") from None


async def race(case: Case, gate: Gate, stage: Stage, country: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the parallel run came to, and what each order of the same requests, one after the other, came to."""
    together: dict[str, Any] = {}
    one_by_one: list[dict[str, Any]] = []
    for order in [None, *_orders(len(case.requests))]:
        async with stage.empty() as url:
            database = Database(url)
            try:
                worker, now = await _set_up(case, database, gate, country)
                if order is None:
                    together = _tally(await _all_at_once(case, worker, url, now))
                else:
                    answers = [(await worker.reserve(case.requests[each], now))[0] for each in order]
                    one_by_one.append(_tally(answers))
            finally:
                await database.close()
    return together, one_by_one


def _orders(count: int) -> list[tuple[int, ...]]:
    if count <= _ALL_ORDERS_OF:
        return list(permutations(range(count)))
    forwards = [(*range(first, count), *range(first)) for first in range(count)]
    return [*forwards, *(order[::-1] for order in forwards)]


async def _all_at_once(case: Case, first: Worker, url: str, now: datetime) -> list[Answer]:
    """Every request on a thread, an event loop and connections of its own, let go at the same moment."""
    start = threading.Barrier(len(case.requests), timeout=_LONGEST_WAIT_S)

    async def ask(said: CandidateSaid) -> Answer:
        database = Database(url)
        try:
            worker = first.colleague(database)
            await asyncio.to_thread(start.wait)
            return (await worker.reserve(said, now))[0]
        finally:
            await database.close()

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(len(case.requests), thread_name_prefix="case-worker") as threads:
        waiting = [loop.run_in_executor(threads, asyncio.run, ask(said)) for said in case.requests]
        return list(await asyncio.wait_for(asyncio.gather(*waiting), _LONGEST_WAIT_S))


def _tally(answers: Sequence[Answer]) -> dict[str, Any]:
    denied = [answer["reasons"] for answer in answers if answer["decision"] == "deny"]
    return {
        "allowed": len(answers) - len(denied),
        "denied": len(denied),
        "denied_reasons": sorted({reason for reasons in denied for reason in reasons}),
        "each_denied": sorted(denied),
    }


def came_to(tally: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of a race no order may change. Which loser is told what of it depends on who was first."""
    return tally["allowed"], tally["denied"], tally["denied_reasons"]


async def _set_up(case: Case, database: Database, gate: Gate, country: str) -> tuple[Worker, datetime]:
    """Write the case's world and history into an empty database."""
    candidates = [
        *([case.candidate] if case.candidate else []),
        *case.requests,
        *(step.candidate for step in case.steps if step.candidate),
    ]
    world = _whole(case, candidates, country)
    now = world.now or _NO_TIME
    loaded: Loaded = await database.write(load_people, world, candidates, now)
    worker = Worker(database, gate, world, loaded, now)
    await worker.record(world.history)
    return worker, now


def _whole(case: Case, candidates: Sequence[CandidateSaid], country: str) -> World:
    """The world with everybody whom the history, the candidates or a later step speak of."""
    later = replace(
        case.world,
        history=(*case.world.history, *(step.event for step in case.steps if step.event)),
        consents=(*case.world.consents, *(consent for step in case.steps for consent in step.consents)),
    )
    whole = complete(later, candidates, country)
    return replace(whole, history=case.world.history, consents=case.world.consents)
