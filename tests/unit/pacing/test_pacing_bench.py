"""The bench's own arithmetic: what is played, what is kept, and what the page says. No day is played twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dialer.charts import COLOURS
from pacing.foresight import play
from pacing.rivals.catalogue import ALL
from pacing.scenario import Scenario
from tests.perf.pacing_grid import Cell, Job, Plan, Results, key, played, small_grid, whole_grid
from tests.perf.pacing_report import write_report

FLOOR = Cell(day="base", agents=2, target=0.03, answer_rate=0.3, talk=120.0)


@pytest.fixture
def short_days(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Cell.scenario

    def short(cell: Cell) -> Scenario:
        return replace(whole(cell), hours=0.5)

    monkeypatch.setattr(Cell, "scenario", short)


def test_the_grid_is_the_one_that_was_asked_for() -> None:
    base = [cell for cell in whole_grid() if cell.day == "base"]
    assert len(base) == len(set(base)) == 7 * 3 * 2 * 2
    assert {cell.agents for cell in whole_grid() if cell.day != "base"} == {20, 100}
    assert set(small_grid()) <= set(whole_grid())


def test_every_pacer_is_played_and_every_cell_has_a_day_before_any_has_two() -> None:
    plan = Plan(cells=whole_grid(), own_days=20, rival_days=5, bound_days=1)
    jobs = list(plan.jobs())
    assert len({key(job) for job in jobs}) == len(jobs)
    assert {job.pacer for job in jobs} >= set(ALL) - {"fixed-ratio"}
    order = [(job.seed, job.cell.agents) for job in jobs]
    assert order == sorted(order)
    assert max(job.seed for job in jobs if job.pacer == "predictive") == 20
    assert max(job.seed for job in jobs if job.pacer == "erlang") == 5


@pytest.mark.usefixtures("short_days")
def test_a_day_that_was_played_is_found_again_after_an_end_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "pacing.jsonl"
    jobs = [Job(cell=FLOOR, pacer="progressive", seed=seed) for seed in (1, 2, 4)]
    results = Results(path)
    for job in jobs:
        results.add(played(job))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"key": "half a li')

    again = Results(path)
    assert all(job in again for job in jobs)
    days = again.days(FLOOR, "progressive")  # up to the gap
    assert [day.people for day in days] == [played(job)["measures"]["people"] for job in jobs[:2]]  # type: ignore[index]
    assert Job(cell=FLOOR, pacer="erlang", seed=1) not in again


@pytest.mark.usefixtures("short_days")
def test_the_page_has_a_row_for_each_pacer_and_its_pictures(tmp_path: Path) -> None:
    cells = [FLOOR, Cell(day="base", agents=5, target=0.03, answer_rate=0.3, talk=120.0)]
    cells.append(Cell(day="rate-doubles", agents=20, target=0.03))
    pacers = ["progressive", "adaptive-ratio", "fixed-ratio-1.5", "clairvoyant"]
    plan = Plan(cells=cells, own_days=1, rival_days=1, bound_days=1, pacers=pacers)
    results = Results(tmp_path / "pacing.jsonl")
    for job in plan.jobs():
        results.add(played(job))

    write_report(plan, results, tmp_path / "page.md")

    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")]
    assert rows.count("adaptive-ratio") == 4  # grid, shocks, how soon these are over, days played
    assert "| adaptive-ratio | 1 | 1 | 1 |" in page
    assert "*memoryless optimum*" in rows
    assert "*clairvoyant*" in rows
    assert "vicidial" not in rows
    day = play(FLOOR.scenario(), ALL["progressive"](FLOOR.scenario()), seed=1)
    assert f"| progressive | {100 * day.utilisation:.1f} / " in page
    assert "images/pacing.svg" in page
    picture = (tmp_path / "images" / "pacing.svg").read_text(encoding="utf-8")
    assert [COLOURS[n] in picture for n in (0, 1)] == [False, True]  # predictive was not played
