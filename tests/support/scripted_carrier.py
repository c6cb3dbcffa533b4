"""The people, machines and refusals of the first calls: what SIPp does with each number, and what may come of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dialer.domain.outcome import Outcome
from ivr_flows.voice import RATE_HZ, Voice, speak
from tests.support.mu_law import Signal, write_mu_law
from tests.support.sipp import Conduct

WOMAN, MAN = Voice("es-419", pitch=62, speed=165), Voice("es-419", pitch=34, speed=150)
_NUMBERS_FROM = 573101230000

GREETING = "¿Aló?"
LONG_GREETING = "Sí, buenas tardes, habla Teresa, ¿con quién hablo?"
REPLY = "Sí, soy yo. ¿De parte de quién?"
ANNOUNCEMENT = "El número que usted marcó no está disponible. Por favor intente más tarde."
VOICEMAIL = (
    "Hola, te comunicaste con mi buzón de voz. En este momento no puedo contestar. Por favor deja tu mensaje después "
    "del tono y te devuelvo la llamada."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What numbers ending in ``codes`` (two digits) play. ``milestones`` are all that SIPp logs of such a call,
    ``causes`` the Q.850 causes that its end may have, ``disposition`` what Asterisk's call record says of it, and
    ``verdict`` the detector's category, where the call gets one."""

    name: str
    codes: range
    conduct: Conduct
    outcome: Outcome
    causes: frozenset[int]
    disposition: str
    milestones: tuple[str, ...]
    verdict: str | None = None

    @property
    def answers(self) -> bool:
        return "answered" in self.milestones

    @property
    def speaks(self) -> bool:
        """Whether a person's voice comes from that side after the answer."""
        return self.answers and self.verdict == "human"


