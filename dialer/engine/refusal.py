"""An order that means nothing now."""

from __future__ import annotations

from dialer.domain.campaign import Campaign


class OrderRefused(Exception):
    """``args[0]`` is a stable code; ``message`` says what to do about it, where the code does not."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def refuse_unknown_actions(campaign: Campaign, *, has_service: bool) -> None:
    """Raises OrderRefused for a campaign that would send somebody where nobody takes them."""
    if campaign.serves_itself and not has_service:
        raise OrderRefused(
            "ivr-not-available",
            f"Campaign {campaign.name} sends people to the self-service flow {campaign.ivr_flow}, which this engine "
            "cannot play: it has no AGI server that Asterisk reaches, or no such flow that may be used. Look at the "
            "log, and at: cadencia ivr validate",
        )
