"""Whether what was got is what was expected. Only what is expected is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dialer.casebook.loose import instant, plain, truth, words
from dialer.errors import CadenciaError

_SAME = {
    "allowed": "allow", "permit": "allow", "yes": "allow", "ok": "allow", "denied": "deny", "refuse": "deny",
    "no": "deny", "drop": "abandoned", "dropped": "abandoned", "bridged": "connected", "conversation": "connected",
}  # fmt: skip
_ALIASES = {"reason": "reasons", "violations": "breaches", "violation": "breaches", "breach_list": "breaches",
            "next": "next_allowed_at", "denied_reason": "denied_reasons", "rate_pct": "rate"}  # fmt: skip
_SILENT = frozenset({"note", "why", "comment"})
_TOLERANCE = 1e-6


def compare(expect: Mapping[str, Any], got: Mapping[str, Any], ignored: list[str]) -> tuple[str, ...]:
    """The expected keys in which ``got`` differs. What cannot be compared is added to ``ignored``; where that leaves
    nothing of an expectation, it differs."""
    differs, compared = [], 0
    for key, value in expect.items():
        name = _ALIASES.get(plain(key), plain(key))
        if name in _SILENT:
            continue
        if name not in got:
            ignored.append(f"expect.{key}")
            continue
        compared += 1
        if not _equal(name, value, got):
            differs.append(str(key))
    if not compared:
        differs.append("expect")
    return tuple(differs)


def _equal(name: str, expected: Any, got: Mapping[str, Any]) -> bool:
    found = got[name]
    match name:
        case "decision" | "outcome":
            return _word(expected) == _word(found)
        case "reasons":
            return set(words(expected)) == set(words(found))
        case "breaches":
            wanted = set(words(expected))
            of_rules = any("/" in each for each in wanted)
            return wanted == set(got.get("reasons", ())) if of_rules else _plain(wanted) == _plain(found)
        case "denied_reasons":
            return _losers(expected, got)
        case "next_allowed_at":
            return _same_instant(expected, found)
        case "purge_from":
            return bool((None if expected is None else str(expected)[:10]) == found)
        case "breach" | "overdial":
            return truth(expected) is found
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return _same_number(float(expected), float(found))
    return bool(expected == found)


def _same_number(expected: float, found: float) -> bool:
    """A rate that was written with four decimals or more was rounded to them."""
    decimals = len(repr(expected).partition(".")[2])
    rounded = 0.5000001 * 10.0**-decimals if decimals >= 4 else 0.0
    return abs(expected - found) <= max(rounded, _TOLERANCE)


def _word(value: Any) -> str:
    return _SAME.get(plain(value), plain(value))


def _plain(values: Iterable[str]) -> set[str]:
    return {plain(each) for each in values}


def _losers(expected: Any, got: Mapping[str, Any]) -> bool:
    """One list: all reasons of all losers. A list of lists: what each loser was told, in any order."""
    if isinstance(expected, list) and expected and all(isinstance(each, list) for each in expected):
        return sorted(sorted(each) for each in expected) == sorted(sorted(each) for each in got["each_denied"])
    return set(words(expected)) == set(got["denied_reasons"])


def _same_instant(expected: Any, found: str | None) -> bool:
    if expected is None or found is None or plain(expected) in ("null", "none", "never"):
        return found is None and (expected is None or plain(expected) in ("null", "none", "never"))
    try:
        return instant(expected, "expect") == instant(found, "got")
    except CadenciaError:
        return False
