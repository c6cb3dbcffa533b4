"""A finding in words, in Spanish or English, from the catalogues in ``texts/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

from dialer.doctor.finding import Finding, Grade

LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One language: names of checks, and for each case what was found and how to mend it (empty: nothing to mend)."""

    titles: Mapping[str, str]
    found: Mapping[str, str]
    mend: Mapping[str, str]
    grades: Mapping[str, str]
    closing: Mapping[str, str]

    def title(self, finding: Finding) -> str:
        return self.titles[finding.check].format_map(finding.facts)

    def says(self, finding: Finding) -> str:
        return self.found[finding.case].format_map(finding.facts)

    def cure(self, finding: Finding) -> str:
        return self.mend.get(finding.case, "").format_map(finding.facts)

    def verdict(self, findings: Sequence[Finding]) -> str:
        """The closing line."""
        failures = sum(finding.grade is Grade.FAILURE for finding in findings)
        warnings = sum(finding.grade is Grade.WARNING for finding in findings)
        key = "failures" if failures else "warnings" if warnings else "sound"
        return self.closing[key].format(failures=failures, warnings=warnings, checks=len(findings))


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """The catalogue of ``es`` or ``en``."""
    document = yaml.safe_load((resources.files("dialer.doctor") / "texts" / f"{language}.yaml").read_text("utf-8"))
    return Words(
        titles=document["titles"],
        found={case: text["found"] for case, text in document["cases"].items()},
        mend={case: text["mend"] for case, text in document["cases"].items() if "mend" in text},
        grades=document["grades"],
        closing=document["closing"],
    )


def as_document(findings: Sequence[Finding], language: str) -> dict[str, object]:
    """The findings as JSON says them."""
    said = words(language)
    return {
        "ok": all(finding.grade is not Grade.FAILURE for finding in findings),
        "failures": sum(finding.grade is Grade.FAILURE for finding in findings),
        "warnings": sum(finding.grade is Grade.WARNING for finding in findings),
        "checks": [
            {
                "check": finding.check,
                "case": finding.case,
                "status": finding.grade.value,
                "title": said.title(finding),
                "found": said.says(finding),
                "mend": said.cure(finding),
                "facts": dict(finding.facts),
            }
            for finding in findings
        ],
    }
