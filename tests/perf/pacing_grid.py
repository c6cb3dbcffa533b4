"""The days that ``bench_pacing`` plays: cells, pacers, and how a played day is kept and found again."""

from __future__ import annotations

import ast
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from pacing.days import named_days
from pacing.foresight import play
from pacing.measures import Measures
from pacing.rivals.catalogue import BOUNDS, OWN, RIVALS, pacer_named
from pacing.scenario import Scenario, Spread

ROOT = Path(__file__).parents[2]
AGENTS = (2, 5, 10, 20, 50, 100, 300)
ANSWER_RATES = (0.15, 0.3, 0.5)
TALKS = (120.0, 240.0)
TARGETS = (0.03, 0.01)
SHOCK_AGENTS = (20, 100)
#: Of these, the best that keeps the target stands in the table: what hindsight would have chosen.
FIXED_RATIOS = tuple(f"fixed-ratio-{ratio}" for ratio in (1.25, 1.5, 2, 2.5, 3, 4, 6, 8))
FIXED_RATIO_TARGET = 0.03  #: it dials alike under every target, so it is played under this one only
#: The modules that the predictive pacer is made of.
PREDICTIVE = (
    "budget", "covariates", "floor_memory", "handling", "hazards", "predictive", "ringing", "shortage", "slack"
)  # fmt: skip
_MOST_AGENTS_FORESEEN = 20
_LARGE_FLOOR = 50  #: agents from which a rival gets fewer days: there is less chance in each, and it takes longer
_LARGE_DAYS = 2
LONG_DAY = 8.0  #: hours
HOURS = {50: 4.0, 100: 4.0, 300: 2.0}  #: of a day, where they are fewer
_HINDSIGHT_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One floor. ``day`` is a name of ``pacing.days``; ``answer_rate`` and ``talk`` are None where that says them.
    ``long`` makes it a day of 8 hours on a floor that has shorter ones elsewhere."""

    day: str
    agents: int
    target: float
    answer_rate: float | None = None
    talk: float | None = None
    long: bool = False

    @property
    def hours(self) -> float:
        return LONG_DAY if self.long else HOURS.get(self.agents, LONG_DAY)

    def scenario(self) -> Scenario:
        day = named_days(self.agents, target=self.target, hours=self.hours)[self.day]
        if self.answer_rate is not None:
            day = replace(day, answer_rate=self.answer_rate)
        if self.talk is not None:
            day = replace(day, talk=Spread(mean=self.talk, cv=day.talk.cv))
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    cell: Cell
    pacer: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many days each kind of pacer gets in each cell; ``pacers`` None: all."""

    cells: Sequence[Cell]
    own_days: int
    rival_days: int
    bound_days: int
    pacers: Sequence[str] | None = None

    def jobs(self) -> Iterator[Job]:
        """The first day of every cell, then the second, ..., small floors first: whenever it is stopped, every cell has
        nearly as many days as the others."""
        cells = sorted(self.cells, key=lambda cell: cell.agents)
        planned = [
            (cell, pacer, days)
            for cell in cells
            for pacer, days in self._days(cell)
            if self.pacers is None or pacer in self.pacers
        ]
        for seed in range(1, max((days for _, _, days in planned), default=0) + 1):
            yield from (Job(cell=cell, pacer=pacer, seed=seed) for cell, pacer, days in planned if days >= seed)

    def _days(self, cell: Cell) -> Iterator[tuple[str, int]]:
        if cell.long:
            yield "predictive", self.own_days
            return
        yield from ((name, self.own_days) for name in OWN)
        rival_days = min(_LARGE_DAYS, self.rival_days) if cell.agents >= _LARGE_FLOOR else self.rival_days
        yield from ((name, rival_days) for name in RIVALS if name != "fixed-ratio")
        if cell.day == "base":
            if cell.target == FIXED_RATIO_TARGET:
                yield from ((name, min(_HINDSIGHT_DAYS, rival_days)) for name in FIXED_RATIOS)
            if cell.talk == TALKS[0] and cell.agents <= _MOST_AGENTS_FORESEEN:
                yield from ((name, self.bound_days) for name in BOUNDS)


def whole_grid() -> list[Cell]:
    cells = [
        Cell(day="base", agents=agents, target=target, answer_rate=rate, talk=talk)
        for agents in AGENTS
        for rate in ANSWER_RATES
        for talk in TALKS
        for target in TARGETS
    ]
    return cells + shocks(SHOCK_AGENTS, [name for name in named_days(1) if name != "base"]) + long_days()


def long_days() -> list[Cell]:
    """The floors with an earlier pacer's figures to compare with, whose days had 8 hours."""
    return [
        Cell(day="base", agents=agents, target=0.03, answer_rate=rate, talk=TALKS[0], long=True)
        for agents in HOURS
        for rate in ANSWER_RATES
    ]


def small_grid() -> list[Cell]:
    cells = [Cell(day="base", agents=n, target=0.03, answer_rate=0.3, talk=120.0) for n in (5, 20)]
    return cells + shocks([20], ["rate-doubles", "agents-leave"])


def shocks(agents: Sequence[int], days: Sequence[str]) -> list[Cell]:
    return [Cell(day=day, agents=n, target=0.03) for n in agents for day in days]


def played(job: Job) -> dict[str, object]:
    """Plays one day; a row of the results."""
    day = job.cell.scenario()
    measures = play(day, pacer_named(job.pacer, day), seed=job.seed)
    found = {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in asdict(measures).items()}
    return {"key": key(job), "measures": found}


def key(job: Job) -> str:
    """Names the day and the code that played it: results of code that has changed since are not found again."""
    code = fingerprint(job.pacer)
    return json.dumps({**asdict(job), "hours": job.cell.hours, "code": code}, sort_keys=True)


@cache
def fingerprint(pacer: str) -> str:
    """Of the simulator, and of the rivals' code or of the project's own pacer; not of comments and docstrings."""
    folder = ROOT / "pacing"
    floor = ("leads", "scenario", "days", "simulation", "measures", "snapshot", "foresight")
    files = [folder / f"{name}.py" for name in floor]
    files += [folder / f"{name}.py" for name in PREDICTIVE] if pacer in OWN else sorted(folder.glob("rivals/*.py"))
    if pacer == "progressive" or pacer.startswith("fixed-ratio"):
        files = [*files[: len(floor)], folder / "power.py", folder / "progressive.py", folder / "rivals" / "ratios.py"]
    digest = hashlib.sha256()
    for file in files:
        digest.update(code_alone(file.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:12]


def code_alone(source: str) -> str:
    """``source`` without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node) is not None:
                    node.body[0] = ast.Pass()
    return ast.unparse(tree)


class Results:
    """Rows in a file, one JSON object a line; a line cut short by an end in the middle is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, Measures] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    self._keep(json.loads(line))
                except (json.JSONDecodeError, KeyError, TypeError):
                    continue

    def __contains__(self, job: Job) -> bool:
        return key(job) in self._found

    def add(self, row: dict[str, object]) -> None:
        self._keep(row)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def days(self, cell: Cell, pacer: str) -> list[Measures]:
        """The days of seeds 1, 2, 3 ... without a gap."""
        days: list[Measures] = []
        while (day := self._found.get(key(Job(cell=cell, pacer=pacer, seed=len(days) + 1)))) is not None:
            days.append(day)
        return days

    def _keep(self, row: Mapping[str, object]) -> None:
        measures = row["measures"]
        assert isinstance(measures, dict)
        whole = {name: math.nan if value is None else value for name, value in measures.items()}
        self._found[str(row["key"])] = Measures(**whole)
