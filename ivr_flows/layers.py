"""Layered drawing of a directed graph: which row each node stands in, and where in it.

The usual four steps (Sugiyama, Tagawa and Toda, 1981), each in its simplest form: break loops by a depth-first walk,
rows by the longest path, order by medians, then places by pulling each node towards its neighbours. Edges over several
rows pass through places of their own, so that they run round nodes and not behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Edge:
    """``label`` is only carried along."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Routed:
    """``points`` are the middles of the places that the edge passes, its ends among them, from source to target;
    ``backward``: against the rows' order."""

    edge: Edge
    points: tuple[tuple[float, int], ...]
    backward: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """``place``: of each node, the middle of it from the left and its row from the top. ``width`` of the whole."""

    place: Mapping[str, tuple[float, int]]
    routes: tuple[Routed, ...]
    width: float
    rows: int


def lay_out(start: str, nodes: Sequence[str], edges: Sequence[Edge], widths: Mapping[str, float], gap: float) -> Layout:
    """``widths`` of the nodes and the ``gap`` between neighbours in one unit of length, that of the result."""
    backward = _backward(start, nodes, edges)
    forward = [(e.target, e.source) if n in backward else (e.source, e.target) for n, e in enumerate(edges)]
    row = _rows(nodes, forward)
    chains, links = _chains(forward, row)
    rows = _ordered(nodes, chains, links, row)
    x = _spread(rows, links, {**{name: 0.0 for chain in chains for name in chain}, **widths}, gap)
    routes = []
    for number, edge in enumerate(edges):
        points = tuple((x[name], row[name]) for name in chains[number])
        routes.append(Routed(edge, points[::-1] if number in backward else points, number in backward))
    width = max(x[name] + widths[name] / 2 for name in nodes) if nodes else 0.0
    width = max([width, *(x[name] for chain in chains for name in chain)])
    return Layout({name: (x[name], row[name]) for name in nodes}, tuple(routes), width, len(rows))


def _backward(start: str, nodes: Sequence[str], edges: Sequence[Edge]) -> frozenset[int]:
    """The edges that close a loop."""
    outgoing: dict[str, list[tuple[int, str]]] = {name: [] for name in nodes}
    for number, edge in enumerate(edges):
        outgoing[edge.source].append((number, edge.target))
    state: dict[str, int] = {}
    closing = set()
    for root in (start, *nodes):
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(outgoing[root]))]
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                state[name] = 2
                stack.pop()
            elif state.get(step[1]) == 1:
                closing.add(step[0])
            elif step[1] not in state:
                state[step[1]] = 1
                stack.append((step[1], iter(outgoing[step[1]])))
    return frozenset(closing)


def _rows(nodes: Sequence[str], forward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest path from a node without a way in; a node stands one row above the first that follows it."""
    row = dict.fromkeys(nodes, 0)
    for _ in nodes:
        changed = False
        for source, target in forward:
            if source != target and row[target] < row[source] + 1:
                row[target] = row[source] + 1
                changed = True
        if not changed:
            break
    return row


def _chains(
    forward: Sequence[tuple[str, str]], row: dict[str, int]
) -> tuple[list[tuple[str, ...]], list[tuple[str, str]]]:
    """Of each edge the names it passes, those between its ends being new; and the links between adjacent rows."""
    chains = []
    links = []
    for number, (source, target) in enumerate(forward):
        between = [f"{number}/{at}" for at in range(row[source] + 1, row[target])]
        row.update({name: row[source] + 1 + at for at, name in enumerate(between)})
        chain = (source, *between, target)
        chains.append(chain)
        links += [pair for pair in pairwise(chain) if pair[0] != pair[1]]
    return chains, links


def _ordered(
    nodes: Sequence[str], chains: Sequence[Sequence[str]], links: Sequence[tuple[str, str]], row: Mapping[str, int]
) -> list[list[str]]:
    """The names in each row, so that few links cross."""
    everything = list(dict.fromkeys([*nodes, *(name for chain in chains for name in chain)]))
    rows: list[list[str]] = [[] for _ in range(max(row.values(), default=0) + 1)]
    for name in everything:
        rows[row[name]].append(name)
    above, below = _neighbours(links)
    best, fewest = [list(each) for each in rows], _crossings(rows, below)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for number in order:
            other = rows[number - 1 if down else number + 1]
            at = {name: place for place, name in enumerate(other)}
            near = above if down else below
            own = {name: place for place, name in enumerate(rows[number])}
            rows[number].sort(key=lambda name: (_median([at[n] for n in near.get(name, ())], own[name]), own[name]))
        count = _crossings(rows, below)
        if count < fewest:
            best, fewest = [list(each) for each in rows], count
    return best


def _neighbours(links: Sequence[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _median(places: Sequence[int], otherwise: float) -> float:
    if not places:
        return otherwise
    ordered = sorted(places)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _crossings(rows: Sequence[Sequence[str]], below: Mapping[str, Sequence[str]]) -> int:
    count = 0
    for number in range(len(rows) - 1):
        at = {name: place for place, name in enumerate(rows[number + 1])}
        ends = [at[lower] for name in rows[number] for lower in sorted(below.get(name, ()), key=at.__getitem__)]
        count += sum(1 for n, left in enumerate(ends) for right in ends[n + 1 :] if right < left)
    return count


def _spread(
    rows: Sequence[Sequence[str]], links: Sequence[tuple[str, str]], widths: Mapping[str, float], gap: float
) -> dict[str, float]:
    """Middles from the left: each as near to its neighbours as its row allows."""
    x: dict[str, float] = {}
    for names in rows:
        at = 0.0
        for name in names:
            x[name] = at + widths[name] / 2
            at += widths[name] + gap
    above, below = _neighbours(links)
    for sweep in range(_SWEEPS):
        for names in rows if sweep % 2 == 0 else rows[::-1]:
            near = above if sweep % 2 == 0 else below
            wanted = [_mean([x[n] for n in near.get(name, ())], x[name]) for name in names]
            x |= zip(names, _apart(names, wanted, widths, gap), strict=True)
    left = min((x[name] - widths[name] / 2 for name in x), default=0.0)
    return {name: place - left for name, place in x.items()}


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _apart(names: Sequence[str], wanted: Sequence[float], widths: Mapping[str, float], gap: float) -> list[float]:
    """The places nearest to ``wanted`` in the sense of least squares that keep order and distance: neighbours that
    would overlap are pooled and moved as one."""
    offsets = [0.0]
    for left, right in pairwise(names):
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + gap)
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        pools.append((place - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (before, more) = pools.pop(), pools.pop()
            pools.append(((mean * count + before * more) / (count + more), count + more))
    flat = [mean for mean, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(flat, offsets, strict=True)]
