"""The words that the dialer speaks, by language. The same keys exist in every language; a test holds them together."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

import yaml

from dialer.errors import ConfigurationError

LANGUAGES = ("es", "en")

_GROUP = 3  # digits read in one breath where the number is not written in groups


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The prompts of one language. ``texts`` may hold ``{creditor}`` and ``{callback}``."""

    language: str
    digits: tuple[str, ...]
    texts: Mapping[str, str]

    def text(self, key: str, *, creditor: str, callback: str) -> str:
        """The words of prompt ``key``. ``callback`` is a phone number; it is spelled out for a voice to read.

        Raises ConfigurationError for a key that the catalogue does not have.
        """
        try:
            template = self.texts[key]
        except KeyError as exc:
            raise ConfigurationError(f"There is no prompt {key!r} in the {self.language} catalogue.") from exc
        return template.replace("{callback}", self.spoken_number(callback)).replace("{creditor}", creditor)

    def spoken_number(self, number: str) -> str:
        """``number`` digit by digit, with a pause between its groups: "dos, uno; tres, cuatro"."""
        groups = re.findall(r"\d+", number)
        if len(groups) == 1:
            groups = re.findall(rf"\d{{1,{_GROUP}}}", groups[0])
        return "; ".join(", ".join(self.digits[int(digit)] for digit in group) for group in groups)


@functools.cache
def load_catalogue(language: str) -> Catalogue:
    """The catalogue of ``language``. Raises ConfigurationError when there is none, or it is not usable."""
    file = resources.files("ivr_flows") / "catalogue" / f"{language}.yaml"
    if language not in LANGUAGES or not file.is_file():
        raise ConfigurationError(f"There is no prompt catalogue for {language!r}, only for {', '.join(LANGUAGES)}.")
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    if document["language"] != language or len(document["digits"]) != 10:
        raise ConfigurationError(f"The prompt catalogue {language}.yaml is not complete.")
    return Catalogue(language, tuple(document["digits"]), MappingProxyType(dict(document["prompts"])))
