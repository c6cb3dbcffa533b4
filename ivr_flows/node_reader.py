"""Reads one node of a flow: its kind, and the keys of that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypedDict

import yaml

from ivr_flows.expressions import Type
from ivr_flows.facts import IdentityMethod, PayWay
from ivr_flows.nodes import (
    KINDS,
    NOWHERE,
    AskAmount,
    AskDate,
    AskDigits,
    Balance,
    Branch,
    CallBack,
    Condition,
    HangUp,
    Line,
    Menu,
    MenuChoice,
    Node,
    Offer,
    OptOut,
    PayBy,
    Promise,
    Say,
    SetLanguage,
    SubFlow,
    Target,
    Transfer,
    VerifyIdentity,
    YesNo,
)
from ivr_flows.reading import Place, Section

_MONEY = (Type.NUMBER, Type.MONEY)
_MENU_KEYS = "123456789"
_RESERVED = "0*#"


class _Language(StrEnum):
    ES = "es"
    EN = "en"


class _Scope(StrEnum):
    NUMBER = "number"
    PERSON = "person"


class _Common(TypedDict):
    name: str
    line: int
    prompts: tuple[Line, ...]


def stored_by(section: Section) -> tuple[str, Type] | None:
    """The name under which a node keeps what it hears, and its type. The section is only looked at."""
    found = {str(key.value): value for key, value in section.node.value}
    kind, store = found.get("kind"), found.get("store")
    types = {"digits": Type.DIGITS, "date": Type.DATE, "amount": Type.MONEY}
    if kind is None or store is None or kind.value not in types or not isinstance(store, yaml.ScalarNode):
        return None
    return str(store.value), types[str(kind.value)]


def read_node(name: str, section: Section, types: Mapping[str, Type]) -> Node:
    """The node ``name``. ``types`` are the names that its conditions may use. Raises Mistake."""
    kind = section.text("kind")
    reader = _READERS.get(kind)
    if reader is None:
        raise section.place.mistake("kind-unknown", section.line_of("kind"), kind=kind, known=", ".join(KINDS))
    node = reader(_Keys(name, section, types))
    section.finish()
    return node


class _Keys:
    """What the readers below need of a section."""

    def __init__(self, name: str, section: Section, types: Mapping[str, Type]) -> None:
        self.section = section
        self.types = types
        self._name = name

    @property
    def place(self) -> Place:
        return self.section.place

    def common(self, *, required: bool = False) -> _Common:
        return {"name": self._name, "line": self.section.line, "prompts": self._lines(required)}

    def to(self, key: str, missing: str = "dead-end") -> Target:
        node = self.section.take(key, missing)
        return Target(self.section.name_of(node, key), node.start_mark.line + 1)

    def maybe_to(self, key: str) -> Target:
        return self.section.optional(key, self.to, Target(NOWHERE, self.section.line))

    def otherwise(self) -> Target:
        return self.maybe_to("otherwise")

    def store(self) -> str:
        return self.section.name("store")

    def _lines(self, required: bool) -> tuple[Line, ...]:
        if not required and "prompts" not in self.section:
            self.section.optional("prompts", self.section.text, "")
            return ()
        node = self.section.take("prompts")
        if isinstance(node, yaml.SequenceNode) and not node.value:
            raise self.place.mistake("not-a-list", node, key="prompts")
        entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self._one_line(entry) for entry in entries)

    def _one_line(self, node: yaml.Node) -> Line:
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            return Line(self.section.text_of(node, "prompts"), line)
        inner = Section(node, self.place)
        found = Line(inner.text("say"), line, inner.expression("when", self.types, (Type.BOOL,)))
        inner.finish()
        return found


def _say(keys: _Keys) -> Node:
    return Say(**keys.common(required=True), next=keys.to("next"))


def _menu(keys: _Keys) -> Node:
    section = keys.section.section("choices")
    choices = tuple(_choice(keys, section, key) for key in section.rest())
    if not choices:
        raise keys.place.mistake("menu-empty", section.node)
    return Menu(**keys.common(required=True), choices=choices, otherwise=keys.otherwise())


def _choice(keys: _Keys, section: Section, key: str) -> MenuChoice:
    line = section.line_of(key)
    if len(key) != 1 or key not in _MENU_KEYS:
        code = "menu-key-reserved" if key in _RESERVED else "menu-key-bad"
        raise keys.place.mistake(code, line, key=key)
    node = section.take(key)
    if isinstance(node, yaml.ScalarNode):
        return MenuChoice(key=key, next=Target(section.name_of(node, key), line))
    inner = Section(node, keys.place)
    target = inner.take("next", "dead-end")
    choice = MenuChoice(
        key=key,
        next=Target(inner.name_of(target, "next"), target.start_mark.line + 1),
        words=inner.optional("words", inner.name, ""),
        when=inner.expression("when", keys.types, (Type.BOOL,)) if "when" in inner else None,
    )
    inner.finish()
    return choice


def _digits(keys: _Keys) -> Node:
    least, most = keys.section.integer("least", 1, 20), keys.section.integer("most", 1, 20)
    if least > most:
        raise keys.place.mistake("least-over-most", keys.section.node)
    return AskDigits(
        **keys.common(required=True),
        store=keys.store(),
        least=least,
        most=most,
        next=keys.to("next"),
        otherwise=keys.otherwise(),
    )


def _date(keys: _Keys) -> Node:
    limits = {
        key: keys.section.expression(key, keys.types, (Type.DATE,)) if key in keys.section else None
        for key in ("earliest", "latest")
    }
    return AskDate(
        **keys.common(required=True),
        store=keys.store(),
        earliest=limits["earliest"],
        latest=limits["latest"],
        with_year=keys.section.optional("with_year", keys.section.boolean, False),
        next=keys.to("next"),
        otherwise=keys.otherwise(),
    )


def _amount(keys: _Keys) -> Node:
    limits = {
        key: keys.section.expression(key, keys.types, _MONEY) if key in keys.section else None
        for key in ("least", "most")
    }
    return AskAmount(
        **keys.common(required=True),
        store=keys.store(),
        least=limits["least"],
        most=limits["most"],
        currency=keys.section.optional("currency", keys.section.text, ""),
        next=keys.to("next"),
        otherwise=keys.otherwise(),
    )


def _yes_no(keys: _Keys) -> Node:
    return YesNo(**keys.common(required=True), yes=keys.to("yes"), no=keys.to("no"), otherwise=keys.otherwise())


def _verify(keys: _Keys) -> Node:
    methods: tuple[IdentityMethod, ...] = ()
    if "methods" in keys.section:
        methods = keys.section.choices("methods", IdentityMethod)
    return VerifyIdentity(
        **keys.common(),
        passed=keys.to("passed"),
        failed=keys.to("failed"),
        wrong_person=keys.maybe_to("wrong_person"),
        methods=methods,
    )


def _balance(keys: _Keys) -> Node:
    return Balance(**keys.common(), next=keys.to("next"))


def _offer(keys: _Keys) -> Node:
    return Offer(
        **keys.common(), accepted=keys.to("accepted"), declined=keys.to("declined"), otherwise=keys.otherwise()
    )


def _promise(keys: _Keys) -> Node:
    return Promise(
        **keys.common(),
        saved=keys.to("saved"),
        declined=keys.to("declined"),
        refused=keys.to("refused"),
        otherwise=keys.otherwise(),
    )


def _pay_by(keys: _Keys) -> Node:
    return PayBy(
        **keys.common(),
        ways=keys.section.choices("ways", PayWay),
        instructions=keys.section.text("instructions"),
        template=keys.section.optional("template", keys.section.text, "payment_link"),
        next=keys.to("next"),
        otherwise=keys.otherwise(),
    )


def _transfer(keys: _Keys) -> Node:
    return Transfer(
        **keys.common(),
        reason=keys.section.optional("reason", keys.section.name, "asked"),
        wait_s=keys.section.optional("wait_s", lambda key: keys.section.number(key, 0, 600), 60.0),
        no_agent=keys.to("no_agent", "transfer-without-way-on"),
        call_back=keys.maybe_to("call_back"),
    )


def _call_back(keys: _Keys) -> Node:
    return CallBack(**keys.common(), next=keys.to("next"), otherwise=keys.otherwise())


def _opt_out(keys: _Keys) -> Node:
    return OptOut(
        **keys.common(),
        scope=keys.section.optional("scope", lambda key: keys.section.choice(key, _Scope).value, "number"),
        next=keys.to("next"),
        declined=keys.to("declined"),
        otherwise=keys.otherwise(),
    )


def _set_language(keys: _Keys) -> Node:
    language = keys.section.choice("language", _Language).value
    return SetLanguage(**keys.common(), language=language, next=keys.to("next"))


def _condition(keys: _Keys) -> Node:
    branches = []
    for entry in keys.section.sequence("branches"):
        inner = Section(entry, keys.place)
        when = inner.expression("when", keys.types, (Type.BOOL,))
        node = inner.take("next", "dead-end")
        branches.append(Branch(when=when, next=Target(inner.name_of(node, "next"), node.start_mark.line + 1)))
        inner.finish()
    return Condition(**keys.common(), branches=tuple(branches), otherwise=keys.to("otherwise"))


def _sub_flow(keys: _Keys) -> Node:
    return SubFlow(**keys.common(), flow=keys.section.text("flow"), next=keys.to("next"))


def _hang_up(keys: _Keys) -> Node:
    return HangUp(**keys.common())


_READERS: Mapping[str, Callable[[_Keys], Node]] = MappingProxyType(
    {
        "say": _say,
        "menu": _menu,
        "digits": _digits,
        "date": _date,
        "amount": _amount,
        "yes_no": _yes_no,
        "verify_identity": _verify,
        "balance": _balance,
        "offer": _offer,
        "promise": _promise,
        "pay_by": _pay_by,
        "transfer": _transfer,
        "call_back": _call_back,
        "opt_out": _opt_out,
        "set_language": _set_language,
        "condition": _condition,
        "sub_flow": _sub_flow,
        "hang_up": _hang_up,
    }
)
