"""Detectors to compare with that need no Asterisk: WebRTC's voice activity with the simplest rules."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import webrtcvad

from dialer.amd.features import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ
from dialer.amd.offline import read_audio
from tests.perf.amd_clips import Heard

#: The rules in circulation for a bare voice detector: up to 2.5 s of speech and then half a second without is a person.
MOST_SPEECH_MS: Final = 2500
ANSWER_SILENCE_MS: Final = 500
NO_SPEECH_MS: Final = 4000


def voice_alone(path: Path) -> Heard:
    """WebRTC's detector at its second level. A person answers with a short speech and then is silent, a machine speaks
    on; neither noise nor tones are known to it."""
    pcm = read_audio(path)
    detector = webrtcvad.Vad(2)
    began = time.process_time()
    heard_ms = speech_ms = silence_ms = 0
    label, reason = "unknown", "audio-ended"
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        heard_ms += FRAME_MS
        if detector.is_speech(pcm[at : at + FRAME_BYTES], SAMPLE_RATE_HZ):
            speech_ms, silence_ms = speech_ms + FRAME_MS, 0
        else:
            silence_ms += FRAME_MS
        if speech_ms > MOST_SPEECH_MS:
            label, reason = "machine", "long-speech"
        elif speech_ms and silence_ms >= ANSWER_SILENCE_MS:
            label, reason = "human", "short-speech"
        elif not speech_ms and heard_ms >= NO_SPEECH_MS:
            label, reason = "silence", "no-speech"
        else:
            continue
        break
    return Heard(label=label, reason=reason, at_ms=heard_ms, cpu_ms=(time.process_time() - began) * 1000)
