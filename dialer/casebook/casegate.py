"""The gate as a case asks it: the real one, told what a case says and a database has no place for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dialer.casebook.worlds import CandidateSaid, World
from dialer.compliance.facts import Facts, GateQuery, Key
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import Calendars
from dialer.compliance.rulebook import GateSettings
from dialer.compliance.rules import Pack
from dialer.compliance.verdict import Verdict

#: What number data says of a number outside every plan. It is dropped; where nothing else is known, it denies.
_UNKNOWN_ZONE = "Etc/Unknown"


class CaseGate:
    """Answers the store's questions about the candidate ``asked`` was set to.

    A case gives the zones of a number itself, so they are not worked out from the number. It need not say anything of
    written notices, and then nothing follows from their absence. ``debts`` are the names of the debts by their ids.
    """

    def __init__(self, gate: Gate, world: World, debts: Mapping[Key, str]) -> None:
        self._gate = gate
        self._world = world
        self._debts = debts
        self.asked: CandidateSaid | None = None

    def check(self, query: GateQuery) -> Verdict:
        said = self.asked
        if said is None:
            return self._gate.check(query)
        candidate = replace(
            query.candidate,
            zones=zones_of(said, self._world),
            number_use=query.candidate.number_use if said.use is None else said.use,
            contact_role=query.candidate.contact_role if said.role is None else said.role,
            debt_class=said.debt_class or query.candidate.debt_class,
        )
        return self._gate.check(replace(query, candidate=candidate, facts=self._as_said(query.facts)))

    def _as_said(self, facts: Facts) -> Facts:
        notices = {debt: at for debt, at in facts.notices.items() if self._speaks_of_notice(debt)}
        return replace(facts, notices=notices)

    def _speaks_of_notice(self, debt: Key) -> bool:
        said = self._world.debts.get(self._debts.get(debt, ""))
        return said is not None and said.notice is not None


def zones_of(said: CandidateSaid, world: World) -> tuple[str, ...]:
    """The zones of the number and of the debtor's address, as the case gives them."""
    number, debtor = world.numbers.get(said.number), world.debtors.get(said.debtor)
    named = (*(number.zones if number else ()), *(debtor.zones if debtor else ()))
    return tuple(dict.fromkeys(name for name in named if name != _UNKNOWN_ZONE)) or (_UNKNOWN_ZONE,)


def gate_of(packs: Sequence[Pack], calendars: Calendars, world: World) -> Gate:
    """The real gate with exactly these packs, and the settings of the case."""
    settings = GateSettings(close_guard_s=world.close_guard_s)
    if world.tz_version:
        settings = replace(settings, tz_version=world.tz_version)
    return Gate.of(packs, calendars, settings)
