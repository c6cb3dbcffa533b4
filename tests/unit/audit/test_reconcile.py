"""Log and switch compared: every call has a decision, every decision a call or a release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialer.audit.reconcile import (
    LONGEST_CALL,
    Discrepancy,
    ForeignCall,
    LoggedCall,
    SwitchRecords,
    ThirdCall,
    compare,
    read_cdr,
    reserved_at,
    trunk_channels,
)
from dialer.domain.ids import CallId, call_of_third, third_leg_id, uuid7
from dialer.errors import InputError

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MIDNIGHT = NOON.replace(hour=0)


def call_id(minutes: int) -> str:
    return uuid7(NOON + timedelta(minutes=minutes), bytes(9) + bytes([minutes % 256]))


def logged(minutes: int, state: str = "closed", *, dialed: bool = True, decided: bool = True) -> LoggedCall:
    at = NOON + timedelta(minutes=minutes)
    return LoggedCall(
        call_id=call_id(minutes), state=state, reserved_at=at, dialed_at=at if dialed else None, decided=decided
    )


def found(
    cdr: list[int], log: list[LoggedCall], *, now: datetime = NOON + DAY, live: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    records = {call_id(minutes): "ANSWERED" for minutes in cdr}
    seen = compare(SwitchRecords(ours=records), log, since=MIDNIGHT, until=MIDNIGHT + DAY, now=now, live=live)
    return [(each.kind, each.call_id) for each in seen]


def test_an_id_tells_when_it_was_made() -> None:
    assert reserved_at(call_id(5)) == NOON + timedelta(minutes=5)


def test_where_both_sides_agree_nothing_is_found() -> None:
    assert found([0, 1, 2], [logged(0), logged(1), logged(2)]) == []


def test_a_call_that_nobody_decided_is_found() -> None:
    assert found([0, 1], [logged(0)]) == [("call-without-decision", call_id(1))]
    assert found([0, 1], [logged(0), logged(1, decided=False)]) == [("call-without-decision", call_id(1))]


def test_a_call_of_another_day_is_another_days_business() -> None:
    assert found([0, -24 * 60], [logged(0)]) == []


def test_a_released_reservation_that_was_dialed_is_found() -> None:
    assert found([0, 1], [logged(0), logged(1, "released")]) == [("call-after-release", call_id(1))]


def test_a_dialed_call_that_the_switch_never_saw_is_found() -> None:
    assert found([0, 2], [logged(0), logged(1), logged(2)]) == [("decision-without-call", call_id(1))]


def test_an_attempt_that_was_closed_before_it_was_dialed_needs_no_call() -> None:
    assert found([0, 2], [logged(0), logged(1, dialed=False), logged(2)]) == []


def test_an_old_open_reservation_that_the_switch_never_saw_is_to_be_released() -> None:
    records = {call_id(0): "ANSWERED", call_id(2): "BUSY"}
    log = [logged(0), logged(1, "open"), logged(2)]

    (seen,) = compare(SwitchRecords(ours=records), log, since=MIDNIGHT, until=MIDNIGHT + DAY, now=NOON + DAY)

    assert isinstance(seen, Discrepancy)
    assert (seen.kind, seen.call_id, seen.release) == ("reservation-never-originated", call_id(1), True)


def test_a_call_that_may_still_be_going_on_is_left_alone() -> None:
    log = [logged(0), logged(1, "open"), logged(2)]

    assert found([0, 2], log, now=NOON + LONGEST_CALL / 2) == []
    assert found([0, 2], log, live=(call_id(1),)) == []


def test_records_prove_nothing_about_a_time_that_they_do_not_cover() -> None:
    assert found([], [logged(1, "open"), logged(2, dialed=False)]) == []
    assert found([3, 5], [logged(1, "open"), logged(2), logged(3), logged(5), logged(9, "open")]) == []


def test_a_day_of_calls_without_a_single_record_of_the_switch_is_told_once() -> None:
    """The records were rotated away, or the switch stopped writing them: the day is proved by nothing."""
    missing = [("records-missing", "2026-11-24")]
    assert found([], [logged(1), logged(2), logged(3, "open")]) == missing
    assert found([-24 * 60, 24 * 60], [logged(1)]) == [("decision-without-call", call_id(1)), *missing]
    assert found([5], [logged(1), logged(5)]) == []


def test_a_file_of_asterisk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    own = call_id(0)
    head = '"norte","+576015550100","+573101234567","cadencia-call","""x"" <+57>","PJSIP/carrier-1","","Dial","x,1"'
    times = '"2026-11-24 12:00:00","2026-11-24 12:00:09","2026-11-24 12:01:00",60,51,"ANSWERED","DOCUMENTATION"'
    path.write_text(f'{head},{times},"{own}","{own};7"\n{head},{times},"1764000000.12",""\nbroken\n', encoding="utf-8")

    assert read_cdr(path) == SwitchRecords(ours={own: "ANSWERED"})


