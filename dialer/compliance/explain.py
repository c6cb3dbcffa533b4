"""A verdict in plain words, in Spanish or English, from the catalogues in ``texts/``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources

from dialer.compliance.verdict import Denial, Verdict
from dialer.compliance.yamlfile import parse
from dialer.compliance.zones import zone

LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Texts:
    """One language. ``rules`` are by a denial's subject, with ``-never`` where no date will do."""

    phrases: dict[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    rules: dict[str, str]


@lru_cache(maxsize=len(LANGUAGES))
def texts(language: str) -> Texts:
    """The catalogue of ``es`` or ``en``."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language}")
    name = f"texts/{language}.yaml"
    top = parse((resources.files("dialer.compliance") / name).read_text("utf-8"), name)
    weekdays, months, rules = top.texts("weekdays"), top.texts("months"), top.section("rules")
    return Texts(
        phrases={key: top.text(key) for key in top.rest()},
        weekdays=weekdays,
        months=months,
        rules={key: rules.text(key) for key in rules.rest()},
    )


def explain(verdict: Verdict, language: str) -> list[str]:
    """One sentence for each denying rule, with its source and its id, then when it may be tried again. One sentence
    where it is allowed. Times are local to the first zone the person may be in."""
    words = texts(language)
    if verdict.allowed:
        return [words.phrases["allowed"]]
    sentences = [_sentence(denial, verdict, words) for denial in verdict.denials]
    if verdict.next_allowed_at is None:
        return [*sentences, words.phrases["never"]]
    return [*sentences, words.phrases["next"].format(when=_when(verdict.next_allowed_at, verdict, words))]


def _sentence(denial: Denial, verdict: Verdict, words: Texts) -> str:
    subject = "rest" if denial.maximum == 0 else denial.subject
    never = "-never" if denial.next_allowed_at is None else ""
    kind = subject.partition(":")[0]
    keys = (f"{subject}{never}", f"{kind}{never}", subject, kind)
    text = next(words.rules[key] for key in keys if key in words.rules)
    when = _when(denial.next_allowed_at, verdict, words) if denial.next_allowed_at else ""
    sentence = text.format(used=denial.used, maximum=denial.maximum, when=when)
    source = words.phrases["cite"].format(cite=denial.cite) if denial.cite else ""
    return f"{sentence}{source} [{denial.rule}]"


def _when(at: datetime, verdict: Verdict, words: Texts) -> str:
    name = next((name for name in verdict.zones if zone(name)), "UTC")
    local = at.astimezone(zone(name) or UTC)
    return words.phrases["when"].format(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        year=local.year,
        time=f"{local:%H:%M}",
        zone=name,
    )
