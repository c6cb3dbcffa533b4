"""What is wrong with a flow, as data, and in Spanish and English."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from dialer.errors import InvalidFlow

#: Worth a look, and no reason to refuse a flow. Everything else is.
WARNINGS = frozenset({"unreachable", "menu-key-not-told", "menu-key-unused", "prompt-unused"})


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is a stable id; ``line`` counts from 1; ``node`` is empty where it is about the whole file."""

    code: str
    file: str
    line: int
    node: str = ""
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_error(self) -> bool:
        return self.code not in WARNINGS

    def words(self, language: str) -> str:
        """One line: where, and what to do about it."""
        said = texts(language)
        where = said["where_node" if self.node else "where"].format(file=self.file, line=self.line, node=self.node)
        return f"{where}: {said['findings'][self.code].format_map(self.values)}"

    def as_json(self, language: str) -> dict[str, object]:
        return {
            "code": self.code,
            "error": self.is_error,
            "file": self.file,
            "line": self.line,
            "node": self.node,
            "values": dict(self.values),
            "text": self.words(language),
        }


class Mistake(Exception):
    """Inside the reading of a flow: a finding that ends the reading of its node."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@functools.cache
def texts(language: str) -> Mapping[str, Any]:
    """The words of findings and drawings in ``language``."""
    file = resources.files("ivr_flows") / "texts" / f"{language}.yaml"
    return MappingProxyType(dict(yaml.safe_load(file.read_text(encoding="utf-8"))))


def refusal(findings: Sequence[Finding], language: str = "en") -> InvalidFlow:
    """The error for ``findings``, a line each. They travel along, so that whoever shows it may choose the language."""
    text = "\n".join(finding.words(language) for finding in findings)
    return InvalidFlow(text, findings=tuple(findings))


def findings_of(error: InvalidFlow) -> tuple[Finding, ...]:
    found = error.details.get("findings", ())
    return found if isinstance(found, tuple) else ()
