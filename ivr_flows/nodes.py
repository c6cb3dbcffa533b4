"""The nodes of a flow, as they were read: what is said, what is asked, and where it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ivr_flows.expressions import Expression
from ivr_flows.facts import IdentityMethod, PayWay

RETURN = "return"  #: as a target: back to the flow that called this one
NOWHERE = ""  #: as a target that was left out: give up politely


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    line: int

    def __bool__(self) -> bool:
        return self.name != NOWHERE


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt of the catalogue, said where ``when`` holds."""

    key: str
    line: int
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a node. ``label`` is what leads there: a key of a menu, or the word of the flow file."""

    label: str
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    name: str
    line: int
    prompts: tuple[Line, ...] = ()


_LEFT_OUT = Target(NOWHERE, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(_Node):
    next: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuChoice:
    key: str
    next: Target
    words: str = ""
    when: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(_Node):
    choices: tuple[MenuChoice, ...]
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigits(_Node):
    store: str
    least: int
    most: int
    next: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDate(_Node):
    store: str
    earliest: Expression | None
    latest: Expression | None
    with_year: bool
    next: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAmount(_Node):
    """``currency`` empty: that of the debt, so the person must have been identified."""

    store: str
    least: Expression | None
    most: Expression | None
    currency: str
    next: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(_Node):
    yes: Target
    no: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyIdentity(_Node):
    """``methods`` empty: those of the call. ``wrong_person`` left out: a word of thanks, and the end."""

    passed: Target
    failed: Target
    wrong_person: Target = _LEFT_OUT
    methods: tuple[IdentityMethod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance(_Node):
    next: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(_Node):
    accepted: Target
    declined: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(_Node):
    """``declined``: no promise was wanted, or none is possible. ``refused``: it could not be saved."""

    saved: Target
    declined: Target
    refused: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class PayBy(_Node):
    """``instructions`` is the prompt that tells how to pay."""

    ways: tuple[PayWay, ...]
    instructions: str
    template: str
    next: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_Node):
    """``call_back`` left out: being called back is not offered while the person waits."""

    reason: str
    wait_s: float
    no_agent: Target
    call_back: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack(_Node):
    next: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut(_Node):
    scope: str
    next: Target
    declined: Target
    otherwise: Target = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanguage(_Node):
    language: str
    next: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    when: Expression
    next: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(_Node):
    branches: tuple[Branch, ...]
    otherwise: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class SubFlow(_Node):
    flow: str
    next: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(_Node):
    pass


Node = (
    Say
    | Menu
    | AskDigits
    | AskDate
    | AskAmount
    | YesNo
    | VerifyIdentity
    | Balance
    | Offer
    | Promise
    | PayBy
    | Transfer
    | CallBack
    | OptOut
    | SetLanguage
    | Condition
    | SubFlow
    | HangUp
)

#: The word of the flow file for each.
KINDS: dict[str, type[Node]] = {
    "say": Say,
    "menu": Menu,
    "digits": AskDigits,
    "date": AskDate,
    "amount": AskAmount,
    "yes_no": YesNo,
    "verify_identity": VerifyIdentity,
    "balance": Balance,
    "offer": Offer,
    "promise": Promise,
    "pay_by": PayBy,
    "transfer": Transfer,
    "call_back": CallBack,
    "opt_out": OptOut,
    "set_language": SetLanguage,
    "condition": Condition,
    "sub_flow": SubFlow,
    "hang_up": HangUp,
}
_KIND_OF = {node: kind for kind, node in KINDS.items()}

#: Always wait for the person, so that a loop through one of them is the person's own choice.
ASKING = (Menu, AskDigits, AskDate, AskAmount, YesNo)
#: May wait for the person: give up, ``*`` and ``0`` are possible in them.
HEARING = (*ASKING, VerifyIdentity, Offer, Promise, PayBy, CallBack, OptOut)
#: Speak of a debt by themselves.
ABOUT_DEBT = (Balance, Offer, Promise, PayBy)

_WAYS = (
    "next",
    "yes",
    "no",
    "passed",
    "failed",
    "wrong_person",
    "accepted",
    "saved",
    "declined",
    "refused",
    "no_agent",
    "call_back",
    "otherwise",
)


def kind_of(node: Node) -> str:
    return _KIND_OF[type(node)]


def ways(node: Node) -> Iterator[Way]:
    """Every way out that the flow file names, in its order."""
    if isinstance(node, Menu):
        yield from (Way(choice.key, choice.next) for choice in node.choices)
    if isinstance(node, Condition):
        yield from (Way(str(n), branch.next) for n, branch in enumerate(node.branches, 1))
    for label in _WAYS:
        target = getattr(node, label, None)
        if isinstance(target, Target) and target:
            yield Way(label, target)


def conditions(node: Node) -> Iterator[Expression]:
    """Every expression that is evaluated in it."""
    for line in node.prompts:
        if line.when is not None:
            yield line.when
    found: list[Expression | None] = []
    match node:
        case Menu():
            found = [choice.when for choice in node.choices]
        case Condition():
            found = [branch.when for branch in node.branches]
        case AskDate():
            found = [node.earliest, node.latest]
        case AskAmount():
            found = [node.least, node.most]
        case _:
            pass
    yield from (each for each in found if each is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One file. ``identified``: it begins with somebody who was identified already. ``agent`` is the node for ``0`` and
    for those who could not be understood. ``prompts`` are its own, by key and language."""

    name: str
    file: str
    line: int
    languages: tuple[str, ...]
    start: Target
    nodes: dict[str, Node]
    identified: bool = False
    agent: Target = _LEFT_OUT
    tries: int = 3
    first_s: float = 6.0
    between_s: float = 3.0
    title: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, dict[str, str]] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
