from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

import pytest

from ivr_flows.spoken.answers import hear_choice, hear_command, hear_yes_no
from ivr_flows.spoken.hear_amounts import AmountContext, hear_amount
from ivr_flows.spoken.hear_digits import hear_digits
from ivr_flows.spoken.hearing import Hearing, InDoubt, Misheard, NotUnderstood, Understood, heard_lists


def shown(hearing: Hearing[object]) -> object:
    match hearing:
        case Understood(value):
            return value
        case InDoubt(candidates):
            return list(candidates)
        case NotUnderstood(reason):
            return reason


@pytest.mark.parametrize(
    ("language", "answer", "said"),
    [
        ("es", True, "sí|claro|claro que sí|correcto|así es|SÍ, señor|sí, correcto|cómo no|no hay problema|de acuerdo"),
        (
            "es",
            True,
            "está bien|pues la verdad es que sí|sip|listo|afirmativo|ajá|por supuesto|sí gracias|sí, sí, confirmo",
        ),
        (
            "es",
            False,
            "no|para nada|claro que no|no, gracias|no es correcto|no estoy de acuerdo|no está bien|incorrecto",
        ),
        ("es", False, "no acepto|negativo|en absoluto|ya no|así no es|por supuesto que no|no, no"),
        (
            "en",
            True,
            "yes|yeah|correct|that's right|That is correct.|sure|of course|okay|yes please|no problem|I agree",
        ),
        ("en", False, "no|nope|not at all|that is not correct|I don't agree|no thank you|incorrect|that's wrong"),
        ("en", False, "not right|absolutely not|of course not"),
    ],
)
def test_yes_and_no_are_understood_in_the_words_that_people_use(language: str, answer: bool, said: str) -> None:
    for one in said.split("|"):
        assert hear_yes_no(one, language) == Understood(answer), one


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        ("es", "no, claro que sí", [True, False]),
        ("en", "yes no", [True, False]),
        ("es", "no sé", Misheard.NO_SENSE),
        ("es", "tal vez", Misheard.NO_SENSE),
        ("en", "I don't know", Misheard.NO_SENSE),
        ("es", "", Misheard.SILENCE),
        ("es", " ... ", Misheard.SILENCE),
        ("es", "[unk]", Misheard.NO_SENSE),
        ("es", "[unk] acepto", Misheard.NO_SENSE),
        ("es", "no [unk]", Misheard.NO_SENSE),
        ("es", "[unk] sí", True),
        ("es", "[unk] no", False),
        ("es", "claro [unk]", True),
        ("en", "I don't [unk]", Misheard.NO_SENSE),
        ("en", "no [unk]", False),
        ("en", "yes hello who called me there just before lunch today", Misheard.NO_SENSE),
    ],
)
def test_an_answer_that_is_neither_or_torn_is_no_answer(language: str, said: str, expected: object) -> None:
    assert shown(hear_yes_no(said, language)) == expected


@pytest.mark.parametrize(
    ("language", "said", "lengths", "expected"),
    [
        ("es", "cero uno dos", None, "012"),
        ("es", "doble cinco", None, "55"),
        ("es", "triple siete, uno", None, "7771"),
        ("es", "veintitrés cuarenta y cinco", None, "2345"),
        ("es", "veintitrés y cuarenta y cinco", None, "2345"),
        ("es", "trescientos diez, doble cero siete, por favor", None, "310007"),
        ("es", "mi número es el 310 cuatro cinco", None, "31045"),
        ("es", "setenta y nueve millones quinientos mil doce", {8}, "79500012"),
        ("es", "veinte tres", None, ["23", "203"]),
        ("es", "veinte tres", {3}, "203"),
        ("es", "ciento uno", {3}, "101"),
        ("es", "007", None, "007"),
        ("es", "12-34", None, "1234"),
        ("es", "uno dos tres", {4}, Misheard.WRONG_LENGTH),
        ("es", "uno [unk] tres", {2, 3}, Misheard.NO_SENSE),
        ("es", "[unk] uno tres", None, Misheard.NO_SENSE),
        ("es", "[unk] uno tres", {2}, "13"),
        ("es", "no lo tengo aquí", {4}, Misheard.NO_SENSE),
        ("es", "", {4}, Misheard.SILENCE),
        ("en", "double five oh one", None, "5501"),
        ("en", "twenty-three forty-five", None, "2345"),
        ("en", "twenty three forty five", {6}, "203405"),
        ("en", "one hundred five", {4}, "1005"),
        ("en", "it ends in one two three four", {4}, "1234"),
        ("en", "five", range(1, 5), "5"),
    ],
)
def test_digits_are_understood_singly_in_pairs_and_doubled(
    language: str, said: str, lengths: Container[int] | None, expected: object
) -> None:
    assert shown(hear_digits(said, language, lengths=lengths)) == expected


COLOMBIA = AmountContext("COP", "CO", total=Decimal(1_000_001), least=Decimal(50_000), most=Decimal(1_000_001))
MEXICO = AmountContext("MXN", "MX", total=Decimal("100.01"))
ANY = AmountContext()


