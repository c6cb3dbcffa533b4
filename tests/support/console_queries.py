"""The console's read models, from memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agent_console.ports import (
    AttemptDetail,
    AttemptFilter,
    AttemptPage,
    AttemptRow,
    Backlog,
    CallParty,
    CampaignView,
    ContactView,
    DebtorCard,
    DebtView,
    TalkStep,
)
from dialer.clock import seeded_random
from dialer.domain.campaign import DialMode
from dialer.domain.ids import uuid7
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from dialer.errors import InputError, UnknownCampaign
from pacing.calibration import Bin, Calibration, calibration

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # Tuesday, 10:00 in Bogotá

NAMES = (
    "María Fernanda Ospina", "Jhon Jairo Cárdenas", "Luz Dary Peña", "Andrés Felipe Ñáñez", "Rosalba Quintero",
    "Wilmer Castaño", "Yolanda Güiza", "Óscar Iván Muñoz",
)  # fmt: skip

_OUTCOMES = (
    (Outcome.CONVERSATION, AmdCategory.HUMAN, 5),
    (Outcome.NO_ANSWER, None, 6),
    (Outcome.MACHINE, AmdCategory.MACHINE, 4),
    (Outcome.BUSY, None, 2),
    (Outcome.ABANDONED, AmdCategory.HUMAN, 1),
    (Outcome.ANNOUNCEMENT, AmdCategory.ANNOUNCEMENT, 1),
    (Outcome.HUNG_UP_EARLY, AmdCategory.HUMAN, 1),
    (Outcome.CONGESTION, None, 1),
    (Outcome.UNALLOCATED, None, 1),
)


def campaign(name: str = "cartera-bogota", **changes: object) -> CampaignView:
    view = CampaignView(
        name=name,
        country="CO",
        language="es",
        mode=DialMode.PROGRESSIVE,
        ratio=1.5,
        target_abandonment=0.03,
        wrap_up_s=30.0,
        preview_s=60.0,
        creditor="Banco del Llano",
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def call_id(number: int) -> str:
    return uuid7(START + timedelta(seconds=number), number.to_bytes(10, "big"))


def attempt(
    number: int,
    outcome: Outcome,
    verdict: AmdCategory | None,
    campaign_name: str = "cartera-bogota",
    identity: str = "",
) -> AttemptDetail:
    """One attempt with a timeline that fits its outcome; ``number`` decides who, when and how long."""
    chance = seeded_random(number)
    reserved = START - timedelta(seconds=37 * number)
    phone = f"+5731{chance.randrange(10_000_000, 99_999_999)}"
    dialed = reserved + timedelta(milliseconds=40)
    ringing = dialed + timedelta(milliseconds=chance.randrange(600, 2400))
    rings = outcome not in (Outcome.UNALLOCATED, Outcome.CONGESTION)
    ring_s = round(chance.uniform(3, 22), 1) if outcome is not Outcome.NO_ANSWER else 25.0
    answered = ringing + timedelta(seconds=ring_s) if outcome.answered else None
    delay_ms = chance.randrange(420, 1900)
    verdict_at = answered + timedelta(milliseconds=delay_ms) if answered and verdict else None
    talked = outcome is Outcome.CONVERSATION
    bridged = verdict_at + timedelta(milliseconds=34) if verdict_at and talked else None
    talk_s = round(chance.uniform(20, 340), 1) if talked else None
    last = bridged or verdict_at or answered or (ringing + timedelta(seconds=ring_s if rings else 0))
    ended = last + timedelta(seconds=talk_s or 1.2)
    identity = identity or call_id(number)
    return AttemptDetail(
        row=AttemptRow(
            call_id=identity,
            campaign=campaign_name,
            reserved_at=reserved,
            number_masked=phone[:3] + "*" * 8 + phone[-2:],
            outcome=outcome,
            agent_id=f"agente-{number % 6 + 1}" if talked else None,
            verdict=verdict,
            ring_s=ring_s if rings else None,
            talk_s=talk_s,
            disposition=("PTP", "CALLBACK", "REFUSED")[number % 3] if talked else None,
            recorded=talked,
        ),
        number=phone,
        debtor_name=NAMES[number % len(NAMES)],
        dialed_at=dialed,
        ringing_at=ringing if rings else None,
        early_media_at=ringing + timedelta(seconds=1) if outcome is Outcome.ANNOUNCEMENT else None,
        answered_at=answered,
        verdict_at=verdict_at,
        verdict_reason={"human": "short-greeting", "machine": "machine-phrase"}.get(verdict or "", "sit")
        if verdict
        else "",
        verdict_delay_ms=delay_ms if verdict_at else None,
        verdict_confidence=0.93 if verdict_at else None,
        bridged_at=bridged,
        verdict_to_bridge_ms=34.2 if bridged else None,
        ended_at=ended,
        cause={Outcome.BUSY: 17, Outcome.UNALLOCATED: 1, Outcome.CONGESTION: 34, Outcome.NO_ANSWER: 19}.get(
            outcome, 16
        ),
        cause_text="",
        dial_status="ANSWER" if answered else outcome.value.upper().replace("_", ""),
        abandoned_message_played=outcome is Outcome.ABANDONED,
        agent_name="Camila Rojas" if talked else None,
        notes="Se compromete a pagar el viernes." if talked and number % 3 == 0 else "",
        next_try_at=ended + timedelta(hours=4) if not talked else None,
        stop_reason="finished" if talked else None,
        talk=_talk(bridged, talk_s, f"agente-{number % 6 + 1}") if bridged and talk_s else (),
    )


def _talk(bridged: datetime, talk_s: float, agent_id: str) -> tuple[TalkStep, ...]:
    done = [("joined", ""), ("held", ""), ("resumed", ""), ("announced", "disclosure")]
    return tuple(
        TalkStep(at=bridged + timedelta(seconds=talk_s * share / 5), did=did, agent_id=agent_id, other=other)
        for share, (did, other) in enumerate(done)
    )


def attempts(count: int) -> list[AttemptDetail]:
    chance = seeded_random("attempts")
    drawn = chance.choices(_OUTCOMES, weights=[weight for *_, weight in _OUTCOMES], k=count)
    return [attempt(number, outcome, verdict) for number, (outcome, verdict, _) in enumerate(drawn)]


def debtor_card(identity: str, name: str = "María Fernanda Ospina") -> DebtorCard:
    return DebtorCard(
        call_id=identity,
        name=name,
        external_ref="CC-10492",
        number_masked="+57********21",
        language="es",
        debts=(
            DebtView(
                reference="TC-4481",
                creditor="Banco del Llano",
                product="",
                balance=Decimal("1284500"),
                currency="COP",
                days_past_due=94,
            ),
            DebtView(
                reference="LI-0192",
                creditor="Banco del Llano",
                product="",
                balance=Decimal("310250"),
                currency="COP",
                days_past_due=31,
            ),
        ),
        history=(
            ContactView(
                at=START - timedelta(days=9),
                outcome=Outcome.CONVERSATION,
                agent_id="agente-4",
                disposition="CALLBACK",
                notes="Pide que la llamen después de quincena.",
            ),
            ContactView(
                at=START - timedelta(days=12), outcome=Outcome.NO_ANSWER, agent_id=None, disposition=None, notes=""
            ),
        ),
    )


@dataclass
class MemoryQueries:
    known: list[CampaignView] = field(default_factory=lambda: [campaign()])
    log: list[AttemptDetail] = field(default_factory=list)
    debtors: dict[str, int] = field(default_factory=dict)  #: whose an attempt is
    cards: dict[str, DebtorCard] = field(default_factory=dict)
    parties: dict[str, CallParty] = field(default_factory=dict)
    bins: list[Bin] = field(
        default_factory=lambda: [
            Bin(low=0.01, calls=1200, people=400, expected=6.1, abandoned=7),
            Bin(low=0.03, calls=1500, people=500, expected=19.4, abandoned=20),
        ]
    )
    stock: Backlog = field(
        default_factory=lambda: Backlog(
            debtors=12480,
            ready=3912,
            later=7204,
            in_flight=14,
            finished=1350,
            next_ready_at=START + timedelta(minutes=12),
        )
    )

    async def campaigns(self) -> Sequence[CampaignView]:
        return self.known

    async def backlog(self, campaign: str, now: datetime) -> Backlog:
        if all(view.name != campaign for view in self.known):
            raise UnknownCampaign()
        return self.stock

    async def calibration(self, campaign: str, since: datetime) -> Calibration:
        return calibration([(900, 27, self.bins)])

    async def attempts(self, wanted: AttemptFilter, *, cursor: str | None, limit: int) -> AttemptPage:
        if cursor is not None and not cursor.isdigit():
            raise InputError("This cursor was not given out by this server.")
        found = [
            detail.row
            for detail in self.log
            if wanted.campaign in (None, detail.row.campaign)
            and wanted.outcome in (None, detail.row.outcome)
            and wanted.agent_id in (None, detail.row.agent_id)
            and (wanted.number_digits or "") in detail.number
            and wanted.debtor_id in (None, self.debtors.get(detail.row.call_id))
        ]
        start = int(cursor or 0)
        end = start + limit
        return AttemptPage(rows=tuple(found[start:end]), next_cursor=str(end) if end < len(found) else None)

    async def attempt(self, call_id: str) -> AttemptDetail | None:
        return next((detail for detail in self.log if detail.row.call_id == call_id), None)

    async def call_party(self, call_id: str) -> CallParty | None:
        return self.parties.get(call_id)

    async def debtor_card(self, call_id: str, now: datetime) -> DebtorCard | None:
        return self.cards.get(call_id)
