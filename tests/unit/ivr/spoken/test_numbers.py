from __future__ import annotations

import pytest

from ivr_flows.spoken.numbers import LARGEST, Form, cardinal
from ivr_flows.spoken.word_lists import in_words

#: value, alone, before a masculine noun, before a feminine one
SPANISH = [
    (0, "cero", "cero", "cero"),
    (1, "uno", "un", "una"),
    (21, "veintiuno", "veintiún", "veintiuna"),
    (31, "treinta y uno", "treinta y un", "treinta y una"),
    (100, "cien", "cien", "cien"),
    (101, "ciento uno", "ciento un", "ciento una"),
    (200, "doscientos", "doscientos", "doscientas"),
    (521, "quinientos veintiuno", "quinientos veintiún", "quinientas veintiuna"),
    (1_000, "mil", "mil", "mil"),
    (1_001, "mil uno", "mil un", "mil una"),
    (2_200, "dos mil doscientos", "dos mil doscientos", "dos mil doscientas"),
    (21_000, "veintiún mil", "veintiún mil", "veintiún mil"),
    (31_031, "treinta y un mil treinta y uno", "treinta y un mil treinta y un", "treinta y un mil treinta y una"),
    (100_000, "cien mil", "cien mil", "cien mil"),
    (101_000, "ciento un mil", "ciento un mil", "ciento un mil"),
    (200_000, "doscientos mil", "doscientos mil", "doscientas mil"),
    (1_000_000, "un millón", "un millón", "un millón"),
    (2_000_000, "dos millones", "dos millones", "dos millones"),
    (21_000_000, "veintiún millones", "veintiún millones", "veintiún millones"),
    (200_000_001, "doscientos millones uno", "doscientos millones un", "doscientos millones una"),
    (1_000_000_000, "mil millones", "mil millones", "mil millones"),
    (21_001_000_000, "veintiún mil un millones", "veintiún mil un millones", "veintiún mil un millones"),
]

#: value, as in America, as in Britain
ENGLISH = [
    (0, "zero", "zero"),
    (1, "one", "one"),
    (21, "twenty-one", "twenty-one"),
    (31, "thirty-one", "thirty-one"),
    (100, "one hundred", "one hundred"),
    (101, "one hundred one", "one hundred and one"),
    (200, "two hundred", "two hundred"),
    (1_000, "one thousand", "one thousand"),
    (1_001, "one thousand one", "one thousand and one"),
    (1_100, "one thousand one hundred", "one thousand one hundred"),
    (21_000, "twenty-one thousand", "twenty-one thousand"),
    (100_000, "one hundred thousand", "one hundred thousand"),
    (120_500, "one hundred twenty thousand five hundred", "one hundred and twenty thousand five hundred"),
    (1_000_000, "one million", "one million"),
    (2_000_000, "two million", "two million"),
    (1_000_000_000, "one billion", "one billion"),
    (1_000_000_021, "one billion twenty-one", "one billion and twenty-one"),
]


@pytest.mark.parametrize(("value", "alone", "masculine", "feminine"), SPANISH)
def test_spanish_numbers_agree_with_what_is_counted(value: int, alone: str, masculine: str, feminine: str) -> None:
    said = [in_words(cardinal(value, "es", form)) for form in (Form.ALONE, Form.MASCULINE, Form.FEMININE)]
    assert said == [alone, masculine, feminine]


@pytest.mark.parametrize(("value", "american", "british"), ENGLISH)
def test_english_numbers_have_an_and_where_the_country_says_it(value: int, american: str, british: str) -> None:
    assert in_words(cardinal(value, "en")) == in_words(cardinal(value, "en", country="US")) == american
    assert in_words(cardinal(value, "en", country="GB")) == british


@pytest.mark.parametrize("value", [-1, LARGEST + 1])
def test_what_has_no_words_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="0 to 999,999,999,999"):
        cardinal(value, "es")
