"""One campaign at one instant, as the ``state`` topic carries it."""

from __future__ import annotations

from dialer.domain.call import CallState
from dialer.engine.floor import Floor
from dialer.engine.messages import Instant
from pacing.decision import Decision


def state_payload(floor: Floor, now: Instant) -> dict[str, object]:
    """What the ``state`` topic carries."""
    tally = floor.tally
    count = floor.calls.count
    decision = floor.last_decision
    return {
        "campaign": floor.campaign.name,
        "at": now.at.isoformat(),
        "v": 1,
        "state": floor.state.value,
        "mode": floor.campaign.mode.value,
        "ratio": floor.campaign.ratio,
        "target_abandonment": floor.campaign.target_abandonment,
        "lines": {
            "dialing": count(CallState.DIALING),
            "ringing": count(CallState.RINGING),
            "early": count(CallState.EARLY),
            "detecting": count(CallState.DETECTING) + count(CallState.LISTENING),
            "waiting": count(CallState.WAITING) + count(CallState.BRIDGING),
            "bridged": count(CallState.TALKING) + count(CallState.HANDED_OVER),
            "message": count(CallState.MESSAGE),
            "self_service": count(CallState.SELF_SERVICE),
        },
        "agents": floor.roster.rows(),
        "lent": [{"id": seat.agent_id, "name": seat.name, "to": to} for seat, to in floor.crew.lent_by(floor)],
        "today": {
            "attempts": tally.placed,
            "answered": tally.answered,
            "people": tally.people,
            "bridged": tally.bridged,
            "abandoned": tally.abandoned,
            "machines": tally.machines,
            "given_up": tally.given_up,
            "self_service": tally.served,
            "overflow": tally.overflow,
        },
        "abandonment_rate": round(tally.abandonment_rate, 6),
        "calls_per_min": tally.calls_per_minute(now.monotonic),
        "last_decision": decision_payload(decision) if decision else None,
        "denied": dict(tally.denied),
        "link": "up" if floor.link_up and floor.synced else "down",
        "abandonment": floor.abandonment.account(now),
        "breaches": dict(tally.breaches),
        "trunk": floor.trunk.limiter.health.value,
        "exhausted": floor.exhausted,
    }


def decision_payload(decision: Decision) -> dict[str, object]:
    """A decision as the bus carries it."""
    made: dict[str, object] = {"calls": decision.calls_to_place, "reason": decision.reason.value}
    forecast = decision.forecast
    if forecast is not None:
        made["forecast"] = {
            "horizon_s": round(forecast.horizon_s, 1),
            "people": round(forecast.people, 2),
            "agents_free": round(forecast.agents_free, 2),
            "abandonment": round(forecast.abandonment, 4),
        }
    return made
