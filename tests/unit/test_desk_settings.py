"""What a campaign sets for its desks, and numbers of payment cards."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.domain.campaign import Campaign
from dialer.domain.card_numbers import has_card_number
from dialer.domain.desk import STANDARD_PAUSE_REASONS, DeskSettings
from dialer.errors import ConfigurationError
from dialer.store.campaign_settings import from_json, to_json


def test_the_settings_of_a_desk_survive_the_store() -> None:
    desk = DeskSettings(
        pause_reasons=("lunch", "Apoyo a otra área"),
        scripts={"": {"es": "Hola, {debtor}."}, "castigada": {"es": "Saldo {balance}", "en": "Balance {balance}"}},
    )
    campaign = Campaign(id=1, name="norte", desk=desk, wrap_up_extension_s=90.0)
    stored = to_json(campaign)
    assert stored["wrap_up_extension_s"] == 90.0
    assert from_json(1, "norte", stored) == campaign
    assert "desk" not in to_json(Campaign(id=1, name="norte"))


def test_a_script_is_that_of_the_segment_or_everybodys_in_the_language() -> None:
    desk = DeskSettings(scripts={"": {"es": "todos"}, "Castigada": {"en": "written off"}})
    assert desk.script("castigada", "en") == "written off"
    assert desk.script("castigada", "es") == "todos"
    assert desk.script("otra", "es") == "todos"
    assert desk.script("otra", "en") == ""
    assert DeskSettings().reasons == STANDARD_PAUSE_REASONS


@pytest.mark.parametrize(
    "settings",
    [
        {"desk": {"scripts": {"": {"es": "Hola {deudor}"}}}},
        {"desk": {"scripts": {"": {"es": "Hola {debtor.__class__}"}}}},
        {"desk": {"scripts": {"": {"es": "Hola {debtor"}}}},
        {"desk": {"scripts": {"": {"fr": "Bonjour"}}}},
        {"desk": {"scripts": {"": {"es": "x" * 4001}}}},
        {"desk": {"pause_reasons": [""]}},
        {"desk": {"pause_reasons": ["x" * 41]}},
        {"desk": {"pause_reasons": ["a\nb"]}},
        {"desk": {"pause_reasons": [str(index) for index in range(31)]}},
        {"wrap_up_extension_s": 601},
        {"wrap_up_extension_s": -1},
    ],
)
def test_a_typing_error_is_found_when_the_settings_are_read(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        from_json(1, "norte", settings)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "Visa 4111 1111 1111 1111 123 12/28",
        "5500-0000-0000-0004.",
        "amex 3782 822463 10005",
        "diners 30569309025904",
        "00004111111111111111000",
        "mir 2200 0000 0000 0004",
        "es la 4111\u00a01111\u00a01111\u00a01111",
    ],
)
def test_a_payment_card_is_found_however_it_is_written(text: str) -> None:
    assert has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Paga $1.284.500 el 27 de noviembre de 2026.",
        "Llamar al +57 310 456 7821 o al 601 555 0100",
        "Documento 79504471, radicado 2026112400012345",
        "4111111111111112",  # Luhn says no
        "1111111111111117",  # no card begins so
        "4 de 1 1 1",
        "0190a0b0-0000-7000-8000-000000000001",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not has_card_number(text)
