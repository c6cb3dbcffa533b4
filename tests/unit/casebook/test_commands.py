"""The commands themselves: exit codes, plain data, both languages, and numbers that stay hidden."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dialer.cli import app
from dialer.clock import ManualClock
from dialer.commands.compliance_words import WORDS
from dialer.compliance.facts import Channel, Direction, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.domain.campaign import Campaign
from dialer.errors import CadenciaError
from dialer.store.attempts import SqlAttemptLog
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.funnel import Place
from dialer.store.tables import do_not_call
from tests.support.store import add_campaign, add_debtor, number

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # a Tuesday, noon in Bogota
MONDAY = datetime(2026, 11, 30, 12, tzinfo=UTC)  # seven in the morning of the next one
EXAMPLE = Path(__file__).parents[2] / "cases" / "rates-conduct-retention.yaml"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation with a campaign of six debtors: one talked to today, one written to on Monday, one stopped, one
    without a number, two free, of whom one rests."""
    url = f"sqlite:///{tmp_path / 'cadencia.sqlite'}"
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CADENCIA_DATABASE_URL", url)
    asyncio.run(_populate(url))
    return url


async def _populate(url: str) -> None:
    database = Database(url)
    try:
        await database.migrate()
        campaign = await add_campaign(database, "norte", caller_id="+576015550100")
        add = _adder(database, campaign)
        talked, written, stopped = await add(1), await add(2), await add(3)
        await add_debtor(database, campaign, identity="nobody", external_ref="REF-4")
        await add(5)
        await add(6, next_try_at=NOON + timedelta(hours=2))
        contacts = Contacts(database, Gate.shipped(), ManualClock(NOON))
        hour = timedelta(hours=1)
        await contacts.record(
            PastContact(
                debtor_id=talked, at=NOON - 3 * hour, ended_at=NOON - 3 * hour, direction=Direction.OUT,
                outcome=LedgerOutcome.CONVERSATION, number=number(1),
            ),
            PastContact(
                debtor_id=written, at=NOON - 26 * hour, ended_at=NOON - 26 * hour, direction=Direction.OUT,
                channel=Channel.SMS, outcome=LedgerOutcome.DELIVERED, number=number(2),
            ),
        )  # fmt: skip
        stop = do_not_call.insert().values(debtor_id=stopped, source="letter", at=NOON)
        await database.write(lambda connection: connection.execute(stop))
    finally:
        await database.close()


def _adder(database: Database, campaign: Campaign) -> Any:
    async def add(index: int, **more: Any) -> int:
        return await add_debtor(
            database, campaign, number(index), identity=f"person-{index}", external_ref=f"REF-{index}",
            time_zone="America/Bogota", **more,
        )  # fmt: skip

    return add


def cadencia(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["compliance", *arguments])


