"""An order that means nothing now."""

from __future__ import annotations

from dialer.domain.campaign import AnswerAction, Campaign


class OrderRefused(Exception):
    """``args[0]`` is a stable code; ``message`` says what to do about it, where the code does not."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def refuse_unknown_actions(campaign: Campaign) -> None:
    """Raises OrderRefused for a campaign that would send somebody where nobody takes them."""
    asked = sorted(category.value for category, action in campaign.actions.items() if action is AnswerAction.IVR)
    if asked:
        raise OrderRefused(
            "ivr-not-available",
            f"Campaign {campaign.name} sends {', '.join(asked)} to the self-service flow, which the engine cannot do "
            "yet. Choose agent, hang_up or leave_message for them.",
        )