def test_a_call_that_left_past_the_dialer_is_found(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    times = '"2026-11-24 12:00:00","2026-11-24 12:00:09","2026-11-24 12:01:00",60,51,"ANSWERED","DOCUMENTATION"'

    def row(channel: str, destination: str, app: str, unique_id: str) -> str:
        return (
            f'"","+57601","9","office","""x"" <+57>","{channel}","{destination}","{app}","x",{times},"{unique_id}",""'
        )

    own = call_id(0)
    lines = [
        row("PJSIP/carrier-00000001", "", "AppDial2", own),
        row("PJSIP/desk-00000002", "PJSIP/carrier-00000003", "Dial", "1764000000.1"),
        row("PJSIP/carrier-00000004", "", "AppDial2", "1764000000.2"),
        row("PJSIP/carrier-00000005", "PJSIP/desk-00000006", "Dial", "1764000000.3"),  # came in
        row("PJSIP/carrierbis-00000007", "", "AppDial2", "1764000000.4"),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")

    records = read_cdr(path, [trunk_channels("PJSIP/{number}@carrier"), trunk_channels("Local/{number}@demo/n")])

    noon = "2026-11-24 12:00:00"
    assert records.foreign == (
        ForeignCall(switch_id="1764000000.1", started=noon, channel="PJSIP/carrier-00000003"),
        ForeignCall(switch_id="1764000000.2", started=noon, channel="PJSIP/carrier-00000004"),
    )
    seen = compare(records, [logged(0)], since=MIDNIGHT, until=MIDNIGHT + DAY, now=NOON + DAY)
    assert [(each.kind, each.call_id) for each in seen] == [
        ("call-past-the-dialer", "1764000000.1"),
        ("call-past-the-dialer", "1764000000.2"),
    ]


@pytest.mark.parametrize(
    ("dial_string", "beginning"),
    [
        ("PJSIP/{number}@carrier", "PJSIP/carrier-"),
        ("PJSIP/carrier/sip:{number}@10.0.0.1", "PJSIP/carrier-"),
        ("DAHDI/g1/{digits}", ""),
        ("Local/{number}@office/n", ""),
        ("PJSIP/{number}", ""),
    ],
)
def test_a_trunks_channels_are_told_by_their_names(dial_string: str, beginning: str) -> None:
    assert trunk_channels(dial_string) == beginning


def test_a_file_that_is_not_there_is_told_apart_from_one_that_is_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="CADENCIA_AUDIT__CDR_FILE"):
        read_cdr(tmp_path / "Master.csv")
    (tmp_path / "Master.csv").write_text("", encoding="utf-8")
    assert read_cdr(tmp_path / "Master.csv") == SwitchRecords(ours={})


@pytest.mark.parametrize("line", ["a,b,c", '"","+57601","9","office","x","PJSIP/a-1","","Dial","x","2026-11-24"'])
def test_a_file_of_something_else_does_not_pass_for_call_records(tmp_path: Path, line: str) -> None:
    """Nor do records without unique ids, which are Asterisk's default."""
    path = tmp_path / "Master.csv"
    path.write_text(f"{line}\n", encoding="utf-8")

    with pytest.raises(InputError, match="loguniqueid"):
        read_cdr(path)


def test_somebody_outside_who_was_brought_into_a_call_is_part_of_it() -> None:
    """The trunk carried our call, the bank's desk that its agent consulted, and one that belongs to no call."""
    bank, nobodys = (third_leg_id(CallId(call_id(minutes)), 1) for minutes in (0, 1))
    thirds = tuple(
        ThirdCall(switch_id=switch_id, call_id=str(call_of_third(switch_id)), started="", channel="PJSIP/carrier-2")
        for switch_id in (bank, nobodys)
    )
    records = SwitchRecords(ours={call_id(0): "ANSWERED"}, thirds=thirds)
    seen = compare(records, [logged(0)], since=MIDNIGHT, until=MIDNIGHT + DAY, now=NOON + DAY)
    assert [(each.kind, each.call_id) for each in seen] == [("call-past-the-dialer", nobodys)]


def test_the_records_of_people_outside_are_read_apart_from_our_calls(tmp_path: Path) -> None:
    bank = third_leg_id(CallId(call_id(0)), 2)
    path = tmp_path / "Master.csv"
    rows = [[""] * 17 for _ in range(2)]
    for row, switch_id in zip(rows, (call_id(0), bank), strict=True):
        row[5], row[7], row[14], row[16] = "PJSIP/carrier-1", "AppDial2", "ANSWERED", switch_id
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    records = read_cdr(path, ["PJSIP/carrier-"])
    assert records.ours == {call_id(0): "ANSWERED"}
    assert [(third.switch_id, third.call_id) for third in records.thirds] == [(bank, call_id(0))]
    assert records.foreign == ()
