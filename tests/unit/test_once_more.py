"""Which failed tests get a second run alone."""

from __future__ import annotations

import pytest

from tests.once_more import MOST_FILES, to_repeat


def test_the_files_of_tests_against_the_clock_are_repeated_each_once() -> None:
    failed = [
        "tests/integration/test_b.py::test_one@calls",
        "tests/integration/test_b.py::test_two",
        "tests/browser/test_a.py::test[x::y]",
    ]

    assert to_repeat(failed) == ["tests/browser/test_a.py", "tests/integration/test_b.py"]


@pytest.mark.parametrize(
    "failed",
    [
        [],
        ["tests/unit/test_a.py::test_one"],
        ["tests/integration/test_a.py::test_one", "tests/golden/test_b.py::test_two"],
        [f"tests/integration/test_{at}.py::test_one" for at in range(MOST_FILES + 1)],
        ["tests/conftest.py"],
    ],
)
def test_what_only_computes_and_what_fails_everywhere_has_failed(failed: list[str]) -> None:
    assert to_repeat(failed) == []
