"""The life of one call, as a table of transitions."""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    RESERVED = "reserved"  #: in the log, not yet dialed (a preview waits here for its agent)
    DIALING = "dialing"
    RINGING = "ringing"
    EARLY = "early"  #: audio before the answer
    DETECTING = "detecting"  #: answered; by whom is not yet known
    WAITING = "waiting"  #: a person, and no agent yet
    BRIDGING = "bridging"  #: a person and an agent are being joined
    TALKING = "talking"
    HANDED_OVER = "handed_over"  #: a person and somebody outside, to whom an agent gave them
    SELF_SERVICE = "self_service"  #: a person and the flow
    LISTENING = "listening"  #: a machine greets; we wait for its beep
    MESSAGE = "message"  #: the recorded message plays
    ENDING = "ending"  #: we asked for the hang-up
    CLOSED = "closed"


class CallSignal(StrEnum):
    PLACE = "place"
    RING = "ring"
    EARLY_MEDIA = "early_media"
    ANSWER = "answer"
    PERSON = "person"
    LISTEN = "listen"
    CONNECT = "connect"
    BRIDGED = "bridged"
    BRIDGE_FAILED = "bridge_failed"
    SERVE = "serve"
    HAND_OVER = "hand_over"
    GIVE_MESSAGE = "give_message"
    DISMISS = "dismiss"
    END = "end"


_S = CallState
_G = CallSignal

TRANSITIONS: dict[tuple[CallState, CallSignal], CallState] = {
    (_S.RESERVED, _G.PLACE): _S.DIALING,
    (_S.DIALING, _G.RING): _S.RINGING,
    (_S.DIALING, _G.EARLY_MEDIA): _S.EARLY,
    (_S.DIALING, _G.ANSWER): _S.DETECTING,
    (_S.RINGING, _G.EARLY_MEDIA): _S.EARLY,
    (_S.RINGING, _G.ANSWER): _S.DETECTING,
    (_S.EARLY, _G.ANSWER): _S.DETECTING,
    (_S.DETECTING, _G.PERSON): _S.WAITING,
    (_S.DETECTING, _G.LISTEN): _S.LISTENING,
    (_S.DETECTING, _G.GIVE_MESSAGE): _S.MESSAGE,  # the dialplan's own fail-safe
    (_S.WAITING, _G.CONNECT): _S.BRIDGING,
    (_S.WAITING, _G.GIVE_MESSAGE): _S.MESSAGE,
    (_S.WAITING, _G.SERVE): _S.SELF_SERVICE,
    (_S.SELF_SERVICE, _G.CONNECT): _S.BRIDGING,
    (_S.SELF_SERVICE, _G.GIVE_MESSAGE): _S.MESSAGE,  # the dialplan's own fail-safe: no flow took the call
    (_S.BRIDGING, _G.BRIDGED): _S.TALKING,
    (_S.BRIDGING, _G.BRIDGE_FAILED): _S.WAITING,
    (_S.TALKING, _G.HAND_OVER): _S.HANDED_OVER,
    (_S.TALKING, _G.SERVE): _S.SELF_SERVICE,  # an agent sends them there
    (_S.LISTENING, _G.GIVE_MESSAGE): _S.MESSAGE,
    (_S.TALKING, _G.LISTEN): _S.LISTENING,  # the second look found a machine, and a message is to be left
    # From wherever it is, a live call can be sent away, and can end.
    **{(state, _G.DISMISS): _S.ENDING for state in _S if state not in (_S.RESERVED, _S.ENDING, _S.CLOSED)},
    **{(state, _G.END): _S.CLOSED for state in _S if state is not _S.CLOSED},
}

#: Neither answered nor over: the pacer counts these as out.
UNANSWERED = frozenset({_S.DIALING, _S.RINGING, _S.EARLY})


def next_state(state: CallState, signal: CallSignal) -> CallState | None:
    """The state after ``signal``, or None where it changes nothing: late, doubled and crossing events are normal."""
    return TRANSITIONS.get((state, signal))
