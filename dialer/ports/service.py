"""What the engine and the self-service flows say to each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from dialer.domain.ids import CallId
from dialer.domain.wording import DEFAULT_WORDING
from dialer.values import dataclass


class ServiceMode(StrEnum):
    """How a call came to the self-service flow."""

    AGENTLESS = "agentless"  #: the campaign sends it there
    OVERFLOW = "overflow"  #: nobody was free in time
    INBOUND = "inbound"  #: they called us
    HANDED = "handed"  #: an agent, who knows who it is, sent them there


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCall:
    """A call that the flow is to take. ``agents``: somebody is signed in who could take it over. ``machine``: a machine
    answered, which hears the limited message and nothing else. ``identified``: an agent has made sure of who it is."""

    call_id: CallId
    campaign_id: int
    debtor_id: int
    number: str
    language: str
    flow: str
    mode: ServiceMode
    agents: bool
    machine: bool = False
    identified: bool = False
    wording: str = DEFAULT_WORDING


@dataclass(frozen=True, slots=True)
class PlaceInLine:
    """How many are before the person and themselves, from 1."""

    position: int


@dataclass(frozen=True, slots=True)
class AgentJoined:
    pass


@dataclass(frozen=True, slots=True)
class NobodyCame:
    """``channel_lost``: a bridge failed, and the call will be sent to the flow again."""

    channel_lost: bool = False


@dataclass(frozen=True, slots=True)
class CallOver:
    pass


ServiceNews = PlaceInLine | AgentJoined | NobodyCame | CallOver


class SelfService(Protocol):
    """The flows. What callers want of the engine arrives as ``AgentWanted`` and ``AgentNotWanted``."""

    def expect(self, call: ServedCall) -> None:
        """The call is about to be sent to its flow; again, where it comes back from a bridge that failed."""
        ...

    def tell(self, call_id: CallId, news: ServiceNews) -> None:
        """About a call that wants an agent, or that is over. Unknown calls are ignored."""
        ...
