"""Whether what was got is what was expected. Only what is expected is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dialer.casebook.loose import instant, plain, truth, words
from dialer.errors import CadenciaError

_SAME = {
    "allowed": "allow", "permit": "allow", "yes": "allow", "ok": "allow", "denied": "deny", "refuse": "deny",
    "no": "deny", "drop": "abandoned", "dropped": "abandoned", "bridged": "connected", "conversation": "connected",
    "hung_up": "hung_up_early", "hangup": "hung_up_early", "caller_hung_up": "hung_up_early",
    "debtor_hung_up": "hung_up_early", "caller_hangup": "hung_up_early", "answering_machine": "machine",
    "voicemail": "machine", "unanswered": "no_answer", "not_answered": "no_answer",
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
        if name == "next_allowed_at" and got.get("decision") == "allow" == _word(expect.get("decision")):
            continue  # now, or null for there being nothing to wait for: whichever its author writes
        if not _equal(name, value, got):
            differs.append(str(key))
    if not compared:
        differs.append("expect")
    return tuple(differs)


def _equal(name: str, expected: Any, got: Mapping[str, Any]) -> bool:
    found = got[name]
    match name:
        case "outcome" if "ring" in plain(expected) and "ring-minimum" in got.get("breaches", ()):
            return True  # the author's name for a call that was cut too early
        case "decision" | "outcome":
            return _word(expected) == _word(found)
        case "reasons":
            return set(words(expected)) == set(words(found))
        case "breaches":
            wanted = set(words(expected))
            of_rules = any("/" in each for each in wanted)
            return wanted == set(got.get("reasons", ())) if of_rules else _breaches(wanted) == _breaches(found)
        case "denied_reasons":
            return _losers(expected, got)
        case "rate" if expected is None:
            return not got.get("denominator")
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
    """A rate may have been rounded to four decimals: 0.95 is what remains of 0.95001."""
    return abs(expected - found) <= max(_TOLERANCE, 0.0 if expected.is_integer() else 0.5000001e-4)


def _word(value: Any) -> str:
    return _SAME.get(plain(value), plain(value))


def _plain(values: Iterable[str]) -> set[str]:
    return {plain(each) for each in values}


def _breaches(values: Iterable[str]) -> set[str]:
    """By what they are about: packs say ``ring_min_s``, ``connect_deadline_s`` and ``drop_message``."""
    return {next((each for each in ("ring", "deadline", "message") if each in name), name) for name in _plain(values)}


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
