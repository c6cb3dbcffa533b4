"""Traces for tests: recorded from a simulated floor, and written into a log as the engine would have."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.domain.campaign import Campaign
from dialer.domain.ids import uuid7
from dialer.domain.outcome import Outcome
from dialer.store.database import Database
from dialer.store.presence_tables import agent_presence
from dialer.store.tables import attempts, debtors, phones
from pacing.decision import Decision
from pacing.interface import Cancelling, EventKind, Pacer
from pacing.measures import Measures
from pacing.scenario import Scenario
from pacing.simulation import Simulation
from pacing.snapshot import Info, State
from pacing.trace import Fate, FateKind, Trace

_ENDS = {
    EventKind.NOANSWER: FateKind.NO_ANSWER,
    EventKind.BUSY: FateKind.BUSY,
    EventKind.FAILED: FateKind.FAILED,
    EventKind.CONGESTION: FateKind.CONGESTION,
    EventKind.CANCELLED: FateKind.CANCELLED,
}


@dataclass(slots=True)
class Recorder:
    """A pacer that dials as the one inside, and writes down what it is told."""

    pacer: Pacer
    at: dict[str, float] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    present: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    abandoned_at: list[float] = field(default_factory=list)
    _came: dict[str, float] = field(default_factory=dict)
    _with: dict[str, str] = field(default_factory=dict)  # the call, by agent

    def start(self, info: Info) -> None:
        self.pacer.start(info)

    def decide(self, state: State) -> Decision:
        return self.pacer.decide(state)

    def cancel(self, state: State) -> Collection[str]:
        return self.pacer.cancel(state) if isinstance(self.pacer, Cancelling) else ()

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self.pacer.on_event(t, kind, ident, value)
        fates, what = self.fates, EventKind(kind)
        match what:
            case EventKind.LOGIN:
                self._came[ident] = t
            case EventKind.LEAVE:
                self.present[ident].append((self._came.pop(ident), t))
            case EventKind.DIAL:
                self.at[ident] = t
            case EventKind.LIVE | EventKind.MACHINE:
                ring_s = float(value or 0.0)
                fates[ident] = Fate(
                    at=self.at[ident],
                    kind=FateKind.PERSON if what is EventKind.LIVE else FateKind.MACHINE,
                    ring_s=ring_s,
                    verdict_s=t - self.at[ident] - ring_s,
                )
            case EventKind.CONNECT:
                fates[ident] = replace(fates[ident], bridge_s=t - fates[ident].verdict_at)
                self._with[str(value)] = ident
            case EventKind.ABANDON:
                self.abandoned_at.append(t)
            case EventKind.TALK_END:
                fates[self._with[ident]] = replace(fates[self._with[ident]], talk_s=float(value or 0.0))
            case EventKind.WRAP_END:
                call = self._with.pop(ident)
                fates[call] = replace(fates[call], wrap_s=float(value or 0.0))
            case _ if what in _ENDS:
                fates[ident] = Fate(at=self.at[ident], kind=_ENDS[what], ring_s=float(value or 0.0))

    def trace(self, scenario: Scenario) -> Trace:
        t_end = scenario.t_end
        present = {**self.present}
        for agent, came in self._came.items():
            present[agent] = [*present.get(agent, []), (came, t_end)]
        known = sorted(self.fates.values(), key=lambda fate: fate.at)
        return Trace(
            t_end=t_end,
            target=scenario.target,
            patience=scenario.patience,
            ring_timeout=scenario.ring_timeout,
            min_ring=scenario.min_ring,
            lines=scenario.lines,
            fates=known,
            present={agent: present[agent] for agent in sorted(present)},
            abandoned_at=self.abandoned_at,
        )


def recorded(scenario: Scenario, pacer: Pacer, *, seed: int = 1) -> tuple[Trace, Measures]:
    """A simulated day as a trace, and what the simulator itself says of it."""
    recorder = Recorder(pacer)
    simulation = Simulation(scenario, recorder, seed=seed)
    simulation.dialing_ends = math.inf  # as in a log that was cut somewhere
    measures = simulation.run()
    return recorder.trace(scenario), measures


_OUTCOMES = {
    FateKind.MACHINE: Outcome.MACHINE,
    FateKind.LEFT: Outcome.HUNG_UP_EARLY,
    FateKind.NO_ANSWER: Outcome.NO_ANSWER,
    FateKind.BUSY: Outcome.BUSY,
    FateKind.FAILED: Outcome.UNALLOCATED,
    FateKind.CONGESTION: Outcome.CONGESTION,
    FateKind.CANCELLED: Outcome.CANCELLED,
}


async def write_trace(
    database: Database, campaign: Campaign, trace: Trace, began: datetime, *, presence: bool = True, mode: str = "power"
) -> None:
    """The rows that an engine would have left. Every conversation is the next agent's in turn."""

    def at(seconds: float) -> datetime:
        return began + timedelta(seconds=seconds)

    def write(connection: sa.Connection) -> None:
        debtor = connection.scalar(
            debtors.insert().values(identity="trace", country="CO", custom={}).returning(debtors.c.id)
        )
        phone = connection.scalar(
            phones.insert().values(debtor_id=debtor, e164="+573100000001", position=0).returning(phones.c.id)
        )
        names = list(trace.present)
        talks = 0
        for number, fate in enumerate(trace.fates):
            answered = fate.kind in (FateKind.PERSON, FateKind.MACHINE, FateKind.LEFT)
            row: dict[str, Any] = {
                "call_id": uuid7(at(fate.at), number.to_bytes(10, "big")), "state": "closed",
                "campaign_id": campaign.id, "debtor_id": debtor, "phone_id": phone, "number": "+573100000001",
                "language": "es", "mode": mode, "reserved_at": at(fate.at), "dialed_at": at(fate.at),
                "ended_at": at(fate.at + fate.ring_s), "ring_minimum_s": trace.min_ring,
            }  # fmt: skip
            if answered:
                row |= {"answered_at": at(fate.at + fate.ring_s), "ended_at": at(fate.verdict_at)}
            if fate.kind in (FateKind.PERSON, FateKind.MACHINE):
                row |= {
                    "amd_at": at(fate.verdict_at),
                    "amd_category": "human" if fate.kind is FateKind.PERSON else "machine",
                }
            row["outcome"] = str(_OUTCOMES.get(fate.kind, Outcome.ABANDONED))
            if fate.bridge_s is not None:
                bridged = fate.verdict_at + fate.bridge_s
                row |= {
                    "outcome": str(Outcome.CONVERSATION), "bridged_at": at(bridged), "talk_s": fate.talk_s,
                    "wrap_up_s": fate.wrap_s, "agent_id": names[talks % len(names)],
                    "ended_at": at(bridged + (fate.talk_s or 0.0)),
                }  # fmt: skip
                talks += 1
            connection.execute(attempts.insert().values(row))
        for agent, spans in trace.present.items() if presence else ():
            for begin, end in spans:
                connection.execute(
                    agent_presence.insert().values(
                        campaign_id=campaign.id, agent_id=agent, began_at=at(begin), ended_at=at(end)
                    )
                )

    await database.write(write)
