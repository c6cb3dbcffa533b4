"""Every test belongs to the category of its folder; one that is in none fails the collection."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.once_more import REAL_TIME
from tests.support.standstill import Standstills

CATEGORIES = {"unit", "property", "contract", "integration", "simulation", "golden", "browser", "perf"}
#: Tests of ``REAL_TIME`` wait for real servers, real time and real sound: one after the other in two processes, beside
#: the one that only computes. These, and the browser's, go to the second process: they place few calls and mostly wait,
#: or work a database.
FEW_CALLS = {
    "test_audit_postgres.py",
    "test_case_files_postgres.py",
    "test_cli_errors.py",
    "test_reservation_races.py",
    "test_store_postgres.py",
    "test_survival.py",
}
HERE = Path(__file__).parent
COMPUTING_NICENESS = 10
STANDSTILLS = pytest.StashKey[Standstills]()


def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        config.stash[STANDSTILLS] = Standstills()
        config.stash[STANDSTILLS].begin()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if STANDSTILLS in config.stash:
        terminalreporter.write_line(config.stash[STANDSTILLS].end())


@pytest.hookimpl(tryfirst=True)  # before the distributor reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        category = _category(item)
        if category not in CATEGORIES:
            raise pytest.UsageError(f"{item.nodeid}: put it in one of tests/{{{', '.join(sorted(CATEGORIES))}}}")
        item.add_marker(getattr(pytest.mark, category))
        if category in REAL_TIME:
            few_calls = category == "browser" or item.path.name in FEW_CALLS
            item.add_marker(pytest.mark.xdist_group("few calls" if few_calls else "calls"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Among several processes, whoever computes lets those go first who are measured against a clock."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        with suppress(PermissionError):  # only root may become quicker again; the order of the groups spares others
            os.setpriority(os.PRIO_PROCESS, 0, 0 if _category(item) in REAL_TIME else COMPUTING_NICENESS)


def _category(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]
