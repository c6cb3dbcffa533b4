"""``.env.example`` is generated: it is current, and every setting is in it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel

from dialer.settings import Settings, render_example

ROOT = Path(__file__).parents[2]


def names(model: type[BaseModel], prefix: str) -> list[str]:
    """The variable of every setting below ``model``."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += names(kind, f"{prefix}{name.upper()}__")
        else:
            found.append(prefix + name.upper())
    return found


def test_the_example_is_what_the_settings_say_now() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert text == render_example(), "run: .venv/bin/cadencia settings example > .env.example"


def test_every_setting_is_in_the_example_once() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = [line[1:].partition("=")[0] for line in lines if line.startswith("#CADENCIA_")]

    assert sorted(shown) == sorted(names(Settings, "CADENCIA_"))


def test_no_setting_goes_without_a_word_of_what_it_means() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if line.startswith("#CADENCIA_"):
            assert above.startswith("# "), line
            assert len(above) > 10, line
