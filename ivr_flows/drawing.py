"""A flow as a picture: SVG, drawn here, for a page or a printer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from ivr_flows.expressions import Binary, Expression, Literal, Name, Not
from ivr_flows.findings import texts
from ivr_flows.layers import Edge, Layout, Routed, lay_out
from ivr_flows.loader import FlowSet
from ivr_flows.nodes import (
    ABOUT_DEBT,
    RETURN,
    Condition,
    HangUp,
    Menu,
    Node,
    SubFlow,
    Transfer,
    VerifyIdentity,
    kind_of,
    ways,
)

_BOX, _ROW, _GAP, _MARGIN = 44.0, 104.0, 34.0, 24.0
_LETTER = 7.2  # the mean width of a letter at 13 pixels
_SMALL = 6.0
_TOP = 46.0
_PORT = 16.0  # between two ends on one side of a node
_PLACES = (0.4, 0.58, 0.26, 0.74, 0.14)  # along an edge's first piece, where its label may stand

_Point = tuple[float, float]
#: Fill and line: grey for what is plain, blue where somebody is asked, green past identity, orange at the ends.
_PLAIN, _ASK, _DEBT, _END, _KEY = (
    ("#f4f4f4", "#777777"),
    ("#e3f0fa", "#0072b2"),
    ("#e2f4ee", "#009e73"),
    ("#fdf0dc", "#b8720a"),
    ("#fbe6d9", "#d55e00"),
)


def draw(flows: FlowSet, language: str) -> str:
    """An SVG document of the main flow. Nodes have their kind's name in ``language``."""
    flow, said = flows.flow, texts(language)
    names = list(flow.nodes)
    edges = _edges(flows, said["ways"])
    if any(edge.target == RETURN for edge in edges):
        names.append(RETURN)
    titles = {name: _title(flow.nodes.get(name), said["kinds"]) for name in names}
    widths = {name: max(92.0, _LETTER * len(name) + 28, _SMALL * len(titles[name]) + 28) for name in names}
    layout = lay_out(flow.start.name, names, edges, widths, _GAP)
    width, height = layout.width + 2 * _MARGIN + 60, _TOP + layout.rows * _ROW + _MARGIN
    title = flow.title.get(language) or flow.name
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"',
        f'height="{height:.0f}" font-family="system-ui, sans-serif" font-size="13" fill="#222">',
        f"<title>{escape(title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0.5 7.5 4 0 7.5z" fill="#555"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        f'<text x="{_MARGIN}" y="28" font-size="16" font-weight="600">{escape(title)}</text>',
    ]
    lines = _ends_apart(layout, widths)
    parts += [_line(stops, route) for stops, route in zip(lines, layout.routes, strict=True)]
    parts += [_box(name, titles[name], flow.nodes.get(name), layout, widths[name]) for name in names]
    parts += _labels(lines, layout)
    return "\n".join([*parts, "</svg>", ""])


def written(expression: Expression) -> str:
    """A condition as the flow file has it, near enough."""
    match expression:
        case Literal(bool() as value):
            return str(value).lower()
        case Literal(str() as value):
            return f'"{value}"'
        case Literal(value):
            return str(value)
        case Name(name):
            return name
        case Not(of):
            return f"not {written(of)}"
        case Binary(sign, left, right):
            return f"{written(left)} {sign} {written(right)}"


def _edges(flows: FlowSet, words: dict[str, str]) -> list[Edge]:
    """Ways from one node to the same other are one edge with all their labels."""
    found: dict[tuple[str, str], list[str]] = {}
    for node in flows.flow.nodes.values():
        for way in ways(node):
            label = words.get(way.label, way.label)
            if isinstance(node, Condition) and way.label.isdigit():
                label = written(node.branches[int(way.label) - 1].when)
            labels = found.setdefault((node.name, way.target.name), [])
            if label and label not in labels:
                labels.append(label)
    return [Edge(source, target, ", ".join(labels)) for (source, target), labels in found.items()]


def _middle(row: int) -> float:
    return _TOP + row * _ROW + _BOX / 2


def _title(node: Node | None, kinds: Mapping[str, str]) -> str:
    if node is None:
        return ""
    return f"{kinds[kind_of(node)]}: {node.flow}" if isinstance(node, SubFlow) else kinds[kind_of(node)]


