"""What the bench says of the project's own pacer, in plain words: which goals it misses, on how many days."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from statistics import stdev
from typing import Any

from pacing.measures import back_under_s, pooled
from pacing.rivals.catalogue import RIVALS
from tests.perf.pacing_grid import FIXED_RATIO_TARGET, FIXED_RATIOS, LONG_DAY, Cell, Results

OWN = "predictive"
WANTED_DAYS = 20
_DAYS_OVER = 0.05  # of the days may end over the target, on floors of _MANY_AGENTS and more
_MANY_AGENTS = 20
_WORST_HOUR = 1.5  # times the target, the mean over the days, on floors of _LARGE_FLOOR and more
_LARGE_FLOOR = 50
_SHOCK_HOUR = 2.0
_BACK_UNDER_MIN = 10.0  # of people answering

ABANDONMENT = "mean abandonment"
DAYS_OVER = "days over the target"
WORST_HOUR = "worst hour, mean"
SHOCK_HOUR = "any hour after a shock"
BACK_UNDER = "back under the target"
LOOK_AHEAD = "the look-ahead's utilisation"
RIVAL = "utilisation of "
GOALS = {
    ABANDONMENT: "mean abandonment at or under the target",
    DAYS_OVER: f"{_MANY_AGENTS} agents and more: at most {_DAYS_OVER:.0%} of the days over the target",
    WORST_HOUR: f"{_LARGE_FLOOR} agents and more: worst hour at most {_WORST_HOUR:g} times the target in the mean",
    SHOCK_HOUR: f"days with a shock: no hour of any day over {_SHOCK_HOUR:g} times the target",
    BACK_UNDER: f"after a shock: under the target again within {_BACK_UNDER_MIN:g} minutes of people answering",
    LOOK_AHEAD: "agents at least as busy as the look-ahead's",
    RIVAL: "agents busier than those of every rival that keeps the target",
}
#: Utilisation of an earlier look-ahead pacer, in per cent; talk 120 s, target 3 %, days of LONG_DAY hours of another
#: simulator of the same description. They repeat within about half a point.
REFERENCE = {
    0.15: {5: 72.3, 10: 78.5, 20: 85.0, 50: 91.2, 100: 94.2, 300: 97.2},
    0.3: {5: 78.1, 10: 82.7, 20: 87.0, 50: 92.2, 100: 95.0, 300: 97.8},
    0.5: {5: 84.0, 10: 86.2, 20: 89.3, 50: 93.3, 100: 95.7, 300: 98.2},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the days of one cell say of one goal. ``chance``: the standard error of ``found``; nan of a single day."""

    cell: Cell
    days: int
    goal: str
    asked: float
    found: float
    missed: bool
    unit: str = "%"
    chance: float = math.nan


def in_short(cells: Sequence[Cell], results: Results) -> Iterator[str]:
    """The top of the page; nothing where the pacer was not played."""
    played = [cell for cell in cells if results.days(cell, OWN)]
    if not played:
        return
    counts = [len(results.days(cell, OWN)) for cell in cells]
    found = [finding for cell in played for finding in findings(cell, results)]
    missed = [finding for finding in found if finding.missed]
    enough = sum(count >= WANTED_DAYS for count in counts)
    yield "## In short\n"
    yield (
        f"{len(played)} of {len(cells)} cells (a floor with its list and target, or with a shock) were played under "
        f"the project's own pacer, and {enough} have the {WANTED_DAYS} days that the goals ask for; the others have "
        f"{_least_and_most(counts)}, so that what is said of them may change. The look-ahead is an earlier pacer; its "
        f"figures are of talk 120 s, target 3 % and days of {LONG_DAY:g} hours. A rival counts where it keeps the "
        "target in the same cell, on the days that both have.\n"
    )
    yield "\n".join(["| goal | cells | met | missed | days a cell |", "|---|---|---|---|---|", *_by_goal(found), ""])
    if not missed:
        few = "" if enough == len(cells) else " A cell of few days may yet."
        yield f"**No cell that was played misses a goal on these days.**{few}\n"
        return
    yield f"**{len({finding.cell for finding in missed})} cells miss a goal on the days played:**\n"
    lines = ["| cell | days | goal | asked | found | standard error |", "|---|---|---|---|---|---|"]
    yield "\n".join([*lines, *map(_line, missed), ""])


