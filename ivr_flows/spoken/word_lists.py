"""The word lists of a language, as data: ``words/<language>.yaml``."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from dialer.errors import ConfigurationError

LANGUAGES: Final = ("es", "en")

#: A list of phrases: each can be a sound by itself, and they make a text when joined by blanks.
Phrases = tuple[str, ...]
#: A phrase that is heard as a short silence and written as a comma.
PAUSE: Final = ","


@cache
def word_lists(language: str) -> dict[str, Any]:
    """The lists of ``language``. Raises ConfigurationError where there are none."""
    if language not in LANGUAGES:
        raise ConfigurationError(f"There are no word lists for {language!r}, only for {', '.join(LANGUAGES)}.")
    file = resources.files("ivr_flows.spoken").joinpath(f"words/{language}.yaml")
    lists: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return lists


def in_words(phrases: Phrases) -> str:
    """``phrases`` as a text."""
    return " ".join(phrases).replace(f" {PAUSE}", PAUSE)
