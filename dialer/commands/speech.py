"""How the commands speak: settings once, logs to standard error, errors as one paragraph."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import Literal, NoReturn

from rich.console import Console

from dialer.errors import CadenciaError
from dialer.settings import Settings, load_settings
from dialer.telemetry.logs import configure_logs

LogLevel = Literal["debug", "info", "warning", "error"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_chosen_level: LogLevel | None = None


def prepare(log_level: LogLevel | None) -> None:
    """Remember what the command line says about logging."""
    global _chosen_level
    _chosen_level = log_level


def settings_and_logs(*, default_level: LogLevel | None = None) -> Settings:
    """Read the settings and turn logging on. ``default_level`` holds where neither option nor setting says more."""
    settings = load_settings()
    configured = "CADENCIA_LOG_LEVEL" in os.environ or "log_level" in settings.model_fields_set
    level = _chosen_level or (settings.log_level if configured or default_level is None else default_level)
    configure_logs(level=level, form=settings.log_format)
    return settings


def die(error: CadenciaError) -> NoReturn:
    paragraphs = error.message.split("\n")
    text = "\n".join(_folded(line) if not line.startswith(" ") else line for line in paragraphs)
    sys.stderr.write(f"{text}\n[{error.code}]\n")
    sys.exit(1)


def _folded(line: str) -> str:
    # A path or an address stays in one piece, however long and with whatever hyphens: people copy it from here.
    return textwrap.fill(line, 100, break_long_words=False, break_on_hyphens=False)
