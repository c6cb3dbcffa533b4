"""What ``bench_pacing`` found, as a page in Markdown with pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from dialer.charts import COLOURS, Panel, Series, draw
from dialer.commands.day_chart import day_chart
from pacing.foresight import play
from pacing.measures import back_under_s, pooled
from pacing.rivals.catalogue import BOUNDS, OWN, RIVALS, pacer_named
from pacing.rivals.memoryless import best_utilisation
from pacing.watch import FloorWatch
from tests.perf.pacing_grid import FIXED_RATIO_TARGET, FIXED_RATIOS, HOURS, LONG_DAY, Cell, Plan, Results
from tests.perf.pacing_verdict import in_short, look_ahead

Row = Mapping[str, float]

_HINDSIGHT = "fixed-ratio, best in hindsight"
_SHOWN = ("predictive", "adaptive-ratio", "vicidial-tuned", "vicidial", "webitel", "impact", "erlang", "progressive")
_MOST_AGENTS_MEMORYLESS = 100
_WRAP_S = 20.0

_HEAD = """# Pacing benchmarks

Written by `make bench-pacing` on {at:%Y-%m-%d} from {days:,} simulated days, on the same people and the same breaks for
every pacer. A day has 8 hours, {hours}.
**How many days stand behind each figure is in the last table**; {own} a cell are planned for the project's own
pacers and {rival} for the others (fewer on large floors). One day of 20 agents repeats within about 0.5 points of
utilisation and 0.3 of abandonment, one of 5 agents within 1.5 and 0.8.

Each cell: **utilisation / abandonment / worst hour**, in per cent. Utilisation is talk and wrap-up with people over
signed-in time less breaks; abandonment is people abandoned over people answered; the worst hour is the highest
abandonment in any 60 minutes, the mean over the days. `!` marks abandonment over the target. The rivals are re-made in
`pacing/rivals/` from descriptions of them, each with its formula and what had to be assumed. Below the line: what
knowing the future would buy (*agents known*, *calls known*, *clairvoyant*), and the best any pacer could do without it
on a floor whose times have no memory (*memoryless optimum*, utilisation only): a yardstick and not a wall, because real
times have memory and people wait up to 2 s.

The base day: answer rate drifting by a fifth over 4 hours; of the calls that no person answers 35 % machines, 40 % no
answer, 12 % busy, 13 % failed; a person answers after 12 s of ringing on average, the detector decides in 1.5 to 2.5 s,
takes 1 % of people for machines and passes 5 % of machines; wrap-up 20 s. `cadencia simulate` plays such days one
by one.
"""

_SHOCKS = """After three hours the answer rate doubles (from 0.2) or halves (from 0.4), 30 % of the agents go home, the
trunk is down for 10 minutes, conversations halve, or the carrier refuses 60 % of the calls for half an hour; or the
answer rate drifts by half, falls by 60 % as the list is worked through, or comes in runs of good and bad leads. Target
3 %. *Back under the target* counts minutes in which people answered, in steps of five, from the shock to the first five
minutes at or under the target, taken over all days together.
"""


def write_report(plan: Plan, results: Results, output: Path) -> None:
    """Writes ``output``, and its pictures to ``images`` beside it."""
    images = output.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    grid = [cell for cell in plan.cells if cell.day == "base" and not cell.long]
    long = [cell for cell in plan.cells if cell.long]
    shocks = [cell for cell in plan.cells if cell.day != "base"]
    days = sum(len(results.days(job.cell, job.pacer)) for job in plan.jobs() if job.seed == 1)
    *others, last = [f"{hours:g} on the floor of {agents}" for agents, hours in HOURS.items()]
    hours = f"{', '.join(others)} and {last}"
    head = _HEAD.format(at=datetime.now(tz=UTC), days=days, own=plan.own_days, rival=plan.rival_days, hours=hours)
    parts = [head, *in_short([*grid, *shocks, *long], results)]
    parts += _pictures(grid, results, images)
    parts += _promise(grid, results)
    for (talk, target), cells in _grouped(grid, lambda cell: (cell.talk, cell.target)):
        parts.append(f"## Talk {talk:g} s, target {100 * target:g} %\n")
        for rate, same in _grouped(cells, lambda cell: cell.answer_rate):
            parts.append(f"Answer rate {rate:g}\n")
            parts.append(_grid_table(same, results))
    parts += _long_days(long, results)
    if shocks:
        parts += _shock_tables(shocks, results, images)
    parts += _days_played(plan, results)
    output.write_text("\n".join(parts), encoding="utf-8")


def _grid_table(cells: Sequence[Cell], results: Results) -> str:
    cells = sorted(cells, key=lambda cell: cell.agents)
    lines = [["", *(f"{cell.agents} agents" for cell in cells)]]
    rows = {name: [_cell(_row(results, cell, name), cell) for cell in cells] for name in (*OWN, *RIVALS)}
    rows[_HINDSIGHT] = [_cell(_best_fixed(results, cell), cell) for cell in cells]
    rows.pop("fixed-ratio")
    for name, found in rows.items():
        if any(found):
            lines.append([f"**{name}**" if name == "predictive" else name, *found])
    beyond = {f"*{name}*": [_cell(_row(results, cell, name), cell) for cell in cells] for name in BOUNDS}
    beyond["*memoryless optimum*"] = [_memoryless(cell) for cell in cells]
    lines += [[name, *found] for name, found in beyond.items() if any(found)]
    return _table(lines)


def _promise(grid: Sequence[Cell], results: Results) -> Iterator[str]:
    """How the project's own pacer kept its promise, cell by cell."""
    lines = [["agents", "talk", "answer rate", "target", "abandonment", "days over", "worst hour: mean", "highest",
              "highest cumulative", "idle wait", "people an agent-hour", "calls a person"]]  # fmt: skip
    for cell in sorted(grid, key=lambda cell: (cell.agents, cell.talk or 0, cell.answer_rate or 0, -cell.target)):
        row = _row(results, cell, "predictive")
        if row is not None:
            lines.append([
                f"{cell.agents}", f"{cell.talk:g} s", f"{cell.answer_rate:g}", f"{cell.target:.0%}",
                f"{row['abandonment']:.2%}", f"{row['days_over']:.0%} of {row['days']:.0f}",
                _percent(row["worst_hour"]), _percent(row["worst_hour_max"]), _percent(row["peak"]),
                f"{row['idle_wait_s']:.1f} s", f"{row['people_per_agent_hour']:.1f}", f"{row['dials_per_person']:.2f}",
            ])  # fmt: skip
    if len(lines) > 1:
        yield "## The promise, cell by cell\n"
        yield _table(lines)


