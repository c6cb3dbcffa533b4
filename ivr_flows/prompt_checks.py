"""What can be told from the words of prompts: whether they are there, fit their values, name keys, speak of debt."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from ivr_flows.expressions import Type
from ivr_flows.fields import KINDS, PRIVATE, PUBLIC
from ivr_flows.findings import Finding, texts
from ivr_flows.loader import FlowSet
from ivr_flows.nodes import Flow, Menu, Node, PayBy, kind_of
from ivr_flows.standard import STANDARD, WORDS, prompts_of
from ivr_flows.words import placeholders, without_values

# Both languages at once: a menu that chooses the language speaks both.
_KEY = re.compile(r"\b(?:marque|oprima|presione|pulse|digite|press|dial)\s+(?:el\s+)?(\d)\b", re.IGNORECASE)


def told_by(node: Node) -> tuple[str, ...]:
    """Every prompt that a node may say."""
    own = [line.key for line in node.prompts]
    if isinstance(node, PayBy):
        own.append(node.instructions)
    return tuple(dict.fromkeys([*own, *prompts_of(node)]))


def menu_keys(text: str) -> set[str]:
    """The keys that a text tells people to press."""
    return set(_KEY.findall(text))


def debt_words(template: str, language: str) -> tuple[str, ...]:
    """The words in a prompt that give away what the call is about."""
    return tuple(dict.fromkeys(found.lower() for found in _debt_pattern(language).findall(without_values(template))))


@functools.cache
def _debt_pattern(language: str) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in texts(language)["debt_words"])
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def prompts_and_words(flows: FlowSet) -> Iterator[Finding]:
    """Missing prompts and words, and values that a prompt cannot have."""
    for flow in flows.flows.values():
        for node in flow.nodes.values():
            yield from _prompts(flows, flow, node)
            yield from _words(flows, flow, node)
        said = {key for node in flow.nodes.values() for key in told_by(node)} | set(STANDARD)
        for key in flow.prompts:
            if key not in said:
                yield Finding("prompt-unused", flow.file, flow.line, values={"key": key})


def _prompts(flows: FlowSet, flow: Flow, node: Node) -> Iterator[Finding]:
    lines = {line.key: line.line for line in node.prompts}
    own = {*lines, *([node.instructions] if isinstance(node, PayBy) else [])}
    for key in told_by(node):
        for language in flows.flow.languages:
            values = {"key": key, "language": language}
            template = flows.catalogue.text(language, key)
            line = lines.get(key, node.line)
            if template is None:
                yield Finding("missing-prompt", flow.file, line, node.name, values)
            elif key in own:
                for code, more in _misfits(flow, template):
                    yield Finding(code, flow.file, line, node.name, {**values, **more})
            else:
                for needed in placeholders(template):
                    if needed.name not in STANDARD[key]:
                        yield Finding("prompt-field", flow.file, line, node.name, {**values, "name": needed.name})


def _misfits(flow: Flow, template: str) -> Iterator[tuple[str, dict[str, str]]]:
    for needed in placeholders(template):
        kind = PUBLIC.get(needed.name) or PRIVATE.get(needed.name)
        if needed.name in flow.stored:
            kind = Type(flow.stored[needed.name])
        if kind is None:
            yield "prompt-field", {"name": needed.name}
            continue
        fitting = KINDS.get(kind, ())
        if not fitting or (needed.written and needed.kind not in fitting):
            yield "prompt-kind", {"name": needed.name, "kind": needed.written or "text", "type": kind.value}


def _words(flows: FlowSet, flow: Flow, node: Node) -> Iterator[Finding]:
    keys = [choice.words for choice in node.choices if choice.words] if isinstance(node, Menu) else []
    for key in (*keys, *WORDS.get(kind_of(node), ())):
        for language in flows.flow.languages:
            if not flows.catalogue.heard(language, key):
                values = {"key": key, "language": language}
                yield Finding("missing-words", flow.file, node.line, node.name, values)
