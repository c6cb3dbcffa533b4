"""What the API takes and gives, beyond the read models of ports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent_console.live_state import LiveState
from agent_console.ports import Backlog, CampaignView
from dialer.domain.campaign import HIGHEST_TARGET, LOWEST_TARGET, DialMode
from pacing.calibration import Bin

AgentName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")
]
AgentIdText = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
CampaignName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
CallIdText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

#: The browser itself, a registered phone, or a simulated one of the demonstration. Nothing that could dial out: no
#: ``@trunk``.
Phone = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        pattern=r"^(browser|PJSIP/[A-Za-z0-9_.-]{1,64}|Local/[A-Za-z0-9_.-]{1,64}@cadencia-demo-agent/n)$",
    ),
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModeChange(Body):
    """``ratio`` is lines per idle agent, used in power mode; ``target`` the abandonment rate allowed, a fraction."""

    mode: DialMode
    ratio: float | None = Field(default=None, ge=1.0, le=10.0)
    target: float | None = Field(default=None, ge=LOWEST_TARGET, le=HIGHEST_TARGET)


class Done(BaseModel):
    """The engine carried the command out."""

    done: Literal[True] = True


class CampaignFloor(BaseModel):
    """``live`` is None until the engine has spoken of the campaign."""

    campaign: CampaignView
    live: LiveState | None


class CampaignList(BaseModel):
    now: datetime
    campaigns: list[CampaignFloor]


class BacklogNow(BaseModel):
    now: datetime
    backlog: Backlog


class ForecastBin(BaseModel):
    """People who answered calls whose forecast chance of being abandoned was ``low`` or more. ``forecast`` is its mean,
    ``came`` the share that was abandoned, ``between`` where the true share lies in 95 of 100 cases (Wilson), ``true``
    whether the forecast lies there."""

    low: float
    calls: int
    people: int
    expected: float
    abandoned: int
    forecast: float
    came: float
    between: tuple[float, float]
    true: bool

    @classmethod
    def of(cls, one: Bin) -> ForecastBin:
        return cls(
            low=one.low,
            calls=one.calls,
            people=one.people,
            expected=one.expected,
            abandoned=one.abandoned,
            forecast=one.forecast,
            came=one.came,
            between=one.interval,
            true=one.true,
        )


class CalibrationNow(BaseModel):
    """``people`` and ``abandoned`` are everybody's; ``whole`` and ``bins`` those of calls that had a forecast."""

    since: datetime
    until: datetime
    people: int
    abandoned: int
    whole: ForecastBin
    bins: list[ForecastBin]
