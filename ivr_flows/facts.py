"""What a flow is told about its call, and, once the person was identified, about their debts.

``CallFacts`` may be spoken of to anybody who picks up. ``DebtorFile`` may not: it reaches the player only inside the
answer ``IdentityChecked(PASSED, file)``, so before that there is nothing a flow could give away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from dialer.compliance.facts import Direction
from dialer.domain.promise import PromiseTerms
from ivr_flows.spoken.values import Money


class IdentityMethod(StrEnum):
    """What a person is asked for. All methods of a call are asked, then checked at once."""

    DOCUMENT_LAST = "document_last"  #: the last digits of the document
    DOCUMENT = "document"  #: the whole number, where the caller is not known
    BIRTH_DATE = "birth_date"
    CODE = "code"  #: used once, sent by message to a number that is known to be theirs


class AnsweredBy(StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class PersonFact(StrEnum):
    """What somebody who is not the debtor told us."""

    WRONG_NUMBER = "wrong_number"
    KNOWS_DEBTOR = "knows_debtor"
    DECEASED = "deceased"


class PartOfDay(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class PayWay(StrEnum):
    LINK = "link"  #: a link by message
    INSTRUCTIONS = "instructions"  #: told in the call


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackSlot:
    """A time at which the law and the house allow a call back. ``id`` comes back in ``RequestCallBack``."""

    id: str
    on: date
    part: PartOfDay


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """``today`` is the debtor's date. ``creditor`` and ``callback`` are what anybody may hear: who calls, and a number
    to call back. ``name``: whom we ask for; empty where the caller is not known. ``locked``: this debtor's
    self-service is locked after failed identifications. ``limited_wording`` is the prompt a machine hears.
    ``document_digits`` (2 to 8) are asked of the document's end. ``slots``: at most five are offered."""

    call_id: str
    today: date
    country: str
    language: str
    creditor: str
    callback: str
    direction: Direction = Direction.OUT
    mode: str = "agentless"
    answered_by: AnsweredBy = AnsweredBy.PERSON
    name: str = ""
    identity: tuple[IdentityMethod, ...] = (IdentityMethod.DOCUMENT_LAST,)
    document_digits: int = 4
    announce_recording: bool = True
    locked: bool = False
    limited_wording: str = "limited-content"
    agents: bool = True
    slots: tuple[CallBackSlot, ...] = ()
    speech: bool = False

    def __post_init__(self) -> None:
        if not self.identity:
            raise ValueError("a call needs at least one way to identify the person")
        if not 2 <= self.document_digits <= 8:
            raise ValueError("document_digits must lie between 2 and 8")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPromise:
    """A promise that stands from before this call. ``on`` is its next payment."""

    reference: str
    on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Money in whole minor units of ``currency``; ``minor_digits`` is how many decimals that has (2 for COP, 0 for
    CLP). ``pay_reference``: what a payment must quote; empty: none."""

    id: str
    creditor: str
    product: str
    balance_minor: int
    currency: str
    minor_digits: int = 2
    due_on: date | None = None
    pay_reference: str = ""
    terms: PromiseTerms = field(default_factory=PromiseTerms)
    pending: PendingPromise | None = None

    def money(self, minor: int) -> Money:
        return Money(Decimal(minor).scaleb(-self.minor_digits), self.currency)

    def to_minor(self, amount: Decimal) -> int:
        """``amount`` in units of the currency; what is less than a minor unit is cut off."""
        return int(amount.scaleb(self.minor_digits))

    @property
    def unit(self) -> int:
        """One unit of the currency, in minor units."""
        return int(10**self.minor_digits)

    @property
    def minimum_minor(self) -> int:
        return min(self.balance_minor, self.terms.minimum(self.balance_minor))

    def days_late(self, today: date) -> int:
        return max(0, (today - self.due_on) // timedelta(days=1)) if self.due_on else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorFile:
    """What is known of a person who was identified. ``debts`` are those that are open, the one that matters most first;
    ``channels``: how a message can reach them (``sms``, ``whatsapp``, ``email``), the preferred one first."""

    debtor: str
    debts: tuple[Debt, ...]
    name: str = ""
    segment: str = ""
    channels: tuple[str, ...] = ()

    def debt(self, debt_id: str) -> Debt | None:
        return next((debt for debt in self.debts if debt.id == debt_id), None)
