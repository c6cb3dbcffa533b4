"""A campaign's pacers: the one that its mode names decides, and the predictive one learns whoever decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dialer.domain.campaign import Campaign, DialMode
from dialer.ports import PastCalls
from pacing.budget import Budget
from pacing.catalogue import pacer_for
from pacing.governor import Governor
from pacing.interface import Pacer
from pacing.predictive import PredictivePacer
from pacing.snapshot import Info


class Pacers:
    """Touched by nobody but the core of its campaign. What was learned of list and agents outlives every change of
    mode and target."""

    def __init__(self, campaign: Campaign, info: Info) -> None:
        self._info = replace(info, target=campaign.target_abandonment)
        self._predictive = PredictivePacer()
        self._predictive.start(self._info)
        self._mode, self._ratio = campaign.mode, campaign.ratio
        self.governor = Governor(self._pacer())
        if self._mode is not DialMode.PREDICTIVE:
            self.governor.pacer.start(self._info)
        self.governor.limit(self._info)

    @property
    def info(self) -> Info:
        return self._info

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self._predictive.on_event(t, kind, ident, value)
        if self._mode is not DialMode.PREDICTIVE:
            self.governor.on_event(t, kind, ident, value)

    def describe(self, call: str, features: Mapping[str, str]) -> None:
        """What is known of a call that is about to be dialed, for the pacer that learns."""
        self._predictive.describe(call, features)

    def allow(self, windows: Sequence[Budget]) -> None:
        """The windows that the ledger keeps, as they are now."""
        self._predictive.allow(windows)

    def change(self, campaign: Campaign, *, seats: int | None = None) -> None:
        """Another mode, ratio or target, or other ``seats`` than were expected."""
        other = (campaign.mode, campaign.ratio) != (self._mode, self._ratio)
        self._info = replace(
            self._info,
            target=campaign.target_abandonment,
            patience=campaign.patience_s,
            ring_timeout=campaign.ring_timeout_s,
            seats=self._info.seats if seats is None else seats,
        )
        self._predictive.retarget(self._info)
        self.governor.limit(self._info)
        if other:
            self._mode, self._ratio = campaign.mode, campaign.ratio
            self.governor.use(self._pacer())
        if self._mode is not DialMode.PREDICTIVE:
            self.governor.pacer.start(self._info)

    def _pacer(self) -> Pacer:
        if self._mode is DialMode.PREDICTIVE:
            return self._predictive
        # Without agents, the flow's free lines stand in their place: a call for each.
        mode = DialMode.PROGRESSIVE if self._mode is DialMode.AGENTLESS else self._mode
        return pacer_for(mode.value, ratio=self._ratio)


def info_for(campaign: Campaign, *, seats: int, ring_minimum_s: float, past: PastCalls) -> Info:
    """What holds for the whole session; where the campaign's own log says too little, what is usual elsewhere."""
    usual = Info()
    return Info(
        target=campaign.target_abandonment,
        patience=campaign.patience_s,
        ring_timeout=campaign.ring_timeout_s,
        seats=seats,
        min_ring=ring_minimum_s,
        prior_answer_rate=usual.prior_answer_rate if past.answer_rate is None else past.answer_rate,
        prior_talk=usual.prior_talk if past.talk_s is None else past.talk_s,
        prior_wrap=min(usual.prior_wrap, campaign.wrap_up_s) if past.wrap_up_s is None else past.wrap_up_s,
    )
