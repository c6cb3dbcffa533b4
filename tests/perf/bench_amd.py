"""The detector beside others on the same labelled calls, on the line and under load, into docs/amd-benchmarks.md.

    python -m tests.perf.bench_amd [--audio FOLDER] [--only made,given,calls,load] [--output docs/amd-benchmarks.md]

``made`` is the set that the project makes with espeak-ng. ``given`` is a folder of yours (``--audio``, or
``CADENCIA_AMD_AUDIO``) that holds audio and its ``manifest.csv``: the columns ``path`` (relative to it) and ``label``
(human, machine, beep, sit, silence); ``language``, ``kind``, ``source``, ``onset_ms`` and ``utt_ms`` (when somebody
begins to speak, and for how long) where they are known. ``calls`` plays 200 of those files, or of the made ones, as
calls through the whole engine; ``load`` runs many detections at once. Needs root for the private Asterisk, and some
minutes more the first time, in which our own Vosk models are made. The exit code is 1 where a call got another
verdict than its file.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from dialer.amd.transcript import Recogniser, load_vosk
from dialer.clock import SystemClock
from dialer.domain.verdict import AmdMode
from dialer.voskmini.built import FULL, kept
from dialer.voskmini.corpus import LANGUAGES
from tests.perf import amd_page
from tests.perf.amd_clips import Clip, clips_of
from tests.perf.amd_load import LoadResult, Words, run_load
from tests.perf.amd_rivals import voice_alone
from tests.perf.amd_stock import run_stock
from tests.perf.amd_table import Entry, ours, rival
from tests.support.asterisk import start_asterisk
from tests.support.made_calls import make_calls
from tests.support.played_calls import PlayedCall, play_calls

PARTS = ("made", "given", "calls", "load")
CALLS = 200
CALL_AGENTS, CALLS_PER_SECOND = 80, 7.0
LOAD_S = 20.0
#: Lines, and recognisers as processes × calls: none, as many as usual, one for every line, and more than two
#: processors can bear.
LOADS = ((60, None), (20, (2, 10)), (60, (2, 10)), (60, (2, 30)), (120, (2, 60)))
SPOKEN_KINDS = {"espeak": "speech by espeak-ng", "neural-tts": "speech by neural networks"}


class Bench:
    def __init__(self, folder: Path, audio: Path | None, models: dict[str, Path | None], verbose: bool) -> None:
        self._folder = folder
        self._verbose = verbose
        self.made = clips_of(make_calls(folder / "made"))
        self.given = clips_of(audio / "manifest.csv") if audio is not None else []
        self._models = {language: models.get(language) or kept(language, FULL, print) for language in LANGUAGES}
        self._recognisers: dict[str, Callable[[], Recogniser]] = {
            language: load_vosk(model) for language, model in self._models.items()
        }

    def section(self, part: str) -> str:
        return {"made": self._made, "given": self._given, "calls": self._calls, "load": self._load}[part]()

    def _made(self) -> str:
        every, notes = self._everybody(self.made)
        words = self._with_words(self.made)
        return amd_page.set_section("Calls that the project makes itself", self.made, [("", [*every, words])], notes)

    def _given(self) -> str:
        if not self.given:
            raise SystemExit("Name a folder of labelled audio in CADENCIA_AMD_AUDIO, or leave `given` out of --only.")
        every, notes = self._everybody(self.given)
        tables: list[tuple[str, Sequence[Entry]]] = [("", every)]
        for kind, name in SPOKEN_KINDS.items():
            some = {clip for clip in self.given if clip.kind == kind}
            if some:
                entries = [Entry(name=e.name, run=[r for r in e.run if r[0] in some], cpu="-", stages=e.stages)
                           for e in every]  # fmt: skip
                tables.append((f"Of those, {name}", [*entries, self._with_words(sorted(some, key=lambda c: c.path))]))
        return amd_page.set_section("Labelled recordings", self.given, tables, notes)

    def _everybody(self, clips: Sequence[Clip]) -> tuple[list[Entry], list[str]]:
        rules = ours("Cadencia", clips)
        strict = ours("Cadencia, strict", clips, mode=AmdMode.STRICT)
        process = start_asterisk("bench-amd")
        try:
            stock = asyncio.run(run_stock(process, clips))
        finally:
            process.remove()
        if self._verbose:
            print(amd_page.mistakes(rules.run))
        asterisk = [Entry(name=name, run=each.run, cpu=f"{each.cpu_ms_per_s:.1f}") for name, each in stock.items()]
        notes = [amd_page.clock_note(each.clock_ms) for each in stock.values() if each.clock_ms is not None]
        return [rules, strict, *asterisk, rival("webrtcvad alone", clips, voice_alone)], notes

    def _with_words(self, clips: Sequence[Clip]) -> Entry:
        entry = ours("Cadencia with our own Vosk model", clips, recognisers=self._recognisers)
        if self._verbose:
            print(amd_page.mistakes(entry.run))
        return entry

    def played(self) -> list[PlayedCall]:
        clips = self.given or self.made
        chosen = [clips[number * len(clips) // min(CALLS, len(clips))] for number in range(min(CALLS, len(clips)))]
        folder = self._folder / "calls"
        folder.mkdir()
        process = start_asterisk("bench-amd")
        try:
            calls, _ = asyncio.run(
                play_calls(
                    process, folder, [clip.path for clip in chosen],
                    agents=CALL_AGENTS, calls_per_second=CALLS_PER_SECOND, timeout_s=180.0,
                )
            )  # fmt: skip
        finally:
            process.remove()
        return calls

    def _calls(self) -> str:
        calls = self.played()
        self.different = [call.file.name for call in calls if call.verdicts[0] != call.verdicts[1]]
        return amd_page.calls_section(calls)

    different: Sequence[str] = ()

    def _load(self) -> str:
        files = [clip.path for clip in self.given or self.made if clip.label in ("human", "machine")]
        results: list[LoadResult] = []
        for lines, recognisers in LOADS:
            words = None
            if recognisers is not None:
                words = Words(model=self._models["es"], workers=recognisers[0], recognisers=recognisers[1])
            results.append(asyncio.run(run_load(files, lines=lines, seconds=LOAD_S, words=words)))
            print(results[-1], flush=True)
        return amd_page.load_section(results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audio", type=Path, default=os.environ.get("CADENCIA_AMD_AUDIO"))
    parser.add_argument("--only", default="", help=f"what to measure, with commas: {','.join(PARTS)}")
    for language in LANGUAGES:
        parser.add_argument(f"--model-{language}", type=Path, help="another Vosk model than our own")
    parser.add_argument("--verbose", action="store_true", help="list the files that came out wrong")
    parser.add_argument("--output", type=Path, help="the page to write; sections not measured now stay")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    audio = Path(chosen.audio) if chosen.audio else None
    parts = chosen.only.split(",") if chosen.only else [part for part in PARTS if part != "given" or audio is not None]
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose of {', '.join(PARTS)}")
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-amd-") as folder:
        bench = Bench(Path(folder), audio, {"es": chosen.model_es, "en": chosen.model_en}, chosen.verbose)
        for part in parts:
            before = os.getloadavg()[0]
            text = bench.section(part)
            text = f"{text}\n{amd_page.stamp(clock.now(), (before, os.getloadavg()[0]))}"
            print(text, flush=True)
            if chosen.output is not None:
                amd_page.write(chosen.output, {part: text})
    sys.exit(1 if bench.different else 0)


if __name__ == "__main__":
    main()
