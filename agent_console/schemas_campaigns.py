"""A campaign's settings on the wire. Durations are seconds, shares are fractions, unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from agent_console.ports import STANDARD_DISPOSITIONS
from agent_console.ports_campaigns import CampaignSetup
from agent_console.schemas import Body
from dialer.compliance.facts import Party, Purpose
from dialer.domain.campaign import (
    DEFAULT_ACTIONS,
    HIGHEST_TARGET,
    IDENTITY_METHODS,
    LOWEST_TARGET,
    AnswerAction,
    Campaign,
    CampaignState,
    DialMode,
)
from dialer.domain.desk import LONGEST_REASON, LONGEST_SCRIPT, MOST_REASONS, DeskSettings
from dialer.domain.outcome import Outcome
from dialer.domain.promise import Discount, PromiseTerms
from dialer.domain.recycle import DEFAULT_RULES, RetryRule
from dialer.domain.schedule import Hours, Schedule
from dialer.domain.talk import LONGEST_LABEL, MOST_NUMBERS, check_transfer_numbers
from dialer.domain.verdict import AmdCategory, AmdMode, SecondLookAction
from dialer.errors import SettingsRefused

NewName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^[^\x00-\x1f]*$")]
Number = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(\+?[0-9]{2,15})?$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LABEL, pattern=r"^[^\x00-\x1f]*$")]
Dialed = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class RetryRuleIn(Body):
    """What follows an outcome: the debtor rests for ``delay_s``; after ``max_tries`` of it they are left alone."""

    delay_s: float = Field(ge=0, le=7_776_000)
    max_tries: int = Field(ge=1, le=100)
    next_number: bool = False
    bad_number: bool = False


class HoursIn(Body):
    """``weekday``: 0 is Monday."""

    weekday: int = Field(ge=0, le=6)
    start: Clock
    stop: Clock


class ScheduleIn(Body):
    zone: str = Field(default="", max_length=64)
    hours: tuple[HoursIn, ...] = Field(default=(), max_length=28)


class DiscountIn(Body):
    share: float = Field(gt=0, lt=1)
    within_days: int = Field(ge=0, le=366)


class TermsIn(Body):
    earliest_days: int = Field(default=0, ge=0, le=366)
    latest_days: int = Field(default=30, ge=0, le=366)
    minimum_share: float = Field(default=0.1, ge=0, le=1)
    max_instalments: int = Field(default=3, ge=1, le=60)
    longest_gap_days: int = Field(default=31, ge=1, le=366)
    grace_days: int = Field(default=2, ge=0, le=60)
    rest_after_h: float = Field(default=24, ge=0, le=2160)
    discounts: tuple[DiscountIn, ...] = Field(default=(), max_length=12)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest_days > self.latest_days:
            raise ValueError("earliest_days lies after latest_days")
        return self


class DeskIn(Body):
    """``pause_reasons``: ids of the standard ones, or words of the campaign's own; none: all standard ones. ``scripts``
    by segment ("": everybody else's), then by language."""

    pause_reasons: tuple[Annotated[str, StringConstraints(max_length=LONGEST_REASON)], ...] = Field(
        default=(), max_length=MOST_REASONS
    )
    scripts: dict[
        Annotated[str, StringConstraints(max_length=64)],
        dict[
            Annotated[str, StringConstraints(pattern=r"^(es|en)$")],
            Annotated[str, StringConstraints(max_length=LONGEST_SCRIPT)],
        ],
    ] = Field(default_factory=dict, max_length=50)


class CampaignSettings(Body):
    """Everything about a campaign but its name. What is left out is the default. ``transfer_numbers``: to whom outside
    agents may transfer a call, by the name that they see."""

    country: str = Field(default="CO", pattern=r"^[A-Z]{2}$")
    language: str = Field(default="es", pattern=r"^(es|en)$")
    creditor: Line = ""
    purpose: Purpose = Purpose.COLLECTION
    party: Party = Party.THIRD_PARTY
    packs: tuple[Annotated[str, StringConstraints(max_length=64)], ...] = Field(default=(), max_length=20)
    mode: DialMode = DialMode.PROGRESSIVE
    ratio: float = Field(default=1.5, ge=1, le=10)
    target_abandonment: float = Field(default=0.03, ge=LOWEST_TARGET, le=HIGHEST_TARGET)
    inbound_reserve: int = Field(default=0, ge=0, le=1000)
    trunk: str = Field(default="default", min_length=1, max_length=64)
    caller_id: Number = ""
    ring_timeout_s: float = Field(default=25, ge=15, le=120)
    patience_s: float = Field(default=2, ge=0.5, le=10)
    wrap_up_s: float = Field(default=30, ge=0, le=3600)
    wrap_up_extension_s: float = Field(default=60, ge=0, le=600)
    preview_s: float = Field(default=60, ge=5, le=3600)
    max_attempts: int = Field(default=12, ge=1, le=1000)
    early_media: bool = True
    amd: AmdMode = AmdMode.CAREFUL
    second_look_s: float = Field(default=3, ge=0, le=10)
    second_look_action: SecondLookAction = SecondLookAction.TELL
    amd_false_positive_share: float = Field(default=0.01, ge=0, le=0.5)
    actions: dict[AmdCategory, AnswerAction] = Field(default_factory=dict)
    retry: dict[Outcome, RetryRuleIn] | None = None
    record: bool = True
    announce_recording: bool = True
    ivr_flow: str = Field(default="self-service", min_length=1, max_length=64)
    ivr_lines: int = Field(default=10, ge=1, le=1000)
    ivr_identity: tuple[str, ...] = Field(default=(), max_length=len(IDENTITY_METHODS))
    overflow: bool = False
    dispositions: tuple[str, ...] = Field(default=(), max_length=len(STANDARD_DISPOSITIONS))
    desk: DeskIn = DeskIn()
    transfer_numbers: dict[Label, Dialed] = Field(default_factory=dict, max_length=MOST_NUMBERS)
    schedule: ScheduleIn = ScheduleIn()
    promise_terms: dict[Annotated[str, StringConstraints(max_length=64)], TermsIn] = Field(
        default_factory=dict, max_length=50
    )

    @classmethod
    def of(cls, campaign: Campaign) -> CampaignSettings:
        """Unchecked: a campaign that was made otherwise may lie outside what the console takes."""
        plain: dict[str, Any] = {name: getattr(campaign, name) for name in cls.model_fields if name not in _SHAPED}
        hours = tuple(
            HoursIn(weekday=each.weekday, start=f"{each.start:%H:%M}", stop=f"{each.stop:%H:%M}")
            for each in campaign.schedule.hours
        )
        return cls.model_construct(
            **plain,
            transfer_numbers=dict(campaign.transfer_numbers),
            actions=dict(campaign.actions),
            retry={outcome: _rule_out(rule) for outcome, rule in campaign.retry.items()},
            desk=DeskIn.model_construct(
                pause_reasons=campaign.desk.pause_reasons,
                scripts={segment: dict(texts) for segment, texts in campaign.desk.scripts.items()},
            ),
            schedule=ScheduleIn.model_construct(zone=campaign.schedule.zone, hours=hours),
            promise_terms={segment: _terms_out(each) for segment, each in campaign.promise_terms.items()},
        )

    def campaign(self, base: Campaign) -> Campaign:
        """``base`` with these settings; what they do not speak of stays as it is. Raises SettingsRefused."""
        plain: dict[str, Any] = {each: getattr(self, each) for each in type(self).model_fields if each not in _SHAPED}
        self._refuse_unknown("ivr_identity", self.ivr_identity, IDENTITY_METHODS)
        self._refuse_unknown("dispositions", self.dispositions, frozenset(STANDARD_DISPOSITIONS))
        try:
            schedule = Schedule(zone=self.schedule.zone, hours=tuple(_hours(each) for each in self.schedule.hours))
        except ValueError as exc:
            raise SettingsRefused(fields=[{"field": "schedule", "kind": "schedule", "message": str(exc)}]) from exc
        try:
            desk = DeskSettings(pause_reasons=self.desk.pause_reasons, scripts=self.desk.scripts)
        except ValueError as exc:
            raise SettingsRefused(fields=[{"field": "desk", "kind": "desk", "message": str(exc)}]) from exc
        try:
            check_transfer_numbers(self.transfer_numbers)
        except ValueError as exc:
            wrong = {"field": "transfer_numbers", "kind": "transfer_numbers", "message": str(exc)}
            raise SettingsRefused(fields=[wrong]) from exc
        try:
            return replace(
                base,
                **plain,
                transfer_numbers=self.transfer_numbers,
                actions={**DEFAULT_ACTIONS, **self.actions},
                retry=DEFAULT_RULES if self.retry is None else {out: _rule(rule) for out, rule in self.retry.items()},
                desk=desk,
                schedule=schedule,
                promise_terms={segment: _terms(each) for segment, each in self.promise_terms.items()},
            )
        except ValueError as exc:  # bounds that this schema does not know yet
            raise SettingsRefused(str(exc)) from exc

    @staticmethod
    def _refuse_unknown(field: str, given: tuple[str, ...], known: frozenset[str]) -> None:
        if set(given) - known:
            raise SettingsRefused(fields=[{"field": field, "kind": "unknown", "message": "There is no such choice."}])


_SHAPED = frozenset({"actions", "retry", "schedule", "desk", "promise_terms", "transfer_numbers"})


class NewCampaign(Body):
    """``copy_of``: begin with all settings of that campaign; ``settings`` then replace those that they speak of."""

    name: NewName
    copy_of: str | None = Field(default=None, max_length=64)
    settings: CampaignSettings | None = None


class CampaignFull(BaseModel):
    """``restart``: what a running engine goes on with as it was, until it is started anew."""

    name: str
    state: CampaignState
    settings: CampaignSettings
    next_at: datetime | None = None
    next_starts: bool = False
    restart: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, setup: CampaignSetup, restart: list[str] | None = None) -> CampaignFull:
        return cls.model_construct(
            name=setup.campaign.name,
            state=setup.state,
            settings=CampaignSettings.of(setup.campaign),
            next_at=setup.next_at,
            next_starts=setup.next_starts,
            restart=restart or [],
        )


