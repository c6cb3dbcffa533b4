"""The page on which the detector's measurements stand: a section a measurement, each of which can be made alone."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from tests.perf.amd_clips import Clip, Run, exactly, figures, right
from tests.perf.amd_load import LATE_MS, LoadResult
from tests.perf.amd_table import Entry, confusion, table
from tests.perf.calls_report import machine
from tests.support.played_calls import PlayedCall

NEAR_MS: Final = 60

_HEAD: Final = """# The detector, measured

Written by `make bench-amd`. It compares detectors on the same files; it promises nothing for your carriers and your
debtors, whose calls `cadencia amd eval` counts. Intervals are Wilson's, of 95 %; two numbers with a stroke are the
median and the 90th percentile.

**The sets.** The first one the project makes itself, with espeak-ng for every voice and arithmetic for the rest:
anybody can make it again, and it says nothing of people. Its texts are by those who wrote the detector's list of
phrases, and some are like those from which our own Vosk model learned: take what words bring there as the most that
they can bring. The second one is a folder of labelled recordings, named by `CADENCIA_AMD_AUDIO`, whose kinds are
listed there; it was at hand when the detector's thresholds were chosen, so that its figures are those of a set that
was known.

**The columns.** *Cadencia* is our detector in its careful mode unless it says otherwise, on timing and tones alone or
with the words of our own Vosk model besides. *Asterisk AMD()* runs inside the real Asterisk: one half of a Local
channel plays the file and the other runs AMD(), in real time, with no arguments and with those in circulation among
users of VICIdial. *webrtcvad alone* is WebRTC's voice detector with the usual rule: at most 2.5 s of speech and then
half a second without is a person.

**The rows.** *Right* is where the call goes: for a machine, a beep or a network's tones anything that is no person,
for a silent line silence or undecided. People are *lost* who are taken for a machine. Machines *passed* reach an
agent; stage two listens for 3 s more: a tone or a recorded phrase is certain, and a campaign may take the call back
for it; that somebody talks on is only told to the agent. The people of these sets hear no agent and say no more than
the rest of their answer, so what stage two costs people can hardly be seen here. A silence below zero is a verdict in
the middle of the answer. A detector is charged for all the audio up to its verdict; for AMD() the cost is Asterisk's,
playing included.

"""
_ABOUT_CALLS: Final = """answered and played by SIPp as calls through carrier, Asterisk and the whole engine, some
sixty at a time; beside them the verdict of `cadencia amd classify` on the same file.
"""
_ABOUT_LOAD: Final = """Frames come from another process over AudioSocket in real time, as from Asterisk, on so many
lines at once; each line begins its next call when the last has its verdict. The detector runs in one event loop,
recognisers in processes of their own with our own Spanish model. Where they are all busy (*busy*), or a call's words
come more than two seconds late (*late*), timing and tones decide alone.
"""
_SECTION: Final = re.compile(r"<!-- (\w+) -->\n(.*?)(?=<!-- \w+ -->\n|\Z)", re.DOTALL)
_ORDER: Final = ("made", "given", "calls", "load")


def write(path: Path, sections: Mapping[str, str]) -> None:
    """Write the page; sections that were not measured now stay as they were."""
    old = dict(_SECTION.findall(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    kept = {**old, **{name: f"{text.strip()}\n\n" for name, text in sections.items()}}
    body = "".join(f"<!-- {name} -->\n{kept[name]}" for name in _ORDER if name in kept)
    path.write_text((_HEAD + body).rstrip() + "\n", encoding="utf-8")


def stamp(at: datetime, load: Sequence[float]) -> str:
    """When and on what it was measured. ``load`` are load averages, at the beginning and at the end."""
    told = ", with priority over others at work there" if _goes_first() else ""
    return (
        f"*{at:%Y-%m-%d %H:%M} UTC; {machine()}; load average {' to '.join(f'{each:.1f}' for each in load)}{told}.*\n"
    )


def _goes_first() -> bool:
    """Whether we were given a priority, as a process or, where Linux shares by session, as a session."""
    group = Path("/proc/self/autogroup")
    nice = re.search(r"nice (-?\d+)", group.read_text(encoding="ascii")) if group.is_file() else None
    return os.getpriority(os.PRIO_PROCESS, 0) < 0 or (nice is not None and int(nice[1]) < 0)


def set_section(
    title: str, clips: Sequence[Clip], tables: Sequence[tuple[str, Sequence[Entry]]], notes: Sequence[str]
) -> str:
    """A set of clips: what is in it, then each table under its heading, then what else is to be said."""
    kinds = Counter((clip.label, clip.kind or "?") for clip in clips)
    told = ", ".join(f"{count} {label} ({kind})" for (label, kind), count in sorted(kinds.items()))
    parts = [f"## {title}\n\n{len(clips)} files: {told}.{_sources(clips)}\n"]
    for heading, entries in tables:
        parts.append(f"### {heading}\n\n{table(entries)}" if heading else table(entries))
    (_, first), *_ = tables
    exact = figures(first[0].run).exact
    parts.append(
        f"Of {first[0].name}, with the label itself: {exact} right, {100 * exact.hits / exact.total:.1f} % "
        f"({exact.interval}).\n\n{confusion(first[0].run)}"
    )
    return "\n".join([*parts, *notes])


def _sources(clips: Sequence[Clip]) -> str:
    counted = Counter(clip.source for clip in clips if clip.source)
    told = ", ".join(f"{source} ({count})" for source, count in counted.most_common())
    return f" Sources: {told}." if told else ""


def mistakes(run: Run) -> str:
    """Each clip that came out wrong, for the screen."""
    return "\n".join(
        f"{clip.path.name}: {clip.label} taken for {heard.label} ({heard.reason}) at {heard.at_ms} ms; {heard.words}"
        for clip, heard in run
        if not right(clip, heard) or not exactly(clip, heard)
    )


def clock_note(clock_ms: tuple[int, int]) -> str:
    """The test of AMD()'s own time."""
    return (
        f"Whether AMD() hears in real time: calls of digital silence, for which it waits 2,500 ms by itself, took "
        f"{clock_ms[0]} to {clock_ms[1]} ms of the clock.\n"
    )


