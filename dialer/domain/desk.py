"""What a campaign sets for its agents' desks: the breaks they take, and what they say to a debtor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Breaks that every desk offers, unless the campaign names its own. Words for each are in the console's catalogues.
STANDARD_PAUSE_REASONS = ("break", "lunch", "restroom", "training", "meeting", "technical", "personal")

#: What a script may ask for, as ``{name}``. Anything else in braces is refused: a typing error must not be read out.
SCRIPT_FIELDS = frozenset(
    {
        "debtor",  #: the debtor's full name
        "agent",
        "creditor",
        "reference",  #: of the debt that is longest overdue, as the fields below
        "product",
        "balance",
        "days",  #: past due
        "total",  #: of all debts that the campaign collects
        "minimum",  #: the least that may be promised
        "latest",  #: the last day for the first payment
        "instalments",  #: at most
        "offer",  #: what settles the debt, where a discount is offered
        "offer_until",
        "disclosure",  #: what this country's law wants said
    }
)
SCRIPT_LANGUAGES = ("es", "en")
LONGEST_SCRIPT = 4000
LONGEST_REASON = 40
MOST_REASONS = 30
ANY_SEGMENT = ""

_HOLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """``pause_reasons`` are standard ids or words of the campaign's own; empty: the standard ones. ``scripts`` by the
    segment of a debtor ("" is everybody else's), then by language; where there is none, the console's standard script
    is shown. A paragraph is a line."""

    pause_reasons: tuple[str, ...] = ()
    scripts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.pause_reasons) > MOST_REASONS or not all(map(_is_reason, self.pause_reasons)):
            raise ValueError(f"pause_reasons are at most {MOST_REASONS} words of 1 to {LONGEST_REASON} characters")
        for segment, texts in self.scripts.items():
            for language, text in texts.items():
                _check_script(segment, language, text)

    @property
    def reasons(self) -> tuple[str, ...]:
        return self.pause_reasons or STANDARD_PAUSE_REASONS

    def script(self, segment: str, language: str) -> str:
        """The text for a segment, whatever the case of its letters; else everybody's; empty where there is none."""
        folded = segment.casefold()
        own = next((texts for name, texts in self.scripts.items() if name and name.casefold() == folded), {})
        return own.get(language) or self.scripts.get(ANY_SEGMENT, {}).get(language, "")


def _is_reason(reason: str) -> bool:
    return 0 < len(reason.strip()) <= LONGEST_REASON and reason.isprintable()


def _check_script(segment: str, language: str, text: str) -> None:
    if language not in SCRIPT_LANGUAGES:
        raise ValueError(f"the script of segment {segment!r} is in a language other than es and en: {language}")
    if len(text) > LONGEST_SCRIPT:
        raise ValueError(f"the script of segment {segment!r} is longer than {LONGEST_SCRIPT} characters")
    unknown = sorted(set(_HOLE.findall(text)) - SCRIPT_FIELDS)
    if unknown:
        known = ", ".join(sorted(SCRIPT_FIELDS))
        raise ValueError(f"the script of segment {segment!r} asks for {', '.join(unknown)}; it may ask for {known}")
    if "{" in _HOLE.sub("", text) or "}" in _HOLE.sub("", text):
        raise ValueError(f"the script of segment {segment!r} has a brace too many or too few")
