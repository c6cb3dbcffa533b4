from __future__ import annotations

import re

import pytest

from dialer.domain.wording import WORDINGS
from dialer.errors import ConfigurationError
from ivr_flows.prompts import LANGUAGES, load_catalogue

# Words that tell a stranger who overhears a message that somebody owes money.
DEBT = {
    "es": r"deud|cobr|pag[aoó]|saldo|adeud|mora\b|vencid|cuota|cr[eé]dito|abogad|jur[ií]dic",
    "en": r"debt|owe|collect|pay|balance|past due|overdue|credit|lawyer|legal|account",
}


def test_every_language_has_the_same_prompts() -> None:
    assert {frozenset(load_catalogue(language).texts) for language in LANGUAGES} == {
        frozenset(load_catalogue("es").texts)
    }


def test_no_placeholder_is_unknown_and_none_is_left_open() -> None:
    for language in LANGUAGES:
        catalogue = load_catalogue(language)
        for key, template in catalogue.texts.items():
            assert set(re.findall(r"{(\w*)}", template)) <= {"creditor", "callback"}
            assert not re.search(r"[{}\d]", catalogue.text(key, creditor="Banco", callback="555 1234"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["abandoned", "voicemail", *WORDINGS])
def test_a_message_that_others_may_hear_says_who_called_and_a_number_and_never_the_debt(
    language: str, key: str
) -> None:
    catalogue = load_catalogue(language)
    text = catalogue.text(key, creditor="Aurora", callback="601 745 2200")

    assert "Aurora" in text
    assert text.count(catalogue.spoken_number("601 745 2200")) == 2
    assert not re.search(DEBT[language], text, flags=re.IGNORECASE)


def test_a_number_is_read_digit_by_digit_with_a_pause_between_its_groups() -> None:
    assert load_catalogue("es").spoken_number("55 1234") == "cinco, cinco; uno, dos, tres, cuatro"
    assert load_catalogue("en").spoken_number("+5712345") == "five, seven, one; two, three, four; five"


def test_what_is_filled_in_is_not_read_as_a_placeholder() -> None:
    text = load_catalogue("en").text("voicemail", creditor="{callback}", callback="12")

    assert "{callback}" in text


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="es, en"):
        load_catalogue("fr")


def test_an_unknown_prompt_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'farewell'"):
        load_catalogue("es").text("farewell", creditor="x", callback="1")


def test_the_british_wording_says_how_to_decline_further_calls() -> None:
    assert "do not want" in load_catalogue("en").texts["uk-info-no-marketing"]
    assert "no desea recibir más llamadas" in load_catalogue("es").texts["uk-info-no-marketing"]