def data(*arguments: str) -> Any:
    result = cadencia(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# ------------------------------------------------------------------------------------------ test


def test_a_file_whose_cases_pass_ends_well_and_says_so() -> None:
    result = cadencia("test", str(EXAMPLE), "--lang", "es")
    assert result.exit_code == 0
    assert "KEEP-01" in result.stdout
    assert "pasa" in result.stdout


def test_a_file_with_a_case_that_fails_ends_with_one_and_tells_what_was_expected(tmp_path: Path) -> None:
    cases = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    cases["cases"][0]["expect"]["headroom"] = 99
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(cases), "utf-8")
    result = cadencia("test", str(changed), "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["totals"]["failed"] == 1
    failed = told["cases"][0]
    assert (failed["pass"], failed["got"]["headroom"], failed["expected"]["headroom"]) == (False, 0, 99)
    assert failed["differs"] == ["headroom"]
    assert "FAIL" in cadencia("test", str(changed), "--lang", "en").stdout


# ------------------------------------------------------------------------------------------ explain


def test_an_explanation_names_what_forbids_with_its_source_and_what_is_left(place: str) -> None:
    told = data("explain", "--debtor", "REF-1", "--at", NOON.isoformat(), "--lang", "en")
    assert told["decision"] == "deny"
    assert told["reasons"] == ["co-ley-2300/one-contact-per-day"]
    assert told["next_allowed_at"] == "2026-11-25T12:00:00+00:00"
    rules = {rule["rule"]: rule for rule in told["rules"]}
    assert rules["co-ley-2300/window"]["closes_in_s"] == 7 * 3600
    assert (rules["co-ley-2300/one-contact-per-day"]["used"], rules["co-ley-2300/one-contact-per-day"]["ok"]) == (
        1,
        False,
    )
    assert "Ley 2300" in told["text"][0]


def test_numbers_stay_hidden_unless_they_are_asked_for(place: str) -> None:
    hidden = cadencia("explain", "--debtor", "REF-1", "--at", NOON.isoformat(), "--lang", "es").stdout
    assert number(1) not in hidden
    assert "Fuente: Ley 2300/2023" in hidden
    asked = ("explain", "--debtor", "REF-1", "--at", NOON.isoformat(), "--show-numbers")
    assert number(1) in cadencia(*asked, "--lang", "en").stdout
    assert data(*asked)["number"] == number(1)


def test_an_explanation_of_nobody_or_of_a_strange_hour_is_an_error(place: str) -> None:
    for wrong in (
        ("--debtor", "REF-99"),
        ("--debtor", "REF-1", "--at", "noon"),
        ("--debtor", "REF-1", "--at", "2026-11-24T15:00"),
        ("--debtor", "REF-1", "--at", "0001-01-01T00:00+14:00"),
        ("--debtor", "REF-1", "--at", "9999-12-31T23:00Z"),
        ("--debtor", "REF-1", "--campaign", "x"),
    ):
        result = cadencia("explain", *wrong)
        assert isinstance(result.exception, CadenciaError)


def test_a_number_may_be_written_as_in_the_debtors_country(place: str) -> None:
    asked = ("explain", "--debtor", "REF-1", "--at", NOON.isoformat(), "--show-numbers", "--number")

    assert data(*asked, number(1).removeprefix("+57"))["number"] == number(1)


# ------------------------------------------------------------------------------------------ funnel


def test_a_funnel_says_where_everybody_is_and_writes_nothing(place: str) -> None:
    told = data("funnel", "--campaign", "norte", "--at", NOON.isoformat())
    assert told["leads"] == 6
    assert {name: many for name, many in told["places"].items() if many} == {
        str(Place.CALLABLE): 1,
        str(Place.RESTING): 1,
        str(Place.LATER): 2,
        str(Place.BLOCKED): 1,
        str(Place.NO_NUMBER): 1,
    }
    assert told["first_reasons"] == {
        "co-ley-2300/one-contact-per-day": 1,
        "co-ley-2300/one-channel-per-week": 1,
        "engine/do-not-call": 1,
    }
    assert {each["hour"]: each["leads"] for each in told["callable_at"]} == {
        "2026-11-24T19:00:00+00:00": 1,
        "2026-11-25T12:00:00+00:00": 1,
        MONDAY.isoformat(): 1,
    }
    assert told["asked"] == 5
    assert data("funnel", "--campaign", "norte", "--at", NOON.isoformat())["places"] == told["places"]
    assert WORDS["es"]["place:blocked"] in cadencia("funnel", "--campaign", "norte", "--lang", "es").stdout


# ------------------------------------------------------------------------------------------ what if


def test_what_a_changed_pack_would_have_done_is_worked_out_from_the_records(place: str, tmp_path: Path) -> None:
    asyncio.run(_dial(place))
    pack = tmp_path / "house-lunch.yaml"
    pack.write_text(
        'id: house-lunch\ntitle: Not at noon\nas_of: "2026-11-22"\nbrought_in_by: campaign\napplies: {country: CO}\n'
        'rules:\n  - {id: window, kind: window, cite: house, basis: policy, allow: [{days: [tue], from: "13:00", '
        'to: "19:00"}]}\n',
        "utf-8",
    )
    told = data("whatif", "--pack", str(pack), "--since", "2026-11-24")
    assert (told["decisions"], told["now_denied"], told["other_reasons"], told["same"]) == (4, 1, 3, 0)
    assert told["denying_rules"] == {"house-lunch/window": 1}
    assert told["examples"]["now_denied"][0]["would_be"] == ["house-lunch/window"]
    same = data("whatif", "--pack", "co-ley-2300", "--since", "2026-11-24", "--campaign", "norte")
    assert (same["decisions"], same["same"]) == (4, 4)
    assert "house-lunch" in cadencia("whatif", "--pack", str(pack), "--since", "2026-11-24", "--lang", "es").stdout
    assert data("whatif", "--pack", "house", "--since", "2026-11-25")["decisions"] == 0


def test_a_pack_that_frees_is_counted_too(place: str, tmp_path: Path) -> None:
    asyncio.run(_dial(place))
    pack = tmp_path / "co-ley-2300.yaml"
    pack.write_text(
        'id: co-ley-2300\ntitle: Nothing\nas_of: "2026-11-22"\nbrought_in_by: debtor-country\napplies: {country: CO}\n'
        'rules:\n  - {id: window, kind: window, cite: none, basis: law, allow: [{days: [tue], from: "00:00", '
        'to: "24:00"}]}\n',
        "utf-8",
    )
    told = data("whatif", "--pack", str(pack), "--since", "2026-11-24")
    assert (told["now_allowed"], told["now_denied"], told["same"]) == (2, 0, 2)
    assert told["freeing_rules"] == {"co-ley-2300/one-contact-per-day": 1, "co-ley-2300/one-channel-per-week": 1}


async def _dial(url: str) -> None:
    database = Database(url)
    try:
        log = SqlAttemptLog(database, Gate.shipped(), ManualClock(NOON))
        await log.reserve(1, 10, NOON)
    finally:
        await database.close()


def test_both_languages_say_everything_with_the_same_blanks() -> None:
    assert WORDS["es"].keys() == WORDS["en"].keys()
    for key, text in WORDS["es"].items():
        blanks = [part.partition("}")[0] for part in text.split("{")[1:]]
        other = [part.partition("}")[0] for part in WORDS["en"][key].split("{")[1:]]
        assert sorted(blanks) == sorted(other), key
