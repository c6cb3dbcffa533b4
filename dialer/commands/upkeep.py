"""Small commands that keep an installation in order."""

from __future__ import annotations

import asyncio
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from dialer.commands.speech import out, settings_and_logs
from dialer.installation import load_secrets, prepare_data_dir
from dialer.provision.ivr_sounds import voices_of
from dialer.provision.render import AsteriskConfig, render_to
from dialer.provision.sounds import Speech, build_prompts
from dialer.settings import render_example
from dialer.store.database import Database

settings_app = typer.Typer(no_args_is_help=True, help="The settings.")
asterisk_app = typer.Typer(no_args_is_help=True, help="Asterisk's configuration.")


def version() -> None:
    """Print the version."""
    typer.echo(installed_version("cadencia"))


def migrate() -> None:
    """Bring the database to this release's schema, creating it where there is none."""
    settings = settings_and_logs()
    if not settings.database_url:
        prepare_data_dir(settings.data_dir)

    async def work() -> str:
        database = Database(settings.effective_database_url)
        try:
            return await database.migrate()
        finally:
            await database.close()

    out.print(f"The database is at revision {asyncio.run(work())}.")


@settings_app.command("example")
def settings_example() -> None:
    """Print .env.example: every setting, what it means, and its default."""
    typer.echo(render_example(), nl=False)


@asterisk_app.command("render")
def asterisk_render(
    folder: Annotated[Path, typer.Argument(help="Where to write the files, such as /etc/asterisk.")],
) -> None:
    """Write the configuration that an Asterisk of your own needs. Existing files of those names are replaced."""
    settings = settings_and_logs()
    prepare_data_dir(settings.data_dir)
    secrets = load_secrets(settings.data_dir)
    config = AsteriskConfig(
        ami_secret=settings.ami.secret or secrets.ami_secret,
        ami_user=settings.ami.username,
        ami_port=settings.ami.port,
        media=f"{settings.media.host}:{settings.media.port}",
        agi=f"{settings.ivr.host}:{settings.ivr.port}",
        default_language=settings.language,
    )
    for path in render_to(config, folder):
        out.print(str(path))


@asterisk_app.command("sounds")
def asterisk_sounds(
    folder: Annotated[
        Path, typer.Argument(help="Asterisk's folder for them, such as /usr/share/asterisk/sounds/cadencia.")
    ],
    creditor: Annotated[str, typer.Option(help="Who calls, as the messages say it.")],
    callback: Annotated[str, typer.Option(help="The number to call back, as the messages say it.")],
    campaign: Annotated[str, typer.Option(help="Only the messages to this campaign's debtors; empty: all.")] = "",
) -> None:
    """Speak the recorded messages in Spanish and English with the voice of the settings. Replace any by a
    recording of yours."""
    settings = settings_and_logs()
    prepare_data_dir(settings.data_dir)
    cache = settings.data_dir / "speech"
    voices = voices_of(settings.voice)
    speech = Speech(creditor=creditor, callback=callback, voices=voices.names, command=voices.command)
    for path in build_prompts(folder, cache, speech, campaign=campaign):
        out.print(str(path))
