"""What a recogniser limited to a grammar understands of answers that espeak-ng speaks over a telephone line.

``python -m tests.perf.bench_ivr_speech --output docs/ivr-speech.md`` writes its table between the document's marks.
With our own small models, as the tests have them, or with ``--model es=FOLDER``.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import vosk

from dialer.voskmini.built import QUICK, kept
from dialer.voskmini.corpus import LANGUAGES
from dialer.voskmini.espeak import Espeak
from ivr_flows.spoken.hearing import InDoubt, Question, Understood
from ivr_flows.spoken.recogniser import least_confidence
from tests.support.spoken_answers import (
    ASKED,
    Samples,
    answers,
    expected,
    mu_law,
    mu_law_with_noise,
    recognise,
    spoken,
    understood,
)

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass
class Row:
    """Of the answers to one question: understood, asked which of two, asked again by keypad, understood wrongly; and
    what would have been wrong without the threshold of confidence."""

    counts: Counter[str] = field(default_factory=Counter)
    audio_s: float = 0.0
    cpu_s: float = 0.0


def measure(
    model: Any,
    question: Question,
    language: str,
    count: int,
    line: Callable[[Samples, np.random.Generator], Samples],
    espeak: Espeak,
) -> Row:
    chance = np.random.default_rng(11)
    phrases = expected(model, question, language)
    least = least_confidence(question, language)
    row = Row()
    asked = answers(question, language, chance)
    for _ in range(count):
        text, meant = next(asked)
        samples = line(spoken(espeak, text, language, chance), chance)
        began = time.process_time()
        heard = recognise(model, samples, phrases, language)
        row.cpu_s += time.process_time() - began
        row.audio_s += len(samples) / 8000
        found = understood(question, heard.text, language)
        sure = heard.confidence >= least
        if isinstance(found, Understood):
            wrong = found.value != meant
            row.counts["wrong before"] += wrong
            row.counts["again" if not sure else "wrong" if wrong else "right"] += 1
        else:
            row.counts["which" if isinstance(found, InDoubt) and sure else "again"] += 1
    return row


def table(models: dict[str, Path], count: int) -> str:
    columns = (
        "language",
        "asked for",
        "line",
        "understood",
        "asked which",
        "asked again",
        "wrong",
        "wrong if believed",
    )
    lines = [f"| {' | '.join(columns)} |", "|---|---|---|---:|---:|---:|---:|---:|"]
    audio_s = cpu_s = 0.0
    for language, folder in models.items():
        model = vosk.Model(str(folder))
        espeak = Espeak()
        for question in ASKED:
            for name, line in (("mu-law", mu_law), ("mu-law, noise at 20 dB", mu_law_with_noise)):
                row = measure(model, question, language, count, line, espeak)
                audio_s, cpu_s = audio_s + row.audio_s, cpu_s + row.cpu_s
                shares = [
                    f"{row.counts[key] / count:.0%}" for key in ("right", "which", "again", "wrong", "wrong before")
                ]
                asked = question.value.replace("_", "/")
                lines.append(f"| {language} | {asked} | {name} | {' | '.join(shares)} |")
    lines += ["", f"{count} answers a row; {1000 * cpu_s / audio_s:.0f} ms of one processor a second of speech."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100, help="answers a row")
    parser.add_argument("--model", action="append", default=[], metavar="LANGUAGE=FOLDER")
    parser.add_argument("--output", type=Path, help="the document whose figures are replaced")
    options = parser.parse_args()
    vosk.SetLogLevel(-1)
    named = dict(one.split("=", 1) for one in options.model)
    models = {language: Path(named.get(language) or kept(language, QUICK, print)) for language in LANGUAGES}
    found = table(models, options.count)
    if options.output is None:
        print(found)
        return
    text = options.output.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    options.output.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
