"""What ``bench_calls`` found, as a page in Markdown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.perf.calls_engine import EngineResult
from tests.perf.calls_flood import FloodResult

_HEAD = """# Benchmarks

Written by `make bench-calls` on {at:%Y-%m-%d %H:%M} UTC; {machine}, shared by the engine, Asterisk and SIPp.

SIPp is the carrier. Of the debtors 40 % answer, speak and hang up; 40 % are busy, 10 % do not exist and 10 % are not
available, each after a tenth of a second of ringing. {agents} agents, also on SIPp, stay on the line between calls, are
bridged with whoever answers and wrap up in half a second. A conversation is short, so that calls are many: with the
detector off people hang up 2 s after they answered, with it on after 4 s. Recording is off. Every call takes the whole
way: the compliance gate, the attempt written ahead, Originate, the bridge, the closing and its event.

The bare flood is the same Originates on a plain socket, without gate, log, agents or events: what Asterisk and SIPp can
do by themselves.

{faults}
"""

#: A row of the table: its name, and its cell for a phase.
_Row = tuple[str, Callable[[EngineResult], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One run of the engine. ``faults`` are disagreements between the log, Asterisk and SIPp: there must be none."""

    title: str
    limit: float | None
    result: EngineResult
    faults: Sequence[str]


def render(phases: Sequence[Phase], floods: Mapping[str, FloodResult], *, agents: int, at: datetime) -> str:
    faults = [f"{phase.title}: {fault}" for phase in phases for fault in phase.faults]
    told = "**" + "; ".join(faults) + ".**" if faults else "No call was lost and none went unlogged: " + _AGREED
    parts = [_HEAD.format(at=at, machine=machine(), agents=agents, faults=told)]
    if phases:
        parts.append(_table(phases))
    if floods:
        parts.append(_flood_table(phases, floods))
    return "\n".join(parts)


_AGREED = (
    "the log and Asterisk's\n"
    "call records agree call by call, SIPp counts as many, and each ending was told on the bus.\n"
)


def _table(phases: Sequence[Phase]) -> str:
    def lines() -> Iterator[str]:
        yield "| | " + " | ".join(phase.title for phase in phases) + " |"
        yield "|---|" + "---:|" * len(phases)
        yield "| trunk's limit, calls/s | " + " | ".join(f"{p.limit:g}" if p.limit else "none" for p in phases) + " |"
        for name, cell in _ROWS:
            yield f"| {name} | " + " | ".join(cell(phase.result) for phase in phases) + " |"

    return "\n".join(lines()) + "\n"


def _flood_table(phases: Sequence[Phase], floods: Mapping[str, FloodResult]) -> str:
    def lines() -> Iterator[str]:
        yield "| bare flood | calls/s | lost | Asterisk, ms a call | SIPp, ms a call | processors busy |"
        yield "|---|---:|---:|---:|---:|---:|"
        for name, flood in floods.items():
            watched = " | ".join(f"{flood.watched_ms_a_call[each]:.1f}" for each in ("Asterisk", "SIPp"))
            lost = flood.placed - flood.ended
            yield f"| {name} | {flood.closed_per_s:.0f} | {lost} | {watched} | {flood.machine_busy:.2f} |"
        fastest = max(flood.closed_per_s for flood in floods.values())
        for result in (phase.result for phase in phases if phase.limit is None):
            speed = result.closed_per_s
            yield ""
            yield (
                f"As fast as they go, the engine ends {speed:.0f} calls a second and the bare flood {fastest:.0f}: a "
                f"ratio of {speed / fastest:.2f}."
            )
            yield (
                f"At that speed {result.machine_busy:.2f} of {os.cpu_count()} processors are busy, "
                f"{_cores('Asterisk')(result)} of them with Asterisk and {result.loop_ms_a_call * speed / 1000:.2f} "
                "with the engine's event loop."
            )

    return "\n".join(lines()) + "\n"


def _three(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in values) if values else "-"


def _cores(name: str) -> Callable[[EngineResult], str]:
    return lambda r: f"{r.watched_ms_a_call[name] * r.closed_per_s / 1000:.2f}"


def _others(result: EngineResult) -> str:
    ours = (result.cpu_ms_a_call + sum(result.watched_ms_a_call.values())) * result.closed_per_s / 1000
    return f"{max(0.0, result.machine_busy - ours):.2f}"


_ROWS: tuple[_Row, ...] = (
    ("**calls placed a second**", lambda r: f"**{r.placed_per_s:.1f}**"),
    ("for so many seconds", lambda r: f"{r.seconds:.0f}"),
    ("calls of the whole run", lambda r: f"{r.placed:,}"),
    ("answered / bridged / abandoned", lambda r: f"{r.answered:,} / {r.bridged:,} / {r.abandoned:,}"),
    ("engine, ms of processor a call", lambda r: f"{r.cpu_ms_a_call:.2f}"),
    ("of which the event loop's thread", lambda r: f"{r.loop_ms_a_call:.2f}"),
    ("Asterisk, ms of processor a call", lambda r: f"{r.watched_ms_a_call['Asterisk']:.2f}"),
    ("SIPp, ms of processor a call", lambda r: f"{r.watched_ms_a_call['SIPp']:.2f}"),
    ("processors busy: engine", lambda r: f"{r.cpu_ms_a_call * r.closed_per_s / 1000:.2f}"),
    ("processors busy: Asterisk", _cores("Asterisk")),
    ("processors busy: SIPp", _cores("SIPp")),
    ("processors busy: everything else", _others),
    ("processors busy: all together", lambda r: f"{r.machine_busy:.2f}"),
    ("manager events a call", lambda r: f"{r.events_a_call:.1f}"),
    ("event loop late, ms, p50 / p99 / max", lambda r: _three(r.lag_ms)),
    ("verdict to bridge, ms, p50 / p99 / max", lambda r: _three(r.verdict_to_bridge_ms)),
    ("reserve and write ahead, ms, p50 / p99 / max", lambda r: _three(r.log_ms["reserve"])),
    ("write milestones, ms, p50 / p99 / max", lambda r: _three(r.log_ms["progress"])),
    ("write closings, ms, p50 / p99 / max", lambda r: _three(r.log_ms["close"])),
    ("engine's memory, MB, after so many calls", lambda r: ", ".join(_memory(r.resident_mb))),
)


def _memory(resident_mb: Mapping[int, float]) -> Iterator[str]:
    return (f"{size:.0f} ({calls:,})" for calls, size in sorted(resident_mb.items()))


def machine() -> str:
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.+)$", described, flags=re.MULTILINE)
    return f"{os.cpu_count()} processors" + (f" ({model[1].strip()})" if model else "")