def _long_days(cells: Sequence[Cell], results: Results) -> Iterator[str]:
    lines = [["agents", "answer rate", "days", "utilisation", "the look-ahead's", "on shorter days", "abandonment",
              "worst hour"]]  # fmt: skip
    for cell in sorted(cells, key=lambda cell: (cell.agents, cell.answer_rate or 0)):
        row, short = _row(results, cell, "predictive"), _row(results, replace(cell, long=False), "predictive")
        reference = look_ahead(cell)
        if row is None or reference is None:
            continue
        lines.append([
            f"{cell.agents}", f"{cell.answer_rate:g}", f"{row['days']:.0f}", _percent(row["utilisation"]),
            _percent(reference), "" if short is None else _percent(short["utilisation"]),
            f"{row['abandonment']:.2%}", _percent(row["worst_hour"]),
        ])  # fmt: skip
    if len(lines) > 1:
        yield f"## Large floors on days of {LONG_DAY:g} hours\n"
        yield (
            "Talk 120 s, target 3 %. The look-ahead's figures are of such days; on a shorter one the careful first "
            "people and last 20 minutes weigh more.\n"
        )
        yield _table(lines)


def _shock_tables(shocks: Sequence[Cell], results: Results, images: Path) -> Iterator[str]:
    yield "## When something happens\n"
    yield _SHOCKS
    for agents, cells in _grouped(shocks, lambda cell: cell.agents):
        lines = [[f"{agents} agents", *(cell.day for cell in cells)]]
        for name in (*OWN, *RIVALS):
            found = [_cell(_row(results, cell, name), cell) for cell in cells]
            if any(found):
                lines.append([f"**{name}**" if name == "predictive" else name, *found])
        yield _table(lines)
        yield from _recovery(agents, cells, results)
    cell = next((cell for cell in shocks if cell.day == "rate-doubles"), None)
    if cell is not None and results.days(cell, "predictive"):
        day, watch = cell.scenario(), FloorWatch()
        play(day, pacer_named("predictive", day), seed=1, watch=watch)
        title = f"predictive, {cell.agents} agents: the answer rate doubles at 3 h"
        (images / "pacing-day.svg").write_text(day_chart(day, watch, title=title, language="en"), encoding="utf-8")
        yield "![A day on which the answer rate doubles](images/pacing-day.svg)\n"


def _recovery(agents: int, cells: Sequence[Cell], results: Results) -> Iterator[str]:
    """How soon abandonment was back under the target; only days on which something happens at one moment."""
    cells = [cell for cell in cells if math.isfinite(cell.scenario().shock_at)]
    lines = [[f"{agents} agents: back under the target after", *(cell.day for cell in cells)]]
    for name in (*OWN, *RIVALS):
        days = [results.days(cell, name) for cell in cells]
        if any(days):
            found = [back_under_s(of, cell.target) if of else math.nan for of, cell in zip(days, cells, strict=True)]
            lines.append([f"**{name}**" if name == "predictive" else name, *map(_minutes, found)])
    if len(lines) > 1:
        yield _table(lines)


