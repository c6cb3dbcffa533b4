"""Facts that a case says apart from what they are of: lists of flags, notices, contacts and authorised channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dialer.casebook import wordings
from dialer.casebook.loose import Loose, day_or_instant, entries, plain, words
from dialer.casebook.worlds import DebtorSaid, DebtSaid, Flag, Notice, NumberSaid
from dialer.compliance.facts import Channel

_SUBJECTS = ("debt", "debts", "debtor", "debtors", "number", "numbers", "target", "subject", "of", "on")
_OF_DEBTS = frozenset({"cease_written", "attorney", "disputed_unverified", "moratorium"})
_OF_DEBTORS = frozenset({"bankruptcy"})


def flagged(things: Mapping[str, Any], said: Any) -> dict[str, Any]:
    """``things`` with the flags that ``said``, ids with words, gives them."""
    if not isinstance(said, Mapping):
        return dict(things)
    of = {str(key): wordings.flags(Loose({"flags": value}, "flags", [])) for key, value in said.items()}
    return {name: replace(each, flags=(*each.flags, *of.get(name, ()))) for name, each in things.items()}


def flags_listed(given: Loose) -> dict[str, list[Any]]:
    """Of ``given.flags``, a list of flags that each name what they are of: the flags of each id."""
    made: dict[str, list[Any]] = {}
    for value in entries(given.take("flags", "flag")):
        item = dict(value) if isinstance(value, Mapping) else {"flag": value}
        about = [each for key in _SUBJECTS if key in item for each in words(item.pop(key))]
        if not about:
            given.ignored.append(f"{given.path}.flags ({value})")
        for each in about:
            made.setdefault(each, []).append(item)
    return made


def where_they_bind(
    debtors: Mapping[str, DebtorSaid], debts: Mapping[str, DebtSaid]
) -> tuple[dict[str, DebtorSaid], dict[str, DebtSaid]]:
    """A debtor's lawyer, dispute or moratorium concerns every debt of theirs; who is bankrupt over one debt is so."""
    people = {
        key: replace(each, flags=(*each.flags, *_flags(debts.values(), key, _OF_DEBTORS)))
        for key, each in debtors.items()
    }
    owed = {
        key: replace(
            each,
            flags=(
                *each.flags,
                *(flag for who in each.debtors if who in debtors for flag in debtors[who].flags
                  if flag.name in _OF_DEBTS),
            ),
        )
        for key, each in debts.items()
    }  # fmt: skip
    return people, owed


def _flags(debts: Any, debtor: str, names: frozenset[str]) -> list[Flag]:
    return [flag for debt in debts if debtor in debt.debtors for flag in debt.flags if flag.name in names]


def notice(said: Loose) -> Notice | None:
    """The written notice that a debt, a debtor or everybody is said to have been sent."""
    found = said.take_matching("notice")
    if not found:
        return None
    key, value = found[0]
    if isinstance(value, Mapping):
        dated = {plain(name): each for name, each in value.items()}
        value = next((dated[name] for name in ("at", "sent_at", "sent", "date", "on", "day") if name in dated), None)
    if value is True:  # sent, and nobody says when: nothing to count days from
        return None
    if value is None or value is False or plain(value) in ("none", "never", "not_sent"):
        return Notice(sent_at=None)
    return Notice(sent_at=day_or_instant(value, f"{said.path}.{key}"))


def notified(debts: Mapping[str, DebtSaid], given: Loose) -> dict[str, DebtSaid]:
    """Written notices that are listed: of the debts they name, of a creditor's, of a debtor's, or of all."""
    made = dict(debts)
    for item in given.items("notices", "written_notices"):
        about, creditor, debtor = words(item.take("debt", "debts")), item.take("creditor"), item.take("debtor")
        sent = notice(Loose({"notice": item.rest()}, item.path, item.ignored))
        for key, debt in debts.items():
            hit = key in about if about else creditor in (None, debt.creditor) and debtor in (None, *debt.debtors)
            if hit and sent is not None:
                made[key] = replace(debt, notice=sent)
    return made


def roles_listed(numbers: Mapping[str, NumberSaid], given: Loose) -> dict[str, NumberSaid]:
    """Of ``given.contacts``, those that tell who answers at a number, and no date of a contact."""
    value = given.take("contacts")
    listed = entries(value)
    if not listed or any(not isinstance(each, Mapping) or {"at", "start", "date"} & each.keys() for each in listed):
        if value is not None and "history" not in given:
            given.put("history", value)
        return dict(numbers)
    made = dict(numbers)
    for index, each in enumerate(listed):
        item = Loose(each, f"{given.path}.contacts[{index}]", given.ignored)
        role = wordings.role(item.take("contact_role", "role", "relation", "relationship", "kind"), item.path)
        for e164 in words(item.take("number", "numbers", "e164", "phone", "id")):
            made[e164] = replace(made.get(e164, NumberSaid(e164=e164, owners=())), role=role)
        item.take("debtor", "name", "person")
        item.finish()
    return made


def channels_of(value: Any, path: str) -> frozenset[Channel]:
    """Channels as a list of words, as words with true and false, or ``all``."""
    if plain(value) in ("all", "any"):
        return frozenset(Channel)
    return frozenset(wordings.channel(word, path) for word in words(value))


def channels_apart(value: Any, debtors: Mapping[str, DebtorSaid], path: str) -> dict[str, frozenset[Channel]] | None:
    """Channels as ids of debtors with their channels, or as a list of both; None where it is neither."""
    if isinstance(value, Mapping) and value and set(map(str, value)) <= debtors.keys():
        return {str(who): channels_of(each, path) for who, each in value.items()}
    if not isinstance(value, list) or not value or not all(isinstance(each, Mapping) for each in value):
        return None
    made: dict[str, frozenset[Channel]] = {}
    for each in value:
        item = Loose(each, path, [])
        found = channels_of(item.take("channels", "channel"), path)
        for who in words(item.take("debtor", "debtors")) or tuple(debtors):
            made[who] = made.get(who, frozenset()) | found
    return made


def channel_consents(debtors: Mapping[str, DebtorSaid], said: list[Any]) -> tuple[dict[str, DebtorSaid], list[Any]]:
    """Consents to a channel, which authorise it; and the other consents, which are to be called about a debt."""
    made, others = dict(debtors), []
    for value in said:
        if not isinstance(value, Mapping) or not _is_of_channels(value):
            others.append(value)
            continue
        found = channels_of(value.get("channels", value.get("channel")), "given.consents")
        for who in words(value.get("debtor", value.get("debtors"))) or tuple(debtors):
            if who in made:
                before = made[who].channels or frozenset()
                revoked = any(value.get(key) for key in ("revoked", "revoked_at", "withdrawn_at"))
                made[who] = replace(made[who], channels=before - found if revoked else before | found)
    return made, others


def _is_of_channels(value: Mapping[str, Any]) -> bool:
    kind = plain(value.get("kind", value.get("type", value.get("scope", ""))))
    if "direct" in kind or "prior" in kind or not {"channel", "channels"} & value.keys():
        return False
    return "channel" in kind or "contact" in kind or not {"debt", "debts"} & value.keys()
