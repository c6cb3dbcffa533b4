"""An agent's state, as a table of transitions."""

from __future__ import annotations

from enum import StrEnum


class AgentState(StrEnum):
    OFFLINE = "offline"
    CONNECTING = "connecting"  #: signed in; the nailed-up leg is being set up
    PAUSED = "paused"
    READY = "ready"
    PREVIEW = "preview"  #: looks at a debtor before dialing
    RESERVED = "reserved"  #: a bridge to a person, or a preview call, is under way
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class AgentSignal(StrEnum):
    SIGN_IN = "sign_in"
    LEG_UP = "leg_up"
    LEG_DOWN = "leg_down"
    LEG_LOST = "leg_lost"  #: it will be called again
    GO_READY = "go_ready"
    PAUSE = "pause"
    OFFER = "offer"  #: a debtor to preview
    RESERVE = "reserve"
    HOLD = "hold"  #: kept free for a call to a debtor whom they, or a call-back, named
    CONNECT = "connect"
    RELEASE = "release"  #: the reservation came to nothing
    CALL_OVER = "call_over"
    WRAPPED_UP = "wrapped_up"
    SIGN_OUT = "sign_out"


_S = AgentState
_G = AgentSignal

#: (state, signal) -> next state. A pair that is not here is ignored; ``next_state`` returns None for it.
TRANSITIONS: dict[tuple[AgentState, AgentSignal], AgentState] = {
    (_S.OFFLINE, _G.SIGN_IN): _S.CONNECTING,
    (_S.CONNECTING, _G.LEG_UP): _S.PAUSED,
    (_S.CONNECTING, _G.LEG_DOWN): _S.OFFLINE,
    (_S.PAUSED, _G.GO_READY): _S.READY,
    (_S.READY, _G.PAUSE): _S.PAUSED,
    (_S.READY, _G.OFFER): _S.PREVIEW,
    (_S.READY, _G.RESERVE): _S.RESERVED,
    (_S.READY, _G.HOLD): _S.RESERVED,
    (_S.PAUSED, _G.HOLD): _S.RESERVED,
    (_S.PREVIEW, _G.RESERVE): _S.RESERVED,
    (_S.PREVIEW, _G.RELEASE): _S.READY,
    (_S.PREVIEW, _G.PAUSE): _S.PAUSED,
    (_S.RESERVED, _G.CONNECT): _S.TALKING,
    (_S.RESERVED, _G.RELEASE): _S.READY,
    (_S.TALKING, _G.CALL_OVER): _S.WRAP_UP,
    (_S.TALKING, _G.RELEASE): _S.READY,  # the call was a machine's, and was taken away: nothing to write down
    (_S.WRAP_UP, _G.WRAPPED_UP): _S.READY,
    (_S.READY, _G.LEG_LOST): _S.CONNECTING,  # of other states none has an idle agent
    # A leg that drops takes its agent out of every state but offline: nobody can be connected to them.
    (_S.PAUSED, _G.LEG_DOWN): _S.OFFLINE,
    (_S.READY, _G.LEG_DOWN): _S.OFFLINE,
    (_S.PREVIEW, _G.LEG_DOWN): _S.OFFLINE,
    (_S.RESERVED, _G.LEG_DOWN): _S.OFFLINE,
    (_S.TALKING, _G.LEG_DOWN): _S.OFFLINE,
    (_S.WRAP_UP, _G.LEG_DOWN): _S.OFFLINE,
    (_S.CONNECTING, _G.SIGN_OUT): _S.OFFLINE,
    (_S.PAUSED, _G.SIGN_OUT): _S.OFFLINE,
    (_S.READY, _G.SIGN_OUT): _S.OFFLINE,
    (_S.PREVIEW, _G.SIGN_OUT): _S.OFFLINE,
    (_S.WRAP_UP, _G.SIGN_OUT): _S.OFFLINE,
}

#: States in which a pause or a sign-out that was asked for takes effect only when the call is over.
DEFERRED_IN = frozenset({_S.RESERVED, _S.TALKING, _S.WRAP_UP})


def next_state(state: AgentState, signal: AgentSignal) -> AgentState | None:
    """The state after ``signal``, or None where the signal means nothing in ``state``."""
    return TRANSITIONS.get((state, signal))
