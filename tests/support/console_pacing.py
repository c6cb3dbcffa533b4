"""A campaign's day played again, as the console's pacing room would answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from pacing.replay import Difference, Played, Span
from pacing.what_if import Agreement, Happened, WhatIf


def span(mean: float) -> Span:
    return Span(mean=mean, low=mean * 0.9, high=mean * 1.1)


def played(utilisation: float, abandonment: float) -> Played:
    return Played(
        plays=12,
        utilisation=span(utilisation),
        abandonment=span(abandonment),
        worst_hour=None,
        people_per_agent_hour=span(21.0),
        dials_per_person=span(4.1),
        idle_wait_s=span(18.0),
        people=span(640.0),
        dialed=span(2600.0),
    )


class ReplayedDay:
    """A ``PacingRoom`` that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    async def what_if(
        self, campaign: str, *, since: datetime, until: datetime, target: float | None, pacer: str | None
    ) -> WhatIf:
        self.asked.append({"campaign": campaign, "hours": until - since, "target": target, "pacer": pacer})
        return WhatIf(
            campaign=campaign,
            began=until - timedelta(hours=4),
            ended=until,
            calls=2600,
            agents=12,
            pacer="progressive",
            target=0.03,
            happened=Happened(
                utilisation=0.66,
                abandonment=0.004,
                worst_hour=None,
                people=631,
                abandoned=3,
                people_per_agent_hour=20.0,
                dials_per_person=4.2,
                idle_wait_s=31.0,
                dialed=2600,
            ),
            same=played(0.66, 0.004),
            agreement=Agreement(utilisation=True, abandonment=True),
            other_pacer=pacer or "progressive",
            other_target=target or 0.03,
            other=played(0.81, 0.02),
            change=Difference(
                utilisation=span(0.15), abandonment=span(0.016), people_connected=span(90.0), dialed=span(700.0)
            ),
        )
