"""Labelled beginnings of calls that the project makes itself: people, machines, carriers and tones, over many lines.

All speech is espeak-ng's and all else is computed, so that the set can be made anywhere and is the same wherever the
same espeak-ng is. It says how detectors compare on it, and nothing of people.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr_flows.voice import RATE_HZ, Voice, speak
from tests.support.mu_law import Signal, write_mu_law

LENGTH_S = 9.0  #: of every file
FIELDS = ("path", "label", "language", "kind", "dur_s", "onset_ms", "utt_ms", "text")

_PEOPLE = {
    "es": (
        "¿Aló?", "¿Bueno?", "¿Sí, diga?", "Hola", "Hola, buenas tardes", "Sí, ¿quién habla?", "¿Sí, con quién hablo?",
        "Ferretería La Tuerca, buenos días, ¿en qué le puedo servir?", "Sí, buenas tardes, habla Teresa",
        "Un momentico, por favor, ya se la paso", "Buenas, habla Ernesto Rivas, ¿de parte de quién?",
    ),
    "en": (
        "Hello?", "Hi", "Yes?", "Hello, who is this?", "Good afternoon", "Hello, Martin speaking", "Yeah, what's up?",
        "Hello, you've reached Martin's desk, what can I do for you?", "Good morning, Blue Door Bakery, Susan speaking",
        "Hang on a second, I'll get her for you", "Hi, this is Walter, who am I speaking to?",
    ),
}  # fmt: skip
_MACHINES = {
    "es": (
        "Hola, te comunicaste con Marcela. Ahora no puedo contestar. Por favor deja tu mensaje después del tono.",
        "Te damos la bienvenida al buzón de voz. La persona a la que llamas no está disponible. Graba tu mensaje.",
        "Has llamado a la familia Orozco. No estamos en casa. Deja tu recado al escuchar la señal.",
        "El número que usted marcó se encuentra apagado o fuera del área de servicio. Le sugerimos marcar más tarde.",
        "La llamada no puede ser completada en este momento. Por favor intente de nuevo más tarde.",
        "Hola, si grabas tu nombre y el motivo de tu llamada, veré si esta persona está disponible.",
        "Nuestro horario de atención es de lunes a viernes, de ocho a cinco. Si conoce la extensión, márquela ahora.",
    ),
    "en": (
        "Hi, you've reached Martin. I can't come to the phone right now. Please leave a message after the beep.",
        "Your call has been forwarded to an automatic voice message system. At the tone, please record your message.",
        "You have reached the Olsen family. Nobody is home. Leave your name and number and we will call you back.",
        "The number you have dialed is not in service. Please check the number and dial again.",
        "We're sorry, your call cannot be completed as dialed. Please try your call again later.",
        "Hi, if you record your name and reason for calling, I'll see if this person is available.",
        "Thank you for calling. Our office hours are nine to five. If you know your party's extension, dial it now.",
    ),
}  # fmt: skip
_VOICES = {
    "es": (("es-419+f2", 55, 165), ("es-419", 34, 150), ("es-419+m3", 45, 180), ("es+f4", 60, 155)),
    "en": (("en-us+f2", 55, 165), ("en-us", 34, 150), ("en-gb+m3", 45, 180), ("en-us+f4", 60, 155)),
}
_ANYBODY = Voice("es-419")
_LEVELS = (0.9, 0.35, 0.16)  # of full scale, the peak
_NOISES = (0.0004, 0.0015, 0.006)  # root mean square, of full scale


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """``parts`` come one after the other: a text, or a sound with its name. ``onset_ms`` is where they begin."""

    name: str
    label: str
    kind: str
    parts: tuple[str | Signal, ...] = ()
    language: str = "-"
    voice: Voice = _ANYBODY
    onset_ms: int = 400
    level: float = 0.9
    noise: float = 0.0004
    seed: int = 0


def make_calls(folder: Path, *, rounds: int = 3, people: int = 11, machines: int = 7) -> Path:
    """Write the set into ``folder`` as headerless mu-law of nine seconds each. Returns its manifest.

    Every text is spoken in ``rounds`` voices over as many lines; ``people`` and ``machines`` are how many texts of each
    language are used. Takes a second for twenty files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plans = [*_voices(rounds, people, machines), *_tones(rounds)]
    with ThreadPoolExecutor(2, thread_name_prefix="made-calls") as pool:
        rows = list(pool.map(lambda plan: _write(plan, folder), plans))
    manifest = folder / "manifest.csv"
    with manifest.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        table.writerows(rows)
    return manifest


