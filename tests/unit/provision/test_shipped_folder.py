from __future__ import annotations

import importlib.util

from dialer.provision.shipped import shipped_folder
from dialer.provision.sounds import load_script
from ivr_flows.prompts import LANGUAGES


def test_the_asterisk_folder_never_becomes_a_package() -> None:
    """pyst2 installs a package called asterisk: one file here would hide it from every AGI script."""
    assert list(shipped_folder().rglob("__init__.py")) == []

    found = importlib.util.find_spec("asterisk.agi")

    assert found is not None
    assert "site-packages" in str(found.origin)


def test_the_people_of_the_demonstration_know_the_same_lines_in_both_languages() -> None:
    script = load_script()

    assert set(script) == set(LANGUAGES)
    assert script["es"]["greetings"].keys() == script["en"]["greetings"].keys()
    assert script["es"]["replies"].keys() == script["en"]["replies"].keys()
    assert list(script["es"]["replies"]) == [f"reply_{line}" for line in range(1, 7)]
