"""Every case of tests/cases, through the store and the gate. The expected values were worked out by hand, from the law
and the calendar; where one is not met, ask which of the two is wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from dialer.casebook.cases import Case, CaseFile, CaseType
from dialer.casebook.reading import read_case_file
from dialer.casebook.running import run_case
from dialer.casebook.stages import FileStage
from dialer.compliance.loader import shipped_packs

FOLDER = Path(__file__).parents[2] / "cases"
FILES = sorted(FOLDER.glob("*.yaml"))


@lru_cache
def cases_of(path: Path) -> CaseFile:
    return read_case_file(path)


EVERY_CASE = [pytest.param(path, case.id, id=case.id) for path in FILES for case in cases_of(path).cases]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> FileStage:
    return FileStage(tmp_path_factory.mktemp("cases"))


@pytest.mark.parametrize(("path", "case_id"), EVERY_CASE)
def test_our_case(path: Path, case_id: str, stage: FileStage) -> None:
    file = cases_of(path)
    case = next(each for each in file.cases if each.id == case_id)
    assert isinstance(case, Case), case
    result = asyncio.run(run_case(case, file, stage))
    assert not result.error, result.error
    assert not result.differs, (result.expected, result.got)
    assert not result.ignored, result.ignored


def test_ids_are_unique_every_type_is_there_and_every_denying_rule_of_the_packs_used_denies_somewhere() -> None:
    cases = [case for path in FILES for case in cases_of(path).cases if isinstance(case, Case)]
    twice = [each for each, count in Counter(case.id for case in cases).items() if count > 1]
    assert not twice
    assert {case.type for case in cases} == set(CaseType)
    assert len(cases) >= 150
    told = {reason for case in cases for reason in _reasons(case)}
    packs = {reason.partition("/")[0] for reason in told}
    silent = {rule.id for pack in shipped_packs().values() if pack.id in packs for rule in pack.rules} - told
    assert {each for each in silent if not each.endswith(_NEVER_A_REASON)} == set()


#: Rules that govern a campaign or a call and deny nobody.
_NEVER_A_REASON = ("/conduct", "/abandon-3pct", "/retain", "/short-calls", "/recording")


def _reasons(case: Case) -> list[str]:
    expected = [case.expect, *(step.expect for step in case.steps)]
    return [reason for each in expected for key in ("reasons", "denied_reasons") for reason in each.get(key, ())]