def findings(cell: Cell, results: Results) -> Iterator[Finding]:
    """Every goal that the cell is held to."""
    days = results.days(cell, OWN)
    row = pooled(days)

    def of(goal: str, asked: float, found: float, *, at_least: bool = False, **more: Any) -> Finding:
        missed = found < asked if at_least else found > asked
        return Finding(cell=cell, days=len(days), goal=goal, asked=asked, found=found, missed=missed, **more)

    lost, used = _error([day.abandonment for day in days]), _error([day.utilisation for day in days])
    yield of(ABANDONMENT, cell.target, row["abandonment"], chance=lost)
    if cell.agents >= _MANY_AGENTS:
        yield of(DAYS_OVER, _DAYS_OVER, row["days_over"])
    if cell.day == "base" and cell.agents >= _LARGE_FLOOR:
        hours = _error([day.worst_hour for day in days])
        yield of(WORST_HOUR, _WORST_HOUR * cell.target, row["worst_hour"], chance=hours)
    if cell.day != "base":
        yield of(SHOCK_HOUR, _SHOCK_HOUR * cell.target, row["worst_hour_max"])
        back_s = back_under_s(days, cell.target)
        if not math.isnan(back_s):
            yield of(BACK_UNDER, _BACK_UNDER_MIN, back_s / 60, unit=" min")
    reference = look_ahead(cell)
    if reference is not None:
        yield of(LOOK_AHEAD, reference, row["utilisation"], at_least=True, chance=used)
    rivals = list(_legal(cell, results))
    if rivals:
        name, ahead, chance = max(rivals, key=itemgetter(1))
        goal = f"{RIVAL}{name}" if ahead > 0 else RIVAL
        yield of(goal, row["utilisation"] + ahead, row["utilisation"], at_least=True, chance=chance)


def _by_goal(found: Sequence[Finding]) -> Iterator[str]:
    for goal, words in GOALS.items():
        those = [finding for finding in found if finding.goal.startswith(goal)]
        if not those:
            continue
        missed, days = sum(finding.missed for finding in those), [finding.days for finding in those]
        span = f"{min(days)}" if min(days) == max(days) else f"{min(days)} to {max(days)}"
        yield f"| {words} | {len(those)} | {len(those) - missed} | {missed} | {span} |"


def _line(of: Finding) -> str:
    digits = 0 if of.unit != "%" or of.goal == DAYS_OVER else 2 if of.goal == ABANDONMENT else 1

    def said(value: float) -> str:
        if math.isinf(value):
            return "over an hour"
        return f"{100 * value:.{digits}f}%" if of.unit == "%" else f"{value:.0f}{of.unit}"

    chance = "" if math.isnan(of.chance) else f"{100 * of.chance:.2f}"
    return f"| {_named(of.cell)} | {of.days} | {of.goal} | {said(of.asked)} | {said(of.found)} | {chance} |"


def _error(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return stdev(known) / math.sqrt(len(known)) if len(known) > 1 else math.nan


def look_ahead(cell: Cell) -> float | None:
    """The utilisation (0..1) of the earlier pacer in this cell, where it is known."""
    if cell.day != "base" or cell.talk != 120.0 or cell.target != 0.03 or cell.hours != LONG_DAY:
        return None
    found = REFERENCE.get(cell.answer_rate or 0.0, {}).get(cell.agents)
    return None if found is None else found / 100


def _legal(cell: Cell, results: Results) -> Iterator[tuple[str, float, float]]:
    """Rivals who keep the target in this cell: by how much their agents were busier on the days that both have, and
    the standard error of that."""
    own = results.days(cell, OWN)
    for name in ("progressive", *(rival for rival in RIVALS if rival != "fixed-ratio"), *FIXED_RATIOS):
        of = replace(cell, target=FIXED_RATIO_TARGET) if name in FIXED_RATIOS else cell
        theirs = results.days(of, name)
        if not theirs:
            continue
        found = pooled(theirs)
        if found["abandonment"] <= cell.target and found["days_over"] <= _DAYS_OVER:
            ahead = [they.utilisation - we.utilisation for they, we in zip(theirs, own, strict=False)]
            yield name, sum(ahead) / len(ahead), _error(ahead)


def _named(cell: Cell) -> str:
    if cell.day != "base":
        return f"{cell.agents} agents, {cell.day}"
    hours = f", {cell.hours:g} hours" if cell.long else ""
    return (
        f"{cell.agents} agents, answer rate {cell.answer_rate:g}, talk {cell.talk:g} s, target {cell.target:.0%}{hours}"
    )


def _least_and_most(counts: Sequence[int]) -> str:
    few = sorted(count for count in counts if count < WANTED_DAYS)
    if not few:
        return "none"
    return f"{few[0]}" if few[0] == few[-1] else f"{few[0]} to {few[-1]}"
