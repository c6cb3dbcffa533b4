"""What happens when the demo carrier is asked for a number. Pure: the same number always behaves the same.

The dialplan computes the same times from the same digits; ``tests/integration/test_provision.py`` holds them together.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import yaml

from dialer.errors import ConfigurationError
from dialer.provision.shipped import shipped_folder

SPEAKERS = 6  #: voices in each language


class BehaviourKind(StrEnum):
    PERSON = "person"
    HANGS_UP = "hangs_up"
    SILENT = "silent"
    NO_MEDIA = "no_media"
    VOICEMAIL = "voicemail"
    EARLY_VOICEMAIL = "early_voicemail"
    EARLY_ANNOUNCEMENT = "early_announcement"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"

    @property
    def answers(self) -> bool:
        return self in _ANSWERS

    @property
    def rings(self) -> bool:
        """Whether the caller is told that the phone rings. A carrier's rejection comes without ringing."""
        return self.answers or self is BehaviourKind.NO_ANSWER

    @property
    def early_media(self) -> bool:
        return self in (BehaviourKind.EARLY_VOICEMAIL, BehaviourKind.EARLY_ANNOUNCEMENT)

    @property
    def cause(self) -> int:
        """The Q.850 cause with which the far end ends the call, where it does."""
        return _CAUSES.get(self, 16)


_ANSWERS = frozenset(
    {
        BehaviourKind.PERSON,
        BehaviourKind.HANGS_UP,
        BehaviourKind.SILENT,
        BehaviourKind.NO_MEDIA,
        BehaviourKind.VOICEMAIL,
        BehaviourKind.EARLY_VOICEMAIL,
    }
)
_CAUSES = {
    BehaviourKind.EARLY_ANNOUNCEMENT: 20,  # subscriber absent
    BehaviourKind.BUSY: 17,
    BehaviourKind.NO_ANSWER: 19,
    BehaviourKind.UNALLOCATED: 1,
    BehaviourKind.CONGESTION: 34,
}

NO_ANSWER_S = 40.0  #: how long an unanswered phone rings before the carrier gives up
REJECTION_S = 1.0  #: how long the carrier takes to say busy, unallocated or congested


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBehaviour:
    """One line of the table: what the last two digits ``code`` mean. ``greeting`` is empty where nobody speaks."""

    code: str
    kind: BehaviourKind
    greeting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What one number does.

    ``ring_s`` is the time from the dialing to the answer, to early media, or to the failure; ``talk_s`` the time from
    the answer until a person hangs up. ``language`` is ``es`` or ``en``; ``speaker`` counts from 0.
    """

    kind: BehaviourKind
    greeting: str
    language: str
    speaker: int
    ring_s: float
    talk_s: float


@functools.cache
def load_behaviours() -> tuple[CodeBehaviour, ...]:
    """All hundred codes, in order. Raises ConfigurationError when one is missing, double or not understood."""
    table: dict[str, CodeBehaviour] = {}
    document = yaml.safe_load((shipped_folder() / "demo" / "behaviours.yaml").read_text(encoding="utf-8"))
    for line in document["codes"]:
        first, _, last = line["codes"].partition("-")
        for number in range(int(first), int(last or first) + 1):
            code = f"{number:02d}"
            if code in table or number > 99:
                raise ConfigurationError(f"asterisk/demo/behaviours.yaml: code {code} is there twice or is too large")
            table[code] = CodeBehaviour(code=code, kind=BehaviourKind(line["kind"]), greeting=line.get("greeting", ""))
    if len(table) != 100:
        raise ConfigurationError(f"asterisk/demo/behaviours.yaml: {100 - len(table)} codes are missing")
    return tuple(table[code] for code in sorted(table))


@functools.cache
def _by_code() -> Mapping[str, CodeBehaviour]:
    return MappingProxyType({line.code: line for line in load_behaviours()})


def behaviour_of(number: str) -> Behaviour:
    """What the demo carrier does when ``number`` (E.164, or digits) is dialed. Needs at least four digits."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < 4:
        raise ValueError("the demo carrier needs a number of at least four digits")
    line = _by_code()[digits[-2:]]
    seed = int(digits[-4:])
    if line.kind is BehaviourKind.NO_ANSWER:
        ring_s = NO_ANSWER_S
    elif line.kind.rings or line.kind.early_media:
        ring_s = (20 + seed * 37 % 101) / 10
    else:
        ring_s = REJECTION_S
    return Behaviour(
        kind=line.kind,
        greeting=line.greeting,
        language="en" if len(digits) == 11 and digits[0] == "1" else "es",
        speaker=seed % SPEAKERS,
        ring_s=ring_s,
        talk_s=float(15 + seed * 53 % 26),
    )
