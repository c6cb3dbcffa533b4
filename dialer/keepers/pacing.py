"""Keeps what the pacer says: each decision in the log, each comparison of forecast and outcome in the store."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from dialer.errors import StoreError
from dialer.ports import BusMessage, EventBus
from dialer.store.forecasts import Forecasts, interval_from

log = structlog.get_logger(__name__)


class PacingKeeper:
    """``id_of`` finds a campaign's id by its name; None for one that is not hosted here."""

    def __init__(self, forecasts: Forecasts, id_of: Callable[[str], int | None]) -> None:
        self._forecasts = forecasts
        self._id_of = id_of

    def start(self, bus: EventBus) -> Callable[[], None]:
        """Returns the call that ends it."""
        ends = [
            bus.subscribe("+/pacing.decided", self._on_decided, name="pacing log"),
            bus.subscribe("+/pacing.compared", self._on_compared, name="pacing forecasts"),
        ]

        def end() -> None:
            for one in ends:
                one()

        return end

    async def _on_decided(self, message: BusMessage) -> None:
        payload = message.payload
        forecast = payload.get("forecast")
        log.info(
            "pacing.decided",
            campaign=payload["campaign"],
            calls=payload["calls"],
            reason=payload["reason"],
            since_last=payload.get("since_last"),
            **(forecast if isinstance(forecast, dict) else {}),
        )

    async def _on_compared(self, message: BusMessage) -> None:
        campaign = str(message.payload["campaign"])
        campaign_id = self._id_of(campaign)
        if campaign_id is None:
            return
        interval = interval_from(message.payload)
        log.info(
            "pacing.compared",
            campaign=campaign,
            people=interval.people,
            abandoned=interval.abandoned,
            forecast_people=interval.forecast_people,
            expected=interval.expected,
        )
        try:
            await self._forecasts.add(campaign_id, interval)
        except StoreError as exc:
            log.warning("pacing.forecast_not_kept", campaign=campaign, error=exc.message)
