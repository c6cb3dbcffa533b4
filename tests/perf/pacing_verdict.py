"""What the bench says of the project's own pacer, in plain words: which goals it misses, on how many days."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pacing.measures import pooled
from pacing.rivals.catalogue import RIVALS
from tests.perf.pacing_grid import FIXED_RATIO_TARGET, FIXED_RATIOS, Cell, Results

OWN = "predictive"
WANTED_DAYS = 20
_DAYS_OVER = 0.05  # of the days may end over the target, on floors of _MANY_AGENTS and more
_MANY_AGENTS = 20
_WORST_HOUR = 1.5  # times the target, the mean over the days, on floors of _LARGE_FLOOR and more
_LARGE_FLOOR = 50
_SHOCK_HOUR = 2.0
_CHANCE = 0.005  # of utilisation: two pacers nearer than that cannot be told apart by so few days
#: Utilisation of an earlier look-ahead pacer, in per cent; talk 120 s, target 3 %, days of 8 hours of another simulator
#: of the same description. They repeat within about half a point.
REFERENCE = {
    0.15: {5: 72.3, 10: 78.5, 20: 85.0, 50: 91.2, 100: 94.2, 300: 97.2},
    0.3: {5: 78.1, 10: 82.7, 20: 87.0, 50: 92.2, 100: 95.0, 300: 97.8},
    0.5: {5: 84.0, 10: 86.2, 20: 89.3, 50: 93.3, 100: 95.7, 300: 98.2},
}


def in_short(cells: Sequence[Cell], results: Results) -> Iterator[str]:
    """The top of the page; nothing where the pacer was not played."""
    played = [cell for cell in cells if results.days(cell, OWN)]
    if not played:
        return
    counts = [len(results.days(cell, OWN)) for cell in cells]
    missed = [line for cell in played for line in _missed(cell, results)]
    enough = sum(count >= WANTED_DAYS for count in counts)
    yield "## In short\n"
    yield (
        f"{len(played)} of {len(cells)} cells (a floor with its list and target, or with a shock) were played under "
        f"the project's own pacer, and {enough} have the {WANTED_DAYS} days that the goals ask for; the others have "
        f"{_least_and_most(counts)}, so that what is said of them may change. The goals: mean "
        f"abandonment at or under the target everywhere; from {_MANY_AGENTS} agents on at most {_DAYS_OVER:.0%} of the "
        f"days over it; from {_LARGE_FLOOR} on the worst hour, in the mean, at most {_WORST_HOUR:g} times the target; "
        "after a shock no more than twice the target over any hour; utilisation at least that of an earlier look-ahead "
        "pacer (talk 120 s, target 3 %) and ahead of every rival that keeps the target in the same cell. The "
        "look-ahead's days had 8 hours; here large floors have shorter ones, in which the careful first "
        "people and last 20 minutes weigh more.\n"
    )
    if not missed:
        yield "**No cell that was played misses a goal.**\n"
        return
    yield (
        f"**{len({line[0] for line in missed})} cells miss a goal on the days played.** A goal missed by one day, or "
        f"{100 * _CHANCE:g} points of utilisation, may be chance where days are few.\n"
    )
    lines = [("cell", "days", "goal", "asked", "found"), *missed]
    head, *rest = ["| " + " | ".join(line) + " |" for line in lines]
    yield "\n".join([head, "|---|---|---|---|---|", *rest, ""])


def _missed(cell: Cell, results: Results) -> Iterator[tuple[str, str, str, str, str]]:
    days = results.days(cell, OWN)
    row = pooled(days)
    name, count = _named(cell), f"{len(days)}"
    if row["abandonment"] > cell.target:
        yield name, count, "mean abandonment", f"{cell.target:.0%}", f"{row['abandonment']:.2%}"
    if cell.agents >= _MANY_AGENTS and row["days_over"] > _DAYS_OVER:
        yield name, count, "days over the target", f"{_DAYS_OVER:.0%}", f"{row['days_over']:.0%}"
    hour, highest = row["worst_hour"], row["worst_hour_max"]
    if cell.day == "base" and cell.agents >= _LARGE_FLOOR and hour > _WORST_HOUR * cell.target:
        yield name, count, "worst hour, mean", f"{_WORST_HOUR * cell.target:.1%}", f"{hour:.1%}"
    if cell.day != "base" and highest > _SHOCK_HOUR * cell.target:
        yield name, count, "any hour after a shock", f"{_SHOCK_HOUR * cell.target:.0%}", f"{highest:.1%}"
    used = row["utilisation"]
    reference = _reference(cell)
    if reference is not None and used < reference:
        yield name, count, "the look-ahead's utilisation", f"{reference:.1%}", f"{used:.1%}"
    for rival, theirs in _legal(cell, results):
        if theirs > used:
            yield name, count, f"utilisation of {rival}", f"{theirs:.1%}", f"{used:.1%}"


def _reference(cell: Cell) -> float | None:
    if cell.day != "base" or cell.talk != 120.0 or cell.target != 0.03:
        return None
    found = REFERENCE.get(cell.answer_rate or 0.0, {}).get(cell.agents)
    return None if found is None else found / 100


def _legal(cell: Cell, results: Results) -> Iterator[tuple[str, float]]:
    """Rivals who keep the target in this cell, with their utilisation on the days that both have."""
    own = results.days(cell, OWN)
    for name in ("progressive", *(rival for rival in RIVALS if rival != "fixed-ratio"), *FIXED_RATIOS):
        of = replace(cell, target=FIXED_RATIO_TARGET) if name in FIXED_RATIOS else cell
        theirs = results.days(of, name)
        both = min(len(own), len(theirs))
        if both == 0:
            continue
        found = pooled(theirs)
        ours = pooled(own[:both])
        if found["abandonment"] <= cell.target and found["days_over"] <= _DAYS_OVER:
            ahead = pooled(theirs[:both])["utilisation"] - ours["utilisation"]
            if math.isfinite(ahead) and ahead > 0:
                yield name, pooled(own)["utilisation"] + ahead


def _named(cell: Cell) -> str:
    if cell.day != "base":
        return f"{cell.agents} agents, {cell.day}"
    return f"{cell.agents} agents, answer rate {cell.answer_rate:g}, talk {cell.talk:g} s, target {cell.target:.0%}"


def _least_and_most(counts: Sequence[int]) -> str:
    few = sorted(count for count in counts if count < WANTED_DAYS)
    if not few:
        return "none"
    return f"{few[0]}" if few[0] == few[-1] else f"{few[0]} to {few[-1]}"
