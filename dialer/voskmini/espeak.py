"""Speech with the time of every sound in it: libespeak-ng, through its C interface.

The program ``espeak-ng`` says nothing about when it says what. The library does, and that spares an aligner: the labels
that a network learns from come with the audio.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dialer.errors import ConfigurationError, MediaError

_SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when all is said
_PHONEMES_AS_IPA: Final = 3  # espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA
_UTF8: Final = 1
_RATE, _PITCH = 1, 3
_END, _WORD, _PHONEME = 0, 1, 7
_STRESS_AND_LENGTH: Final = str.maketrans("", "", "ˈˌːˑ:',")


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Manner:
    """``voice`` as espeak-ng writes it (``es-419+f2``); ``rate`` in words a minute; ``pitch`` 0..99."""

    voice: str
    rate: int = 160
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Sound:
    """A phone and when it begins; an empty ``phone`` is a pause. ``word`` is the index of the word that it is part of,
    counted in the text's blanks, or -1 before the first."""

    phone: str
    start_ms: int
    word: int


@dataclass(frozen=True, slots=True)
class Speech:
    """``samples``: 16-bit mono at ``rate_hz``. ``sounds`` in order of time."""

    samples: NDArray[np.int16]
    rate_hz: int
    sounds: tuple[Sound, ...]


def version() -> str:
    """The library's version, such as 1.51. Raises ConfigurationError where there is none."""
    library = _load()
    library.espeak_Info.restype = ctypes.c_char_p
    return str(library.espeak_Info(None).decode())


def _load() -> Any:
    name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
    try:
        return ctypes.CDLL(name)
    except OSError as exc:
        raise ConfigurationError("libespeak-ng is not installed. Run: apt-get install espeak-ng") from exc


class Espeak:
    """The library, loaded once a process. Not to be shared between threads: espeak-ng has global state."""

    def __init__(self) -> None:
        library = self._library = _load()
        self.rate_hz = int(library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEMES_AS_IPA))
        if self.rate_hz <= 0:
            raise ConfigurationError("libespeak-ng finds no voices. Run: apt-get install espeak-ng-data")
        self._pieces: list[NDArray[np.int16]] = []
        self._events: list[tuple[int, int, int, str]] = []
        self._callback = _Callback(self._collect)  # kept: the library holds only a pointer to it
        library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, manner: Manner) -> Speech:
        """Raises MediaError where the voice does not exist or nothing came out."""
        library = self._library
        if library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise MediaError(f"espeak-ng has no voice {manner.voice}.")
        library.espeak_SetParameter(_RATE, manner.rate, 0)
        library.espeak_SetParameter(_PITCH, manner.pitch, 0)
        self._pieces.clear()
        self._events.clear()
        encoded = text.encode()
        library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        if not self._pieces:
            raise MediaError(f"espeak-ng said nothing for {text!r}.")
        return Speech(np.concatenate(self._pieces), self.rate_hz, self._sounds(text))

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).astype(np.int16))
        at = 0
        while events[at].type != _END:
            event = events[at]
            if event.type in (_WORD, _PHONEME):
                phone = event.id.string.decode("utf-8", "ignore") if event.type == _PHONEME else ""
                self._events.append((event.type, event.audio_position, event.text_position, phone))
            at += 1
        return 0

    def _sounds(self, text: str) -> tuple[Sound, ...]:
        # The n-th word begins where n blanks lie before it.
        sounds: list[Sound] = []
        word = -1
        for kind, at_ms, position, phone in self._events:
            if kind == _WORD:
                word = text[: max(0, position - 1)].count(" ")
            else:
                plain = phone.translate(_STRESS_AND_LENGTH)
                sounds.append(Sound(plain, at_ms, word))
        return tuple(sounds)
