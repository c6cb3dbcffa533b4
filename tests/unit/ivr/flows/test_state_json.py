from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.errors import InputError
from ivr_flows.facts import CallBackSlot, PartOfDay, PendingPromise
from ivr_flows.inputs import Digit, Digits, Saved
from ivr_flows.state_json import from_json, to_json
from tests.support.self_service import CALL, CARD, OFFERED, TODAY, Played, passed


def test_a_call_goes_on_from_its_written_state_as_if_nothing_had_happened() -> None:
    pending = PendingPromise(reference="OLD1", on=TODAY, amount_minor=100)
    call = replace(CALL, slots=(CallBackSlot(id="s", on=TODAY, part=PartOfDay.EVENING),))
    whole, broken = Played("self-service", call), Played("self-service", call)
    file = passed(replace(CARD, pending=pending), replace(OFFERED, id="9"))
    identified = [Digit("1"), Digits("1234"), file]
    promised = [Digit("1"), Digit("1"), Digit("1"), Digit("3"), Digits("2"), Digits("0112"), Digit("1"), Saved("AB")]
    steps = [*identified, *promised, Digit("*")]
    for step in steps:
        whole.give(step)
        broken.state = from_json(to_json(broken.state))
        broken.give(step)
        assert (broken.state, broken.last) == (whole.state, whole.last)
    assert whole.state.promises


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "1", '{"@": "State"}', '{"@": "os"}', '{"@": "date", "v": "x"}', "null"]
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not the state"):
        from_json(text)
