"""Runs the cases of a file one after the other. A case that breaks fails with its error, and the next one runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dialer.casebook import judging, playing
from dialer.casebook.casegate import gate_of
from dialer.casebook.cases import Case, CaseFile, CaseResult, CaseType, Unreadable
from dialer.casebook.comparing import compare
from dialer.casebook.stages import Stage
from dialer.compliance.rules import Pack
from dialer.errors import CadenciaError, InvalidCaseFile


async def run_cases(
    file: CaseFile, stage: Stage, told: Callable[[CaseResult], None] = lambda result: None
) -> list[CaseResult]:
    """Run every case of the file, in its order. ``told`` hears of each result."""
    results = []
    for case in file.cases:
        result = _unreadable(case) if isinstance(case, Unreadable) else await run_case(case, file, stage)
        told(result)
        results.append(result)
    return results


async def run_case(case: Case, file: CaseFile, stage: Stage) -> CaseResult:
    """Run one case. Never raises on account of what the case says."""
    ignored = list(case.ignored)
    got: Any = None
    differs: tuple[str, ...] = ()
    expected: Any = dict(case.expect)
    error = ""
    if case.type is CaseType.SEQUENCE:
        expected = [
            {"step": step.ref or f"step {at + 1}", **step.expect} for at, step in enumerate(case.steps) if step.expect
        ]
    try:
        got, differs = await _play(case, _packs_of(case, file), file, stage, ignored)
    except CadenciaError as exc:
        error = exc.message
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as exc:
        error = f"{type(exc).__name__}: {exc}"
    return CaseResult(
        id=case.id,
        type=str(case.type),
        title=case.title,
        passed=not error and not differs,
        got=got,
        expected=expected,
        differs=differs,
        ignored=tuple(dict.fromkeys(ignored)),
        error=error,
    )


async def _play(
    case: Case, packs: Sequence[Pack], file: CaseFile, stage: Stage, ignored: list[str]
) -> tuple[Any, tuple[str, ...]]:
    match case.type:
        case CaseType.RATIO:
            got = judging.ratio(case, packs, ignored)
        case CaseType.CLASSIFY:
            got = judging.classify(case, packs, ignored)
        case CaseType.PURGE:
            got = judging.purge(case, packs, ignored)
        case CaseType.DECISION:
            gate = gate_of(packs, file.calendars, case.world)
            got = await playing.decision(case, gate, stage, _country(packs))
        case CaseType.SEQUENCE:
            gate = gate_of(packs, file.calendars, case.world)
            answers, differing = await playing.sequence(case, gate, stage, _country(packs), ignored)
            if not any(step.expect for step in case.steps):
                differing.append("expect")
            return answers, tuple(differing)
        case CaseType.RACE:
            gate = gate_of(packs, file.calendars, case.world)
            got, in_order = await playing.race(case, gate, stage, _country(packs))
            others = [each for each in in_order if playing.came_to(each) != playing.came_to(got)]
            got = {**got, "orders": len(in_order), "depends_on_order": bool(others)}
            if others:
                got["another_order"] = others[0]
                return got, ("depends_on_order", *compare(case.expect, got, ignored))
    return got, compare(case.expect, got, ignored)


def _packs_of(case: Case, file: CaseFile) -> list[Pack]:
    for pack_id in case.packs:
        if pack_id in file.broken:
            raise InvalidCaseFile(file.broken[pack_id])
        if pack_id not in file.packs:
            raise InvalidCaseFile(f"There is no pack {pack_id}. There are: {', '.join(file.packs)}.")
    return [file.packs[pack_id] for pack_id in dict.fromkeys(case.packs)]


def _country(packs: Sequence[Pack]) -> str:
    return next((pack.scope.country for pack in packs if pack.scope.country), "US")


def _unreadable(case: Unreadable) -> CaseResult:
    return CaseResult(
        id=case.id, type=case.type, title=case.title, passed=False, expected=case.expect, error=case.error
    )
