"""Whether a flow makes sense, and proof that it tells nobody of a debt who was not identified.

The proof walks every path that a call can take, sub-flows and ``0`` included, and keeps along the way whether identity
was passed. A node that is reached even once without it may not touch what ``fields.PRIVATE`` names.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr_flows.expressions import names
from ivr_flows.fields import PRIVATE
from ivr_flows.findings import Finding
from ivr_flows.loader import FlowSet
from ivr_flows.nodes import (
    ABOUT_DEBT,
    ASKING,
    AskAmount,
    Menu,
    Node,
    PayBy,
    Promise,
    SubFlow,
    Transfer,
    conditions,
    kind_of,
)
from ivr_flows.paths import Paths, Spot
from ivr_flows.prompt_checks import debt_words, menu_keys, prompts_and_words, told_by
from ivr_flows.words import placeholders


def findings(flows: FlowSet) -> tuple[Finding, ...]:
    """Everything that is wrong or strange, errors first, then by file and line."""
    cycle = tuple(_cycles(flows))
    if cycle:  # opened out it would have no end
        return cycle
    paths = Paths(flows)
    found = [
        *_unreachable(flows, paths),
        *_loops(flows, paths),
        *_transfers(flows, paths),
        *_identity(flows, paths),
        *_menus(flows),
        *prompts_and_words(flows),
    ]
    distinct = {(each.code, each.file, each.line, each.node, tuple(each.values.items())): each for each in found}
    return tuple(sorted(distinct.values(), key=lambda each: (not each.is_error, each.file, each.line, each.code)))


def _at(flows: FlowSet, flow: str, node: Node, code: str, /, **values: str) -> Finding:
    return Finding(code, flows.flows[flow].file, node.line, node.name, values)


def _cycles(flows: FlowSet) -> Iterator[Finding]:
    calls = {
        name: [node for node in flow.nodes.values() if isinstance(node, SubFlow)] for name, flow in flows.flows.items()
    }
    for name in flows.flows:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            for node in calls[waiting.pop()]:
                if node.flow == name:
                    yield _at(flows, name, calls[name][0], "sub-flow-cycle", flow=name)
                    waiting.clear()
                    break
                if node.flow not in seen:
                    seen.add(node.flow)
                    waiting.append(node.flow)


def _unreachable(flows: FlowSet, paths: Paths) -> Iterator[Finding]:
    reached = {spot.node for spot in paths.spots if spot.flow == flows.main}
    for node in flows.flow.nodes.values():
        if node.name not in reached:
            yield _at(flows, flows.main, node, "unreachable")


def _loops(flows: FlowSet, paths: Paths) -> Iterator[Finding]:
    ending = paths.can_end()
    for spot in paths.spots:
        if spot not in ending:
            yield _at(flows, spot.flow, paths.node(spot), "loop-without-exit")
    for loop in paths.rounds(lambda node: not isinstance(node, ASKING)):
        path = " > ".join(spot.node for spot in (*loop, loop[0]))
        yield _at(flows, loop[0].flow, paths.node(loop[0]), "loop-without-asking", path=path)


def _transfers(flows: FlowSet, paths: Paths) -> Iterator[Finding]:
    ending = paths.can_end(lambda node: not isinstance(node, Transfer))
    for spot, steps in paths.spots.items():
        node = paths.node(spot)
        if not isinstance(node, Transfer):
            continue
        onward = next(step.to for step in steps if step.label == "no_agent")
        if onward is not None and onward not in ending:
            yield _at(flows, spot.flow, node, "transfer-without-way-on")


def _identity(flows: FlowSet, paths: Paths) -> Iterator[Finding]:
    for spot in paths.spots:
        if spot.identified:
            continue
        node = paths.node(spot)
        for code, values in _told_too_early(flows, spot, node):
            yield _at(flows, spot.flow, node, code, path=paths.way_to(spot), **values)


def _told_too_early(flows: FlowSet, spot: Spot, node: Node) -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(node, Promise):
        yield "promise-without-identity", {}
    elif isinstance(node, ABOUT_DEBT) or (isinstance(node, AskAmount) and not node.currency):
        yield "debt-without-identity", {"what": kind_of(node)}
    if isinstance(node, SubFlow) and flows.flows[node.flow].identified:
        yield "sub-flow-needs-identity", {"flow": node.flow}
    looked_at = frozenset().union(*(names(expression) for expression in conditions(node)))
    for name in sorted(looked_at & set(PRIVATE)):
        yield "debt-without-identity", {"what": name}
    own = {line.key for line in node.prompts} | ({node.instructions} if isinstance(node, PayBy) else set())
    for language in flows.flow.languages:
        for key in told_by(node):
            template = flows.catalogue.text(language, key) or ""
            private = [each.name for each in placeholders(template) if key in own and each.name in PRIVATE]
            for name in private:
                yield "debt-without-identity", {"what": name}
            if not isinstance(node, ABOUT_DEBT):
                for word in debt_words(template, language):
                    yield "debt-words-without-identity", {"key": key, "language": language, "word": word}


def _menus(flows: FlowSet) -> Iterator[Finding]:
    for flow in flows.flows.values():
        for node in flow.nodes.values():
            if not isinstance(node, Menu):
                continue
            if not node.otherwise and all(choice.when is not None for choice in node.choices):
                yield _at(flows, flow.name, node, "menu-may-be-empty")
            choices = {choice.key for choice in node.choices}
            for language in flows.flow.languages:
                texts = [flows.catalogue.text(language, line.key) or "" for line in node.prompts]
                told = menu_keys(" ".join(texts))
                for key in sorted(choices - told):
                    yield _at(flows, flow.name, node, "menu-key-not-told", key=key, language=language)
                for key in sorted(told - choices - {"0"}):
                    yield _at(flows, flow.name, node, "menu-key-unused", key=key, language=language)