def calls_section(calls: Sequence[PlayedCall]) -> str:
    """Files as calls, beside the same files offline."""
    equal = [call for call in calls if call.verdicts[0] == call.verdicts[1]]
    apart = [call.apart_ms for call in calls]
    near = sum(abs(each) <= NEAR_MS for each in apart)
    heard = sum(call.audio_apart_ms == 0 for call in calls)
    low, middle, high, higher, most = np.percentile(apart, [0, 50, 90, 99, 100])
    others = [
        f"| {call.file.name} | {call.offline.reason} | {call.attempt.amd_reason} | {call.audio_apart_ms or 0:+d} "
        f"| {call.apart_ms:+d} |"
        for call in calls
        if call not in equal or abs(call.apart_ms) > NEAR_MS
    ]
    lines = [
        "## The same verdicts on the line\n",
        f"{len(calls)} files, {_ABOUT_CALLS}",
        "| | |\n|---|---:|",
        f"| category and reason equal | **{len(equal)} of {len(calls)}** |",
        f"| decided on the very same frame | {heard} of {len(calls)} |",
        f"| verdict on the clock, later than the file's: median | {middle:.0f} ms |",
        f"| 90th and 99th percentile | {high:.0f} / {higher:.0f} ms |",
        f"| least and most | {low:.0f} / {most:.0f} ms |",
        f"| within {NEAR_MS} ms | {near} of {len(calls)} |",
    ]
    if others:
        lines += ["\nThe others:\n", "| file | offline | call | audio, ms | clock, ms |", "|---|---|---|---:|---:|"]
        lines += others
    return "\n".join(lines) + "\n"


def load_section(results: Sequence[LoadResult]) -> str:
    """Many detections at once, a column a run."""

    def three(values: tuple[float, float, float]) -> str:
        return " / ".join(f"{value:.1f}" for value in values)

    def words(result: LoadResult) -> str:
        given = result.words
        return "none" if given is None else f"{given.workers} × {given.recognisers}"

    def without(result: LoadResult) -> str:
        return ", ".join(f"{count} {why}" for why, count in sorted(result.without_words.items()) if count) or "-"

    rows = [
        ("recognisers: processes × calls", words),
        ("detections, one after the other on each line", lambda r: str(r.calls)),
        ("verdicts equal to those offline", lambda r: f"{r.verdicts_equal} of {r.calls}"),
        (f"**frames evaluated more than {LATE_MS:.0f} ms late**", lambda r: f"**{r.late_frames} of {r.frames}**"),
        ("frame's way from socket to evaluation, ms, p50 / p99 / max", lambda r: three(r.late_ms)),
        ("event loop late, ms, p50 / p99 / max", lambda r: three(r.lag_ms)),
        ("engine's CPU, ms a second of a call", lambda r: f"{r.cpu_ms_per_s:.1f}"),
        (
            "a recogniser's CPU, ms a second of a call",
            lambda r: "-" if r.words_ms_per_s is None else f"{r.words_ms_per_s:.1f}",
        ),
        ("recognisers at work at once, most", lambda r: str(r.most_busy) if r.words else "-"),
        ("detections without words, and why", without),
        ("load average at the end", lambda r: f"{r.load:.1f}"),
    ]
    lines = [
        "## Many at once\n",
        _ABOUT_LOAD,
        "| | " + " | ".join(f"{result.lines} lines" for result in results) + " |",
        "|---|" + "---:|" * len(results),
    ]
    lines += [f"| {name} | " + " | ".join(cell(result) for result in results) + " |" for name, cell in rows]
    return "\n".join(lines) + "\n"
