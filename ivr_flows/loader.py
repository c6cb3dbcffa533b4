"""Flows from their files: read, with the flows they call and the words they say, as one frozen set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from dialer.errors import UnknownFlow
from ivr_flows.expressions import Type
from ivr_flows.fields import PRIVATE, PUBLIC
from ivr_flows.findings import Finding, Mistake, refusal
from ivr_flows.node_reader import read_node, stored_by
from ivr_flows.nodes import NOWHERE, RETURN, Flow, Node, SubFlow, Target, ways
from ivr_flows.prompts import LANGUAGES
from ivr_flows.reading import Place, Section, document, is_name
from ivr_flows.words import FlowCatalogue, catalogue_for, shipped_folder

_MOST_FLOWS = 20
_MOST_NODES = 300


@dataclass(frozen=True, slots=True)
class FlowSet:
    """A flow, those that it calls, and the words of all of them. ``version`` changes with any of them."""

    main: str
    flows: Mapping[str, Flow]
    catalogue: FlowCatalogue
    version: str

    @property
    def flow(self) -> Flow:
        return self.flows[self.main]

    def node(self, flow: str, name: str) -> Node:
        return self.flows[flow].nodes[name]


def shipped_flows() -> list[str]:
    """The names of the flows that come with Cadencia."""
    return sorted(file.name.removesuffix(".yaml") for file in shipped_folder().iterdir() if file.name.endswith(".yaml"))


def is_flow_name(name: str) -> bool:
    """Whether a flow may be called that: nothing that leads out of its folder."""
    return name.replace("-", "").replace("_", "").isalnum()


def load(name: str | Path) -> FlowSet:
    """A flow by its name, or from its file. Sub-flows are looked for beside it, then among those that ship.

    Raises UnknownFlow, or InvalidFlow with everything that is wrong with how it is written. Whether it makes sense is
    another question: ``validate.findings``.
    """
    folder, file = _place(name)
    flows: dict[str, Flow] = {}
    texts: list[str] = []
    findings: list[Finding] = []
    main = file.name.removesuffix(".yaml").removesuffix(".yml")
    waiting: list[tuple[str, Traversable, tuple[Flow, Node] | None]] = [(main, file, None)]
    while waiting and len(flows) < _MOST_FLOWS:
        wanted, source, caller = waiting.pop(0)
        if wanted in flows:
            continue
        if not source.is_file():
            if caller is not None:
                flow, node = caller
                findings.append(Finding("flow-unknown", flow.file, node.line, node.name, {"flow": wanted}))
            continue
        text = _text_of(source)
        texts.append(text)
        try:
            flows[wanted] = found = parse_flow(text, source.name, wanted, findings)
        except Mistake as exc:
            findings.append(exc.finding)
            continue
        called = [node for node in found.nodes.values() if isinstance(node, SubFlow)]
        waiting.extend((node.flow, _beside(folder, node.flow), (found, node)) for node in called)
    if findings:
        raise refusal(findings)
    catalogue = catalogue_for(folder, [flow.prompts for flow in flows.values()])
    said = repr(sorted((language, sorted(told.items())) for language, told in catalogue.prompts.items()))
    version = hashlib.sha256("\0".join([*texts, said]).encode()).hexdigest()[:16]
    return FlowSet(main, MappingProxyType(flows), catalogue, version)


def parse_flow(text: str, file: str, name: str, findings: list[Finding]) -> Flow:
    """One flow from its text. Mistakes inside nodes are added to ``findings``, each node's first; a mistake outside
    raises Mistake."""
    top = document(text, file)
    declared = top.text("flow")
    if declared != name:
        raise top.place.mistake("flow-name", top.line_of("flow"), name=declared, file=name)
    body = top.section("nodes")
    if not 1 <= len(body.rest()) <= _MOST_NODES:
        raise top.place.mistake("nodes-count", body.node, most=str(_MOST_NODES))
    names = frozenset(body.rest())  # with those that turn out to be broken: they are there to be gone to
    stored = _stored(body, file, findings)
    types = {**PUBLIC, **PRIVATE, **stored}
    nodes: dict[str, Node] = {}
    for key in body.rest():
        place = Place(file, key)
        try:
            if key == RETURN or not is_name(key):
                raise place.mistake("node-name", body.line_of(key), name=key)
            nodes[key] = read_node(key, Section(body.take(key), place), types)
        except Mistake as exc:
            found = exc.finding
            findings.append(Finding(found.code, file, found.line, key, found.values))
    flow = _header(top, name, file, nodes, stored)
    top.finish()
    _check_targets(flow, names, findings)
    return flow


def _header(top: Section, name: str, file: str, nodes: dict[str, Node], stored: Mapping[str, Type]) -> Flow:
    line = top.line

    def to(key: str) -> Target:
        return Target(top.name(key), top.line_of(key))

    languages: tuple[str, ...] = LANGUAGES
    if "languages" in top:
        languages = tuple(top.text_of(node, "languages") for node in top.sequence("languages"))
        for language in languages:
            if language not in LANGUAGES:
                place = top.line_of("languages")
                known = ", ".join(LANGUAGES)
                raise top.place.mistake("not-one-of", place, key="languages", value=language, known=known)
    begins = top.optional("begins", top.text, "unknown")
    if begins not in ("unknown", "identified"):
        known = "unknown, identified"
        raise top.place.mistake("not-one-of", top.line_of("begins"), key="begins", value=begins, known=known)
    return Flow(
        name=name,
        file=file,
        line=line,
        languages=languages,
        start=to("start"),
        nodes=nodes,
        identified=begins == "identified",
        agent=top.optional("agent", to, Target(NOWHERE, line)),
        tries=top.optional("tries", lambda key: top.integer(key, 1, 9), 3),
        first_s=top.optional("first_s", lambda key: top.number(key, 1, 60), 6.0),
        between_s=top.optional("between_s", lambda key: top.number(key, 0.5, 30), 3.0),
        title=top.optional("title", top.texts, {}),
        prompts=_own_prompts(top),
        stored={key: kind.value for key, kind in stored.items()},
    )


def _own_prompts(top: Section) -> dict[str, dict[str, str]]:
    if "prompts" not in top:
        return {}
    inner = top.section("prompts")
    return {key: inner.texts(key) for key in inner.rest()}


def _stored(body: Section, file: str, findings: list[Finding]) -> dict[str, Type]:
    stored: dict[str, Type] = {}
    for key in body.rest():
        node = body.look(key)
        try:
            found = stored_by(Section(node, Place(file, key)))
        except Mistake:
            continue  # said again, and better, when the node itself is read
        if found is None:
            continue
        name, kind = found
        if name in PUBLIC or name in PRIVATE or stored.get(name, kind) is not kind:
            findings.append(Finding("store-taken", file, node.start_mark.line + 1, key, {"name": name}))
            continue
        stored[name] = kind
    return stored


def _check_targets(flow: Flow, names: frozenset[str], findings: list[Finding]) -> None:
    targets = [("", flow.start), *([("", flow.agent)] if flow.agent else [])]
    targets += [(node.name, way.target) for node in flow.nodes.values() for way in ways(node)]
    findings.extend(
        Finding("node-unknown", flow.file, target.line, node, {"target": target.name})
        for node, target in targets
        if target.name not in names and not (node and target.name == RETURN)
    )


def _place(name: str | Path) -> tuple[Traversable, Traversable]:
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise UnknownFlow(f"There is no file {path}.")
        return path.parent, path
    folder = shipped_folder()
    file = folder / f"{name}.yaml"
    if str(name) not in shipped_flows():
        raise UnknownFlow(f"There is no flow {str(name)!r}. These ship: {', '.join(shipped_flows())}; or name a file.")
    return folder, file


def _beside(folder: Traversable, name: str) -> Traversable:
    if not is_flow_name(name):
        return folder / "no-such-flow.yaml"
    own = folder / f"{name}.yaml"
    return own if own.is_file() else shipped_folder() / f"{name}.yaml"


def _text_of(source: Traversable) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise refusal([Finding("not-yaml", source.name, 1, values={"problem": "not UTF-8"})]) from exc
