"""What an examination can find. Each case has its grade here and its words in ``texts/``, under the same key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"  #: works, but not as well or not for long
    FAILURE = "failure"  #: something will not work until it is mended


_OK, _WARNING, _FAILURE = Grade.OK, Grade.WARNING, Grade.FAILURE

#: Every case, ``check.case``. Stable: scripts read them from ``cadencia doctor --json``.
CASES: Mapping[str, Grade] = {
    "data-folder.writable": _OK,
    "data-folder.unwritable": _FAILURE,
    "disk-space.enough": _OK,
    "disk-space.low": _WARNING,
    "disk-space.full": _FAILURE,
    "database.ready": _OK,
    "database.absent": _OK,
    "database.outdated": _WARNING,
    "database.newer": _FAILURE,
    "database.unusable": _FAILURE,
    "database.driver-missing": _FAILURE,
    "broker.none": _OK,
    "broker.ready": _OK,
    "broker.unreachable": _FAILURE,
    "words.none": _OK,
    "words.loaded": _OK,
    "words.understood": _OK,
    "words.deaf": _WARNING,
    "words.synthetic": _WARNING,
    "words.forced": _WARNING,
    "words.unusable": _FAILURE,
    "flows.shipped": _OK,
    "flows.usable": _OK,
    "flows.absent": _FAILURE,
    "flows.broken": _FAILURE,
    "time-zones.current": _OK,
    "time-zones.old": _WARNING,
    "rule-packs.loaded": _OK,
    "rule-packs.unusable": _FAILURE,
    "calendars.covered": _OK,
    "calendars.ending": _WARNING,
    "program.present": _OK,
    "program.espeak-ng-missing": _WARNING,
    "program.sox-missing": _WARNING,
    "program.ffmpeg-missing": _WARNING,
    "recordings.collected": _OK,
    "recordings.unset": _WARNING,
    "recordings.unreachable": _FAILURE,
    "embedded.ready": _OK,
    "embedded.absent": _OK,
    "console-port.free": _OK,
    "console-port.ours": _OK,
    "console-port.taken": _FAILURE,
    "audio-port.free": _OK,
    "audio-port.ours": _OK,
    "audio-port.taken": _FAILURE,
    "ami-secret.missing": _FAILURE,
    "ami-port.open": _OK,
    "ami-port.closed": _FAILURE,
    "ami-login.accepted": _OK,
    "ami-login.refused": _FAILURE,
    "ami-login.not-booted": _FAILURE,
    "ami-login.no-answer": _FAILURE,
    "asterisk-version.supported": _OK,
    "asterisk-version.too-old": _FAILURE,
    "asterisk-version.unknown": _WARNING,
    "modules.loaded": _OK,
    "modules.missing": _FAILURE,
    "modules.unknown": _WARNING,
    "write-right.granted": _OK,
    "write-right.refused": _FAILURE,
    "read-right.granted": _OK,
    "read-right.missing": _FAILURE,
    "read-right.unproved": _WARNING,
    "trunk.ready": _OK,
    "trunk.offline": _WARNING,
    "trunk.missing": _FAILURE,
    "trunk.unexamined": _OK,
    "sip-port.answers": _OK,
    "sip-port.silent": _WARNING,
    "audio-reach.reached": _OK,
    "audio-reach.unreached": _FAILURE,
    "audio-reach.unproved": _WARNING,
    "dialplan.missing": _FAILURE,
    "sounds.heard": _OK,
    "sounds.missing": _FAILURE,
    "sounds.silent": _FAILURE,
    "examination.overdue": _FAILURE,
    "examination.broken": _FAILURE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """``case`` is a key of CASES; ``facts`` fill the blanks of its words and are never personal data or secrets."""

    case: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.case not in CASES:
            raise ValueError(f"{self.case} is not a case of dialer/doctor/finding.py")

    @property
    def check(self) -> str:
        return self.case.partition(".")[0]

    @property
    def grade(self) -> Grade:
        return CASES[self.case]


def found(case: str, **facts: str | float) -> Finding:
    return Finding(case, facts)
