"""Where a call may go: every place of a flow, its sub-flows opened out, and the steps between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ivr_flows.loader import FlowSet
from ivr_flows.nodes import HEARING, RETURN, HangUp, Node, SubFlow, Transfer, VerifyIdentity, ways
from ivr_flows.state import Frame

_MOST_PLACES = 20_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A node, with the flows that wait beneath it, and whether the person was identified on the way here."""

    flow: str
    node: str
    frames: tuple[Frame, ...] = ()
    identified: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """``to`` None: the call ends. ``written``: the flow file says so; else it is what all nodes do alike: ``0``, and
    giving up."""

    label: str
    to: Spot | None
    written: bool = True


class Paths:
    """``spots`` are all that can be reached, each with its steps; ``before`` is how each was reached first."""

    def __init__(self, flows: FlowSet) -> None:
        self.flows = flows
        self.spots: dict[Spot, tuple[Step, ...]] = {}
        self.before: dict[Spot, Spot | None] = {}
        start = Spot(flows.main, flows.flow.start.name, identified=flows.flow.identified)
        waiting = deque([start])
        self.before[start] = None
        while waiting and len(self.spots) < _MOST_PLACES:
            spot = waiting.popleft()
            self.spots[spot] = steps = tuple(self._steps(spot))
            for step in steps:
                if step.to is not None and step.to not in self.before:
                    self.before[step.to] = spot
                    waiting.append(step.to)

    def node(self, spot: Spot) -> Node:
        return self.flows.node(spot.flow, spot.node)

    def way_to(self, spot: Spot) -> str:
        """How a call gets there, in words: ``greeting > menu > balance``."""
        names: list[str] = []
        at: Spot | None = spot
        while at is not None:
            names.append(at.node)
            at = self.before[at]
        return " > ".join(reversed(names))

    def can_end(self, through: Callable[[Node], bool] = lambda node: True) -> frozenset[Spot]:
        """The spots from which the end is reached by written steps alone, over nodes that ``through`` lets pass."""
        back: dict[Spot, list[Spot]] = {}
        found: set[Spot] = set()
        for spot, steps in self.spots.items():
            for step in steps:
                if step.written and step.to is None and through(self.node(spot)):
                    found.add(spot)
                elif step.written and step.to is not None:
                    back.setdefault(step.to, []).append(spot)
        waiting = list(found)
        while waiting:
            for spot in back.get(waiting.pop(), ()):
                if spot not in found and through(self.node(spot)):
                    found.add(spot)
                    waiting.append(spot)
        return frozenset(found)

    def rounds(self, automatic: Callable[[Node], bool]) -> Iterator[tuple[Spot, ...]]:
        """Loops of written steps over nodes that are all ``automatic``, each found once."""
        done: set[Spot] = set()
        for start in self.spots:
            path: list[Spot] = []
            stack: list[tuple[Spot, Iterator[Step]]] = []
            if start in done or not automatic(self.node(start)):
                continue
            stack.append((start, iter(self.spots[start])))
            path.append(start)
            while stack:
                spot, steps = stack[-1]
                step = next((each for each in steps if each.written and each.to is not None), None)
                if step is None or step.to is None:
                    done.add(spot)
                    stack.pop()
                    path.pop()
                elif step.to in path:
                    yield tuple(path[path.index(step.to) :])
                elif step.to not in done and automatic(self.node(step.to)):
                    stack.append((step.to, iter(self.spots[step.to])))
                    path.append(step.to)

    def _steps(self, spot: Spot) -> Iterator[Step]:
        node = self.node(spot)
        if isinstance(node, SubFlow):
            called = self.flows.flows[node.flow]
            frames = (*spot.frames, Frame(spot.flow, spot.node))
            known = spot.identified or called.identified  # that it may not be so is said of the calling node
            yield Step(node.flow, Spot(node.flow, called.start.name, frames, known))
            return
        for way in ways(node):
            passed = isinstance(node, VerifyIdentity) and way.label == "passed"
            yield Step(way.label, self._landing(spot, way.target.name, identified=spot.identified or passed))
        if isinstance(node, HangUp | Transfer):
            yield Step("", None)
        if isinstance(node, HEARING):
            agent = self.flows.flow.agent
            if agent:
                yield Step("0", Spot(self.flows.main, agent.name, (), spot.identified), written=False)
            yield Step("", None, written=False)

    def _landing(self, spot: Spot, name: str, *, identified: bool) -> Spot | None:
        flow, frames = spot.flow, spot.frames
        while name == RETURN:
            if not frames:
                return None
            caller = self.flows.node(frames[-1].flow, frames[-1].node)
            flow, frames = frames[-1].flow, frames[:-1]
            name = caller.next.name if isinstance(caller, SubFlow) else RETURN
        return Spot(flow, name, frames, identified)
