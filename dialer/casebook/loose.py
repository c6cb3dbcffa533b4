"""Reads what other people wrote: a mapping whose facts may go by several names. What nobody takes is reported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

import yaml

from dialer.errors import InvalidCaseFile

_SILENT = frozenset({"note", "notes", "why", "comment", "title", "tags", "basis", "name", "see"})
_YES = frozenset({"true", "yes", "y", "on", "1"})
_NO = frozenset({"false", "no", "n", "off", "0", "", "none", "null"})


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2's plain values: 12:30 is a text, not 750, NO is Norway, and a date is a text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("merge", r"^(?:<<)$", "<"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def load_yaml(text: str, file: str) -> Any:
    """The document of a YAML file. Raises InvalidCaseFile with file and line."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with fewer implicit types
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise InvalidCaseFile(f"{file}, line {line}: this is not YAML: {exc.problem}") from exc


def plain(name: object) -> str:
    """A key as it is compared: lower case, words joined by ``_``."""
    return re.sub(r"[^a-z0-9]+", "_", str(name).strip().lower()).strip("_")


class Loose:
    """A mapping whose keys are taken one by one, under any of several names.

    ``ignored`` collects the paths of keys that nobody took: it is shared by everything read from one case.
    """

    def __init__(self, value: object, path: str, ignored: list[str]) -> None:
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise InvalidCaseFile(f"{path} must be a mapping of names to values, not {value!r}")
        self.path = path
        self.ignored = ignored
        self._left: dict[str, tuple[str, Any]] = {plain(key): (str(key), each) for key, each in value.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def take(self, *names: str, default: Any = None) -> Any:
        """The value under the first of ``names`` that is there. All of them are then taken."""
        found = [self._left.pop(name)[1] for name in names if name in self._left]
        return found[0] if found else default

    def put(self, name: str, value: Any) -> None:
        """What was taken turns out to be something else."""
        self._left[plain(name)] = (name, value)

    def take_matching(self, pattern: str) -> list[tuple[str, Any]]:
        """Every key left that ``pattern`` is found in, with its value."""
        keys = [key for key in self._left if re.search(pattern, key)]
        return [(key, self._left.pop(key)[1]) for key in keys]

    def take_truths(self) -> list[str]:
        """Every key left whose value is true or false: the true ones."""
        keys = [key for key, (_, value) in self._left.items() if isinstance(value, bool)]
        return [key for key in keys if self._left.pop(key)[1]]

    def rest(self) -> dict[str, Any]:
        return {key: value for key, (_, value) in self._left.items()}

    def inner(self, *names: str) -> Loose:
        """The mapping under a key; an empty one where there is none."""
        return Loose(self.take(*names), f"{self.path}.{names[0]}", self.ignored)

    def items(self, *names: str) -> Iterator[Loose]:
        """The mappings of the list (or the one mapping) under a key. A mapping of ids to mappings is a list too."""
        for index, value in enumerate(entries(self.take(*names))):
            yield Loose(value, f"{self.path}.{names[0]}[{index}]", self.ignored)

    def finish(self) -> None:
        self.ignored += [f"{self.path}.{name}" for key, (name, _) in self._left.items() if key not in _SILENT]


def entries(value: Any) -> list[Any]:
    """A list of mappings, however it is written: a list, one mapping, or ids with their mappings."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        if value and all(isinstance(each, Mapping) or each is None for each in value.values()):
            return [{"id": key, **(each or {})} for key, each in value.items()]
        return [value]
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value]


def words(value: Any) -> tuple[str, ...]:
    """A list of words, however it is written: a list, one word, words with commas, or words with true and false."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return tuple(str(key) for key, each in value.items() if truth(each))
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, Sequence):
        return tuple(word for each in value for word in words(each))
    return (str(value),)


def truth(value: Any) -> bool:
    """Whether a value says yes. A mapping or a text that is no plain no does."""
    if isinstance(value, str):
        text = value.strip().lower()
        return text in _YES or text not in _NO
    return bool(value)


def instant(value: Any, path: str) -> datetime:
    """An instant in UTC. One without an offset is UTC already. Raises InvalidCaseFile."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace("Z", "+00:00").replace("z", "+00:00"))
        except ValueError:
            raise InvalidCaseFile(f'{path}: {value!r} is no instant; write it as "2026-11-24T15:00:00Z"') from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    if not isinstance(value, datetime):
        raise InvalidCaseFile(f'{path}: {value!r} is no instant; write it as "2026-11-24T15:00:00Z"')
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def day_or_instant(value: Any, path: str) -> datetime:
    """An instant, or a date alone, which becomes its noon in UTC: the same date from Hawaii to Sydney."""
    found = instant(value, path)
    alone = len(value.strip()) == 10 if isinstance(value, str) else not isinstance(value, datetime)
    return found + timedelta(hours=12) if alone else found


def number(value: Any, path: str) -> float:
    """A number. Raises InvalidCaseFile."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidCaseFile(f"{path}: {value!r} is no number") from None