def _minutes(seconds: float) -> str:
    if math.isnan(seconds):
        return ""
    return f"{seconds / 60:.0f} min" if math.isfinite(seconds) else "over an hour"


def _days_played(plan: Plan, results: Results) -> Iterator[str]:
    """How many days stand behind the figures of each floor, fewest and most over its cells."""
    floors = sorted({cell.agents for cell in plan.cells})
    counts: dict[str, dict[int, list[int]]] = {}
    for job in plan.jobs():
        if job.seed == 1 and not job.cell.long:
            counts.setdefault(job.pacer, {}).setdefault(job.cell.agents, []).append(
                len(results.days(job.cell, job.pacer))
            )
    lines = [["days", *(f"{agents} agents" for agents in floors)]]
    for name, found in counts.items():
        lines.append([name, *(_span(found.get(agents, ())) for agents in floors)])
    yield "## Days played\n"
    yield _table(lines)


def _span(counts: Sequence[int]) -> str:
    if not counts:
        return "–"
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _pictures(grid: Sequence[Cell], results: Results, images: Path) -> Iterator[str]:
    cells = [cell for cell in grid if (cell.answer_rate, cell.talk, cell.target) == (0.3, 120.0, 0.03)]
    cells.sort(key=lambda cell: cell.agents)
    if len(cells) < 2:
        return
    used: list[Series] = []
    lost: list[Series] = []
    hours: list[Series] = []
    for colour, name in zip(COLOURS, _SHOWN, strict=True):
        rows = [(n, row) for n, cell in enumerate(cells) if (row := _row(results, cell, name)) is not None]
        if not rows:
            continue
        for lines, value in ((used, "utilisation"), (lost, "abandonment"), (hours, "worst_hour")):
            points = [(float(n), row[value]) for n, row in rows]
            lines.append(Series(name=name, points=points, colour=colour, strong=name == "predictive"))
    bound = [(float(n), best) for n, cell in enumerate(cells) if (best := _memoryless_of(cell)) is not None]
    used.append(Series(name="memoryless optimum", points=bound, colour="#333333", dashed=True))
    end = float(len(cells) - 1)
    target = Series(name="target", points=[(0.0, 0.03), (end, 0.03)], colour="#333333", dashed=True)
    picture = draw(
        [
            Panel(title="Utilisation", series=used, height=260, percent=True, low=0.6, high=1.0),
            Panel(title="Abandonment", series=[*lost, target], height=150, percent=True, high=0.08),
            Panel(title="Worst hour (mean of the days)", series=[*hours, target], height=150, percent=True, high=0.12),
        ],
        title="Answer rate 0.3, talk 120 s, target 3 %",
        ticks=[(float(n), str(cell.agents)) for n, cell in enumerate(cells)],
        x_label="agents; what lies beyond a panel is drawn at its edge",
    )
    (images / "pacing.svg").write_text(picture, encoding="utf-8")
    yield "![Utilisation, abandonment and worst hour by the number of agents](images/pacing.svg)\n"


def _row(results: Results, cell: Cell, pacer: str) -> Row | None:
    days = results.days(cell, pacer)
    return pooled(days) if days else None


def _best_fixed(results: Results, cell: Cell) -> Row | None:
    blind = replace(cell, target=FIXED_RATIO_TARGET)  # a fixed ratio dials alike under every target
    rows = [row for name in FIXED_RATIOS if (row := _row(results, blind, name)) is not None]
    kept = [row for row in rows if row["abandonment"] <= cell.target]
    return max(kept, key=lambda row: row["utilisation"]) if kept else None


def _cell(row: Row | None, cell: Cell) -> str:
    if row is None:
        return ""
    over = "!" if row["abandonment"] > cell.target else ""
    worst = row["worst_hour"]
    hour = "–" if math.isnan(worst) else f"{100 * worst:.1f}"
    return f"{100 * row['utilisation']:.1f} / {100 * row['abandonment']:.2f}{over} / {hour}"


def _memoryless(cell: Cell) -> str:
    best = _memoryless_of(cell)
    return "" if best is None else f"{100 * best:.1f}"


def _memoryless_of(cell: Cell) -> float | None:
    if cell.agents > _MOST_AGENTS_MEMORYLESS or cell.answer_rate is None or cell.talk is None:
        return None
    return best_utilisation(
        agents=cell.agents, answer_rate=cell.answer_rate, target=cell.target, handle_s=cell.talk + _WRAP_S
    )


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = ["| " + " | ".join(line) + " |" for line in lines]
    rule = "|" + "---|" * len(lines[0])
    return "\n".join([head, rule, *rest, ""])


def _grouped(cells: Sequence[Cell], by: Callable[[Cell], Any]) -> list[tuple[Any, list[Cell]]]:
    ordered = sorted(cells, key=by)
    return [(which, list(group)) for which, group in groupby(ordered, key=by)]
