"""Where the data that ships with the project for Asterisk lies."""

from __future__ import annotations

from pathlib import Path

from dialer.errors import ConfigurationError


def shipped_folder() -> Path:
    """The folder with templates/, demo/ and agi-bin/: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_asterisk", package.parent / "asterisk"):
        if (folder / "templates").is_dir():
            return folder
    raise ConfigurationError("The Asterisk templates are not installed. Install the project again: pip install .")
