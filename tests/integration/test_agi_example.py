"""The classic AGI script, run as Asterisk runs it: its requests on standard input, its commands on standard output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dialer.provision.shipped import shipped_folder

SCRIPT = shipped_folder() / "agi-bin" / "debtor_lookup.py"
ROWS = 'phone,debtor_id,language\n+57 310 123 4567,"42"" x",es\n+1 213 555 0101,7,en\n'


def run(tmp_path: Path, caller: str, answers: str = "200 result=1\n200 result=1\n") -> subprocess.CompletedProcess[str]:
    rows = tmp_path / "debtors.csv"
    rows.write_text(ROWS, encoding="utf-8")
    request = f"agi_request: debtor_lookup.py\nagi_channel: PJSIP/carrier-00000001\nagi_callerid: {caller}\n\n"
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(rows)],
        input=request + answers, capture_output=True, text=True, timeout=20, check=False, cwd=SCRIPT.parents[2],
    )  # fmt: skip


@pytest.mark.parametrize("caller", ["+12135550101", "2135550101", "12135550101"])
def test_a_known_caller_is_found_however_the_carrier_writes_the_number(tmp_path: Path, caller: str) -> None:
    done = run(tmp_path, caller)

    assert done.stdout.splitlines() == [
        'SET VARIABLE "CADENCIA_DEBTOR_ID" "7"',
        'SET VARIABLE "CADENCIA_LANG" "en"',
    ]
    assert done.returncode == 0


def test_a_value_cannot_break_out_of_its_quotes(tmp_path: Path) -> None:
    assert run(tmp_path, "3101234567").stdout.splitlines()[0] == 'SET VARIABLE "CADENCIA_DEBTOR_ID" "42 x"'


@pytest.mark.parametrize("caller", ["unknown", "101", "+573109999999"])
def test_a_stranger_gets_empty_variables(tmp_path: Path, caller: str) -> None:
    assert run(tmp_path, caller).stdout.splitlines() == [
        'SET VARIABLE "CADENCIA_DEBTOR_ID" ""',
        'SET VARIABLE "CADENCIA_LANG" ""',
    ]


def test_a_caller_who_hangs_up_in_between_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path, "2135550101", answers="200 result=1\n")

    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_an_error_that_asterisk_logs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "none.csv")],
        input="agi_callerid: 2135550101\n\n", capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "FileNotFoundError" in done.stderr
