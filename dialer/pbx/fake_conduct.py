"""How a called number behaves on the PBX that needs no Asterisk."""

from __future__ import annotations

from enum import StrEnum

from dialer.domain.verdict import AmdCategory, SecondLook
from dialer.values import dataclass

GREETS_AFTER_S = 0.4
HEARD_OUT_S = 0.5


class Manner(StrEnum):
    """What comes of dialing a number."""

    PERSON = "person"
    SILENT = "silent"
    HANGS_UP = "hangs_up"  #: answers and is gone before anybody knows who it was
    MACHINE = "machine"
    EARLY_VOICEMAIL = "early_voicemail"  #: an announcement before any answer
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"


CAUSES = {Manner.BUSY: 17, Manner.UNALLOCATED: 1, Manner.CONGESTION: 34}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """``ring_s``: dial to pick-up; ``detect_s``: answer to verdict; ``talk_s``: how long a person talks before they
    hang up. ``taken_for`` is the detector's verdict where it errs. Whoever greets begins ``GREETS_AFTER_S`` after the
    answer and ends ``HEARD_OUT_S`` before the verdict, unless ``greets_for_s`` is given. ``set_up_s``: dial to ringing.
    """

    manner: Manner
    ring_s: float = 6.0
    detect_s: float = 1.5
    talk_s: float = 30.0
    taken_for: AmdCategory | None = None
    greets_for_s: float | None = None
    set_up_s: float = 0.1
    second_look: SecondLook | None = None  #: what is heard ``after_ms`` after the connection

    @property
    def greeting_s(self) -> tuple[float, float]:
        """Beginning and end of the greeting, in seconds from the answer."""
        if self.greets_for_s is not None:
            return GREETS_AFTER_S, GREETS_AFTER_S + self.greets_for_s
        return min(GREETS_AFTER_S, self.detect_s / 2), max(self.detect_s / 2, self.detect_s - HEARD_OUT_S)


VERDICTS = {
    Manner.PERSON: (AmdCategory.HUMAN, "short-greeting"),
    Manner.SILENT: (AmdCategory.SILENCE, "no-speech"),
    Manner.MACHINE: (AmdCategory.MACHINE, "long-greeting"),
    Manner.EARLY_VOICEMAIL: (AmdCategory.ANNOUNCEMENT, "announcement"),
    Manner.HANGS_UP: (AmdCategory.HUMAN, "short-greeting"),
}
