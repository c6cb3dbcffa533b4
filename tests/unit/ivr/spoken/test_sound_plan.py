from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dialer.errors import ConfigurationError, InputError
from ivr_flows.spoken.sound_plan import Planned, SoundPlan, all_texts, sentence_name, sound_name
from ivr_flows.spoken.templates import as_text, fill, pieces
from ivr_flows.spoken.values import Digits, Kind, Locale, Money, Part, Prompt, Text

MEXICO = Locale("es", "MX")
TEXTS = {
    "welcome": "Bienvenido.",
    "balance": "{name}, su saldo es de {amount:money} y vence el {due:date}. Gracias.",
    "reference": "Su referencia es {reference:digits}.",
}
BALANCE = Prompt(
    "balance", {"name": Text("Ana"), "amount": Money(Decimal(21), "MXN"), "due": date(2026, 12, 11)}
)  # fmt: skip
WHOLE = "Ana, su saldo es de veintiún pesos y vence el viernes once de diciembre. Gracias."


class Shelf:
    """A library that holds what it was told to, under readable names."""

    def __init__(self, *, recorded: tuple[str, ...] = (), sentences: tuple[str, ...] = ()) -> None:
        texts = all_texts("es", [TEXTS])
        self.built_ones = {name: f"b/{text}" for name, text in texts.items()}
        self.recorded_ones = {sound_name(text): f"r/{text}" for text in recorded}
        self.sentences = {sentence_name(text): f"s/{text}" for text in sentences}

    def recorded(self, language: str, name: str) -> str | None:
        return self.recorded_ones.get(name)

    def built(self, language: str, name: str) -> str | None:
        return self.built_ones.get(name)

    def sentence(self, language: str, name: str) -> str | None:
        return self.sentences.get(name)


def templates(language: str, key: str) -> str | None:
    return TEXTS.get(key) if language == "es" else None


def planned(shelf: Shelf, *parts: Part) -> Planned:
    return SoundPlan(shelf, templates)(parts, MEXICO)


def test_a_prompt_with_values_is_put_together_from_what_is_always_there() -> None:
    assert planned(Shelf(), Prompt("welcome"), BALANCE) == Planned(
        (
            "b/Bienvenido.",
            "b/,",
            "b/su saldo es de",
            "b/veintiún",
            "b/pesos",
            "b/y vence el",
            "b/viernes",
            "b/once",
            "b/de diciembre",
            "b/,",
            "b/Gracias.",
        ),
        left_out=("Ana",),
    )


def test_a_sentence_that_was_spoken_beforehand_is_played_whole() -> None:
    assert planned(Shelf(sentences=(WHOLE,)), BALANCE) == Planned((f"s/{WHOLE}",))


def test_a_name_that_was_spoken_beforehand_takes_its_place() -> None:
    found = planned(Shelf(sentences=("Ana",)), BALANCE)
    assert found.sounds[:3] == ("s/Ana", "b/,", "b/su saldo es de")
    assert found.left_out == ()


def test_a_recording_wins_and_its_sentence_is_not_spoken_by_another_voice() -> None:
    shelf = Shelf(recorded=("su saldo es de", "pesos"), sentences=(WHOLE, "Ana"))
    found = planned(shelf, BALANCE)
    assert found.sounds[:5] == ("s/Ana", "b/,", "r/su saldo es de", "b/veintiún", "r/pesos")
    assert found.left_out == ()


def test_what_a_voice_should_speak_beforehand_is_sentences_with_values_and_names() -> None:
    plan = SoundPlan(Shelf(), templates)
    assert plan.to_speak((Prompt("welcome"), BALANCE, Digits("12")), MEXICO) == (WHOLE,)
    assert plan.to_speak((Text("Ana"),), MEXICO) == ("Ana",)
    assert SoundPlan(Shelf(recorded=("su saldo es de",)), templates).to_speak((BALANCE,), MEXICO) == ("Ana",)
    assert SoundPlan(Shelf(sentences=(WHOLE,)), templates).to_speak((BALANCE,), MEXICO) == ()


def test_values_by_themselves_are_played_too() -> None:
    assert planned(Shelf(), Digits("55 12")).sounds == ("b/cinco", "b/cinco", "b/,", "b/uno", "b/dos")


def test_the_same_is_said_as_a_text() -> None:
    assert as_text((Prompt("welcome"), BALANCE, Digits("5")), templates, MEXICO) == f"Bienvenido. {WHOLE} cinco"


def test_a_template_is_taken_apart_at_its_values() -> None:
    assert [piece if isinstance(piece, str) else piece.name for piece in pieces("{a:money}: x,  {b} ({c}).")] == [
        "a", ",", "x,", "b", "c",
    ]  # fmt: skip
    assert pieces("Hola.") == ("Hola.",)
    assert pieces("...") == ()


def test_what_stands_in_a_value_is_not_read_as_a_placeholder() -> None:
    assert fill("{name}", {"name": "{amount:money}"}, MEXICO) == "{amount:money}"


def test_names_of_sounds_are_readable_and_change_with_the_text() -> None:
    assert sound_name("Su saldo es de").startswith("su-saldo-es-de-")
    assert sound_name("Su saldo es de") != sound_name("Su saldo es de:")
    assert sound_name(",") == "pause"
    assert "ana" not in sentence_name("Ana")


def test_all_names_of_all_sounds_differ_and_are_safe_to_hand_to_asterisk() -> None:
    for language in ("es", "en"):
        texts = all_texts(language, [TEXTS])
        assert len({text: name for name, text in texts.items()}) == len(texts)
        assert all(name.replace("-", "").isascii() and name.replace("-", "").isalnum() for name in texts)


def test_what_is_missing_or_misfit_is_said() -> None:
    with pytest.raises(ConfigurationError, match="'farewell'"):
        planned(Shelf(), Prompt("farewell"))
    with pytest.raises(InputError, match="'reference'"):
        planned(Shelf(), Prompt("reference"))
    with pytest.raises(InputError, match="cannot be said"):
        planned(Shelf(), Prompt("reference", {"reference": Money(Decimal(1), "MXN")}))
    with pytest.raises(ConfigurationError, match="'roman'"):
        pieces("{x:roman}")


def test_every_kind_has_a_meaning_for_placeholders() -> None:
    for kind in Kind:
        assert pieces(f"{{x:{kind.value}}}")