def _colours(node: Node | None) -> tuple[str, str]:
    if isinstance(node, VerifyIdentity):
        return _KEY
    if isinstance(node, ABOUT_DEBT):
        return _DEBT
    if node is None or isinstance(node, HangUp | Transfer):
        return _END
    return _ASK if isinstance(node, Menu) or hasattr(node, "store") or hasattr(node, "yes") else _PLAIN


def _box(name: str, title: str, node: Node | None, layout: Layout, width: float) -> str:
    x, row = layout.place[name]
    x, y = x + _MARGIN, _middle(row)
    fill, line = _colours(node)
    radius = 22 if node is None or isinstance(node, HangUp) else 6
    dash = ' stroke-dasharray="5 3"' if isinstance(node, SubFlow) or node is None else ""
    box = (
        f'<rect x="{x - width / 2:.1f}" y="{y - _BOX / 2:.1f}" width="{width:.1f}" height="{_BOX}" rx="{radius}" '
        f'fill="{fill}" stroke="{line}" stroke-width="1.5"{dash}/>'
    )
    if not title:
        return f'{box}<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle">{escape(name)}</text>'
    return (
        f'{box}<text x="{x:.1f}" y="{y - 2:.1f}" text-anchor="middle" font-weight="600">{escape(name)}</text>'
        f'<text x="{x:.1f}" y="{y + 14:.1f}" text-anchor="middle" font-size="11" fill="#555">{escape(title)}</text>'
    )


def _ends_apart(layout: Layout, widths: Mapping[str, float]) -> list[list[_Point]]:
    """The stops of every edge, with the ends on one side of a node side by side, in the order of where they lead."""
    lines = [[(x + _MARGIN, _middle(row)) for x, row in route.points] for route in layout.routes]
    sides: dict[tuple[str, bool], list[tuple[float, int, int]]] = {}
    for number, (route, stops) in enumerate(zip(layout.routes, lines, strict=True)):
        down = stops[1][1] > stops[0][1]
        sides.setdefault((route.edge.source, down), []).append((stops[1][0], number, 0))
        sides.setdefault((route.edge.target, not down), []).append((stops[-2][0], number, -1))
    for (name, below), ends in sides.items():
        step = min(_PORT, (widths[name] - 24) / max(1, len(ends) - 1))
        for place, (_, number, end) in enumerate(sorted(ends)):
            x, y = lines[number][end]
            shift = (place - (len(ends) - 1) / 2) * step
            lines[number][end] = (x + shift, y + (_BOX / 2 if below else -_BOX / 2))
    return lines


def _line(stops: Sequence[_Point], route: Routed) -> str:
    if route.edge.source == route.edge.target:
        (x, y), _ = stops
        out = x + 90
        path = f"M{x + 20:.1f} {y:.1f} C{out:.1f} {y - 40:.1f} {out:.1f} {y + 80:.1f} {x + 20:.1f} {y + _BOX:.1f}"
        return _path(path, dashed=True)
    path = f"M{stops[0][0]:.1f} {stops[0][1]:.1f}"
    for (ax, ay), (bx, by) in pairwise(stops):
        bend = (by - ay) / 2
        path += f" C{ax:.1f} {ay + bend:.1f} {bx:.1f} {by - bend:.1f} {bx:.1f} {by:.1f}"
    return _path(path, dashed=route.backward)


def _path(path: str, *, dashed: bool) -> str:
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="{path}" fill="none" stroke="#555" stroke-width="1.2"{dash} marker-end="url(#tip)"/>'


def _labels(lines: Sequence[Sequence[_Point]], layout: Layout) -> list[str]:
    """Words on the edges, near their beginning, moved along where two would lie on each other."""
    taken: list[tuple[float, float, float]] = []
    found = []
    labelled = [(stops, route) for stops, route in zip(lines, layout.routes, strict=True) if route.edge.label]
    for stops, route in sorted(labelled, key=lambda each: len(each[1].edge.label)):
        (ax, ay), (bx, by) = stops[0], stops[1]
        half = _SMALL * len(route.edge.label) / 2 + 2
        x = y = 0.0
        for share in _PLACES:
            bent = share * share * (3 - 2 * share)
            x, y = ax + (bx - ax) * bent, ay + (by - ay) * share
            if not any(abs(y - ty) < 14 and abs(x - tx) < half + th for tx, ty, th in taken):
                break
        taken.append((x, y, half))
        found.append(
            f'<rect x="{x - half:.1f}" y="{y - 7:.1f}" width="{2 * half:.1f}" height="14" fill="#fff" opacity="0.85"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="11" fill="#333">'
            f"{escape(route.edge.label)}</text>"
        )
    return found
