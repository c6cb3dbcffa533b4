"""Random people, histories and instants to ask the gate about, over every pack that ships."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from dialer.compliance.facts import (
    Candidate,
    Channel,
    Consent,
    ContactEvent,
    ContactRole,
    Direction,
    Facts,
    LedgerOutcome,
    NumberUse,
    Party,
    Purpose,
    QuietTime,
)
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rulebook import GateSettings, decide
from dialer.compliance.rules import Pack
from dialer.compliance.verdict import Verdict

Question = tuple[Candidate, Facts, datetime]

COUNTRIES = {
    "US": (("+12125550101", "+13105550101"), ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu")),
    "CO": (("+573101234567", "+576012345678"), ("America/Bogota", "America/New_York")),
    "CL": (("+56221234567", "+56612212345"), ("America/Santiago", "America/Punta_Arenas", "Pacific/Easter")),
    "GB": (("+442071234567", "+441312345678"), ("Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe")),
    "EC": (("+593991234567", "+59322123456"), ("America/Guayaquil", "Pacific/Galapagos")),
    "CA": (("+14165550101", "+16045550101"), ("America/Toronto", "America/Vancouver", "America/St_Johns")),
    "AU": (("+61291234567", "+61412345678"), ("Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe")),
    "BR": (("+5511987654321", "+5521987654321"), ("America/Sao_Paulo", "America/Noronha")),
    "MX": (("+525512345678", "+526641234567"), ("America/Mexico_City", "America/Tijuana")),
}  # fmt: skip
SUBDIVISIONS = {
    "US": ("", "US-NY", "US-FL", "US-MA", "US-WA", "US-OK"),
    "CA": ("", "CA-ON", "CA-BC", "CA-QC", "CA-AB"),
    "BR": ("", "BR-SP", "BR-RJ", "BR-AM"),
}
#: The machine may be busy: no example is judged by its time.
LAW = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
CHANNELS = st.sampled_from((Channel.CALL, Channel.CALL, Channel.SMS, Channel.WHATSAPP, Channel.VISIT))
DEBTORS, DEBTS, CREDITORS = ("D1", "D2"), ("A1", "A2"), ("ACME", "BANK")

#: Whole seconds from 2026 to 2029.
instants = st.integers(1_767_225_600, 1_890_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
pack_lists = st.lists(st.sampled_from(sorted(shipped_packs())), unique=True, min_size=1)


def some(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the values, in any order: drawn as one choice, which is ten times as fast as a list of choices."""
    return st.sampled_from([chosen for size in range(least, len(values) + 1) for chosen in permutations(values, size)])


@st.composite
def events(draw: st.DrawFn, now: datetime, country: str) -> tuple[ContactEvent, ...]:
    found = []
    for index in range(draw(st.integers(0, 8))):
        at = now - timedelta(seconds=draw(st.integers(0, 14 * 86_400)))
        found.append(
            ContactEvent(
                id=f"e{index}",
                at=at,
                ended_at=min(now, at + timedelta(minutes=lasted))
                if (lasted := draw(st.integers(-9, 90))) >= 0
                else None,
                debtor=draw(st.sampled_from(DEBTORS)),
                debts=draw(some(DEBTS)),
                creditors=draw(some(CREDITORS)),
                number=draw(st.sampled_from(COUNTRIES[country][0])),
                outcome=draw(st.sampled_from(LedgerOutcome)),
                channel=draw(CHANNELS),
                direction=draw(st.sampled_from(Direction)),
                in_flight=draw(st.integers(0, 9)) == 0,
            )
        )
    return tuple(found)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    country, now = draw(st.sampled_from(sorted(COUNTRIES))), draw(instants)
    numbers, zones = COUNTRIES[country]
    candidate = Candidate(
        debtor="D1",
        debts=draw(some(DEBTS)),
        creditors=draw(some(CREDITORS)),
        number=draw(st.sampled_from(numbers)),
        country=country,
        subdivision=draw(st.sampled_from(SUBDIVISIONS.get(country, ("",)))),
        zones=draw(some(zones, least=1)),
        channel=draw(st.sampled_from((Channel.CALL, Channel.CALL, Channel.SMS))),
        purpose=draw(st.sampled_from((*[Purpose.COLLECTION] * 4, Purpose.TELEMARKETING))),
        party=draw(st.sampled_from((*[Party.THIRD_PARTY] * 4, Party.FIRST_PARTY))),
        number_use=draw(st.sampled_from((NumberUse.PERSONAL, NumberUse.WORK))),
        contact_role=draw(st.sampled_from((*[ContactRole.DEBTOR] * 4, ContactRole.REFERENCE))),
        agent_guaranteed=draw(st.booleans()),
    )
    quiet = QuietTime(days=frozenset({0, 2, 6}), from_s=9 * 3600, to_s=draw(st.integers(10, 24)) * 3600)
    sent = st.none() | st.integers(0, 200).map(lambda hours: now - timedelta(hours=hours))
    facts = Facts(
        events=draw(events(now, country)),
        do_not_call=draw(st.integers(0, 9)) == 0,
        consents=tuple(
            Consent(debtor="D1", debt=debt, at=now - timedelta(hours=draw(st.integers(0, 240))))
            for debt in draw(st.lists(st.sampled_from(DEBTS), max_size=2))
        ),
        quiet_times=(quiet,) if draw(st.booleans()) else (),
        notices=draw(st.dictionaries(st.sampled_from(DEBTS), sent)),
        number_flags=frozenset({"consent_revoked"}) if draw(st.integers(0, 9)) == 0 else frozenset(),
    )
    return candidate, facts, now


def ask(question: Question, packs: list[str], settings: GateSettings | None = None) -> Verdict:
    candidate, facts, now = question
    return decide(candidate, facts, packs_of(packs), shipped_calendars(), now, settings or GateSettings())


def packs_of(ids: list[str]) -> list[Pack]:
    return [shipped_packs()[pack] for pack in ids]
