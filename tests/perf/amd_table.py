"""The table of detectors on one set of clips: who is run, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialer.amd.offline import classify_file
from dialer.amd.transcript import Recogniser
from dialer.domain.verdict import AmdMode
from tests.perf.amd_clips import Clip, Figures, Heard, Length, Run, Share, figures, percentiles

SECOND_LOOK_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A detector's row. ``stages`` says whether it has a second one, ``cpu`` what a second of audio cost."""

    name: str
    run: Run
    cpu: str
    stages: bool = False


def ours(
    name: str,
    clips: Sequence[Clip],
    *,
    mode: AmdMode = AmdMode.CAREFUL,
    recognisers: dict[str, Callable[[], Recogniser]] | None = None,
) -> Entry:
    """Our own detector on ``clips``, in one or two stages; by language the maker of recognisers, where there is one."""
    run = [(clip, _heard(clip, mode, (recognisers or {}).get(clip.language))) for clip in clips]
    cpu_ms, audio_ms = sum(heard.cpu_ms or 0.0 for _, heard in run), sum(heard.at_ms for _, heard in run)
    return Entry(name=name, run=run, cpu=f"{cpu_ms / audio_ms * 1000:.2f}", stages=True)


def rival(name: str, clips: Sequence[Clip], detect: Callable[[Path], Heard]) -> Entry:
    run = [(clip, detect(clip.path)) for clip in clips]
    cpu_ms, audio_ms = sum(heard.cpu_ms or 0.0 for _, heard in run), sum(heard.at_ms for _, heard in run)
    return Entry(name=name, run=run, cpu=f"{cpu_ms / audio_ms * 1000:.2f}")


def _heard(clip: Clip, mode: AmdMode, recogniser: Callable[[], Recogniser] | None) -> Heard:
    found = classify_file(
        clip.path,
        mode=mode,
        language=clip.language,
        recogniser=recogniser() if recogniser is not None else None,
        second_look_s=SECOND_LOOK_S,
    )
    look = found.second_look
    return Heard(
        label=found.label,
        reason=found.reason,
        at_ms=found.decision_ms,
        withdrawn_ms=found.decision_ms + look.after_ms if look is not None and look.certain else None,
        hinted=look is not None and not look.certain,
        words=found.words,
        cpu_ms=found.cpu_ms,
    )


_ROWS: Final[Sequence[tuple[str, Callable[[Entry, Figures], str]]]] = (
    ("**right**", lambda e, f: f"**{100 * f.right.hits / f.right.total:.1f} %**"),
    ("95 % interval", lambda e, f: f.right.interval),
    ("**people lost**: answers up to 1.2 s", lambda e, f: str(f.lost[Length.SHORT])),
    ("longer answers", lambda e, f: str(f.lost[Length.LONG])),
    ("answers of unknown length", lambda e, f: str(f.lost[Length.UNKNOWN])),
    ("all, 95 % interval", lambda e, f: _all_lost(f)),
    ("**machines passed** in stage one", lambda e, f: str(f.passed)),
    ("95 % interval", lambda e, f: f.passed.interval),
    ("left after stage two, neither certain nor told", lambda e, f: _staged(e, f"**{f.left}**")),
    ("certain in stage two / told to the agent", lambda e, f: _staged(e, f"{f.withdrawn} / {f.hinted}")),
    ("people: certain in stage two / told", lambda e, f: _staged(e, f"{f.withdrawn_people} / {f.hinted_people}")),
    ("undecided", lambda e, f: str(f.undecided)),
    ("silence before a person's verdict, ms: short answers", lambda e, f: percentiles(f.silence[Length.SHORT])),
    ("long answers", lambda e, f: percentiles(f.silence[Length.LONG])),
    ("person's verdict after the answer, ms", lambda e, f: percentiles(f.human_after)),
    ("machine's verdict after the answer, ms", lambda e, f: percentiles(f.machine_after)),
    ("beeps found", lambda e, f: _staged(e, str(f.beeps))),
    ("people taken for a beep", lambda e, f: _staged(e, str(f.false_beeps))),
    ("CPU, ms a second of audio", lambda e, f: e.cpu),
)


def table(entries: Sequence[Entry]) -> str:
    """Detectors side by side, in Markdown. All have the same clips."""
    counted = [(entry, figures(entry.run)) for entry in entries]
    lines = ["| | " + " | ".join(entry.name for entry in entries) + " |", "|---|" + "---:|" * len(entries)]
    for name, cell in _ROWS:
        cells = [cell(entry, found) for entry, found in counted]
        if set(cells) - {"-", "0 of 0", "0.0 to 100.0"}:
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def confusion(run: Run) -> str:
    """What was what, in Markdown."""
    labels = sorted({clip.label for clip, _ in run})
    found = sorted({heard.label for _, heard in run})
    lines = ["| is \\ taken for | " + " | ".join(found) + " |", "|---|" + "---:|" * len(found)]
    for label in labels:
        counts = (sum(c.label == label and h.label == verdict for c, h in run) for verdict in found)
        lines.append(f"| {label} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines) + "\n"


def _all_lost(found: Figures) -> str:
    shares = found.lost.values()
    return Share(hits=sum(share.hits for share in shares), total=sum(share.total for share in shares)).interval


def _staged(entry: Entry, cell: str) -> str:
    return cell if entry.stages else "-"
