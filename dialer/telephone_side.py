"""What a station needs of its telephone system: the telephony, the detector that listens on it, and where their files
appear. Put together in ``dialer/wiring.py``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple

from dialer.amd.audio_keeping import AudioShare
from dialer.clock import Clock
from dialer.engine.switchboard import Switchboard
from dialer.pbx.agi import AgiServer
from dialer.ports import Detector, Telephony
from dialer.ports.ears import Ears
from dialer.ports.phones import BrowserPhones
from dialer.self_service.ears import IvrEars


class FlowLine(NamedTuple):
    """Where calls come to be played a flow, and the folder of its sounds: as this process, and as Asterisk sees it."""

    agi: AgiServer
    sounds: Path
    asterisk_sounds: str
    ears: IvrEars | None = None


class PhoneLine(NamedTuple):
    """Browsers as telephones: who may register, and where their signalling goes to."""

    phones: BrowserPhones
    socket_url: str


class Pbx:
    """A telephone system and the detector that listens on it."""

    def __init__(
        self,
        telephony: Telephony,
        detector: Detector,
        recordings_spool: Path | None = None,
        cdr_file: Path | None = None,
        audio_share: AudioShare | None = None,
        flows: FlowLine | None = None,
        phones: PhoneLine | None = None,
        ears: Ears | None = None,
    ) -> None:
        self.telephony = telephony
        self.detector = detector
        self.recordings_spool = recordings_spool  #: where raw recordings appear, as this process sees it
        self.cdr_file = cdr_file  #: where Asterisk writes its records of calls, likewise
        self.flows = flows  #: None: no self-service
        self.phones = phones  #: None: no browser can be a telephone
        self.ears = ears  #: None: nobody can listen in
        self.audio_share = audio_share  #: what the detector hears of a random share of the calls


#: Builds the telephone side around the sink of its events; torn down when the context ends.
PbxMaker = Callable[[Switchboard, Clock], AbstractAsyncContextManager[Pbx]]
