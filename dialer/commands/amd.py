"""``cadencia amd classify``: the detector on recorded files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from dialer.amd.offline import FileVerdict, classify_file
from dialer.amd.timing_model import TimingModel, load_timing_model
from dialer.amd.transcript import Recogniser, load_vosk
from dialer.commands import amd_learning, amd_models
from dialer.commands.amd_words import said
from dialer.commands.speech import err, out, settings_and_logs
from dialer.domain.verdict import AmdMode
from dialer.errors import ConfigurationError, MediaError
from dialer.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Answering-machine detection.")
app.add_typer(amd_models.app, name="model")
app.command("eval")(amd_learning.evaluate_calls)
app.command("train")(amd_learning.train_model)


class Language(StrEnum):
    ES = "es"
    EN = "en"


class Mode(StrEnum):
    CAREFUL = "careful"
    STRICT = "strict"


@app.command("classify")
def classify(
    files: Annotated[list[Path], typer.Argument(help="WAV files, or headerless 8 kHz mu-law (.ulaw).")],
    language: Annotated[Language, typer.Option(help="es or en: whose words to look for.")] = Language.ES,
    mode: Annotated[Mode, typer.Option(help="careful or strict.")] = Mode.CAREFUL,
    words: Annotated[
        bool | None,
        typer.Option("--words/--no-words", help="With a speech model, or without; by default with, where one is set."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say who answered, as the detector hears it: label, reason, time of the decision, beep, words, CPU time.

    A file is heard as a call that was answered at its beginning, frame by frame, by the code that hears calls. Files
    that cannot be read are named, the others are judged; the exit code is 1 then.
    """
    settings = settings_and_logs(default_level="warning")
    make_recogniser = recogniser_maker(settings, language.value, words)
    timing = timing_model(settings)
    table = Table()
    for key in _COLUMNS:
        table.add_column(said(settings.language, key), overflow="fold")
    unread = 0
    for path in files:
        recogniser = make_recogniser() if make_recogniser is not None else None
        try:
            verdict = classify_file(
                path, mode=AmdMode(mode.value), language=language.value, recogniser=recogniser, timing=timing
            )
        except MediaError as exc:
            unread += 1
            err.print(said(settings.language, str(exc.details["problem"]), file=path), soft_wrap=True)
            continue
        if as_json:
            typer.echo(json.dumps(_facts(verdict), ensure_ascii=False, default=str))
        else:
            table.add_row(*_row(verdict))
    if not as_json and unread < len(files):
        out.print(table)
    if unread:
        raise typer.Exit(1)


_COLUMNS = ("file", "label", "reason", "decision", "beep", "words", "cpu")


def _row(verdict: FileVerdict) -> list[str]:
    beep = beep_ms(verdict)
    return [
        Path(verdict.path).name,
        verdict.label,
        verdict.reason,
        str(verdict.decision_ms),
        "" if beep is None else str(beep),
        verdict.words,
        f"{verdict.cpu_ms:.1f}",
    ]


def _facts(verdict: FileVerdict) -> dict[str, Any]:
    facts = asdict(verdict)
    del facts["second_look"]  # not asked for here
    return {**facts, "beep_ms": beep_ms(verdict)}


def beep_ms(verdict: FileVerdict) -> int | None:
    """When the beep that was heard ended, in ms of the file; None where there was none up to the verdict."""
    tones: Any = verdict.evidence.get("tones") or ()
    return next((int(tone["ended_ms"]) for tone in tones if tone["kind"] == "beep"), None)


def recogniser_maker(settings: Settings, language: str, words: bool | None) -> Callable[[], Recogniser] | None:
    """What makes recognisers of a language, or None where words are not wanted, or there is no model and they were not
    asked for. Raises ConfigurationError where they were."""
    folder = settings.amd.vosk_model_es if language == "es" else settings.amd.vosk_model_en
    if words is False or (folder is None and words is None):
        return None
    if folder is None:
        raise ConfigurationError(said(settings.language, "no_model", language=language, LANGUAGE=language.upper()))
    return load_vosk(folder)


def timing_model(settings: Settings) -> TimingModel | None:
    """The timing model that the settings name. Raises ConfigurationError where it cannot be used."""
    return None if settings.amd.timing_model is None else load_timing_model(settings.amd.timing_model)
