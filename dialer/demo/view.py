"""The live view of a demonstration in a terminal: lines, agents, answer rate, abandonment, last outcomes."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from importlib import resources

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dialer.ports import BusMessage, EventBus

_AGENT_COLOURS = {
    "ready": "green", "talking": "cyan", "reserved": "cyan", "wrap_up": "yellow", "paused": "red",
    "connecting": "dim", "preview": "magenta",
}  # fmt: skip
_OUTCOME_COLOURS = {
    "conversation": "bold cyan", "abandoned": "bold red", "machine": "magenta", "announcement": "magenta",
    "message_left": "magenta", "no_answer": "dim", "busy": "yellow", "congestion": "red", "lost": "bold red",
}  # fmt: skip

_LABELS = {
    "es": ("Hoy", "Líneas", "Agentes", "Últimos resultados", "llamadas", "contestadas", "personas", "abandono",
           "llamadas por minuto", "Ctrl-C termina con orden"),
    "en": ("Today", "Lines", "Agents", "Last outcomes", "calls", "answered", "people", "abandonment",
           "calls a minute", "Ctrl-C drains and ends"),
}  # fmt: skip


def _console_words(language: str) -> dict[str, str]:
    """The console's own words for outcomes, lines and reasons, so that both screens say the same."""
    text = (resources.files("agent_console") / "static" / "i18n" / f"{language}.json").read_text("utf-8")
    words: dict[str, str] = json.loads(text)
    return words


class LiveView:
    """Draws what the bus says until cancelled."""

    def __init__(self, bus: EventBus, campaign: str, language: str, console: Console) -> None:
        self._bus = bus
        self._campaign = campaign
        self._labels = _LABELS[language]
        self._words = _console_words(language)
        self._console = console
        self._state: dict[str, object] = {}
        self._outcomes: deque[tuple[str, str, str]] = deque(maxlen=12)

    async def run(self) -> None:
        ends = [
            self._bus.subscribe(f"{self._campaign}/state", self._on_state, name="live view"),
            self._bus.subscribe(f"{self._campaign}/call.closed", self._on_closed, name="live view outcomes"),
        ]
        try:
            with Live(self._draw(), console=self._console, refresh_per_second=4, transient=True) as live:
                while True:
                    live.update(self._draw())
                    await asyncio.sleep(0.25)
        finally:
            for end in ends:
                end()

    async def _on_state(self, message: BusMessage) -> None:
        self._state = message.payload

    async def _on_closed(self, message: BusMessage) -> None:
        payload = message.payload
        at = str(payload.get("at", ""))[11:19]
        self._outcomes.appendleft((at, str(payload.get("outcome", "")), str(payload.get("agent_id") or "")))

    def _draw(self) -> Group:
        state = self._state
        today_title, lines_title, agents_title, last_title, *names, stop = self._labels
        today, lines = _mapping(state.get("today")), _mapping(state.get("lines"))
        attempts, answered = _number(today.get("attempts")), _number(today.get("answered"))
        rate = answered / attempts if attempts else 0.0
        values = (
            f"{attempts:.0f}",
            f"{answered:.0f} ({rate:.0%})",
            f"{_number(today.get('people')):.0f}",
            f"{_number(state.get('abandonment_rate')):.1%}",
            f"{_number(state.get('calls_per_min')):.0f}",
        )
        figures = Table.grid(padding=(0, 2))
        for name, value in zip(names, values, strict=True):
            figures.add_row(name, Text(value, style="bold"))
        line_table = Table.grid(padding=(0, 2))
        for name, count in lines.items():
            line_table.add_row(self._say("line", name), Text("█" * int(_number(count)), style="blue"), str(count))
        agents = [
            Text(f"● {agent.get('name')}", style=_AGENT_COLOURS.get(str(agent.get("state")), "white"))
            for agent in _agents(state.get("agents"))
        ]
        outcomes = Table.grid(padding=(0, 2))
        for at, outcome, agent in self._outcomes:
            style = _OUTCOME_COLOURS.get(outcome, "white")
            outcomes.add_row(at, Text(self._say("outcome", outcome), style=style), agent)
        decision = _mapping(state.get("last_decision"))
        why = f"{decision.get('calls', '')} · {self._say('reason', str(decision.get('reason', '')))}"
        return Group(
            Columns([Panel(figures, title=today_title), Panel(line_table, title=lines_title)]),
            Panel(Columns(agents, padding=(0, 2)), title=agents_title),
            Panel(outcomes, title=last_title),
            Text(why, style="dim"),
            Text(stop, style="dim"),
        )

    def _say(self, kind: str, name: str) -> str:
        return self._words.get(f"{kind}.{name}", name)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _agents(value: object) -> list[dict[str, object]]:
    return [agent for agent in value if isinstance(agent, dict)] if isinstance(value, list) else []
