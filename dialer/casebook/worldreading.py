"""Reads ``given``: the world of a case, under whatever names its author used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dialer.casebook import apart, wordings
from dialer.casebook.loose import Loose, day_or_instant, entries, instant, number, plain, truth, words
from dialer.casebook.preferences import forbids_always, quiet_times
from dialer.casebook.worlds import ConsentSaid, DebtorSaid, DebtSaid, EventSaid, Flag, NumberSaid, World
from dialer.compliance.facts import Channel, Direction, LedgerOutcome, QuietTime
from dialer.errors import InvalidCaseFile

_CONSENTS = ("consents", "consent", "direct_prior_consent", "direct_prior_consents", "prior_consents")
_LISTS_OF_NUMBERS = {
    "dnc_internal": ("dnc", "dnc_internal", "internal_dnc", "dnc_list"),
    "consent_revoked": ("revoked", "consent_revoked", "revocations"),
}
_BARRED = "employer_bars_calls"
_EMPLOYER = r"employer|work_calls|workplace_barr"
_PREFERENCE = (
    r"pref|quiet|inconvenient|convenient|no_contact|no_call|forbid|do_not_contact|unavailable|not_before|not_after|"
    r"reasonable_request|time_request"
)
_CHANNEL_LIST = (
    r"(authori[sz]ed|consented|allowed|permitted|approved).*channel|"
    r"channels?_(authori[sz]|consent|allow|permit|approv)|^channels?$|^authori[sz]ations?$"
)


def read_world(given: Loose, settings: Loose, default_country: str) -> World:
    """The world that ``given`` and ``settings`` describe. Raises InvalidCaseFile.

    ``default_country`` is for debtors of whom none is said.
    """
    now = given.take("now", "at", "when")
    debtors = {each.id: each for each in (_debtor(item, default_country) for item in given.items("debtors", "debtor"))}
    debts = {each.id: each for each in (_debt(item, tuple(debtors)) for item in given.items("debts", "debt"))}
    numbers = {each.e164: each for each in (_number(item, tuple(debtors)) for item in given.items("numbers", "phones"))}
    listed = apart.flags_listed(given)
    debtors = apart.flagged(apart.flagged(debtors, given.take("debtor_flags")), listed)
    debts = apart.notified(apart.flagged(apart.flagged(debts, given.take("debt_flags")), listed), given)
    debtors, debts = apart.where_they_bind(debtors, debts)
    debtors, consents_said = apart.channel_consents(debtors, entries(given.take(*_CONSENTS)))
    numbers = apart.flagged(apart.flagged(numbers, given.take("number_flags")), listed)
    numbers = apart.roles_listed(numbers, given)
    for flag, keys in _LISTS_OF_NUMBERS.items():
        numbers = apart.flagged(numbers, {each: [flag] for each in words(given.take(*keys))})
    stop_list = words(given.take("stop_list", "do_not_call_list"))
    world = World(
        now=None if now is None else instant(now, f"{given.path}.now"),
        debtors=debtors,
        debts=debts,
        numbers=numbers,
        close_guard_s=_close_guard(given, settings),
        tz_version=_tz_version(given) or _tz_version(settings),
        stopped_debtors=frozenset(each for each in stop_list if not each.startswith("+")),
        stopped_numbers=frozenset(each for each in stop_list if each.startswith("+")),
    )
    world = _with_what_holds_for_all(world, given)
    history = tuple(read_event(item, world) for item in given.items("history", "events"))
    given.put("consents", consents_said)
    consents = [each for item in given.items("consents") for each in read_consents(item, world)]
    return replace(world, history=history, consents=(*consents, *_consents_of_debts(world)))


def _debtor(said: Loose, default_country: str) -> DebtorSaid:
    barred = [Flag(name=_BARRED)] if any(wordings.bars(each) for _, each in said.take_matching(_EMPLOYER)) else []
    made = DebtorSaid(
        id=str(said.take("id", "debtor", "ref", default="D1")),
        country=str(said.take("country") or default_country).upper(),
        subdivision=str(said.take("subdivision", "state", "province", "region") or ""),
        zones=words(said.take("address_tz", "address_zone", "address_zones", "tz", "zones", "location_tz")),
        language=str(said.take("language", "lang") or ""),
        channels=_channels(said),
        quiet=_quiet(said),
        notice=apart.notice(said),
        party=wordings.stated_party(said),
        flags=(*barred, *wordings.flags(said)),
    )
    said.finish()
    return made


def _debt(said: Loose, debtors: tuple[str, ...]) -> DebtSaid:
    made = DebtSaid(
        id=str(said.take("id", "debt", "ref", default="A1")),
        debtors=words(said.take("debtors", "debtor", "owner", "owners")) or debtors[:1] or ("D1",),
        creditor=str(said.take("creditor", "client") or ""),
        debt_class=str(said.take("debt_class", "class", "kind") or "consumer"),
        notice=apart.notice(said),
        party=wordings.stated_party(said),
        consent_at=_consent_at(said),
        flags=tuple(wordings.flags(said)),
    )
    said.take("amount", "amount_minor", "currency", "product", "balance")
    said.finish()
    return made


def _number(said: Loose, debtors: tuple[str, ...]) -> NumberSaid:
    barred = [Flag(name=_BARRED)] if any(wordings.bars(each) for _, each in said.take_matching(_EMPLOYER)) else []
    use = said.take("use", "kind", "type")
    owners, role = _owners(said)
    if plain(use) == "reference":  # not where it rings, but who answers
        use, role = None, role or use
    made = NumberSaid(
        e164=str(said.take("e164", "number", "id", "phone", default="")),
        owners=owners or debtors[:1] or ("D1",),
        zones=words(said.take("tz", "zones", "tzs", "time_zones", "timezones")),
        use=wordings.use(use, f"{said.path}.use"),
        role=wordings.role(role, f"{said.path}.contact_role"),
        flags=(*barred, *wordings.flags(said)),
    )
    said.finish()
    return made


def _owners(said: Loose) -> tuple[tuple[str, ...], Any]:
    """Whose a number is, and who would answer it: said of the number, of its contact, or of an owner."""
    value = said.take("owners", "owner", "debtors", "debtor", "shared_by")
    roles = [each for _, each in said.take_matching(r"role|relation")]
    contact = said.take("contact", "person")
    for each in [contact, *(value if isinstance(value, list) else [value])]:
        if isinstance(each, Mapping):
            roles += [each[key] for key in ("contact_role", "role", "relation") if key in each]
        elif each is contact and each is not None:
            roles.append(each)
    if isinstance(value, (list, tuple)):
        value = [each.get("debtor", each.get("id")) if isinstance(each, Mapping) else each for each in value]
    elif isinstance(value, Mapping):
        value = value.get("debtor", value.get("id"))
    return words(value), next((each for each in roles if each is not None), None)


def read_event(said: Loose, world: World) -> EventSaid:
    """One contact of the history. Raises InvalidCaseFile where it has no date."""
    path = said.path
    at = said.take("at", "start", "started_at", "from", "started", "date")
    if at is None:
        raise InvalidCaseFile(f"{path}: at is missing")
    starts = day_or_instant(at, f"{path}.at")
    ends = said.take(
        "ended_at", "end", "end_at", "ends_at", "ends", "to", "ended", "until", "finished_at", "hung_up_at"
    )
    lasts = said.take("duration_s", "duration", "talk_s", "seconds")
    ended = None if ends is None else instant(ends, f"{path}.ended_at")
    if ended is None and lasts is not None:
        ended = starts + timedelta(seconds=number(lasts, f"{path}.duration_s"))
    e164 = str(said.take("number", "e164", "phone", "address") or "")
    owners = world.numbers[e164].owners if e164 in world.numbers else tuple(world.debtors)
    debtor = str(said.take("debtor", "person") or (owners[0] if owners else "D1"))
    state = plain(said.take("state", "status", "phase") or "")
    result = said.take("outcome", "result")
    creditor = str(said.take("creditor") or "")
    about = words(said.take("debts", "debt")) or (world.debts_of_creditor(debtor, creditor) if creditor else ())
    released = truth(said.take("released")) or state == "released"
    made = EventSaid(
        at=starts,
        debtor=debtor,
        debts=about,
        number=e164,
        outcome=LedgerOutcome.RELEASED if released else wordings.outcome(result, f"{path}.outcome"),
        ended_at=ended,
        channel=wordings.channel(said.take("channel"), f"{path}.channel"),
        direction=wordings.choice(
            said.take("dir", "direction") or "out", Direction, wordings.DIRECTIONS, f"{path}.dir"
        ),
        in_flight=truth(said.take("in_flight", "inflight", "open"))
        or not {state, plain(result or "")}.isdisjoint(wordings.OPEN),
    )
    said.take("id", "campaign", "worker", "agent", "mode", "purpose", "party", "call_id")
    said.finish()
    return made


def read_consents(said: Loose, world: World) -> list[ConsentSaid]:
    """One consent to be called, of each debt it is about. Another kind of consent is reported as ignored."""
    path = said.path
    kind = plain(said.take("kind", "type", "scope") or "direct_prior")
    at = said.take(
        "at", "date", "on", "given_at", "day", "day1", "day_1", "day_one", "first_day", "from", "since", "start"
    )
    debtor = str(said.take("debtor", "by") or next(iter(world.debtors), "D1"))
    debts = words(said.take("debts", "debt")) or world.debts_of(debtor)
    revoked = truth(said.take("revoked_at", "revoked", "withdrawn_at"))
    if "direct" not in kind and "prior" not in kind:
        said.ignored.append(f"{path} ({kind})")
        return []
    if at is None:
        raise InvalidCaseFile(f"{path}: at is missing")
    said.take("channel", "source", "id")
    said.finish()
    since = day_or_instant(at, f"{path}.at")
    return [] if revoked else [ConsentSaid(debtor=debtor, debt=debt, at=since) for debt in debts]


def _consents_of_debts(world: World) -> list[ConsentSaid]:
    """Consents that are said of their debts: ``direct_prior_consent_at``."""
    return [
        ConsentSaid(debtor=debtor, debt=debt.id, at=debt.consent_at)
        for debt in world.debts.values()
        if debt.consent_at is not None
        for debtor in debt.debtors
    ]


def _with_what_holds_for_all(world: World, given: Loose) -> World:
    """What ``given`` says outside any debtor, number or debt holds for every one of them."""
    stated = given.take_matching(_CHANNEL_LIST)
    of_each = apart.channels_apart(stated[0][1], world.debtors, f"{given.path}.{stated[0][0]}") if stated else None
    channels = None if of_each is not None or not stated else _read_channels(given, *stated[0])
    quiet_of = _quiet_apart(given)
    quiet = _quiet(given)
    notice = apart.notice(given)
    barred = {
        owner for each in world.numbers.values() for owner in each.owners if any(f.name == _BARRED for f in each.flags)
    }
    if any(wordings.bars(each) for _, each in given.take_matching(_EMPLOYER)):
        barred.update(world.debtors)
    debtors = {
        key: replace(
            each,
            channels=(of_each or {}).get(key, each.channels if channels is None else channels),
            quiet=(*each.quiet, *quiet, *quiet_of.get(key, ())),
            flags=(*each.flags, Flag(name=_BARRED)) if key in barred else each.flags,
        )
        for key, each in world.debtors.items()
    }
    told = {key: each.notice or notice for key, each in world.debtors.items()}
    debts = {
        key: replace(each, notice=each.notice or next((told[who] for who in each.debtors if who in told), notice))
        for key, each in world.debts.items()
    }
    return replace(world, debtors=debtors, debts=debts)


def _consent_at(said: Loose) -> datetime | None:
    found = [value for _, value in said.take_matching("consent") if value and not isinstance(value, bool)]
    return day_or_instant(found[0], f"{said.path}.consent") if found else None


def _channels(said: Loose) -> frozenset[Channel] | None:
    found = said.take_matching(_CHANNEL_LIST)
    return _read_channels(said, *found[0]) if found else None


def _read_channels(said: Loose, key: str, value: Any) -> frozenset[Channel] | None:
    return None if value is None else apart.channels_of(value, f"{said.path}.{key}")


def _quiet_apart(given: Loose) -> dict[str, tuple[QuietTime, ...]]:
    """Preferences that are listed, each with the debtor whose they are."""
    made: dict[str, tuple[QuietTime, ...]] = {}
    for key, value in given.take_matching(_PREFERENCE):
        listed = entries(value)
        if not listed or any(not isinstance(each, Mapping) or "debtor" not in each for each in listed):
            given.put(key, value)
            continue
        for each in listed:
            rest = {name: said for name, said in each.items() if name != "debtor"}
            who = str(each["debtor"])
            made[who] = (*made.get(who, ()), *quiet_times(rest, key, f"{given.path}.{key}"))
    return made


def _quiet(said: Loose) -> tuple[QuietTime, ...]:
    always = said.take_matching("forbids_now|forbid_now")
    times = [quiet for _, value in always for quiet in forbids_always(value)]
    for key, value in said.take_matching(_PREFERENCE):
        stated = {key: value} if key in ("not_before", "not_after") else value
        times += quiet_times(stated, key, f"{said.path}.{key}")
    return tuple(times)


def _close_guard(given: Loose, settings: Loose) -> int:
    found = [*settings.take_matching("close_guard"), *given.take_matching("close_guard")]
    return int(number(found[0][1], f"{given.path}.{found[0][0]}")) if found else 0


def _tz_version(said: Loose) -> str:
    for _, value in said.take_matching(r"tz_?(data|db|database|version|release)|time_zone_data|zone_data"):
        if isinstance(value, Mapping):
            value = next((each for key, each in value.items() if plain(key) in ("version", "release", "db")), "")
        if value:
            package = re.fullmatch(r"(\d{4})\.(\d{1,2})", str(value))  # the release as the package numbers it
            return f"{package[1]}{chr(96 + int(package[2]))}" if package else str(value)
    return ""