def _voices(rounds: int, people: int, machines: int) -> Iterator[_Plan]:
    seed = 0
    beep = _sine(1000, 0.4) * 0.35
    for language, voices in _VOICES.items():
        texts = [("human", text) for text in _PEOPLE[language][:people]]
        texts += [("machine", text) for text in _MACHINES[language][:machines]]
        for number, (label, text) in enumerate(texts):
            for turn in range(rounds):
                name, pitch, speed = voices[(number + turn) % len(voices)]
                # Every other machine beeps, half a second after its last word where the file is long enough for it.
                parts = (text, _silence(0.5), beep) if label == "machine" and number % 2 else (text,)
                yield _Plan(
                    name=f"{label}-{language}-{number:02d}-{turn}", label=label, kind="espeak", parts=parts,
                    language=language, voice=Voice(name, pitch, speed), onset_ms=200 + 130 * ((seed * 7) % 9),
                    level=_LEVELS[(number + turn) % 3], noise=_NOISES[(number // 3 + turn) % 3], seed=seed,
                )  # fmt: skip
                seed += 1


def _tones(rounds: int) -> Iterator[_Plan]:
    sit = np.concatenate([_sine(hz, 0.33) * 0.3 for hz in (950, 1400, 1800)])
    sounds: list[tuple[str, str, Sequence[Signal]]] = [
        ("beep", "tone", [_sine(hz, length) * 0.3 for hz, length in ((1000, 0.5), (440, 0.8), (1400, 0.25))]),
        ("sit", "tone", [sit, _sine(2100, 3.0) * 0.25, np.concatenate([sit, _silence(0.4), sit])]),
        ("silence", "noise", [_silence(0.1)] * 3),
    ]
    for label, kind, choices in sounds:
        for turn in range(rounds):
            chosen = choices[turn % len(choices)]
            yield _Plan(
                name=f"{label}-{turn}", label=label, kind=kind, parts=(chosen,), onset_ms=300 + 400 * turn,
                noise=_NOISES[turn % 3], seed=1000 + turn,
            )  # fmt: skip


def _write(plan: _Plan, folder: Path) -> dict[str, object]:
    sounds = [_spoken(part, plan.voice) if isinstance(part, str) else part for part in plan.parts]
    texts = [(text, sound) for text, sound in zip(plan.parts, sounds, strict=True) if isinstance(text, str)]
    line = np.random.default_rng(plan.seed).normal(0.0, plan.noise, int(LENGTH_S * RATE_HZ))
    heard = np.concatenate([_silence(plan.onset_ms / 1000), *sounds]) * plan.level
    heard = heard[: line.size]
    line[: heard.size] += heard
    path = folder / f"{plan.name}.ulaw"
    write_mu_law(path, line)
    return {
        "path": path.name,
        "label": plan.label,
        "language": plan.language,
        "kind": plan.kind,
        "dur_s": LENGTH_S,
        "onset_ms": plan.onset_ms,
        "utt_ms": sum(sound.size for _, sound in texts) * 1000 // RATE_HZ,
        "text": " ".join(text for text, _ in texts),
    }


def _spoken(text: str, voice: Voice) -> Signal:
    """Without the silence that the program puts around it, with its peak at full scale."""
    signal = speak(text, voice).astype(np.float64)
    signal /= np.max(np.abs(signal))
    loud = np.flatnonzero(np.abs(signal) > 0.02)
    return signal[loud[0] : loud[-1] + 1]


def _sine(hz: float, seconds: float) -> Signal:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)


def _silence(seconds: float) -> Signal:
    return np.zeros(int(seconds * RATE_HZ))
