"""YAML read strictly: every mistake is reported with the file, the line and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

import yaml

from dialer.errors import InvalidPack

_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Place:
    """Where in a file we are, for the text of an error. ``rule`` is what the reader is inside of."""

    def __init__(self, file: str, rule: str = "") -> None:
        self.file = file
        self.rule = rule

    def error(self, node: yaml.Node, what: str) -> InvalidPack:
        line = node.start_mark.line + 1
        where = f"{self.file}, line {line}" + (f", rule {self.rule}" if self.rule else "")
        return InvalidPack(f"{where}: {what}", file=self.file, line=line, rule=self.rule)


def parse(text: str, file: str) -> Section:
    """The mapping at the top of a YAML file. Raises InvalidPack."""
    place = Place(file)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise InvalidPack(f"{file}, line {line}: this is not YAML: {exc.problem}", file=file, line=line) from exc
    if node is None:
        raise InvalidPack(f"{file}: the file is empty", file=file, line=1)
    return Section(node, place)


class Section:
    """A mapping, whose keys are taken one by one; ``finish`` complains of what nobody took."""

    def __init__(self, node: yaml.Node, place: Place) -> None:
        if not isinstance(node, yaml.MappingNode):
            raise place.error(node, "here a mapping of names to values is needed")
        self.node = node
        self.place = place
        self._left: dict[str, yaml.Node] = {}
        self._known: list[str] = []
        for key, value in node.value:
            if key.value in self._left:
                raise place.error(key, f"{key.value} is given twice; keep one")
            self._left[key.value] = value

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str) -> yaml.Node:
        self._known.append(key)
        if key not in self._left:
            raise self.place.error(self.node, f"{key} is missing")
        return self._left.pop(key)

    def optional(self, key: str, read: Callable[[str], _T], default: _T) -> _T:
        self._known.append(key)
        return read(key) if key in self._left else default

    def text(self, key: str) -> str:
        return self.text_of(self.take(key), key)

    def text_of(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str" or not node.value.strip():
            raise self.place.error(node, f'{key} must be a text; put it in quotes ("...")')
        return str(node.value)

    def integer(self, key: str, low: int, high: int) -> int:
        node = self._left.get(key, self.node)
        number = self.number(key, low, high)
        if number != int(number):
            raise self.place.error(node, f"{key} must be a whole number")
        return int(number)

    def number(self, key: str, low: float, high: float) -> float:
        node = self.take(key)
        try:
            value = float(node.value)
        except (TypeError, ValueError):
            raise self.place.error(node, f"{key} must be a number") from None
        if not low <= value <= high:
            raise self.place.error(node, f"{key} must lie between {low:g} and {high:g}")
        return value

    def boolean(self, key: str) -> bool:
        node = self.take(key)
        if node.tag != "tag:yaml.org,2002:bool":
            raise self.place.error(node, f"{key} must be true or false")
        return str(node.value).lower() in ("true", "yes", "on")

    def date(self, key: str) -> date:
        node = self.take(key)
        try:
            return date.fromisoformat(node.value if _DATE.fullmatch(node.value) else "")
        except (TypeError, ValueError):
            raise self.place.error(node, f'{key} must be a date such as "2026-11-22"') from None

    def sequence(self, key: str, *, empty: bool = False) -> list[yaml.Node]:
        node = self.take(key)
        if not isinstance(node, yaml.SequenceNode) or not (node.value or empty):
            raise self.place.error(node, f"{key} must be a list with at least one entry")
        return list(node.value)

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self.text_of(node, key) for node in self.sequence(key))

    def choice(self, key: str, choices: type[_E]) -> _E:
        return self.choice_of(self.take(key), key, choices)

    def choices(self, key: str, choices: type[_E]) -> tuple[_E, ...]:
        return tuple(self.choice_of(node, key, choices) for node in self.sequence(key))

    def choice_of(self, node: yaml.Node, key: str, choices: type[_E]) -> _E:
        for member in choices:
            if node.value == member.value:
                return member
        raise self.place.error(node, f"{key} must be {_or(member.value for member in choices)}, not {node.value}")

    def section(self, key: str) -> Section:
        return Section(self.take(key), self.place)

    def sections(self, key: str, *, empty: bool = False) -> list[Section]:
        return [Section(node, self.place) for node in self.sequence(key, empty=empty)]

    def rest(self) -> list[str]:
        """The keys nobody took yet."""
        return list(self._left)

    def finish(self) -> None:
        for key, node in self._left.items():
            raise self.place.error(node, f"{key} is not known here; use {_or(self._known)}")


def _or(words: Iterable[str]) -> str:
    *most, last = dict.fromkeys(word for word in words if word)
    return f"{', '.join(most)} or {last}" if most else last
