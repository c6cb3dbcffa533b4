"""The conditions of flows: a language of a few signs, read by hand. There is nothing in it that could run code.

    when: days_late > 30 and balance >= 100000 and not promised
    when: country = "US" or due < today - 5

    either  = both { "or" both }
    both    = factor { "and" factor }
    factor  = "not" factor | compared
    compared= sum [ ("=" | "!=" | "<" | "<=" | ">" | ">=") sum ]
    sum     = atom { ("+" | "-") atom }
    atom    = number | "text" | 2026-12-24 | true | false | name | "(" either ")"

Types are checked when a flow is read: money goes with numbers, a date may be moved by a number of days, and two dates
differ by a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Type(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    DIGITS = "digits"
    DATE = "date"
    BOOL = "bool"


Scalar = Decimal | str | date | bool


@dataclass(frozen=True, slots=True)
class Literal:
    value: Scalar


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Not:
    of: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """``sign`` is one of and, or, =, !=, <, <=, >, >=, +, -."""

    sign: str
    left: Expression
    right: Expression


Expression = Literal | Name | Not | Binary


class BadExpression(Exception):
    """``code`` and ``values`` are those of the finding."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<date>\d{4}-\d{2}-\d{2})
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[a-z][a-z0-9_]*)
      | "(?P<text>[^"]*)"
      | (?P<sign><=|>=|!=|==|[=<>()+-])
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_MOST_TOKENS = 200
_NUMERIC = (Type.NUMBER, Type.MONEY)
_TEXTUAL = (Type.TEXT, Type.DIGITS)


def parse(text: str, types: Mapping[str, Type]) -> tuple[Expression, Type]:
    """The expression and its type. ``types`` are the names that it may use. Raises BadExpression."""
    parser = _Parser(list(_tokens(text)), types)
    try:
        found = parser.either()
        if parser.peek() != ("end", ""):
            raise BadExpression("expression-syntax", at=parser.peek()[1])
    except BadExpression as exc:
        if exc.code == "expression-syntax":
            exc.values = {"text": text, "at": exc.values["at"] or "…"}
        raise
    return found


def names(expression: Expression) -> frozenset[str]:
    """Every name that it looks at."""
    match expression:
        case Name(name):
            return frozenset({name})
        case Not(of):
            return names(of)
        case Binary(_, left, right):
            return names(left) | names(right)
        case Literal():
            return frozenset()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, count = 0, 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        count += 1
        if found is None or count > _MOST_TOKENS:
            raise BadExpression("expression-syntax", text=text, at=stripped[at:].strip()[:20])
        kind = found.lastgroup or ""
        yield kind, found[kind]
        at = found.end()
    yield "end", ""


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], types: Mapping[str, Type]) -> None:
        self._tokens = tokens
        self._types = types
        self._at = 0

    def peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _word(self, *words: str) -> str:
        kind, value = self.peek()
        if kind in ("name", "sign") and value in words:
            self._take()
            return value
        return ""

    def either(self) -> tuple[Expression, Type]:
        return self._chain("or", self._both)

    def _both(self) -> tuple[Expression, Type]:
        return self._chain("and", self._factor)

    def _chain(self, word: str, part: Callable[[], tuple[Expression, Type]]) -> tuple[Expression, Type]:
        left, kind = part()
        while self._word(word):
            right, other = part()
            _need(Type.BOOL, kind, word)
            _need(Type.BOOL, other, word)
            left = Binary(word, left, right)
        return left, kind

    def _factor(self) -> tuple[Expression, Type]:
        if self._word("not"):
            inner, kind = self._factor()
            _need(Type.BOOL, kind, "not")
            return Not(inner), Type.BOOL
        return self._compared()

    def _compared(self) -> tuple[Expression, Type]:
        left, kind = self._sum()
        sign = self._word(*_COMPARISONS, "==")
        if not sign:
            return left, kind
        sign = "=" if sign == "==" else sign
        right, other = self._sum()
        alike = kind is other or {kind, other} <= set(_NUMERIC) or {kind, other} <= set(_TEXTUAL)
        orders = kind not in (Type.BOOL, *_TEXTUAL)
        if not alike or (sign not in ("=", "!=") and not orders):
            raise BadExpression("expression-types", sign=sign, left=kind, right=other)
        return Binary(sign, left, right), Type.BOOL

    def _sum(self) -> tuple[Expression, Type]:
        left, kind = self._atom()
        while sign := self._word("+", "-"):
            right, other = self._atom()
            left, kind = Binary(sign, left, right), _sum_type(sign, kind, other)
        return left, kind

    def _atom(self) -> tuple[Expression, Type]:
        kind, value = self._take()
        if kind == "number":
            return Literal(Decimal(value)), Type.NUMBER
        if kind == "text":
            return Literal(value), Type.TEXT
        if kind == "date":
            try:
                return Literal(date.fromisoformat(value)), Type.DATE
            except ValueError:
                raise BadExpression("expression-date", text=value) from None
        if kind == "name" and value in ("true", "false"):
            return Literal(value == "true"), Type.BOOL
        if kind == "name" and value not in ("and", "or", "not"):
            if value not in self._types:
                raise BadExpression("unknown-field", name=value, known=", ".join(sorted(self._types)))
            return Name(value), self._types[value]
        if (kind, value) == ("sign", "("):
            inner = self.either()
            if not self._word(")"):
                raise BadExpression("expression-syntax", at=self.peek()[1])
            return inner
        raise BadExpression("expression-syntax", at=value)


def _need(wanted: Type, got: Type, sign: str) -> None:
    if got is not wanted:
        raise BadExpression("expression-types", sign=sign, left=got, right=wanted)


def _sum_type(sign: str, left: Type, right: Type) -> Type:
    if left is Type.DATE and right is Type.NUMBER:
        return Type.DATE
    if left is Type.DATE and right is Type.DATE and sign == "-":
        return Type.NUMBER
    if left in _NUMERIC and right in _NUMERIC:
        return Type.MONEY if Type.MONEY in (left, right) else Type.NUMBER
    raise BadExpression("expression-types", sign=sign, left=left, right=right)
