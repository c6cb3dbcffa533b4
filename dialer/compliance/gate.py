"""The one door: every attempt, however it came about, asks here before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from dialer.compliance.account import Account, account_of
from dialer.compliance.alarms import STALE_AFTER_MONTHS, Alarm, alarms_of
from dialer.compliance.canonical import RuleSource, pack_content
from dialer.compliance.facts import Candidate, GateQuery
from dialer.compliance.holiday import Calendars, shipped_calendars
from dialer.compliance.loader import Packs, packs_in_force
from dialer.compliance.plans import binds, in_scope, sort_of
from dialer.compliance.retention import check_together
from dialer.compliance.rulebook import GateSettings, RuleBook, rulebook
from dialer.compliance.rules import BroughtInBy, Pack, RatioRule, WindowRule
from dialer.compliance.verdict import Verdict
from dialer.compliance.zones import possible_zones
from dialer.errors import UnknownPack

_MOST_SELECTIONS = 1024


class Gate:
    """Packs, calendars and settings, ready to be asked. Holds no state of any call: it may be shared and asked from
    inside a transaction, for it neither waits nor reads anything."""

    def __init__(self, packs: Packs, calendars: Calendars, settings: GateSettings | None = None) -> None:
        self._packs = packs
        self._calendars = calendars
        self._settings = settings or GateSettings()
        self._only: tuple[Pack, ...] | None = None
        self._active: dict[tuple[object, ...], tuple[Pack, ...]] = {}

    @classmethod
    def shipped(cls, settings: GateSettings | None = None) -> Gate:
        """The gate with the packs and calendars that come with the project. Raises InvalidPack."""
        return cls.standing(None, settings)

    @classmethod
    def standing(cls, own_packs: Path | None, settings: GateSettings | None = None) -> Gate:
        """The gate of an installation: the shipped packs and those of its own folder. Raises InvalidPack."""
        return cls(packs_in_force(own_packs), shipped_calendars(), settings)

    @classmethod
    def of(cls, packs: Sequence[Pack], calendars: Calendars, settings: GateSettings | None = None) -> Gate:
        """A gate that asks exactly these packs, whatever the debtor's country, and no others: for trying packs out.
        Raises InvalidPack where they cannot be obeyed together."""
        check_together(packs)
        gate = cls(MappingProxyType({pack.id: pack for pack in packs}), calendars, settings)
        gate._only = tuple(packs)
        return gate

    @property
    def packs(self) -> Packs:
        return self._packs

    def with_pack(self, pack: Pack) -> Gate:
        """Another gate, with this pack besides the others, or in the place of the one of its id: for asking what it
        would have done."""
        return Gate({**self._packs, pack.id: pack}, self._calendars, self._settings)

    def pack(self, pack_id: str) -> Pack:
        """Raises UnknownPack, which names those that there are."""
        found = self._packs.get(pack_id)
        if found is None:
            raise UnknownPack(f"There is no rule pack {pack_id}. There are: {', '.join(self._packs)}.")
        return found

    def check(self, query: GateQuery) -> Verdict:
        """The decision about one contact. Raises UnknownPack for a pack the campaign chose that does not exist."""
        candidate = query.candidate
        return self._book(query).decide(candidate, self._zones(candidate), query.facts, query.now)

    def account(self, query: GateQuery) -> Account:
        """The decision with every rule of every active pack behind it. Slower than ``check``. Raises UnknownPack."""
        candidate = query.candidate
        return account_of(self._book(query), candidate, self._zones(candidate), query.facts, query.now)

    def active_packs(self, candidate: Candidate, chosen: tuple[str, ...] = ()) -> tuple[Pack, ...]:
        """The packs of the debtor's country, those the campaign chose, and the house's hours where the country sets
        none. Choosing a pack adds rules and never takes one away."""
        key = (sort_of(candidate), chosen)
        active = self._active.get(key)
        if active is None:
            if len(self._active) >= _MOST_SELECTIONS:
                self._active.clear()
            active = self._active[key] = self._select(candidate, chosen)
        return active

    def ratio_rules(
        self, candidate: Candidate, chosen: tuple[str, ...] = (), now: datetime | None = None
    ) -> tuple[RatioRule, ...]:
        """The rates that the pacer must keep under for calls like this one; at ``now`` (aware), only those that bind
        then."""
        return tuple(
            rule
            for pack in self.active_packs(candidate, chosen)
            if in_scope(pack.scope, candidate)
            for rule in pack.rules
            if isinstance(rule, RatioRule) and (now is None or binds(rule, now.timestamp()))
        )

    def sources(self) -> tuple[RuleSource, ...]:
        """Every pack and the calendars as the decisions read them, under the digests that decisions name."""
        packs = (RuleSource(pack.digest, "pack", pack.id, pack_content(pack)) for pack in self._packs.values())
        calendars = RuleSource(self._calendars.digest, "calendars", "calendars", self._calendars.content)
        return (*packs, calendars)

    def alarms(self, now: datetime, stale_after_months: int = STALE_AFTER_MONTHS) -> tuple[Alarm, ...]:
        """Rules that ended, rules in doubt, and packs nobody has checked for so many months, at ``now`` (aware)."""
        return tuple(alarms_of(self._packs.values(), now, stale_after_months))

    def _book(self, query: GateQuery) -> RuleBook:
        return rulebook(self.active_packs(query.candidate, query.packs), self._calendars, self._settings)

    @staticmethod
    def _zones(candidate: Candidate) -> tuple[str, ...]:
        return candidate.zones or possible_zones(candidate.number, candidate.address_zone)

    def _select(self, candidate: Candidate, chosen: tuple[str, ...]) -> tuple[Pack, ...]:
        for pack_id in chosen:
            if pack_id not in self._packs:
                raise UnknownPack(
                    f"There is no rule pack {pack_id}. There are: {', '.join(self._packs)}.", pack=pack_id
                )
        if self._only is not None:
            return self._only
        country = [
            pack
            for pack in self._packs.values()
            if pack.brought_in_by is BroughtInBy.DEBTOR_COUNTRY and pack.scope.country == candidate.country
        ]
        has_hours = any(
            isinstance(rule, WindowRule) and rule.number_use is None and candidate.channel in rule.channels
            for pack in country
            if in_scope(pack.scope, candidate)
            for rule in pack.rules
        )
        return tuple(
            pack
            for pack in self._packs.values()
            if pack in country or pack.id in chosen or (pack.brought_in_by is BroughtInBy.NO_HOURS and not has_hours)
        )
