"""The flows in use: an edited one is taken for new calls at once, a broken one is refused and the old one stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dialer.errors import InvalidFlow, UnknownFlow
from ivr_flows.findings import Finding, findings_of, refusal
from ivr_flows.loader import FlowSet, is_flow_name, load
from ivr_flows.play.player import Player
from ivr_flows.validate import findings


@dataclass(slots=True)
class Shelf:
    """``folder`` holds flows of one's own; None: only those that ship. A name is looked for there first.

    Calls keep the player that they began with, so a change never reaches a call in its middle.
    """

    folder: Path | None = None
    _players: dict[str, Player] = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)

    def player(self, name: str) -> Player:
        """The player of a flow for a new call. Raises UnknownFlow, or InvalidFlow where there never was a good one."""
        found = self._players.get(name)
        if found is None:
            found = self._players[name] = Player(checked(self._place(name)))
        return found

    def refresh(self) -> Mapping[str, tuple[Finding, ...]]:
        """Read every flow in use again. Returns those that were refused, by name; their old text stays in use."""
        refused: dict[str, tuple[Finding, ...]] = {}
        for name, player in self._players.items():
            try:
                flows = checked(self._place(name))
            except (InvalidFlow, UnknownFlow) as exc:
                missing = Finding("flow-unknown", f"{name}.yaml", 1, values={"flow": name})
                refused[name] = (findings_of(exc) if isinstance(exc, InvalidFlow) else ()) or (missing,)
                continue
            if flows.version != player.flows.version:
                self._players[name] = Player(flows)
        return refused

    def _place(self, name: str) -> str | Path:
        own = self.folder / f"{name}.yaml" if self.folder is not None and is_flow_name(name) else None
        if own is not None and (own.is_file() or name in self._own):
            # One of one's own that is gone must not turn into the one that ships.
            self._own.add(name)
            return own
        return name


def checked(name: str | Path) -> FlowSet:
    """A flow that may be used: read, and found without an error. Raises UnknownFlow or InvalidFlow."""
    flows = load(name)
    wrong = [finding for finding in findings(flows) if finding.is_error]
    if wrong:
        raise refusal(wrong)
    return flows
