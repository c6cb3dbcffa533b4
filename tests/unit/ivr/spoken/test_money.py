from __future__ import annotations

from decimal import Decimal

import pytest

from dialer.errors import InputError
from ivr_flows.spoken.compose import words
from ivr_flows.spoken.values import Locale, Money
from ivr_flows.spoken.word_lists import word_lists

CASES = [
    # amount, currency, country, Spanish, English
    ("0", "MXN", "MX", "cero pesos", "zero pesos"),
    ("1", "MXN", "MX", "un peso", "one peso"),
    ("1.01", "MXN", "MX", "un peso con un centavo", "one peso and one centavo"),
    ("21", "MXN", "MX", "veintiún pesos", "twenty-one pesos"),
    ("21.21", "MXN", "MX", "veintiún pesos con veintiún centavos", "twenty-one pesos and twenty-one centavos"),
    ("31", "ARS", "AR", "treinta y un pesos", "thirty-one pesos"),
    ("100", "COP", "CO", "cien pesos", "one hundred pesos"),
    ("101", "COP", "CO", "ciento un pesos", "one hundred one pesos"),
    ("200", "CLP", "CL", "doscientos pesos", "two hundred pesos"),
    ("1000", "COP", "CO", "mil pesos", "one thousand pesos"),
    ("1001", "COP", "CO", "mil un pesos", "one thousand one pesos"),
    ("21000", "COP", "CO", "veintiún mil pesos", "twenty-one thousand pesos"),
    ("100000", "COP", "CO", "cien mil pesos", "one hundred thousand pesos"),
    ("120500", "MXN", "", "ciento veinte mil quinientos pesos", "one hundred twenty thousand five hundred pesos"),
    ("1000000", "COP", "CO", "un millón de pesos", "one million pesos"),
    ("1000001", "COP", "CO", "un millón un pesos", "one million one pesos"),
    ("2000000", "COP", "CO", "dos millones de pesos", "two million pesos"),
    ("2500000", "CLP", "CL", "dos millones quinientos mil pesos", "two million five hundred thousand pesos"),
    ("1000000000", "COP", "CO", "mil millones de pesos", "one billion pesos"),
    # cents: in use or not
    ("1500.50", "MXN", "MX", "mil quinientos pesos con cincuenta centavos",
     "one thousand five hundred pesos and fifty centavos"),
    ("1500.50", "COP", "CO", "mil quinientos un pesos", "one thousand five hundred one pesos"),
    ("1500.49", "CLP", "CL", "mil quinientos pesos", "one thousand five hundred pesos"),
    ("0.50", "MXN", "MX", "cincuenta centavos", "fifty centavos"),
    ("0.50", "PEN", "PE", "cincuenta céntimos", "fifty céntimos"),
    ("1", "PEN", "PE", "un sol", "one sol"),
    ("350.50", "PEN", "PE", "trescientos cincuenta soles con cincuenta céntimos",
     "three hundred fifty soles and fifty céntimos"),
    ("21.50", "USD", "US", "veintiún dólares con cincuenta centavos", "twenty-one dollars and fifty cents"),
    ("1", "EUR", "ES", "un euro", "one euro"),
    ("21.01", "EUR", "ES", "veintiún euros con un céntimo", "twenty-one euros and one cent"),
    ("1", "GBP", "GB", "una libra", "one pound"),
    ("221.01", "GBP", "GB", "doscientas veintiuna libras con un penique",
     "two hundred and twenty-one pounds and one penny"),
    ("2.02", "GBP", "GB", "dos libras con dos peniques", "two pounds and two pence"),
    ("21", "BRL", "BR", "veintiún reales", "twenty-one reais"),
    # whose pesos, whose dollars
    ("1", "MXN", "CO", "un peso mexicano", "one Mexican peso"),
    ("2000000", "COP", "MX", "dos millones de pesos colombianos", "two million Colombian pesos"),
    ("5", "USD", "MX", "cinco dólares", "five dollars"),
    ("5", "USD", "CA", "cinco dólares estadounidenses", "five US dollars"),
    ("5", "CAD", "CA", "cinco dólares", "five dollars"),
    ("5", "CAD", "", "cinco dólares canadienses", "five Canadian dollars"),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "currency", "country", "spanish", "english"), CASES)
def test_an_amount_is_said_as_in_its_country(
    amount: str, currency: str, country: str, spanish: str, english: str
) -> None:
    value = Money(Decimal(amount), currency)
    assert words(value, Locale("es", country)) == spanish
    assert words(value, Locale("en", country)) == english


def test_both_languages_have_words_for_the_same_currencies() -> None:
    spanish, english = word_lists("es")["currencies"], word_lists("en")["currencies"]
    assert spanish.keys() == english.keys()
    for code, currency in spanish.items():
        assert ("minor" in currency) is ("minor" in english[code]), code
        assert currency["home"] == english[code]["home"] or code == "EUR"


@pytest.mark.parametrize("value", [Money(Decimal(-1), "MXN"), Money(Decimal(10**12), "MXN"), Money(Decimal(1), "XXX")])
def test_an_amount_without_words_is_refused(value: Money) -> None:
    with pytest.raises(InputError):
        words(value, Locale("es"))
