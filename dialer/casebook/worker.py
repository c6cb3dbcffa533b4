"""One worker of a case: asks for contacts, and tells the ledger what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer.casebook.casegate import CaseGate
from dialer.casebook.cases import Op, Step
from dialer.casebook.loading import Loaded, as_stored, campaign_key, fact, flag_number, past_contact
from dialer.casebook.worlds import CandidateSaid, EventSaid, World
from dialer.compliance.facts import Channel, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import Stop, StopReason
from dialer.errors import InvalidCaseFile
from dialer.ports import AttemptClosing, ContactRequest, Denial, Disposition
from dialer.store.attempts import SqlAttemptLog
from dialer.store.contacts import Contacts
from dialer.store.database import Database
from dialer.store.known_facts import KnownFacts, NewFact, record_fact

Answer = dict[str, Any]  #: decision, reasons, next_allowed_at, as plain data


@dataclass(frozen=True, slots=True)
class Reserved:
    """What an allowed candidate became: a call, or a contact on another channel."""

    id: str
    is_call: bool
    candidate: CandidateSaid
    at: datetime


class CaseClock:
    """A clock that stands where the case puts it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Worker:
    """Asks the store, and the store the gate, about one candidate after the other."""

    def __init__(self, database: Database, gate: Gate, world: World, loaded: Loaded, now: datetime) -> None:
        self._database = database
        self._loaded = loaded
        self._world = world
        self._real_gate = gate
        self._gate = CaseGate(gate, world, loaded.names)
        self.clock = CaseClock(now)
        self._log = SqlAttemptLog(database, self._gate, self.clock)
        self._contacts = Contacts(database, self._gate, self.clock)
        self._known = KnownFacts(database, self.clock)

    def colleague(self, database: Database) -> Worker:
        """Another worker with the same gate, on a connection of its own."""
        return Worker(database, self._real_gate, self._world, self._loaded, self.clock.at)

    async def reserve(self, said: CandidateSaid, now: datetime) -> tuple[Answer, Reserved | None]:
        """Ask for the contact; where it is allowed it is under way from now on."""
        self.clock.at = now
        self._gate.asked = said
        debts = self._world.debts_of(said.debtor) if said.debts is None else said.debts
        found = await self._log.reserve_contact(
            ContactRequest(
                campaign_id=self._loaded.campaigns[campaign_key(said)],
                debtor_id=self._loaded.debtors[said.debtor],
                number=as_stored(said.number) if said.number else None if said.channel is Channel.CALL else "",
                debts=tuple(self._loaded.debts[said.debtor, debt] for debt in dict.fromkeys(debts)),
                channel=str(said.channel),
                mode=said.mode[:16],
                agent_guaranteed=said.agent_guaranteed,
                one_call_per_person=False,
                source="case",
            ),
            now,
        )
        if found.attempt is not None:
            return answer(None), Reserved(found.attempt.call_id, True, said, now)
        if found.contact_id is not None:
            return answer(None), Reserved(found.contact_id, False, said, now)
        return answer(found.denial), None

    async def originate(self, reserved: Reserved, now: datetime) -> tuple[Answer, bool]:
        """Ask again about a reservation; whether it still stands."""
        if not reserved.is_call:
            raise InvalidCaseFile("only a call is originated; a message is asked for once")
        self.clock.at = now
        self._gate.asked = reserved.candidate
        denial = await self._log.recheck(CallId(reserved.id), now)
        return answer(denial), denial is None

    async def finish(self, reserved: Reserved, outcome: LedgerOutcome, ended_at: datetime) -> None:
        self.clock.at = ended_at
        if not reserved.is_call:
            await self._contacts.finish(reserved.id, outcome, ended_at)
            return
        call_id = CallId(reserved.id)
        closing = AttemptClosing(
            call_id=call_id,
            outcome=_outcome(outcome),
            ended_at=ended_at,
            retry=Stop(reason=StopReason.FINISHED),
            dialed_at=reserved.at,
        )
        await self._log.close([closing])
        if outcome is LedgerOutcome.THIRD_PARTY:
            await self._log.dispose(Disposition(call_id=call_id, agent_id=AgentId("case"), code="THIRD_PARTY"))

    async def release(self, reserved: Reserved, now: datetime) -> None:
        self.clock.at = now
        if reserved.is_call:
            await self._log.release([CallId(reserved.id)], now)
        else:
            await self._contacts.release(reserved.id, now)

    async def happened(self, step: Step) -> None:
        """What changes besides our own contacts: an inbound call, a consent, a flag."""
        self.clock.at = step.at
        if step.event is not None:
            await self.record([step.event])
        for consent in step.consents:
            debt_id = self._loaded.debts[consent.debtor, consent.debt]
            await self._database.write(record_fact, fact("consent", {}, consent.at, debt_id=debt_id), step.at)
        if step.flag is None:
            return
        if step.op is Op.UNFLAG:
            await self._unflag(step, step.flag.name)
        elif step.subject == "number":
            await self._database.write(flag_number, step.key, step.flag.name, step.at, step.at)
        else:
            for told in self._flags(step, step.flag.name):
                await self._database.write(record_fact, told, step.at)

    async def record(self, events: Iterable[EventSaid]) -> None:
        """Tell the ledger of contacts that asked nobody."""
        told = [each for event in events if (each := past_contact(event, self._loaded)) is not None]
        await self._contacts.record(*told)

    async def _unflag(self, step: Step, flag: str) -> None:
        if step.subject == "number":
            found = list(await self._known.of_number(as_stored(step.key)))
        else:
            debtors = [debtor for debtor, debt in self._loaded.debts if step.subject == "debt" and debt == step.key]
            found = [
                each
                for debtor in debtors or [step.key]
                for each in await self._known.of_debtor(self._loaded.debtors[debtor])
                if each.subject == step.subject
                and (each.debt_id is None or self._loaded.names[each.debt_id] == step.key)
            ]
        ended = [each for each in found if each.kind == "flag" and each.value.get("flag") == flag]
        if not ended:
            raise InvalidCaseFile(f"{step.key} has no flag {flag} to take away")
        for each in ended:
            if each.ended_at is None:
                await self._known.end(each.id, "case")

    def _flags(self, step: Step, flag: str) -> list[NewFact]:
        """A debt of several people is one row of each."""
        value = {"flag": flag}
        if step.subject == "debtor":
            return [fact("flag", value, step.at, debtor_id=self._loaded.debtors[step.key])]
        rows = [debt_id for (_, name), debt_id in self._loaded.debts.items() if name == step.key]
        return [fact("flag", value, step.at, debt_id=debt_id) for debt_id in rows]


def _outcome(outcome: LedgerOutcome) -> Outcome:
    """The dialer's word for what a call came to in the ledger's."""
    if outcome is LedgerOutcome.THIRD_PARTY:  # a talk, until the agent says with whom
        return Outcome.CONVERSATION
    if outcome is LedgerOutcome.UNKNOWN:
        return Outcome.LOST
    try:
        return Outcome(outcome.value)
    except ValueError:
        raise InvalidCaseFile(f"no call comes to {outcome.value}") from None


def answer(denial: Denial | None) -> Answer:
    """What a decision is reported as."""
    if denial is None:
        return {"decision": "allow", "reasons": [], "next_allowed_at": None}
    until = denial.next_allowed_at
    return {
        "decision": "deny",
        "reasons": sorted(denial.reasons),
        "next_allowed_at": None if until is None else f"{until:%Y-%m-%dT%H:%M:%SZ}",
    }