class Cast:
    """Parts for each of the hundred codes."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self._by_code = {code: part for part in parts for code in part.codes}
        assert sorted(self._by_code) == list(range(100)), "every code has one part"

    def of(self, number: str) -> Part:
        return self._by_code[int(number[-2:])]

    @property
    def conducts(self) -> list[Conduct]:
        return [part.conduct for part in self.parts]


def first_calls(folder: Path, *, talk_ms: int = 5000) -> Cast:
    """Every way in which a call ends, in a hundred numbers. The sounds are made in ``folder``."""
    talk = (2.2, REPLY, 1.0, "Ah, ya. Dígame.", 1.5, "Yo podría pagar el viernes.")
    short = write_mu_law(folder / "short.ulaw", sound(MAN, GREETING, *talk))
    long = write_mu_law(folder / "long.ulaw", sound(WOMAN, LONG_GREETING, *talk))
    voicemail = write_mu_law(folder / "voicemail.ulaw", sound(WOMAN, VOICEMAIL, BEEP, 30.0))
    announcement = write_mu_law(folder / "announcement.ulaw", sound(WOMAN, ANNOUNCEMENT, 5.0))
    noise = write_mu_law(folder / "noise.ulaw", sound(MAN, 10.0))
    person = {"outcome": Outcome.CONVERSATION, "causes": {16}, "disposition": "ANSWERED", "verdict": "human"}
    leaves = ("invited", "answered", "hung_up")
    refused = ("invited", "refused")
    return Cast(
        [
            _part("short greeting", range(25), leaves, **person, audio=short, talk_ms=talk_ms),
            _part("long greeting", range(25, 35), leaves, **person, audio=long, talk_ms=talk_ms + 4000),
            _part(
                "speaks after early media", range(35, 39), leaves, **person,
                early_ms=2500, early_audio=announcement, audio=short, talk_ms=talk_ms,
            ),
            _part(
                "voicemail", range(39, 49), ("invited", "answered", "ended"), outcome=Outcome.MACHINE, causes={16},
                disposition="ANSWERED", verdict="machine", audio=voicemail,
            ),
            _part(
                "sends no sound", range(49, 53), leaves, outcome=Outcome.CONVERSATION, causes={16},
                disposition="ANSWERED", verdict="unknown", talk_ms=talk_ms + 3000,
            ),
            _part(
                "says nothing", range(53, 57), leaves, outcome=Outcome.CONVERSATION, causes={16},
                disposition="ANSWERED", verdict="silence", audio=noise, talk_ms=talk_ms + 3000,
            ),
            _part(  # a BYE names no cause: 16 is what a bridge says of it
                "hangs up at once", range(57, 60), leaves, outcome=Outcome.HUNG_UP_EARLY, causes={0, 16},
                disposition="ANSWERED", audio=short, talk_ms=1,
            ),
            _part(
                "announced, then busy", range(60, 65), refused, outcome=Outcome.BUSY, causes={17}, disposition="BUSY",
                early_ms=2500, audio=announcement, status=486, reason="Busy Here",
            ),
            _part(
                "announced, then unknown", range(65, 70), refused, outcome=Outcome.UNALLOCATED, causes={1},
                disposition="NO ANSWER", early_ms=2500, audio=announcement, status=404, reason="Not Found",
            ),
            _part(
                "busy", range(70, 78), refused, outcome=Outcome.BUSY, causes={17}, disposition="BUSY",
                status=486, reason="Busy Here",
            ),
            _part(
                "unknown", range(78, 84), refused, outcome=Outcome.UNALLOCATED, causes={1}, disposition="NO ANSWER",
                status=404, reason="Not Found",
            ),
            _part(
                "no circuit", range(84, 89), refused, outcome=Outcome.CONGESTION, causes={34}, disposition="CONGESTION",
                status=503, reason="Service Unavailable",
            ),
            _part(
                "declined", range(89, 94), refused, outcome=Outcome.REJECTED, causes={21}, disposition="NO ANSWER",
                status=603, reason="Decline",
            ),
            _part(
                "nobody at home", range(94, 100), ("invited", "cancelled"), outcome=Outcome.NO_ANSWER, causes={19},
                disposition="NO ANSWER", ring_ms=60_000,
            ),
        ]
    )  # fmt: skip


def too_few_agents(folder: Path, ear: int) -> Cast:
    """People who wait for whoever comes, heard and spoken for by an ``Ear`` on that port, and voicemails."""
    voicemail = write_mu_law(folder / "voicemail.ulaw", sound(WOMAN, VOICEMAIL, BEEP, 30.0))
    ended = ("invited", "answered", "ended")
    return Cast(
        [
            _part(
                "short greeting", range(90), ended, outcome=Outcome.CONVERSATION, causes={16}, disposition="ANSWERED",
                verdict="human", ring_ms=2500, ear=ear,
            ),
            _part(
                "voicemail", range(90, 100), ended, outcome=Outcome.MESSAGE_LEFT, causes={16}, disposition="ANSWERED",
                verdict="machine", audio=voicemail,
            ),
        ]
    )  # fmt: skip


def _part(
    name: str,
    codes: range,
    milestones: tuple[str, ...],
    *,
    outcome: Outcome,
    causes: set[int],
    disposition: str,
    verdict: str | None = None,
    **conduct: object,
) -> Part:
    digits = "|".join(f"{code:02d}" for code in codes)
    return Part(
        name=name,
        codes=codes,
        conduct=Conduct(digits=digits, **conduct),  # type: ignore[arg-type]
        outcome=outcome,
        causes=frozenset(causes),
        disposition=disposition,
        milestones=milestones,
        verdict=verdict,
    )


def numbers(count: int) -> list[str]:
    """Colombian mobile numbers, digits only. Neighbours in the list play different parts."""
    spread = [37 * index % 100 for index in range(100)]
    return [str(_NUMBERS_FROM + 100 * (index // 100) + spread[index % 100]) for index in range(count)]


def write_leads(path: Path, dialed: list[str]) -> Path:
    """A lead file of one debtor a number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("referencia", "nombre", "documento", "telefono", "credito", "saldo", "moneda"))
        for index, number in enumerate(dialed):
            rows.writerow(
                (f"R{index:04d}", f"Persona {index}", 10_000_000 + index, f"+{number}", f"C{index}", 95000, "COP")
            )
    return path


class _Beep:
    """The tone after which a voicemail records."""


BEEP = _Beep()


def sound(voice: Voice, *parts: str | float | _Beep) -> Signal:
    """Texts, pauses in seconds and beeps, one after the other, over a line with a little noise; 8 kHz, -1..1."""
    whole = np.concatenate([_silence(0.3), *(_made(part, voice) for part in parts), _silence(0.5)])
    return whole + np.random.default_rng(3).normal(0.0, 0.0012, whole.size)


def _made(part: str | float | _Beep, voice: Voice) -> Signal:
    if isinstance(part, str):
        return speak(part, voice).astype(np.float64) / 32768
    if isinstance(part, _Beep):
        return 0.3 * np.sin(2 * np.pi * 1000 * np.arange(int(0.5 * RATE_HZ)) / RATE_HZ)
    return _silence(part)


def _silence(seconds: float) -> Signal:
    return np.zeros(int(seconds * RATE_HZ))
