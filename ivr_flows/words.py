"""The prompts that flows say and the words that they understand, by language, from catalogues.

Where a key is in several places the nearest wins: the flow's own ``prompts``, the folder ``catalogue`` beside it, the
catalogue that ships with flows, the messages of the dialer.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

import yaml

from ivr_flows.findings import Finding, refusal
from ivr_flows.prompts import LANGUAGES, load_catalogue
from ivr_flows.spoken.values import Kind

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
FOLDER = "catalogue"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``kind`` None where the text does not say, or says what does not exist: ``written`` has it."""

    name: str
    kind: Kind | None
    written: str


@dataclass(frozen=True, slots=True)
class FlowCatalogue:
    """``prompts`` and ``words`` by language. Words are lower case, a list under one key."""

    prompts: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]

    def text(self, language: str, key: str) -> str | None:
        """The template of a prompt; None where there is none."""
        return self.prompts.get(language, {}).get(key)

    def heard(self, language: str, key: str) -> tuple[str, ...]:
        """What may be said for a choice; empty where there is nothing."""
        return self.words.get(language, {}).get(key, ())


def placeholders(template: str) -> tuple[Placeholder, ...]:
    """The values that a prompt needs, in their order."""
    found = []
    for name, written in _PLACEHOLDER.findall(template):
        kind = next((kind for kind in Kind if kind.value == written), None)
        found.append(Placeholder(name, kind, written))
    return tuple(found)


def without_values(template: str) -> str:
    return _PLACEHOLDER.sub(" ", template)


def shipped_folder() -> Traversable:
    """The flows that come with Cadencia, and their catalogue."""
    return resources.files("ivr_flows") / "flows"


def catalogue_for(folder: Traversable, own: Sequence[Mapping[str, Mapping[str, str]]] = ()) -> FlowCatalogue:
    """What the flows of ``folder`` say. ``own``: prompts inside their files, by key and language. Raises InvalidFlow
    where a catalogue cannot be read."""
    places = [shipped_folder() / FOLDER]
    if (folder / FOLDER).is_dir():
        places.append(folder / FOLDER)
    prompts: dict[str, Mapping[str, str]] = {}
    words: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for language in LANGUAGES:
        told = dict(load_catalogue(language).texts)
        heard: dict[str, tuple[str, ...]] = {}
        for place in places:
            file = place / f"{language}.yaml"
            if file.is_file():
                _add(file, told, heard)
        for texts in own:
            told |= {key: by_language[language] for key, by_language in texts.items() if language in by_language}
        prompts[language] = MappingProxyType(told)
        words[language] = MappingProxyType(heard)
    return FlowCatalogue(MappingProxyType(prompts), MappingProxyType(words))


def _add(file: Traversable, told: dict[str, str], heard: dict[str, tuple[str, ...]]) -> None:
    try:
        prompts, words = _parsed(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, AttributeError, TypeError, UnicodeDecodeError) as exc:
        finding = Finding("catalogue-unreadable", file.name, 1, values={"problem": str(exc).splitlines()[0]})
        raise refusal([finding]) from exc
    told |= prompts
    heard |= words


@functools.lru_cache(maxsize=32)
def _parsed(text: str) -> tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    # Every scalar is a text: the word "no" must not turn into False.
    found = yaml.load(text, Loader=yaml.BaseLoader) or {}  # noqa: S506
    prompts = {str(key): str(words) for key, words in (found.get("prompts") or {}).items()}
    heard = {str(key): tuple(map(str, several)) for key, several in (found.get("words") or {}).items()}
    return MappingProxyType(prompts), MappingProxyType(heard)
