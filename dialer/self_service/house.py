"""What the house does for one self-service call, from the store: who they are, what they owe, what they promise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from dialer.clock import Clock
from dialer.compliance.facts import Channel, Direction, LedgerOutcome
from dialer.domain.promise import PromiseChannel
from dialer.errors import CadenciaError, PromiseRefused
from dialer.ports import ContactRequest, ServiceMode
from dialer.self_service.facts import ServedCaller, file_of, known_of, people_of
from dialer.store import self_service
from dialer.store.call_backs import CallBacks
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.facts import Gate
from dialer.store.promises import NewPromise, Promises
from dialer.store.questions import gate_query
from dialer.store.self_service import ServedPerson
from ivr_flows.actions import Finished, RequestCallBack, SavePromise, SendMessage
from ivr_flows.facts import DebtorFile, IdentityMethod, PersonFact
from ivr_flows.identity_check import matches
from ivr_flows.inputs import NOT_ALLOWED, IdentityChecked, IdentityResult, Refused, Saved, Sent

log = structlog.get_logger(__name__)

_CODE_DIGITS = 6
_SOON = timedelta(minutes=10)


class StoreHouse:
    """``dialer.ivr.ports.House``. ``entropy`` gives as many random bytes as it is asked for."""

    def __init__(
        self, caller: ServedCaller, database: Database, gate: Gate, clock: Clock, entropy: Callable[[int], bytes]
    ) -> None:
        self._caller = caller
        self._database = database
        self._gate = gate
        self._clock = clock
        self._entropy = entropy
        self._code = ""
        self._talked = self._promised = self._somebody_else = False
        self._source = f"ivr, call {caller.call_id}"

    # ------------------------------------------------------------------------------------- who they are

    async def send_code(self) -> Sent | Refused:
        person = self._caller.only
        if person is None or not self._caller.number:
            return Refused("nobody-to-send-to")
        code = f"{int.from_bytes(self._entropy(8), 'big') % 10**_CODE_DIGITS:0{_CODE_DIGITS}d}"
        sent = await self._send(person, template="code", channel=str(Channel.SMS), values={"code": code})
        if isinstance(sent, Refused):
            return sent
        self._code = code
        return Sent()

    async def check(self, answers: Mapping[IdentityMethod, str]) -> IdentityChecked:
        document = answers.get(IdentityMethod.DOCUMENT)
        people = self._caller.people
        if not people and document:
            try:
                people = await self._database.read(people_of, document=document)
            except CadenciaError as exc:
                log.error("ivr.errand_failed", call_id=self._caller.call_id, code=exc.code)
                return IdentityChecked(IdentityResult.UNAVAILABLE)
        fit = [person for person in people if matches(answers, known_of(person, self._code))]
        self._code = ""
        if len(fit) != 1:  # two who fit are nobody
            return IdentityChecked(IdentityResult.FAILED)
        person = fit[0]
        if person.locked:
            return IdentityChecked(IdentityResult.LOCKED)
        self._caller.who = person
        await self._done(self._talk_began(person))
        return IdentityChecked(IdentityResult.PASSED, await self.file(person))

    async def file(self, person: ServedPerson) -> DebtorFile:
        """What this person may hear. A link is offered only where the rules allow a message now: while we call them,
        many count call and message of one day together."""
        request = self._message(person, str(Channel.SMS))
        try:
            query = await self._database.read(gate_query, request, self._clock.now())
            allowed = self._gate.check(query).allowed
        except CadenciaError as exc:
            log.info("ivr.messages_not_offered", call_id=self._caller.call_id, code=exc.code)
            allowed = False
        return file_of(person, (request.channel,) if allowed else ())

    async def lock(self) -> None:
        for person in self._caller.people:
            await self._done(self._database.write(self_service.lock, person.debtor_id, self._source, self._clock.now()))

    async def record_fact(self, fact: PersonFact) -> None:
        self._somebody_else = True
        for person in self._caller.people:
            match fact:
                case PersonFact.WRONG_NUMBER:
                    await self._done(self._not_theirs(person))
                    await self._done(self._note("WRONG_PERSON"))
                case PersonFact.KNOWS_DEBTOR:
                    await self._done(self._not_theirs(person, knows_them=True))
                    await self._done(self._note("THIRD_PARTY"))
                case PersonFact.DECEASED:
                    now = self._clock.now()
                    await self._done(self._database.write(self_service.died, person.debtor_id, self._source, now))
                    await self._done(self._note("THIRD_PARTY"))

    async def _not_theirs(self, person: ServedPerson, *, knows_them: bool = False) -> None:
        """Whoever answers there, or calls from there, is somebody else."""
        await self._database.write(
            self_service.not_theirs,
            person.debtor_id,
            self._caller.number,
            self._source,
            self._clock.now(),
            knows_them=knows_them,
        )

    async def opt_out(self, scope: str) -> None:
        person = self._caller.only
        debtor_id = person.debtor_id if scope == "person" and person is not None else None
        done = self._database.write(self_service.stop, debtor_id, self._caller.number, self._source, self._clock.now())
        await self._done(done)

    async def _note(self, code: str) -> None:
        await self._database.write(self_service.note, self._caller.call_id, code)

    # ------------------------------------------------------------------------------------- what they want

    async def save_promise(self, wanted: SavePromise) -> Saved | Refused:
        person = self._caller.who
        if person is None:
            return Refused("not-identified")
        asked = NewPromise(
            request_key=wanted.key,
            campaign_id=person.campaign.id,
            debt_id=int(wanted.debt),
            proposal=wanted.proposal,
            channel=PromiseChannel.IVR,
            captured_by=f"ivr:{self._caller.flow}"[:64],
            call_id=self._caller.call_id,
        )
        try:
            made = await Promises(self._database, self._clock, entropy=self._entropy).make(asked)
        except PromiseRefused as exc:
            log.warning("ivr.promise_refused", call_id=self._caller.call_id, code=exc.code)
            return Refused("promise-refused")
        except CadenciaError as exc:
            log.error("ivr.promise_not_saved", call_id=self._caller.call_id, code=exc.code)
            return Refused()
        self._promised = True
        return Saved(made.reference, wanted.key)

    async def send_message(self, wanted: SendMessage) -> Sent | Refused:
        person = self._caller.who
        if person is None:
            return Refused("not-identified")
        debt = int(wanted.debt) if wanted.debt else None
        return await self._send(person, template=wanted.template, channel=wanted.channel, debt_id=debt, key=wanted.key)

    async def _send(
        self, person: ServedPerson, *, template: str, channel: str, debt_id: int | None = None, **more: object
    ) -> Sent | Refused:
        """A message is a contact like every other: the gate is asked, and the ledger has it as delivered from the
        moment that it was handed over."""
        asked = self._message(person, channel, debt_id)
        contacts, now = self._contacts(), self._clock.now()
        try:
            answer = await contacts.reserve(asked, now)
        except CadenciaError as exc:
            log.error("ivr.errand_failed", call_id=self._caller.call_id, code=exc.code)
            return Refused()
        if answer.contact_id is None:
            rules = answer.denial.reasons if answer.denial is not None else ()
            log.info("ivr.message_refused", call_id=self._caller.call_id, template=template, rules=rules)
            return Refused(NOT_ALLOWED)
        payload = {
            "call_id": self._caller.call_id,
            "contact_id": answer.contact_id,
            "debtor_id": person.debtor_id,
            "template": template,
            "channel": channel,
            "number": self._caller.number,
            **({} if debt_id is None else {"debt_id": debt_id}),
            **more,
        }
        if not await self._done(self._database.write(self_service.ask_for_message, person.campaign.name, payload, now)):
            await self._done(contacts.release(answer.contact_id, self._clock.now()))
            return Refused()
        await self._done(contacts.finish(answer.contact_id, LedgerOutcome.DELIVERED, self._clock.now()))
        return Sent()

    def _message(self, person: ServedPerson, channel: str, debt_id: int | None = None) -> ContactRequest:
        return ContactRequest(
            campaign_id=person.campaign.id,
            debtor_id=person.debtor_id,
            number=self._caller.number or None,
            debts=None if debt_id is None else (debt_id,),
            channel=channel,
            mode="ivr",
            source=self._source,
        )

    async def call_back(self, wanted: RequestCallBack) -> Saved | Refused:
        person = self._caller.only
        if person is None:
            return Refused("nobody-to-call")
        now = self._clock.now()
        at = datetime.fromisoformat(wanted.slot) if wanted.slot else now + _SOON
        done = CallBacks(self._database).promise(person.campaign.id, person.debtor_id, at, now)
        return Saved("", wanted.key) if await self._done(done) else Refused()

    # ------------------------------------------------------------------------------------- the ledger

    async def _talk_began(self, person: ServedPerson) -> None:
        """They are on the line: an inbound call is a contact from now on, and so is one that nobody took in time."""
        if self._caller.mode is ServiceMode.OVERFLOW:
            await self._note(self_service.SERVED_ITSELF)
        elif self._caller.mode is ServiceMode.INBOUND:
            self._talked = True
            await self.call_began(person)

    async def call_began(self, person: ServedPerson) -> None:
        """An inbound call of this debtor enters the ledger; until it is over it counts as the worst it may become."""
        if self._caller.contact_id:
            return
        self._caller.contact_id = self._caller.call_id
        contact = PastContact(
            id=self._caller.call_id,
            debtor_id=person.debtor_id,
            at=self._clock.now(),
            direction=Direction.IN,
            number=self._caller.number,
            campaign_id=person.campaign.id,
            source=self._source,
        )
        await self._contacts().record(contact)

    def _contacts(self) -> Contacts:
        return Contacts(self._database, self._gate, self._clock, entropy=self._entropy)

    async def talked_with_agent(self) -> None:
        """They got an agent without being identified: who it was, the ledger takes from the number."""
        person = self._caller.only
        if person is not None:
            await self._done(self._talk_began(person))

    async def over(self, end: Finished) -> None:
        """The flow's own end; the call may go on with an agent."""
        log.info("ivr.finished", call_id=self._caller.call_id, outcome=end.outcome.value, node=end.node)

    async def call_over(self) -> None:
        """The call itself has ended. What was said of an inbound call stays with it; an agent's word wins."""
        if self._caller.contact_id:
            outcome = LedgerOutcome.CONVERSATION if self._talked else LedgerOutcome.NO_ANSWER
            if self._somebody_else:
                outcome = LedgerOutcome.THIRD_PARTY
            elif self._talked:
                await self._done(self._note("PTP" if self._promised else self_service.SERVED_ITSELF))
            await self._done(self._contacts().finish(self._caller.contact_id, outcome, self._clock.now()))

    async def _done(self, work: Awaitable[object]) -> bool:
        """Whether it could be done; where not, that is logged, and the call goes on."""
        try:
            await work
        except CadenciaError as exc:
            log.error("ivr.errand_failed", call_id=self._caller.call_id, code=exc.code)
            return False
        return True
