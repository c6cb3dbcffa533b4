"""Words that case files use for one and the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from dialer.casebook.loose import Loose, day_or_instant, entries, plain, truth, words
from dialer.casebook.worlds import Flag
from dialer.compliance.facts import Channel, ContactRole, LedgerOutcome, NumberUse, Party, Purpose
from dialer.errors import InvalidCaseFile

E = TypeVar("E", bound=StrEnum)

#: Other words for the flags that packs read.
_FLAGS = {
    "cease": "cease_written", "cease_communication": "cease_written", "cease_and_desist": "cease_written",
    "attorney_represented": "attorney", "represented": "attorney", "represented_by_attorney": "attorney",
    "disputed": "disputed_unverified", "dispute": "disputed_unverified", "bankrupt": "bankruptcy",
    "breathing_space": "moratorium", "stop_calls": "stop_calls_by_debtor", "medium_optout": "stop_calls_by_debtor",
    "employer_bars": "employer_bars_calls", "employer_barred": "employer_bars_calls",
    "employer_forbids": "employer_bars_calls", "employer_forbids_calls": "employer_bars_calls",
    "workplace_barred": "employer_bars_calls", "employer_prohibits": "employer_bars_calls",
    "revoked": "consent_revoked", "dnc": "dnc_internal", "do_not_call": "dnc_internal",
}  # fmt: skip
_CHANNELS = {"phone": "call", "voice": "call", "calls": "call", "mail": "letter", "post": "letter", "text": "sms"}
_OUTCOMES = {
    "in_flight": "unknown", "ringing": "unknown", "reserved": "unknown", "pending": "unknown", "originated": "unknown",
    "no_reply": "no_answer", "noanswer": "no_answer", "voicemail": "message_left", "talk": "conversation",
    "right_party": "conversation", "answered": "conversation", "never_originated": "released", "drop": "abandoned",
    "dropped": "abandoned", "sent": "delivered", "wrong_party": "third_party", "answering_machine": "machine",
}  # fmt: skip
OPEN = frozenset({"in_flight", "ringing", "reserved", "pending", "originated", "open", "dialing", "live", "talking"})
_USES = {"mobile": "personal", "cell": "personal", "office": "work", "workplace": "work", "employer": "work",
         "unknown": "", "other": ""}  # fmt: skip
_ROLES = {"co_debtor": "codebtor", "joint_debtor": "codebtor", "joint": "codebtor", "third_party": "reference",
          "personal_reference": "reference", "reference_person": "reference", "referee": "reference",
          "referral": "reference", "relative": "reference", "family": "reference", "friend": "reference",
          "neighbour": "reference", "neighbor": "reference", "co_borrower": "codebtor", "aval": "guarantor",
          "self": "debtor", "owner": "debtor"}  # fmt: skip
_PURPOSES = {"collections": "collection", "sales": "telemarketing", "marketing": "telemarketing"}
_PARTIES = {"first": "first_party", "third": "third_party", "creditor": "first_party", "agency": "third_party"}
DIRECTIONS = {"outbound": "out", "inbound": "in", "outgoing": "out", "incoming": "in"}


def choice(value: Any, kind: type[E], aliases: Mapping[str, str], path: str) -> E:
    """The member of ``kind`` that a word means. Raises InvalidCaseFile."""
    name = plain(value if value is not None else "")
    try:
        return kind(aliases.get(name, name))
    except ValueError:
        known = ", ".join(member for member in kind if member)
        raise InvalidCaseFile(f"{path}: {value!r} is none of {known}") from None


def channel(value: Any, path: str) -> Channel:
    return choice(value or "call", Channel, _CHANNELS, path)


def outcome(value: Any, path: str) -> LedgerOutcome:
    return choice(value or "unknown", LedgerOutcome, _OUTCOMES, path)


def use(value: Any, path: str) -> NumberUse:
    return choice(value, NumberUse, _USES, path)


def role(value: Any, path: str) -> ContactRole:
    return choice(value or "debtor", ContactRole, _ROLES, path)


def purpose(value: Any, path: str) -> Purpose:
    return choice(value or "collection", Purpose, _PURPOSES, path)


def party(value: Any, path: str) -> Party:
    return choice(value or "third_party", Party, _PARTIES, path)


def bars(value: Any) -> bool:
    """Whether what is said of an employer is that it forbids calls."""
    parts = ("bar", "forbid", "prohibit")
    if isinstance(value, Mapping):
        return any(truth(each) for key, each in value.items() if any(part in plain(key) for part in parts))
    if isinstance(value, str):
        return any(part in plain(value) for part in (*parts, "true", "yes"))
    return truth(value)


def stated_party(said: Loose) -> Party | None:
    """Who collects, where it is said of a debt or a debtor."""
    value = said.take("party")
    return None if value is None else party(value, f"{said.path}.party")


def flags(said: Loose) -> list[Flag]:
    """Flags as a list of words, of mappings with a date, as a mapping of words to true, false or a date, or as keys of
    the thing itself that are true."""
    value = said.take("flags", "flag")
    if isinstance(value, Mapping) and "flag" not in value and "name" not in value:
        value = [
            {"flag": key, "at": each if isinstance(each, str) and each[:2] == "20" else None}
            for key, each in value.items()
            if truth(each)
        ]
    made = []
    for each in entries(value):
        if isinstance(each, Mapping):
            at = next((each[key] for key in ("at", "since", "from") if each.get(key)), None)
            name = each.get("flag", each.get("name", each.get("id", "")))
            until = next((each[key] for key in _LIFTED if each.get(key)), None)
            flag = _flag(name, day_or_instant(at, said.path) if at else None)
            made.append(replace(flag, until=day_or_instant(until, said.path) if until else None))
        else:
            made += [_flag(word, None) for word in words(each)]
    return [*made, *(_flag(name, None) for name in said.take_truths())]


_LIFTED = ("until", "to", "ended_at", "ends_at", "end", "expires_at", "lifted_at", "removed_at")


def _flag(name: object, at: datetime | None) -> Flag:
    return Flag(name=_FLAGS.get(plain(name), plain(name)), at=at)
