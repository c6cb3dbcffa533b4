"""What a campaign hears on the bus: people's orders, and payments."""

from __future__ import annotations

from collections.abc import Callable

from dialer.engine.messages import DebtSettled, Instant, Message
from dialer.engine.orders import order_from
from dialer.ports import BusMessage, EventBus

NOT_OURS = "supervision."  #: orders that the station's ear desk follows


class Hearing:
    """Owned by one runner; what it hears becomes messages."""

    def __init__(
        self, campaign: str, bus: EventBus, now: Callable[[], Instant], post: Callable[[Message], None]
    ) -> None:
        self._campaign = campaign
        self._bus = bus
        self._now = now
        self._post = post

    def start(self) -> Callable[[], None]:
        """Listen until the returned call."""
        name = self._campaign
        ends = (
            self._bus.subscribe(f"{name}/command", self.on_command, name=f"commands of {name}"),
            # A debt may be called about in several campaigns; its payment is told in one.
            self._bus.subscribe("+/payment.received", self.on_payment, name=f"payments for {name}"),
        )

        def end() -> None:
            for one in ends:
                one()

        return end

    async def on_command(self, message: BusMessage) -> None:
        if str(message.payload.get("verb", "")).startswith(NOT_OURS):
            return
        try:
            self._post(order_from(message.payload))
        except ValueError as exc:
            now = self._now()
            payload: dict[str, object] = {
                "campaign": self._campaign,
                "at": now.at.isoformat(),
                "v": 1,
                "request_id": str(message.payload.get("request_id", "")),
                "code": "invalid-command",
                "message": str(exc),
            }
            await self._bus.publish(BusMessage(topic=f"{self._campaign}/command.refused", payload=payload))

    async def on_payment(self, message: BusMessage) -> None:
        debt_id = message.payload.get("debt_id")
        if message.payload.get("settled") is True and isinstance(debt_id, int):
            self._post(DebtSettled(debt_id))
