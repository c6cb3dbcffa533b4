"""The bench's own arithmetic: what is played, what is kept, and what the page says. No day is played twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dialer.charts import COLOURS
from pacing.foresight import play
from pacing.rivals.catalogue import ALL
from pacing.scenario import Scenario
from tests.perf.pacing_grid import Cell, Job, Plan, Results, code_alone, key, played, small_grid, whole_grid
from tests.perf.pacing_report import write_report
from tests.perf.pacing_verdict import BACK_UNDER, LOOK_AHEAD, findings, in_short

FLOOR = Cell(day="base", agents=2, target=0.03, answer_rate=0.3, talk=120.0)


@pytest.fixture
def short_days(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Cell.scenario

    def short(cell: Cell) -> Scenario:
        return replace(whole(cell), hours=0.5)

    monkeypatch.setattr(Cell, "scenario", short)


def test_the_grid_is_the_one_that_was_asked_for() -> None:
    base = [cell for cell in whole_grid() if cell.day == "base" and not cell.long]
    assert len(base) == len(set(base)) == 7 * 3 * 2 * 2
    assert {cell.agents for cell in whole_grid() if cell.day != "base"} == {20, 100}
    assert {cell.agents for cell in whole_grid() if cell.long} == {50, 100, 300}
    assert set(small_grid()) <= set(whole_grid())


def test_a_long_day_is_another_day_and_the_pacers_own_alone() -> None:
    short = Cell(day="base", agents=50, target=0.03, answer_rate=0.3, talk=120.0)
    long = replace(short, long=True)
    assert (short.scenario().hours, long.scenario().hours) == (4.0, 8.0)
    assert key(Job(cell=short, pacer="predictive", seed=1)) != key(Job(cell=long, pacer="predictive", seed=1))
    assert {job.pacer for job in Plan(cells=[long], own_days=2, rival_days=2, bound_days=1).jobs()} == {"predictive"}


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


def test_other_words_leave_the_days_played_valid_and_other_code_does_not() -> None:
    code = 'class Pacer:\n    """Slow."""\n\n    def wait(self) -> float:\n        """Seconds."""\n        return 1.0\n'
    worded = code.replace("Slow", "Careful").replace("Seconds", "In seconds").replace("1.0", "1.0  # for now")
    assert code_alone(worded) == code_alone(code)
    assert code_alone(code.replace("1.0", "2.0")) != code_alone(code)


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


def a_day(utilisation: float, abandoned: int, worst_hour: float) -> dict[str, object]:
    """Of a thousand people."""
    return {
        "utilisation": utilisation, "idle_wait_s": 20.0, "abandonment": abandoned / 1000, "with_false_positives": 0.03,
        "worst_hour": worst_hour, "peak": 0.03, "people": 1000, "abandoned": abandoned,
        "over_target": abandoned > 30, "people_per_agent_hour": 20.0, "dials_per_person": 4.0,
    }  # fmt: skip


def test_the_top_of_the_page_says_which_goals_are_missed_and_where(tmp_path: Path) -> None:
    good = Cell(day="base", agents=50, target=0.03, answer_rate=0.3, talk=120.0)
    late = replace(good, agents=100)
    lazy = replace(good, agents=20)
    shaken = Cell(day="trunk-down", agents=20, target=0.03)
    unplayed = replace(good, agents=300)
    results = Results(tmp_path / "pacing.jsonl")
    for cell, pacer, measures in [
        (good, "predictive", a_day(0.93, 29, 0.044)),
        (good, "vicidial", a_day(0.97, 60, 0.07)),  # ahead, and not legal
        (late, "predictive", a_day(0.96, 31, 0.046)),
        (lazy, "predictive", a_day(0.80, 29, 0.10)),  # the worst hour of a small floor is not held
        (lazy, "adaptive-ratio", a_day(0.84, 29, 0.04)),
        (shaken, "predictive", a_day(0.80, 29, 0.07)),
    ]:
        results.add({"key": key(Job(cell=cell, pacer=pacer, seed=1)), "measures": measures})

    said = "\n".join(in_short([good, late, lazy, shaken, unplayed], results))
    assert "4 of 5 cells" in said
    assert "0 have the 20 days" in said
    assert "**3 cells miss a goal" in said
    by_goal, by_cell = [_rows(part) for part in said.split("miss a goal")]
    assert [(row[0][:10], *row[1:4]) for row in by_goal] == [
        ("mean aband", "4", "3", "1"),
        ("20 agents ", "4", "3", "1"),
        ("50 agents ", "2", "1", "1"),
        ("days with ", "1", "0", "1"),
        ("agents at ", "1", "0", "1"),
        ("agents bus", "1", "0", "1"),
    ]
    assert [(row[0][:10], row[2], row[4]) for row in by_cell] == [
        ("100 agents", "mean abandonment", "3.10%"),
        ("100 agents", "days over the target", "100%"),
        ("100 agents", "worst hour, mean", "4.6%"),
        ("20 agents,", "the look-ahead's utilisation", "80.0%"),
        ("20 agents,", "utilisation of adaptive-ratio", "80.0%"),
        ("20 agents,", "any hour after a shock", "7.0%"),
    ]


def _rows(page: str) -> list[list[str]]:
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return lines[1:]


def test_an_earlier_pacers_figures_are_held_against_days_as_long_as_its_own(tmp_path: Path) -> None:
    short = Cell(day="base", agents=50, target=0.03, answer_rate=0.3, talk=120.0)
    results = Results(tmp_path / "pacing.jsonl")
    for cell in (short, replace(short, long=True)):
        for seed, used in ((1, 0.90), (2, 0.92)):
            job = Job(cell=cell, pacer="predictive", seed=seed)
            results.add({"key": key(job), "measures": a_day(used, 29, 0.044)})
    assert LOOK_AHEAD not in {finding.goal for finding in findings(short, results)}
    (found,) = [finding for finding in findings(replace(short, long=True), results) if finding.goal == LOOK_AHEAD]
    assert (found.asked, found.missed) == (0.922, True)
    assert found.found == pytest.approx(0.91)
    assert found.chance == pytest.approx(0.01)

    plan = Plan(cells=[short, replace(short, long=True)], own_days=2, rival_days=0, bound_days=0)
    write_report(plan, results, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| 50 | 0.3 | 2 | 91.0 % | 92.2 % | 91.0 % | 2.90% | 4.4 % |" in page
    assert page.count("| 50 | 120 s | 0.3 | 3% |") == 1  # the long days are in no other table


def test_a_shock_that_lasts_too_long_is_a_goal_missed(tmp_path: Path) -> None:
    shaken = Cell(day="trunk-down", agents=20, target=0.03)
    results = Results(tmp_path / "pacing.jsonl")
    for seed, lost in ((1, (6, 6, 2)), (2, (6, 6, 6))):  # of a hundred in five minutes
        day = {**a_day(0.8, 29, 0.04), "shock_people": (100,) * 3, "shock_abandoned": lost}
        results.add({"key": key(Job(cell=shaken, pacer="predictive", seed=seed)), "measures": day})
    (found,) = [finding for finding in findings(shaken, results) if finding.goal == BACK_UNDER]
    assert found.missed
    assert found.found == float("inf")


def test_the_top_of_the_page_says_so_where_nothing_is_missed(tmp_path: Path) -> None:
    results = Results(tmp_path / "pacing.jsonl")
    cell = Cell(day="base", agents=50, target=0.03, answer_rate=0.3, talk=120.0)
    assert list(in_short([cell], results)) == []
    for seed in range(1, 21):
        job = Job(cell=cell, pacer="predictive", seed=seed)
        results.add({"key": key(job), "measures": a_day(0.93, 31 if seed == 3 else 29, 0.044)})
    said = "\n".join(in_short([cell], results))
    assert "1 have the 20 days" in said
    assert "No cell that was played misses a goal" in said
