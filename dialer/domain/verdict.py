"""Who answered: what the answering-machine detector tells the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideBy:
    """The detector's deadline by law: ``seconds`` after the greeting began (``from_start``), or after it ended."""

    seconds: float
    from_start: bool


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
