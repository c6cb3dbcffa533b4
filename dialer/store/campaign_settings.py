"""A campaign's settings as JSON: only what differs from the defaults is written, so that a better default of a later
release reaches the campaigns that never chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import time, timedelta
from typing import Any

from dialer.compliance.facts import Party, Purpose
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction, Campaign, DialMode
from dialer.domain.desk import DeskSettings
from dialer.domain.outcome import Outcome
from dialer.domain.promise import Discount, PromiseTerms
from dialer.domain.recycle import DEFAULT_RULES, RetryRule
from dialer.domain.schedule import Hours, Schedule
from dialer.domain.verdict import AmdCategory, AmdMode, SecondLookAction
from dialer.errors import ConfigurationError

_OTHERS = frozenset(
    {
        "packs", "actions", "retry", "promise_terms", "ivr_identity", "dispositions", "schedule", "desk",
        "transfer_numbers",
    }
)  # fmt: skip
_PLAIN = {each.name: each.default for each in fields(Campaign) if each.name not in _OTHERS | {"id", "name"}}
_ENUMS: dict[str, type[DialMode | AmdMode | SecondLookAction | Purpose | Party]] = {
    "mode": DialMode,
    "amd": AmdMode,
    "second_look_action": SecondLookAction,
    "purpose": Purpose,
    "party": Party,
}


def to_json(campaign: Campaign) -> dict[str, Any]:
    """The settings of ``campaign`` that are not the defaults, as plain JSON data. Delays are seconds."""
    made: dict[str, Any] = {
        name: getattr(campaign, name) for name, default in _PLAIN.items() if getattr(campaign, name) != default
    }
    if campaign.packs:
        made["packs"] = list(campaign.packs)
    if campaign.ivr_identity:
        made["ivr_identity"] = list(campaign.ivr_identity)
    if campaign.dispositions:
        made["dispositions"] = list(campaign.dispositions)
    if campaign.schedule != Schedule():
        made["schedule"] = _schedule_to_json(campaign.schedule)
    if desk := _desk_to_json(campaign.desk):
        made["desk"] = desk
    if campaign.transfer_numbers:
        made["transfer_numbers"] = dict(campaign.transfer_numbers)
    if actions := _changed(campaign.actions, DEFAULT_ACTIONS):
        made["actions"] = actions
    if retry := _changed(campaign.retry, DEFAULT_RULES):
        made["retry"] = {outcome: None if rule is None else _rule_to_json(rule) for outcome, rule in retry.items()}
    if campaign.promise_terms:
        made["promise_terms"] = {segment: _terms_to_json(each) for segment, each in campaign.promise_terms.items()}
    return made


def from_json(campaign_id: int, name: str, settings: Mapping[str, Any]) -> Campaign:
    """The campaign that ``settings`` describe. Raises ConfigurationError where they are unknown or out of range."""
    unknown = settings.keys() - _PLAIN.keys() - _OTHERS
    if unknown:
        raise ConfigurationError(f"Campaign {name} has settings nobody knows: {', '.join(sorted(unknown))}.")
    try:
        chosen: dict[str, Any] = {
            key: _ENUMS[key](value) if key in _ENUMS else value for key, value in settings.items() if key in _PLAIN
        }
        return Campaign(
            id=campaign_id,
            name=name,
            packs=tuple(settings.get("packs", ())),
            ivr_identity=tuple(settings.get("ivr_identity", ())),
            dispositions=tuple(settings.get("dispositions", ())),
            schedule=_schedule_from_json(settings.get("schedule", {})),
            desk=_desk_from_json(settings.get("desk", {})),
            transfer_numbers=dict(settings.get("transfer_numbers", {})),
            actions={
                **DEFAULT_ACTIONS,
                **{AmdCategory(key): AnswerAction(value) for key, value in settings.get("actions", {}).items()},
            },
            retry=_rules_from_json(settings.get("retry", {})),
            promise_terms={
                segment: _terms_from_json(each) for segment, each in settings.get("promise_terms", {}).items()
            },
            **chosen,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(f"The settings of campaign {name} cannot be used: {error}.") from error


def _changed(chosen: Mapping[Any, Any], default: Mapping[Any, Any]) -> dict[str, Any]:
    """What ``chosen`` changes of ``default``; a key it takes away is there with None."""
    return {
        str(key): chosen.get(key)
        for key in sorted(default.keys() | chosen.keys())
        if chosen.get(key) != default.get(key)
    }


def _rule_to_json(rule: RetryRule) -> dict[str, Any]:
    return {
        "delay_s": rule.delay.total_seconds(),
        "max_tries": rule.max_tries,
        "next_number": rule.next_number,
        "bad_number": rule.bad_number,
    }


def _rules_from_json(settings: Mapping[str, Any]) -> dict[Outcome, RetryRule]:
    rules = dict(DEFAULT_RULES)
    for key, value in settings.items():
        outcome = Outcome(key)
        if value is None:
            rules.pop(outcome, None)
            continue
        rules[outcome] = RetryRule(
            delay=timedelta(seconds=value["delay_s"]),
            max_tries=int(value["max_tries"]),
            next_number=bool(value.get("next_number", False)),
            bad_number=bool(value.get("bad_number", False)),
        )
    return rules


def _schedule_to_json(schedule: Schedule) -> dict[str, Any]:
    hours = [[each.weekday, f"{each.start:%H:%M}", f"{each.stop:%H:%M}"] for each in schedule.hours]
    return {"zone": schedule.zone, "hours": hours}


def _schedule_from_json(settings: Mapping[str, Any]) -> Schedule:
    hours = tuple(
        Hours(weekday=weekday, start=time.fromisoformat(start), stop=time.fromisoformat(stop))
        for weekday, start, stop in settings.get("hours", ())
    )
    return Schedule(zone=settings.get("zone", ""), hours=hours)


def _desk_to_json(desk: DeskSettings) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if desk.pause_reasons:
        made["pause_reasons"] = list(desk.pause_reasons)
    if desk.scripts:
        made["scripts"] = {segment: dict(texts) for segment, texts in desk.scripts.items()}
    return made


def _desk_from_json(settings: Mapping[str, Any]) -> DeskSettings:
    return DeskSettings(pause_reasons=tuple(settings.get("pause_reasons", ())), scripts=settings.get("scripts", {}))


def _terms_to_json(terms: PromiseTerms) -> dict[str, Any]:
    changed = {
        each.name: getattr(terms, each.name)
        for each in fields(PromiseTerms)
        if each.name != "discounts" and getattr(terms, each.name) != each.default
    }
    if terms.discounts:
        changed["discounts"] = [{"share": each.share, "within_days": each.within_days} for each in terms.discounts]
    return changed


def _terms_from_json(settings: Mapping[str, Any]) -> PromiseTerms:
    discounts = tuple(Discount(**each) for each in settings.get("discounts", ()))
    return PromiseTerms(**{**settings, "discounts": discounts})
