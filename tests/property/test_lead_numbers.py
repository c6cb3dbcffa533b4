"""The short ways of the importer give the answers of the long ones."""

from __future__ import annotations

import phonenumbers
from hypothesis import example, given
from hypothesis import strategies as st

from dialer.domain.phone import PhoneNumber
from dialer.errors import InvalidPhoneNumber
from dialer.store.importing import values
from dialer.store.importing.numbers import NumberReader
from dialer.store.importing.reasons import Rejected

COUNTRIES = ("CO", "MX", "CL", "PE", "AR", "EC", "BR", "US", "CA", "GB", "ES", "AU", "UY", "PY", "BO", "VE", "CR", "IT")


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A country, and digits that often begin like a number of it, written in some way."""
    country = draw(st.sampled_from(COUNTRIES))
    model = phonenumbers.example_number_for_type(country, draw(st.sampled_from([0, 1])))
    digits = str(model.national_number) if model else "3101234567"
    kept = draw(st.integers(0, len(digits)))
    digits = digits[:kept] + draw(st.text("0123456789", min_size=0, max_size=12 - min(kept, 11)))
    code = str(phonenumbers.country_code_for_region(country))
    prefix = draw(st.sampled_from(["", "", "", "+", f"+{code}", f"+{code} ", code, f"00{code}", "0", "1", "(", "+1"]))
    cut = draw(st.integers(0, len(digits)))
    mark = draw(st.sampled_from(["", "", " ", "-", ".", ") ", "/", "x"]))
    return prefix + digits[:cut] + mark + digits[cut:], country


@given(written_numbers())
@example(("3101234567", "CO"))
@example(("573101234567", "CO"))
@example(("+5213312345678", "MX"))
@example(("091112345678", "AR"))
def test_numbers_in_bulk_are_read_as_one_by_one(written: tuple[str, str]) -> None:
    text, country = written
    try:
        expected: str | None = PhoneNumber.parse(text, country).e164
    except InvalidPhoneNumber:
        expected = None
    reader = NumberReader()
    assert reader.read(text, country) == expected
    assert reader.read(text, country) == expected  # from memory


def _read(text: str, country: str) -> tuple[int, str] | str:
    try:
        return values.read_amount(text, country, "")
    except Rejected as error:
        return error.reason


@given(
    text=st.from_regex(r"\$? ?[0-9]{1,7}([.,][0-9]{1,3}){0,3}", fullmatch=True),
    country=st.sampled_from(["CO", "MX", "CL", "US", "AR", "PY"]),
)
@example(text="$ 1.234.567,89", country="CO")
@example(text="1,234.5", country="MX")
@example(text="120.000", country="CL")
def test_the_usual_amounts_are_read_as_the_rules_read_them(text: str, country: str) -> None:
    short = _read(text, country)
    # A sign that means nothing more makes the text unusual, so that every rule is walked.
    assert _read(f"{text} pesos" if "$" not in text else text.replace("$", "pesos "), country) == short
