"""Answers of the compliance commands, as people and as programs read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from dialer.casebook.replay import Comparison, Example
from dialer.commands.compliance_words import WORDS
from dialer.compliance import explain as plain_words
from dialer.compliance.account import Account, RuleAccount
from dialer.compliance.facts import GateQuery
from dialer.domain.phone import PhoneNumber
from dialer.store.funnel import Funnel, Place

_BAR = 30  # characters of the longest bar


@dataclass(frozen=True, slots=True)
class Explained:
    debtor_id: int
    campaign: str
    query: GateQuery
    account: Account


@dataclass(frozen=True, slots=True)
class Filtered:
    funnel: Funnel
    seconds: float


# ------------------------------------------------------------------------------------------ explain


def show_explained(out: Console, answer: Explained, language: str, show_numbers: bool) -> None:
    words = WORDS[language]
    number = _number(answer.query.candidate.number, show_numbers) or words["no_number"]
    when = _minute(answer.query.now)
    _say(out, words["who"].format(debtor=answer.debtor_id, campaign=answer.campaign, number=number, when=when))
    for sentence in plain_words.explain(answer.account.verdict, language):
        _say(out, sentence)
    rules = answer.account.rules
    for title, chosen in (
        ("overridden", [rule for rule in rules if rule.overridden]),
        ("passed", [rule for rule in rules if rule.ok]),
        ("silent", [rule for rule in rules if rule.ok is None]),
    ):
        if chosen:
            out.print(f"\n{words[title]}:")
        for rule in chosen:
            _say(out, f"  {rule.rule}: {_margin(rule, words)}. {_source(rule, words)}")
    out.print(f"\n{words['advice']}")


def _margin(rule: RuleAccount, words: Mapping[str, str]) -> str:
    """What is left of a rule that allows, or why it is silent."""
    if rule.ok is None:
        name, _, value = rule.why.partition(":")
        return words.get(f"why:{name}", rule.why).format(value=value)
    if rule.why:
        return words["unless"].format(why=rule.why.removeprefix("unless:"))
    if rule.kind == "window":
        if rule.closes_in_s is None:
            return words["open"]
        minutes = int(rule.closes_in_s // 60)
        return words["closes_in"].format(hours=minutes // 60, minutes=minutes % 60)
    if rule.maximum == 0:
        return words["none"]
    if rule.used is not None and rule.calls_left is not None:
        return words["left"].format(used=rule.used, maximum=rule.maximum, left=rule.calls_left)
    if rule.used is not None:
        return words["used"].format(used=rule.used, maximum=rule.maximum)
    return words["clear"]


def _source(rule: RuleAccount, words: Mapping[str, str]) -> str:
    if not rule.cite:
        return ""
    return words["source"].format(cite=rule.cite, basis=words.get(f"basis:{rule.basis}", rule.basis))


def explained_data(answer: Explained, language: str, show_numbers: bool) -> dict[str, Any]:
    """Plain data of an explanation."""
    verdict, candidate = answer.account.verdict, answer.query.candidate
    return {
        "debtor": answer.debtor_id,
        "campaign": answer.campaign,
        "number": _number(candidate.number, show_numbers),
        "channel": candidate.channel,
        "at": answer.query.now,
        "decision": "allow" if verdict.allowed else "deny",
        "reasons": list(verdict.reasons),
        "next_allowed_at": verdict.next_allowed_at,
        "holds_until": verdict.holds_until,
        "text": plain_words.explain(verdict, language),
        "zones": list(verdict.zones),
        "basis": verdict.basis,
        "packs": list(verdict.packs),
        "not_applicable": [{"pack": pack, "why": why} for pack, why in verdict.not_applicable],
        "rules": [_rule_data(rule) for rule in answer.account.rules],
    }


def _rule_data(rule: RuleAccount) -> dict[str, Any]:
    made = {name: getattr(rule, name) for name in RuleAccount.__slots__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in made.items()}


# ------------------------------------------------------------------------------------------ funnel


def show_funnel(out: Console, answer: Filtered, language: str) -> None:
    words, found = WORDS[language], answer.funnel
    _say(out, words["funnel"].format(campaign=found.campaign, leads=found.leads, when=_minute(found.at)))
    _bars(out, [(words[f"place:{place}"], found.places[place]) for place in Place])
    if found.first_reasons:
        out.print(f"\n{words['by_reason']}:")
        ordered = found.first_reasons.most_common()
        _bars(out, [(f"{rule} ({found.all_reasons[rule]})", many) for rule, many in ordered])
    if found.later:
        out.print(f"\n{words['by_hour']}:")
        _bars(out, [(_minute(hour), found.later[hour]) for hour in sorted(found.later)])
    if found.stopped:
        out.print(f"\n{words['by_stop']}:")
        _bars(out, [(words.get(f"stop:{why}", why or "-"), many) for why, many in found.stopped.most_common()])
    rate = found.asked / answer.seconds if answer.seconds > 0 else 0.0
    out.print()
    _say(out, words["speed"].format(asked=found.asked, seconds=answer.seconds, rate=rate))


def funnel_data(answer: Filtered) -> dict[str, Any]:
    """Plain data of a funnel."""
    found = answer.funnel
    return {
        "campaign": found.campaign,
        "at": found.at,
        "leads": found.leads,
        "places": {str(place): found.places[place] for place in Place},
        "first_reasons": dict(found.first_reasons.most_common()),
        "all_reasons": dict(found.all_reasons.most_common()),
        "callable_at": [{"hour": hour, "leads": found.later[hour]} for hour in sorted(found.later)],
        "stopped": dict(found.stopped.most_common()),
        "asked": found.asked,
        "seconds": round(answer.seconds, 3),
    }


def _bars(out: Console, rows: Iterable[tuple[str, int]]) -> None:
    listed = [(name, many) for name, many in rows if many]
    most = max((many for _, many in listed), default=1)
    width = max((len(name) for name, _ in listed), default=0)
    for name, many in listed:
        bar = "█" * max(1, round(_BAR * many / most))
        out.print(f"  {escape(name):<{width}}  {many:>8}  {bar}", soft_wrap=True)


# ------------------------------------------------------------------------------------------ what if


def show_what_if(out: Console, answer: Comparison, pack: str, since: datetime, language: str) -> None:
    words = WORDS[language]
    _say(out, words["whatif"].format(pack=pack, when=_minute(since), decisions=answer.decisions))
    kinds = ("same", "now_denied", "now_allowed", "other_reasons")
    width = max(len(words[kind]) for kind in kinds)
    for kind in kinds:
        out.print(f"  {words[kind]:<{width}}  {getattr(answer, kind):>8}")
    for title, counted in (("which_deny", answer.denying), ("which_allow", answer.freeing)):
        if counted:
            out.print(f"\n{words[title]}:")
            _bars(out, counted.most_common())
    told = [example for examples in answer.examples.values() for example in examples]
    if told:
        out.print(f"\n{words['examples']}:")
    for each in told:
        _say(
            out, f"  {_minute(each.at)}  {each.debtor}  {each.ref or '-'}  {_rules(each.was)} → {_rules(each.would_be)}"
        )
    out.print()
    _say(out, words["caveat"])


def what_if_data(answer: Comparison, pack: str, since: datetime) -> dict[str, Any]:
    """Plain data of a what-if."""
    return {
        "pack": pack,
        "since": since,
        "decisions": answer.decisions,
        "same": answer.same,
        "now_denied": answer.now_denied,
        "now_allowed": answer.now_allowed,
        "other_reasons": answer.other_reasons,
        "denying_rules": _counted(answer.denying),
        "freeing_rules": _counted(answer.freeing),
        "examples": {kind: [_example(each) for each in examples] for kind, examples in answer.examples.items()},
    }


def _example(each: Example) -> dict[str, Any]:
    return {
        "ref": each.ref,
        "debtor": each.debtor,
        "at": each.at,
        "was": list(each.was),
        "would_be": list(each.would_be),
    }


def _counted(counter: Counter[str]) -> dict[str, int]:
    return dict(counter.most_common())


def _rules(rules: tuple[str, ...]) -> str:
    return ", ".join(rules) or "✓"


def _number(number: str, show_numbers: bool) -> str:
    return number if show_numbers or not number else PhoneNumber(number).masked


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _say(out: Console, text: str) -> None:
    out.print(escape(text), soft_wrap=True)
