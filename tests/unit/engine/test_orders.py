"""Orders as they come over the bus."""

from __future__ import annotations

import pytest

from dialer.domain.campaign import DialMode
from dialer.engine.messages import SetMode
from dialer.engine.orders import order_from


def test_a_mode_comes_with_a_ratio_a_target_or_neither() -> None:
    asked = {"verb": "campaign.set_mode", "request_id": "r", "mode": "predictive"}
    assert order_from(asked) == SetMode(request_id="r", mode=DialMode.PREDICTIVE)
    assert order_from({**asked, "target": 0.02, "ratio": 2}) == SetMode(
        request_id="r", mode=DialMode.PREDICTIVE, ratio=2.0, target=0.02
    )


@pytest.mark.parametrize("change", [{"target": 0}, {"target": 0.3}, {"target": "3 %"}, {"target": True}, {"ratio": 11}])
def test_what_lies_outside_its_range_is_refused_in_plain_words(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        order_from({"verb": "campaign.set_mode", "mode": "predictive", **change})
