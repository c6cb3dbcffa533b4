"""Whether what a person answered is what is known of them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ivr_flows.facts import IdentityMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the house knows: ``code`` is the one that was sent in this call. Empty or None: not known."""

    document: str = ""
    birth_date: date | None = None
    code: str = ""

    def methods(self) -> frozenset[IdentityMethod]:
        """What this person can be asked."""
        found = {IdentityMethod.DOCUMENT, IdentityMethod.DOCUMENT_LAST} if _digits(self.document) else set()
        return frozenset(found | ({IdentityMethod.BIRTH_DATE} if self.birth_date else set()))


def matches(answers: Mapping[IdentityMethod, str], known: Known) -> bool:
    """Whether every answer is right. No answers at all, or one to what is not known, is wrong. Documents are compared
    by their digits alone, for a telephone has no letters."""
    right = [_matches(method, answer, known) for method, answer in answers.items()]
    return bool(right) and all(right)


def _matches(method: IdentityMethod, answer: str, known: Known) -> bool:
    match method:
        case IdentityMethod.DOCUMENT_LAST:
            expected = _digits(known.document)[-len(answer) :] if len(answer) >= 2 else ""
        case IdentityMethod.DOCUMENT:
            expected = _digits(known.document)
        case IdentityMethod.BIRTH_DATE:
            expected = known.birth_date.isoformat() if known.birth_date else ""
        case IdentityMethod.CODE:
            expected = known.code
    return bool(expected) and hmac.compare_digest(expected.encode(), answer.encode())


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text))
