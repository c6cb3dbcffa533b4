"""The calls that are out, by id and by state: at every beat somebody asks who waits, and how many of each there are."""

from __future__ import annotations

from collections.abc import Mapping

from dialer.domain.call import CallState
from dialer.domain.ids import CallId
from dialer.engine.live import LiveCall


class Calls(dict[CallId, LiveCall]):
    """In the order in which they came. Calls come and go by ``calls[call_id] = call`` and ``del calls[call_id]`` alone;
    while one is here, its changes of state are followed."""

    def __init__(self) -> None:
        super().__init__()
        self._in: dict[CallState, dict[CallId, LiveCall]] = {state: {} for state in CallState}

    def __setitem__(self, call_id: CallId, call: LiveCall) -> None:
        if self.get(call_id, call) is not call:
            del self[call_id]
        super().__setitem__(call_id, call)
        self._in[call.state][call_id] = call
        call.follower = self._moved

    def __delitem__(self, call_id: CallId) -> None:
        call = self[call_id]
        super().__delitem__(call_id)
        del self._in[call.state][call_id]
        call.follower = None

    def in_state(self, *states: CallState) -> list[LiveCall]:
        """Whoever has been in a state longest comes first in it."""
        return [call for state in states for call in self._in[state].values()]

    def of(self, state: CallState) -> Mapping[CallId, LiveCall]:
        """Those in ``state``, longest there first. Not to be kept: it goes on changing."""
        return self._in[state]

    def count(self, state: CallState) -> int:
        return len(self._in[state])

    def _moved(self, call: LiveCall, left: CallState) -> None:
        call_id = call.attempt.call_id
        del self._in[left][call_id]
        self._in[call.state][call_id] = call
