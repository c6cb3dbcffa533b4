"""Who answered: what the answering-machine detector tells the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from dialer.values import dataclass


class AmdCategory(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"  #: a voicemail greeting or an answering machine
    ANNOUNCEMENT = "announcement"  #: the carrier speaks: unavailable, out of service, SIT
    FAX = "fax"
    SCREENER = "screener"  #: a phone's call screening asks who is calling
    SILENCE = "silence"  #: answered, and nobody speaks
    UNKNOWN = "unknown"  #: evidence ran out; treated as a person wherever a doubt must favour people

    @property
    def amdstatus(self) -> str:
        """The value that Asterisk's own AMD() would put in ``AMDSTATUS``, so that existing dialplans work."""
        match self:
            case AmdCategory.HUMAN:
                return "HUMAN"
            case AmdCategory.MACHINE | AmdCategory.ANNOUNCEMENT | AmdCategory.FAX:
                return "MACHINE"
            case AmdCategory.SCREENER | AmdCategory.SILENCE | AmdCategory.UNKNOWN:
                return "NOTSURE"


class AmdMode(StrEnum):
    OFF = "off"  #: every answer is taken for a person
    CAREFUL = "careful"  #: a person wins every doubt
    STRICT = "strict"  #: an agent's time wins doubts after a long greeting
    SHADOW = "shadow"  #: decides as ``careful`` and never acts: everybody is treated as a person


class SecondLookAction(StrEnum):
    """What is done with machine evidence that comes after the connection."""

    TELL = "tell"  #: only the desk is told
    WITHDRAW = "withdraw"  #: on certain evidence the call is taken away from the agent


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideBy:
    """The detector's deadline by law: ``seconds`` after the greeting began (``from_start``), or after it ended."""

    seconds: float
    from_start: bool


#: AMD()'s own words for why, by our reasons, and which two of the evidence's figures follow them there.
_AMD_CAUSES: Mapping[str, tuple[str, str, str]] = {
    "short-greeting": ("HUMAN", "silence_ms", "needed_ms"),
    "greeting-ended": ("HUMAN", "silence_ms", "needed_ms"),
    "answer-words": ("HUMAN", "silence_ms", "needed_ms"),
    "long-greeting": ("LONGGREETING", "speech_ms", "needed_ms"),
    "no-speech": ("INITIALSILENCE", "silence_ms", "needed_ms"),
    "no-audio": ("NOAUDIODATA", "heard_ms", ""),
    "time-limit": ("TOOLONG", "heard_ms", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdVerdict:
    """``delay_ms`` counts from the answer; ``confidence`` lies in 0..1; ``reason`` is a stable id such as
    ``short-greeting``, ``long-greeting``, ``beep``, ``sit``, ``machine-phrase``, ``no-speech``, ``amd-off``.
    ``greeting_started_ms_ago`` and ``greeting_ended_ms_ago`` count back from the verdict; None where nobody spoke, and
    where they still did."""

    category: AmdCategory
    reason: str
    confidence: float
    delay_ms: int
    greeting_started_ms_ago: int | None = None
    greeting_ended_ms_ago: int | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)

    @property
    def amdcause(self) -> str:
        """The value for ``AMDCAUSE``: as Asterisk's own AMD() would write it where that has a word for the reason, such
        as ``HUMAN-480-480`` or ``LONGGREETING-5300-5200``; otherwise our reason in capitals, such as ``BEEP``."""
        word, *figures = _AMD_CAUSES.get(self.reason, (self.reason.upper().replace("-", ""),))
        known = [str(self.evidence[name]) for name in figures if self.evidence.get(name) is not None]
        return "-".join([word, *known])


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """Machine evidence after the connection. ``category`` is what it speaks for; ``reason`` a stable id: those of
    verdicts, ``talked-on`` and ``said-no-more``. ``certain`` where no person does that: a tone, a recorded phrase.
    ``after_ms`` counts from the connection. ``heard_beep`` where a message may be left at once."""

    category: AmdCategory
    reason: str
    certain: bool
    after_ms: int
    heard_beep: bool = False
    evidence: Mapping[str, object] = field(default_factory=dict)
