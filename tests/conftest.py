"""Every test belongs to the category of its folder; one that is in none fails the collection."""

from __future__ import annotations

from pathlib import Path

import pytest

CATEGORIES = {"unit", "property", "contract", "integration", "simulation", "golden", "browser", "perf"}
#: They wait for real servers, real time and real sound: one after the other, beside those that only compute.
REAL_TIME = {"contract", "integration", "browser"}
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before the distributor reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        category = item.path.relative_to(HERE).parts[0]
        if category not in CATEGORIES:
            raise pytest.UsageError(f"{item.nodeid}: put it in one of tests/{{{', '.join(sorted(CATEGORIES))}}}")
        item.add_marker(getattr(pytest.mark, category))
        if category in REAL_TIME:
            item.add_marker(pytest.mark.xdist_group("real time"))
