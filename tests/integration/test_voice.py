"""The speech program, really run."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from dialer.errors import ConfigurationError, MediaError
from ivr_flows.voice import RATE_HZ, Voice, speak, synthesise

SPANISH = Voice("es-419")


def test_speech_is_what_a_telephone_carries(tmp_path: Path) -> None:
    target = tmp_path / "es" / "hello.wav"

    seconds = synthesise("Buenas tardes.", target, voice=SPANISH)

    with wave.open(str(target)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        assert file.getnframes() / RATE_HZ == pytest.approx(seconds)
    assert [path.name for path in target.parent.iterdir()] == ["hello.wav"]


def test_speech_is_loud_and_does_not_clip() -> None:
    peak = int(np.max(np.abs(speak("Buenas tardes.", SPANISH).astype(np.int32))))

    assert peak == pytest.approx(16384, abs=2)


def test_the_same_words_in_the_same_voice_are_the_same_samples() -> None:
    assert np.array_equal(speak("¿Bueno?", SPANISH), speak("¿Bueno?", SPANISH))
    assert not np.array_equal(speak("¿Bueno?", SPANISH), speak("¿Bueno?", Voice("es-419", pitch=20)))


def test_words_that_look_like_options_are_spoken() -> None:
    assert len(speak("--version", SPANISH)) > RATE_HZ // 4


def test_another_program_may_take_the_words_on_its_standard_input() -> None:
    by_argument = speak("Good morning.", Voice("en-us"))

    by_input = speak("Good morning.", Voice("en-us"), command="espeak-ng -v {voice} -p 50 -s 160 -w {path} --stdin")

    assert len(by_input) == pytest.approx(len(by_argument), rel=0.1)


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigurationError, match="apt-get install espeak-ng"):
        speak("Hola.", SPANISH)


@pytest.mark.parametrize("command", ["", "espeak-ng {text}"])
def test_a_command_that_writes_nowhere_is_refused(command: str) -> None:
    with pytest.raises(ConfigurationError, match="path"):
        speak("Hola.", SPANISH, command=command)


def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(MediaError, match="does not exist"):
        speak("Hola.", Voice("xx"))


def test_a_program_that_writes_no_sound_is_refused() -> None:
    with pytest.raises(MediaError, match="WAV"):
        speak("Hola.", SPANISH, command="cp /etc/hostname {path}")