class CampaignRow(BaseModel):
    """One line of the list of campaigns."""

    name: str
    state: CampaignState
    mode: DialMode
    creditor: str
    country: str
    trunk: str
    target_abandonment: float
    next_at: datetime | None
    next_starts: bool


class CampaignRows(BaseModel):
    campaigns: list[CampaignRow]


def _hours(given: HoursIn) -> Hours:
    return Hours(weekday=given.weekday, start=time.fromisoformat(given.start), stop=time.fromisoformat(given.stop))


def _rule_out(rule: RetryRule) -> RetryRuleIn:
    return RetryRuleIn.model_construct(
        delay_s=rule.delay.total_seconds(),
        max_tries=rule.max_tries,
        next_number=rule.next_number,
        bad_number=rule.bad_number,
    )


def _rule(given: RetryRuleIn) -> RetryRule:
    return RetryRule(
        delay=timedelta(seconds=given.delay_s),
        max_tries=given.max_tries,
        next_number=given.next_number,
        bad_number=given.bad_number,
    )


def _terms_out(terms: PromiseTerms) -> TermsIn:
    plain: Mapping[str, Any] = {name: getattr(terms, name) for name in TermsIn.model_fields if name != "discounts"}
    discounts = tuple(
        DiscountIn.model_construct(share=each.share, within_days=each.within_days) for each in terms.discounts
    )
    return TermsIn.model_construct(**plain, discounts=discounts)


def _terms(given: TermsIn) -> PromiseTerms:
    plain: Mapping[str, Any] = {name: getattr(given, name) for name in TermsIn.model_fields if name != "discounts"}
    discounts = tuple(Discount(share=each.share, within_days=each.within_days) for each in given.discounts)
    return PromiseTerms(**plain, discounts=discounts)
