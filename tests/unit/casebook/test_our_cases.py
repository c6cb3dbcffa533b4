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


def test_ids_are_unique_and_every_type_and_every_shipped_rule_that_denies_has_a_case() -> None:
    cases = [case for path in FILES for case in cases_of(path).cases if isinstance(case, Case)]
    twice = [each for each, count in Counter(case.id for case in cases).items() if count > 1]
    assert not twice
    assert {case.type for case in cases} == set(CaseType)
    assert len(cases) >= 150
