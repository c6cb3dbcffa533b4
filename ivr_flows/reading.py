"""YAML of a flow read strictly: every mistake is a finding with file, line and node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

import yaml

from ivr_flows.expressions import BadExpression, Expression, Type, parse
from ivr_flows.findings import Finding, Mistake

_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def is_name(text: str) -> bool:
    """Whether nodes and stored values may be called that."""
    return _NAME.fullmatch(text) is not None


class Place:
    """Where a mistake is reported: the file, and the node that is being read."""

    def __init__(self, file: str, node: str = "") -> None:
        self.file = file
        self.node = node

    def mistake(self, code: str, at: yaml.Node | int, /, **values: str) -> Mistake:
        line = at if isinstance(at, int) else at.start_mark.line + 1
        return Mistake(Finding(code, self.file, line, self.node, values))


def document(text: str, file: str) -> Section:
    """The mapping at the top of ``text``. Raises Mistake."""
    place = Place(file)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise place.mistake("not-yaml", line, problem=str(exc.problem)) from exc
    except yaml.YAMLError as exc:
        raise place.mistake("not-yaml", 1, problem=str(exc).splitlines()[0]) from exc
    if node is None:
        raise place.mistake("empty-file", 1)
    return Section(node, place)


class Section:
    """A mapping whose keys are taken one by one; ``finish`` complains of what nobody took."""

    def __init__(self, node: yaml.Node, place: Place) -> None:
        if not isinstance(node, yaml.MappingNode):
            raise place.mistake("not-a-mapping", node)
        self.node = node
        self.place = place
        self._left: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        self._known: list[str] = []
        for key, value in node.value:
            name = str(key.value)
            if name in self._left:
                raise place.mistake("key-doubled", key, key=name)
            self._left[name] = value
            self._lines[name] = key.start_mark.line + 1

    def __contains__(self, key: str) -> bool:
        return key in self._left

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def line_of(self, key: str) -> int:
        return self._lines.get(key, self.line)

    def look(self, key: str) -> yaml.Node:
        """A value that is not taken by it."""
        return self._left[key]

    def take(self, key: str, missing: str = "key-missing") -> yaml.Node:
        self._known.append(key)
        if key not in self._left:
            raise self.place.mistake(missing, self.node, key=key)
        return self._left.pop(key)

    def optional(self, key: str, read: Callable[[str], _T], default: _T) -> _T:
        self._known.append(key)
        return read(key) if key in self._left else default

    def text(self, key: str) -> str:
        return self.text_of(self.take(key), key)

    def text_of(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str" or not node.value.strip():
            raise self.place.mistake("not-a-text", node, key=key)
        return str(node.value)

    def name(self, key: str) -> str:
        """A name such as nodes and stored values have."""
        return self.name_of(self.take(key), key)

    def name_of(self, node: yaml.Node, key: str) -> str:
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if not is_name(text) or node.tag != "tag:yaml.org,2002:str":
            raise self.place.mistake("not-a-name", node, key=key, value=text)
        return text

    def number(self, key: str, low: float, high: float) -> float:
        node = self.take(key)
        try:
            value = float(node.value)
        except (TypeError, ValueError):
            raise self.place.mistake("not-a-number", node, key=key) from None
        if not low <= value <= high:
            raise self.place.mistake("out-of-range", node, key=key, low=f"{low:g}", high=f"{high:g}")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        node = self._left.get(key, self.node)
        value = self.number(key, low, high)
        if value != int(value):
            raise self.place.mistake("not-a-number", node, key=key)
        return int(value)

    def boolean(self, key: str) -> bool:
        node = self.take(key)
        if node.tag != "tag:yaml.org,2002:bool":
            raise self.place.mistake("not-a-boolean", node, key=key)
        return str(node.value).lower() in ("true", "yes", "on")

    def sequence(self, key: str) -> list[yaml.Node]:
        node = self.take(key)
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.place.mistake("not-a-list", node, key=key)
        return list(node.value)

    def choice(self, key: str, choices: type[_E]) -> _E:
        return self.choice_of(self.take(key), key, choices)

    def choices(self, key: str, choices: type[_E]) -> tuple[_E, ...]:
        return tuple(self.choice_of(node, key, choices) for node in self.sequence(key))

    def choice_of(self, node: yaml.Node, key: str, choices: type[_E]) -> _E:
        for member in choices:
            if node.value == member.value:
                return member
        known = ", ".join(member.value for member in choices)
        raise self.place.mistake("not-one-of", node, key=key, value=str(node.value), known=known)

    def section(self, key: str) -> Section:
        return Section(self.take(key), self.place)

    def texts(self, key: str) -> dict[str, str]:
        """A mapping of names to texts."""
        inner = self.section(key)
        return {name: inner.text(name) for name in inner.rest()}

    def expression(self, key: str, types: Mapping[str, Type], wanted: tuple[Type, ...]) -> Expression:
        node = self.take(key)
        if not isinstance(node, yaml.ScalarNode):
            raise self.place.mistake("not-a-text", node, key=key)
        try:
            found, kind = parse(str(node.value), types)
        except BadExpression as exc:
            raise self.place.mistake(exc.code, node, **exc.values) from exc
        if kind not in wanted:
            raise self.place.mistake("expression-result", node, key=key, got=kind, wanted=", ".join(wanted))
        return found

    def rest(self) -> list[str]:
        """The keys nobody took yet."""
        return list(self._left)

    def finish(self) -> None:
        for key, node in self._left.items():
            known, line = ", ".join(dict.fromkeys(self._known)), self._lines.get(key, node.start_mark.line + 1)
            raise self.place.mistake("key-unknown", line, key=key, known=known)