@pytest.mark.parametrize(
    ("language", "said", "context", "expected"),
    [
        ("es", "ciento veinte mil", ANY, "120000"),
        ("es", "dos mil quinientos pesos", MEXICO, "2500"),
        ("es", "voy a pagar unos quinientos pesos", MEXICO, "500"),
        ("es", "mil doscientos con cincuenta", MEXICO, "1200.50"),
        ("es", "doscientos pesos con cincuenta centavos", MEXICO, "200.50"),
        ("es", "doscientos pesos y cinco centavos", MEXICO, "200.05"),
        ("es", "doscientos con cinco", MEXICO, ["200.05", "200.50"]),
        ("es", "cincuenta centavos", MEXICO, "0.50"),
        ("es", "medio millón", ANY, "500000"),
        ("es", "millón y medio", ANY, "1500000"),
        ("es", "un millón y medio de pesos", ANY, "1500000"),
        ("es", "dos y medio millones", ANY, "2500000"),
        ("es", "dos punto cinco millones", ANY, "2500000"),
        ("es", "un millón doscientos", ANY, ["1200000", "1000200"]),
        ("es", "un millón doscientos pesos", ANY, "1000200"),
        ("es", "quince cincuenta", ANY, ["1550", "15.50"]),
        ("es", "uno dos cero cero", ANY, "1200"),
        ("es", "120.000 pesos", ANY, "120000"),
        ("es", "12,50", ANY, "12.50"),
        ("es", "cien lucas", COLOMBIA, "100000"),
        ("es", "medio palo", COLOMBIA, "500000"),
        ("es", "cien lucas", MEXICO, Misheard.NO_SENSE),
        ("es", "cien varos", MEXICO, "100"),
        ("es", "ciento veinte", COLOMBIA, ["120000"]),
        ("es", "ciento veinte", MEXICO, "120"),
        ("es", "todo", COLOMBIA, "1000001"),
        ("es", "la mitad", COLOMBIA, "500001"),
        ("es", "pago la mitad", MEXICO, "50.01"),
        ("es", "todo", ANY, Misheard.NO_SENSE),
        ("es", "cien dólares", MEXICO, Misheard.OTHER_CURRENCY),
        ("es", "[unk] mil pesos", MEXICO, Misheard.NO_SENSE),
        ("es", "quinientos [unk]", MEXICO, Misheard.NO_SENSE),
        ("es", "no tengo dinero", MEXICO, Misheard.NO_SENSE),
        ("es", "", MEXICO, Misheard.SILENCE),
        ("en", "twelve hundred", ANY, "1200"),
        ("en", "one twenty", ANY, ["120", "1.20"]),
        ("en", "twelve fifty", ANY, ["1250", "12.50"]),
        ("en", "a hundred and five dollars and fifty cents", ANY, "105.50"),
        ("en", "half a million", ANY, "500000"),
        ("en", "a million and a half", ANY, "1500000"),
        ("en", "one and a half million", ANY, "1500000"),
        ("en", "two point five million", ANY, "2500000"),
        ("en", "two grand", ANY, "2000"),
        ("en", "I can pay a hundred bucks", ANY, "100"),
        ("en", "half of it", AmountContext(total=Decimal(90)), "45.00"),
        ("en", "one hundred twenty thousand five hundred pesos", ANY, "120500"),
    ],
)
def test_amounts_are_understood_and_what_can_be_two_is_in_doubt(
    language: str, said: str, context: AmountContext, expected: object
) -> None:
    found = shown(hear_amount(said, language, context))
    if isinstance(expected, list):
        assert found == [Decimal(one) for one in expected]
    else:
        assert found == (expected if isinstance(expected, Misheard) else Decimal(str(expected)))


def test_bounds_tell_which_reading_is_meant_but_hide_nothing() -> None:
    assert hear_amount("one twenty", "en", AmountContext(least=Decimal(50))) == Understood(Decimal(120))
    assert hear_amount("nine hundred", "en", AmountContext(most=Decimal(500))) == Understood(Decimal(900))


def test_a_choice_is_understood_by_its_phrases() -> None:
    options = {"pay": ("pagar", "hacer un pago"), "balance": ("saldo", "cuánto debo")}
    assert hear_choice("quiero hacer un pago", options) == Understood("pay")
    assert hear_choice("cuánto debo", options) == Understood("balance")
    assert hear_choice("pagar el saldo", options) == InDoubt(("pay", "balance"))
    assert hear_choice("hola", options) == NotUnderstood(Misheard.NO_SENSE)
    assert hear_choice("", options) == NotUnderstood(Misheard.SILENCE)


@pytest.mark.parametrize(
    ("language", "said", "command"),
    [
        ("es", "quiero hablar con un agente", "agent"),
        ("es", "repita por favor", "repeat"),
        ("es", "cancelar", "cancel"),
        ("es", "el quince de mayo", None),
        ("es", "", None),
        ("en", "an agent please", "agent"),
        ("en", "say that again", "repeat"),
        ("en", "five hundred", None),
    ],
)
def test_an_agent_or_a_repetition_can_be_asked_for_at_any_time(language: str, said: str, command: str | None) -> None:
    assert hear_command(said, language) == command


def test_no_word_of_what_people_say_was_read_as_a_truth_value_and_both_languages_have_the_same_lists() -> None:
    spanish, english = heard_lists("es"), heard_lists("en")
    assert spanish.keys() == english.keys()
    assert spanish["confidence"] == english["confidence"]
    for lists in (spanish, english):
        for key in ("affirm", "deny", "neither", "fillers"):
            assert {type(word) for word in lists[key]} == {str}
            assert len(lists[key]) == len(set(lists[key]))
        assert set(lists["affirm"]).isdisjoint(lists["deny"])
