"""Any value can be said with the phrases that are built at set-up, in any country."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.spoken.compose import phrases
from ivr_flows.spoken.fragments import value_phrases
from ivr_flows.spoken.numbers import LARGEST
from ivr_flows.spoken.values import Count, Digits, Kind, Locale, Money, Ordinal, Percent, Value
from ivr_flows.spoken.word_lists import PAUSE, word_lists

NUMBER = st.integers(0, 12).flatmap(lambda length: st.integers(0, min(10**length, LARGEST)))
NOUN = st.sampled_from(sorted(word_lists("es")["nouns"]))
CURRENCY = st.sampled_from(sorted(word_lists("es")["currencies"]))
COUNTRY = st.sampled_from(["", "MX", "CO", "PE", "CL", "AR", "US", "CA", "GB", "ES", "ZA", "BR", "XX"])


def amount(whole: int, cents: int, currency: str) -> Money:
    return Money(min(Decimal(whole) + Decimal(cents) / 100, Decimal(LARGEST)), currency)


VALUE: st.SearchStrategy[Value] = st.one_of(
    st.builds(amount, NUMBER, st.integers(0, 99), CURRENCY),
    st.builds(Count, NUMBER, NOUN),
    st.builds(Ordinal, st.integers(1, 500), NOUN),
    st.builds(Percent, st.decimals(-200, 10_000, places=2)),
    st.builds(Digits, st.text("0123456789ABCXYZÑé -+.", max_size=20)),
    st.dates(date(1, 1, 1)),
    st.times(),
    NUMBER,
)


@given(VALUE, st.sampled_from(["es", "en"]), COUNTRY)
def test_every_value_is_made_of_prebuilt_phrases(value: Value, language: str, country: str) -> None:
    locale = Locale(language, country)
    kinds = (Kind.DATE, Kind.DAY, Kind.FULL_DATE) if isinstance(value, date) else (None,)
    for kind in kinds:
        assert set(phrases(value, locale, kind)) <= {*value_phrases(language), PAUSE}


@given(st.sampled_from([time(hour, minute) for hour in range(24) for minute in range(60)]))
def test_every_minute_of_a_day_has_words_of_its_own(at: time) -> None:
    others = [time((at.hour + 12) % 24, at.minute), time(at.hour, (at.minute + 1) % 60)]
    for language in ("es", "en"):
        assert phrases(at, Locale(language)) not in [phrases(other, Locale(language)) for other in others]
