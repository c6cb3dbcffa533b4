"""``cadencia ivr sounds``: what flows say, as sound files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dialer.commands.speech import out, settings_and_logs
from dialer.installation import prepare_data_dir
from dialer.provision.ivr_sounds import SoundState, build_ivr_sounds, spoken_texts, states, voices_of

sounds_app = typer.Typer(no_args_is_help=True, help="The sounds of self-service flows: build, list, what is missing.")


class Language(StrEnum):
    ES = "es"
    EN = "en"


Folder = Annotated[
    Path, typer.Argument(help="Asterisk's folder for them, such as /usr/share/asterisk/sounds/cadencia.")
]
OneLanguage = Annotated[Language | None, typer.Option("--language", help="es or en; both by default.")]
Flows = Annotated[
    list[Path] | None, typer.Option("--flow", help="A flow file of yours, beside those that ship; may be repeated.")
]
Also = Annotated[
    list[str] | None, typer.Option("--say", help="Another text, such as a creditor's name; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

Prompts = dict[str, list[Mapping[str, str]]]


@sounds_app.command("build")
def build(folder: Folder, language: OneLanguage = None, flows: Flows = None, say: Also = None) -> None:
    """Speak every prompt and every phrase of numbers, money and dates; recordings of yours take their places. What has
    not changed is not spoken again."""
    settings = settings_and_logs(default_level="warning")
    prepare_data_dir(settings.data_dir)
    cache = settings.data_dir / "speech"
    count = build_ivr_sounds(folder, cache, voices_of(settings.voice), prompts_of(flows, language, say), typer.echo)
    typer.echo(f"{count} sounds are in {folder}.")


@sounds_app.command("list")
def listed(
    folder: Folder, language: OneLanguage = None, flows: Flows = None, say: Also = None, as_json: AsJson = False
) -> None:
    """Every sound by name and text, and whose voice it is. A recording goes to <recordings>/<language>/<name>.wav."""
    _show(folder, prompts_of(flows, language, say), as_json=as_json, only=None)


@sounds_app.command("missing")
def missing(
    folder: Folder,
    language: OneLanguage = None,
    flows: Flows = None,
    say: Also = None,
    to_record: Annotated[bool, typer.Option("--to-record", help="Those that no person has recorded.")] = False,
    as_json: AsJson = False,
) -> None:
    """The sounds that are not in the folder; exit code 1 where there are some."""
    shown = _show(folder, prompts_of(flows, language, say), as_json=as_json, only="recorded" if to_record else "there")
    if shown and not to_record:
        raise typer.Exit(1)


def prompts_of(
    flows: Sequence[Path] | None = None, language: Language | None = None, also: Sequence[str] | None = None
) -> Prompts:
    """What the shipped flows and ``flows`` say, by language; and ``also``. Raises InvalidFlow, UnknownFlow."""
    found = spoken_texts(also or (), flows or ())
    return {language.value: found[language.value]} if language else found


def _show(folder: Path, prompts: Prompts, *, as_json: bool, only: str | None) -> bool:
    """Print the sounds; with ``only``, those of which that is not so. Whether there were any."""
    voices = voices_of(settings_and_logs(default_level="warning").voice)
    table = Table("language", "name", "voice", "text")
    shown = False
    for language, catalogues in prompts.items():
        for state in states(folder, voices, language, catalogues):
            if only is not None and getattr(state, only):
                continue
            shown = True
            if as_json:
                typer.echo(json.dumps({"language": language, **asdict(state)}, ensure_ascii=False))
            else:
                table.add_row(language, state.name, _whose(state), state.text)
    if shown and not as_json:
        out.print(table)
    return shown


def _whose(state: SoundState) -> str:
    if not state.there:
        return "missing"
    return "recorded" if state.recorded else "spoken"
