"""Reads the cases of a file one by one: a bad one is told of and does not stop the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dialer.casebook import wordings
from dialer.casebook.callerid import withheld
from dialer.casebook.cases import Case, CaseType, Op, Step, Unreadable
from dialer.casebook.loose import Loose, entries, instant, plain, truth, words
from dialer.casebook.worldreading import read_consents, read_event, read_world
from dialer.casebook.worlds import CandidateSaid, EventSaid, World
from dialer.compliance.facts import Direction, LedgerOutcome
from dialer.compliance.rules import Pack
from dialer.errors import CadenciaError, InvalidCaseFile

_TYPES = {"decide": "decision", "scenario": "sequence", "concurrent": "race", "retention": "purge", "abandon": "ratio"}
_OPS = {
    "dial": "reserve", "attempt": "reserve", "request": "reserve", "decide": "reserve", "candidate": "reserve",
    "recheck": "originate", "finish": "outcome", "end": "outcome", "close": "outcome", "complete": "outcome",
    "result": "outcome", "resolve": "outcome", "expire": "lease_expired", "lease_expiry": "lease_expired",
    "worker_died": "lease_expired", "crash": "lease_expired", "cancel": "release", "never_originated": "release",
    "reconcile_never_originated": "release",
    "history": "event", "contact": "event", "inbound": "event", "message": "event", "set": "flag", "set_flag": "flag",
    "update": "flag", "fact": "flag", "change": "flag", "add_flag": "flag", "state": "flag",
    "unset": "unflag", "unset_flag": "unflag", "clear": "unflag", "clear_flag": "unflag", "remove_flag": "unflag",
}  # fmt: skip
_NEVER_DIALED = frozenset(
    {"never_originated", "released", "not_originated", "no_call", "never_dialed", "not_found", "absent", "no_record"}
)


def read_case(value: Any, index: int, packs: Mapping[str, Pack]) -> Case | Unreadable:
    """One entry of ``cases``."""
    given_id = str(value.get("id", f"case {index + 1}")) if isinstance(value, Mapping) else f"case {index + 1}"
    try:
        if value is None:
            raise InvalidCaseFile(f"{given_id} is empty.")
        return _case(Loose(value, given_id, []), given_id, packs)
    except CadenciaError as exc:
        error = exc.message
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as exc:
        error = f"{given_id} cannot be read: {type(exc).__name__}: {exc}"
    said = value if isinstance(value, Mapping) else {}
    return Unreadable(
        id=given_id,
        type=str(said.get("type", "")),
        title=str(said.get("title", "")),
        error=error,
        expect=said.get("expect"),
    )


def _case(said: Loose, case_id: str, packs: Mapping[str, Pack]) -> Case:
    said.take("id")
    kind = wordings.choice(said.take("type", "kind") or "decision", CaseType, _TYPES, f"{case_id}.type")
    title = str(said.take("title", "name") or "")
    chosen = words(said.take("packs", "pack"))
    rule = str(said.take("rule") or "")
    if not chosen:
        chosen = (rule.partition("/")[0],) if rule else tuple(packs)
    given_raw = said.take("given", "facts", "world") or {}
    expect = said.take("expect", "expected") or {}
    if not isinstance(expect, Mapping):
        raise InvalidCaseFile(f"{case_id}.expect must be a mapping, not {expect!r}")
    common: dict[str, Any] = {
        "id": case_id,
        "type": kind,
        "title": title,
        "packs": chosen,
        "rule": rule,
        "expect": expect,
    }
    if kind in (CaseType.RATIO, CaseType.CLASSIFY, CaseType.PURGE):
        return Case(**common, given=dict(given_raw), world=World(), ignored=())
    given = Loose(given_raw, "given", said.ignored)
    if "now" not in given and "now" in said:
        given = Loose({**given_raw, "now": said.take("now")}, "given", said.ignored)
    settings = Loose(
        {**(given.take("settings", "options", "engine", "clock") or {}), **(said.take("settings") or {})},
        "settings",
        said.ignored,
    )
    world = read_world(given, settings, _country(chosen, packs))
    reader = _Reader(world, given, settings)
    candidate = said.take("candidate", "attempt", "request")
    if candidate is None:
        candidate = given.take("candidate")
    steps = [reader.step(each) for each in said.items("steps")] if kind is CaseType.SEQUENCE else []
    requests = reader.requests(said, candidate) if kind is CaseType.RACE else []
    asked = None
    if kind is CaseType.DECISION and candidate is not None:
        asked = reader.candidate(Loose(candidate, "candidate", said.ignored))
    given.finish()
    settings.finish()
    said.finish()
    return Case(
        **common,
        given=dict(given_raw),
        world=reader.world,
        candidate=asked,
        steps=tuple(steps),
        requests=tuple(requests),
        ignored=tuple(dict.fromkeys(said.ignored)),
    )


def _country(chosen: tuple[str, ...], packs: Mapping[str, Pack]) -> str:
    return next((packs[each].scope.country for each in chosen if each in packs and packs[each].scope.country), "US")


class _Reader:
    """Reads candidates and steps of one case, with what its ``given`` says of all of them."""

    def __init__(self, world: World, given: Loose, settings: Loose) -> None:
        self.world = world
        self._now = world.now
        self._campaigns: dict[str, dict[str, Any]] = {}
        campaign = given.take("campaign", "campaigns")
        for item in entries(campaign):
            if isinstance(item, Mapping):
                said = Loose(item, "given.campaign", given.ignored)
                name = str(said.take("id", "name") or "")
                self._campaigns[name] = self._common(said)
                if withheld(Loose({flag.name: True for flag in wordings.flags(said)}, said.path, [])):
                    self._campaigns[name]["caller_id_withheld"] = True
                said.take("country", "creditor", "started", "started_at", "mode", "packs")
                said.finish()
        self._for_all = {**next(iter(self._campaigns.values()), {}), **self._common(settings), **self._common(given)}

    def candidate(self, said: Loose) -> CandidateSaid:
        """Raises InvalidCaseFile."""
        when = said.take("now", "at")
        if when is not None:
            self._now = instant(when, f"{said.path}.at")
            self.world = replace(self.world, now=self.world.now or self._now)
        e164 = str(said.take("number", "e164", "phone", "to", "address") or "")
        owner = (
            self.world.numbers[e164].owners[0] if e164 in self.world.numbers else next(iter(self.world.debtors), "D1")
        )
        debtor = str(said.take("debtor", "person") or owner)
        debts = words(said.take("debts", "debt"))
        creditor = said.take("creditor")
        if creditor and not debts:
            debts = self.world.debts_of_creditor(debtor, str(creditor))
        use, role = said.take("use", "number_use"), said.take("contact_role", "role")
        campaign = said.take("campaign", "campaign_id")
        if isinstance(campaign, Mapping):
            inner = Loose(campaign, f"{said.path}.campaign", said.ignored)
            common, campaign = self._common(inner), str(inner.take("id", "name") or "")
            inner.finish()
        else:
            common = self._campaigns.get(str(campaign), {})
        made = CandidateSaid(
            debtor=debtor,
            debts=debts or None,
            number=e164,
            channel=wordings.channel(said.take("channel"), f"{said.path}.channel"),
            mode=str(said.take("mode") or "predictive"),
            use=None if use is None else wordings.use(use, f"{said.path}.use"),
            role=None if role is None else wordings.role(role, f"{said.path}.contact_role"),
            campaign=str(campaign or ""),
            **{**self._of_debts(debtor, debts), **self._for_all, **common, **self._common(said)},
        )
        said.take("worker", "id", "originator", "agent", "language", "country", "tz")
        said.finish()
        return made

    def _of_debts(self, debtor: str, debts: tuple[str, ...]) -> dict[str, Any]:
        """Who collects, where the debts or their debtor say so."""
        stated = [
            self.world.debts[debt].party for debt in debts or self.world.debts_of(debtor) if debt in self.world.debts
        ]
        if debtor in self.world.debtors:
            stated.append(self.world.debtors[debtor].party)
        found = next((party for party in stated if party is not None), None)
        return {} if found is None else {"party": found}

    def _common(self, said: Loose) -> dict[str, Any]:
        """What may be said of one candidate, of its campaign, or of all."""
        made: dict[str, Any] = {}
        if (value := said.take("purpose")) is not None:
            made["purpose"] = wordings.purpose(value, f"{said.path}.purpose")
        if (value := said.take("party", "collector")) is not None:
            made["party"] = wordings.party(value, f"{said.path}.party")
        if (value := said.take("debt_class")) is not None:
            made["debt_class"] = str(value)
        if (value := said.take("agent_guaranteed", "guaranteed_agent", "agent_reserved")) is not None:
            made["agent_guaranteed"] = truth(value)
        if (hidden := withheld(said)) is not None:
            made["caller_id_withheld"] = hidden
        return made

    def requests(self, said: Loose, alone: Any) -> list[CandidateSaid]:
        """The requests of a race. ``alone``: one candidate that several workers ask for."""
        made = []
        for item in said.items("concurrent", "requests", "workers_requests"):
            times = int(item.take("count", "times", "repeat") or 1)
            inner = item.take("candidate")
            item.take("worker", "id", "op")
            if inner is None:
                made += [self.candidate(item)] * times
                continue
            when = item.take("at", "now")
            request = self.candidate(Loose({**inner, **({"at": when} if when else {})}, item.path, item.ignored))
            made += [request] * times
            item.finish()
        if not made and alone is not None:
            workers = said.take("workers", "count", "times") or 2
            times = len(workers) if isinstance(workers, list) else int(workers)
            made = [self.candidate(Loose(alone, "candidate", said.ignored))] * times
        if not made:
            raise InvalidCaseFile(f"{said.path}: a race needs requests under concurrent")
        return made

    def step(self, said: Loose) -> Step:
        """Raises InvalidCaseFile."""
        word = plain(said.take("op", "type", "do", "step") or "reserve")
        op = wordings.choice(word, Op, _OPS, f"{said.path}.op")
        at = said.take("at", "now", "when")
        if at is not None:
            self._now = instant(at, f"{said.path}.at")
        if self._now is None:
            raise InvalidCaseFile(f"{said.path}: at is missing")
        now = self._now
        self.world = replace(self.world, now=self.world.now or now)
        expect = said.take("expect", "expected") or {}
        said.take("worker", "note")
        made = self._step(op, word, said, now)
        said.finish()
        return replace(made, expect=expect)

    def _step(self, op: Op, word: str, said: Loose, now: datetime) -> Step:
        path = said.path
        if op is Op.EVENT:
            return Step(op=op, at=now, event=self._event_of(word, said, now))
        if op is Op.CONSENT:
            inner = Loose({"at": now, **said.rest(), **(said.take("consent") or {})}, path, said.ignored)
            said.take(*said.rest())
            return Step(op=op, at=now, consents=tuple(read_consents(inner, self.world)))
        if op in (Op.FLAG, Op.UNFLAG):
            return self._flag_step(op, said, now)
        ref = str(said.take("id", "ref", "reservation", "call") or "")
        if op is Op.RESERVE or (op is Op.ORIGINATE and "candidate" in said):
            inner = said.take("candidate")
            candidate = self.candidate(Loose(inner, f"{path}.candidate", said.ignored) if inner is not None else said)
            self._now = now
            return Step(op=op, at=now, ref=ref, candidate=candidate)
        result, ended = said.take("outcome", "result", "finding", "verdict"), said.take("ended_at", "end")
        found = plain(result or "")
        never = found in _NEVER_DIALED or any(
            truth(value) for _, value in said.take_matching("never_originated|not_originated")
        )
        never = never or any(value is False for _, value in said.take_matching("^(was_)?originated$|^found$"))
        for key, value in said.rest().items():  # whatever the author calls what the switch says
            if isinstance(value, str) and plain(value) in _NEVER_DIALED:
                said.take(key)
                never = True
        outcome = wordings.outcome(result, f"{path}.outcome") if result is not None and not never else None
        if op is Op.OUTCOME and outcome is None and not never:
            raise InvalidCaseFile(f"{path}: outcome is missing")
        return Step(
            op=Op.RELEASE if op is Op.OUTCOME and never else op,
            at=now,
            ref=ref,
            outcome=outcome,
            originated=False if never else (True if outcome else None),
            ended_at=None if ended is None else instant(ended, f"{path}.ended_at"),
        )

    def _event_of(self, word: str, said: Loose, now: datetime) -> EventSaid:
        inner = said.take("event", "contact")
        item = Loose({"at": now, **(inner if isinstance(inner, Mapping) else said.rest())}, said.path, said.ignored)
        said.take(*said.rest())
        event = read_event(item, self.world)
        if word == "inbound":
            event = replace(event, direction=Direction.IN)
        if word == "inbound" and event.outcome is LedgerOutcome.UNKNOWN and not event.in_flight:
            event = replace(event, outcome=LedgerOutcome.CONVERSATION)
        return event

    def _flag_step(self, op: Op, said: Loose, now: datetime) -> Step:
        value = said.take("value", "to")
        subject, key = "", ""
        for name in ("debt", "debtor", "number"):
            if name in said and not subject:
                subject, key = name, str(said.take(name))
        if not subject:
            key = str(said.take("target", "subject", "of", "on", "id") or "")
            known = {"debt": self.world.debts, "debtor": self.world.debtors, "number": self.world.numbers}
            subject = next((name for name, things in known.items() if key in things), "")
        flags = wordings.flags(said)
        said.take("id")
        if not subject or not flags:
            raise InvalidCaseFile(f"{said.path}: a flag needs its name and the debt, debtor or number it is of")
        unset = value is not None and not truth(value)
        return Step(op=Op.UNFLAG if unset else op, at=now, flag=flags[0], subject=subject, key=key)
