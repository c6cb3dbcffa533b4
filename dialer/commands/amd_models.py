"""``cadencia amd model``: the speech models by which the detector understands words."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dialer.amd.model_card import ModelCard, Origin, checksum, read_card
from dialer.amd.model_install import add_model, installed_models, models_folder
from dialer.amd.model_trial import try_model
from dialer.amd.transcript import load_vosk
from dialer.commands.speech import out, settings_and_logs
from dialer.voskmini.built import FULL, QUICK, build
from dialer.voskmini.corpus import load_texts
from dialer.voskmini.measure import Condition, score
from dialer.voskmini.own_model import LEAST_WORDS, MOST_ERRORS, load_calls

app = typer.Typer(no_args_is_help=True, help="Speech models for the detector: list, add, build, train.")

_SYNTHETIC = (
    "This model has learned from a speech program alone. It understands that program, for tests and demonstrations, "
    "and does NOT understand people. Its card says that it may not decide about calls to people."
)


class Language(StrEnum):
    ES = "es"
    EN = "en"


@app.command("list")
def listed(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """The models in the data folder and those that the settings name: origin, licence, whether they may decide."""
    settings = settings_and_logs(default_level="warning")
    configured = {folder.resolve() for folder in (settings.amd.vosk_model_es, settings.amd.vosk_model_en) if folder}
    shown = {folder.resolve(): card for folder, card in installed_models(settings.data_dir)}
    for folder in sorted(configured - shown.keys()):
        shown[folder] = read_card(folder)
    for folder, card in shown.items():
        used = folder in configured
        if as_json:
            facts = {**asdict(card), "folder": str(folder), "in_use": used}
            typer.echo(json.dumps(facts, ensure_ascii=False))
            continue
        typer.echo(f"{card.name} ({card.language or 'language not stated'}), {'in use' if used else 'not in use'}")
        typer.echo(f"  {folder}")
        typer.echo(f"  origin {card.origin.value}; {'may' if card.may_decide else 'may not'} decide about people")
        typer.echo(f"  licence: {card.licence.partition(chr(10))[0] or 'not stated'}")
    if not shown and not as_json:
        typer.echo("No speech model is installed: timing and tones decide alone. See cadencia amd model --help.")


@app.command("add")
def add(
    language: Annotated[Language, typer.Argument(help="es or en.")],
    source: Annotated[str, typer.Argument(help="A folder, an archive (.zip, .tar.gz), or the https address of one.")],
    sha256: Annotated[str, typer.Option(help="Refuse an archive with another SHA-256.")] = "",
) -> None:
    """Check a Vosk model and install it in the data folder. Shows its checksum and licence."""
    settings = settings_and_logs(default_level="warning")
    added = add_model(source, language.value, settings.data_dir, sha256=sha256)
    if added.archive_sha256:
        typer.echo(f"SHA-256 of the archive: {added.archive_sha256}")
        if not sha256:
            typer.echo("Compare it with what the publisher states, if they state one.")
    typer.echo(f"Licence, as its own files have it:\n{added.card.licence or 'nothing. Ask whoever published it.'}")
    _finish(added.folder, added.card)


@app.command("build")
def built(
    language: Annotated[Language, typer.Argument(help="es or en.")],
    folder: Annotated[Path | None, typer.Option("--out", help="Where to; by default into the data folder.")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=60, max=100_000, help="Speech to learn from; more is better and slower.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A lesser model, in about a minute.")] = False,
    measure: Annotated[bool, typer.Option(help="Measure it on voices and sentences that were held back.")] = True,
) -> None:
    """Train a small Vosk model from espeak-ng's speech: needs no download, takes minutes, and is not for people's
    voices."""
    settings = settings_and_logs(default_level="warning")
    usual = QUICK if quick else FULL
    recipe = replace(usual, seconds=seconds or usual.seconds)
    target = folder or models_folder(settings.data_dir) / f"cadencia-mini-{language.value}"
    typer.echo(_SYNTHETIC)
    build(language.value, recipe, target, typer.echo)
    if measure:
        texts = load_texts(language.value)
        table = Table("held-back voices and sentences", "words", "word errors", "CPU ms per s")
        for condition in Condition:
            result = score(target, texts, condition, 2 * len(texts.held_back))
            rate, cpu = f"{result.error_rate:.1%}", f"{result.cpu_ms_per_second:.1f}"
            table.add_row(condition.value, str(result.words), rate, cpu)
        out.print(table)
    _finish(target, read_card(target))


@app.command("train")
def trained(
    language: Annotated[Language, typer.Argument(help="es or en.")],
    manifest: Annotated[Path, typer.Argument(help="CSV with the columns file,text and, if there are more, language.")],
    folder: Annotated[Path | None, typer.Option("--out", help="Where to; by default into the data folder.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Less synthetic speech beside the calls: sooner, lesser.")] = (
        False
    ),
    of_people: Annotated[
        bool,
        typer.Option("--of-people", help="I confirm that people speak in these calls: it may decide if it is good."),
    ] = False,
) -> None:
    """Train a small Vosk model from your own transcribed calls, besides espeak-ng's speech. A fifth of the calls is
    held back and tells how well it understands; its card says what it was trained on, and whether it may decide."""
    settings = settings_and_logs(default_level="warning")
    load_calls(manifest, language.value)  # what is wrong with it is better said now than in an hour
    target = folder or models_folder(settings.data_dir) / f"cadencia-own-{language.value}"
    build(language.value, QUICK if quick else FULL, target, typer.echo, calls=manifest, of_people=of_people)
    card = read_card(target)
    facts = card.facts
    typer.echo(
        f"Trained on {facts['own_calls']} calls ({facts['own_speech_s']} s) besides {facts['speech_s']} s of synthetic "
        f"speech. Held back: {facts['held_back_errors']} of {facts['held_back_words']} words wrong."
    )
    if not card.may_decide:
        typer.echo(
            f"It may not decide about people: that takes --of-people, {LEAST_WORDS} words held back, and at most "
            f"{MOST_ERRORS:.0%} of them wrong. Timing and tones decide; its words are kept as evidence."
        )
    _finish(target, card)


@app.command("check")
def check(
    language: Annotated[Language, typer.Argument(help="es or en.")],
    folder: Annotated[Path, typer.Argument(help="The model's folder.")],
) -> None:
    """Load a model, compare its files with its card, and let it write down a spoken phrase."""
    settings_and_logs(default_level="warning")
    _finish(folder, read_card(folder))


def _finish(folder: Path, card: ModelCard) -> None:
    trial = try_model(load_vosk(folder), card.language)
    typer.echo(f"Said: {trial.said}")
    typer.echo(f"Heard: {trial.heard}")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    typer.echo(f"{folder}: {size:.1f} MB, checksum {checksum(folder)}")
    if card.origin is Origin.SYNTHETIC:
        typer.echo(_SYNTHETIC)
    typer.echo(f"To use it, set CADENCIA_AMD__VOSK_MODEL_{card.language.upper()}={folder.resolve()}")
