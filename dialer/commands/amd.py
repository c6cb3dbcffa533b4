"""``cadencia amd``: the detector on recorded files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dialer.amd.offline import classify_file
from dialer.amd.transcript import load_vosk
from dialer.commands import amd_models
from dialer.commands.speech import out, settings_and_logs
from dialer.domain.verdict import AmdMode

app = typer.Typer(no_args_is_help=True, help="Answering-machine detection.")
app.add_typer(amd_models.app, name="model")


@app.command("classify")
def classify(
    files: Annotated[list[Path], typer.Argument(help="WAV files, or headerless 8 kHz mu-law (.ulaw).")],
    language: Annotated[str, typer.Option(help="es or en: whose words to look for.")] = "es",
    mode: Annotated[AmdMode, typer.Option(help="careful or strict.")] = AmdMode.CAREFUL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say who answered, as the detector hears it: label, reason, time of the decision, words, CPU time."""
    settings = settings_and_logs(default_level="warning")
    folder = settings.amd.vosk_model_es if language == "es" else settings.amd.vosk_model_en
    make_recogniser = load_vosk(folder) if folder is not None else None
    table = Table("file", "label", "reason", "decision ms", "words", "cpu ms")
    for path in files:
        recogniser = make_recogniser() if make_recogniser is not None else None
        verdict = classify_file(path, mode=mode, language=language, recogniser=recogniser)
        if as_json:
            typer.echo(json.dumps(asdict(verdict), ensure_ascii=False, default=str))
        else:
            table.add_row(
                path.name,
                verdict.label,
                verdict.reason,
                str(verdict.decision_ms),
                verdict.words,
                f"{verdict.cpu_ms:.1f}",
            )
    if not as_json:
        out.print(table)
