"""Past decisions made again under other rules: which would have been different, and by which rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from dialer.compliance.facts import GateQuery
from dialer.compliance.gate import Gate

#: Examples kept of each kind.
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Example:
    """``was`` and ``would_be`` are the rules that denied, and that would have; none: allowed."""

    ref: str
    debtor: int | str
    at: datetime
    was: tuple[str, ...]
    would_be: tuple[str, ...]


@dataclass(slots=True)
class Comparison:
    """``denying`` counts, of decisions that were allowed and would not have been, the rules that would have denied;
    ``freeing``, of those that were denied and would not have been, the rules that did."""

    decisions: int = 0
    same: int = 0
    now_denied: int = 0
    now_allowed: int = 0
    other_reasons: int = 0
    denying: Counter[str] = field(default_factory=Counter)
    freeing: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Example]] = field(
        default_factory=lambda: {"now_denied": [], "now_allowed": [], "other_reasons": []}
    )


def compare(gate: Gate, pack_id: str, made: Iterable[tuple[str, tuple[str, ...], GateQuery]]) -> Comparison:
    """Ask ``gate`` again what was asked, ``pack_id`` chosen besides. ``made`` are call or contact id, the rules that
    denied, and the question."""
    found = Comparison()
    for ref, was, query in made:
        chosen = query.packs if pack_id in query.packs else (*query.packs, pack_id)
        would_be = gate.check(replace(query, packs=chosen)).reasons
        found.decisions += 1
        if set(was) == set(would_be):
            found.same += 1
            continue
        if not was:
            kind = "now_denied"
            found.now_denied += 1
            found.denying.update(would_be)
        elif not would_be:
            kind = "now_allowed"
            found.now_allowed += 1
            found.freeing.update(was)
        else:
            kind = "other_reasons"
            found.other_reasons += 1
        if len(found.examples[kind]) < EXAMPLES:
            found.examples[kind].append(Example(ref, query.candidate.debtor, query.now, was, would_be))
    return found
