"""A SIPp carrier whose debtors take their time as people do: they ring, talk and refuse by the laws of a scenario.

What happens is written in the number itself, ``57 31 K RRR TTT S``: the kind of debtor, tenths of a second that it
rings, half seconds from the answer to the hang-up, and a serial. SIPp waits a digit's bits, one after the other.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from pacing.leads import Lead, Leads, drift_phase
from pacing.scenario import Scenario
from tests.support.mu_law import write_mu_law
from tests.support.scripted_carrier import BEEP, GREETING, MAN, REPLY, VOICEMAIL, WOMAN, sound
from tests.support.sipp import FIRST_OF_CALL, bye, play, send, terminated

PERSON, MACHINE, NOBODY, BUSY, FAILED = range(5)
SHORTEST_TALK_S = 5.0  # whoever is gone before the detector has spoken is another story
RING_UNIT_MS, TALK_UNIT_MS = 100, 500
_MOST = 999
_BITS = ((8, "89"), (4, "4567"), (2, "2367"), (1, "13579"))


def lively_numbers(scenario: Scenario, count: int, *, seed: int) -> list[str]:
    """So many different Colombian mobiles, digits only, in the order in which the simulator draws its leads.

    Drift is left out: ``scenario`` is of half an hour."""
    drawn = iter(Leads(scenario, seed))
    phase = drift_phase(seed)
    found: dict[str, None] = {}  # in order
    serials: dict[str, int] = {}
    while len(found) < count:
        kind, ring_s, talk_s = _fate(scenario, next(drawn), phase)
        ring = min(_MOST, round(ring_s * 1000 / RING_UNIT_MS))
        talk = min(_MOST, round(talk_s * 1000 / TALK_UNIT_MS))
        stem = f"5731{kind}{ring:03d}"
        if kind != PERSON:  # they hang up by themselves: the digits only tell the numbers apart
            serials[stem] = talk = serials.get(stem, -1) + 1
        for serial in range(10):
            number = f"{stem}{talk % 1000:03d}{serial}"
            if number not in found:
                found[number] = None
                break
    return list(found)


def _fate(scenario: Scenario, lead: Lead, phase: float) -> tuple[int, float, float]:
    """Kind, seconds that it rings, and from the answer to the hang-up."""

    def within(span: tuple[float, float]) -> float:
        return span[0] + lead.short * (span[1] - span[0])

    if lead.chance < scenario.answer_rate_at(0.0, phase):
        return PERSON, lead.person_ring, max(SHORTEST_TALK_S, lead.talk)
    kinds = np.cumsum([scenario.machines, scenario.no_answers, scenario.busies])
    kind = (MACHINE, NOBODY, BUSY, FAILED)[int(np.searchsorted(kinds, lead.kind, side="right"))]
    rings = {MACHINE: lead.machine_ring, BUSY: within(scenario.busy_after), FAILED: within(scenario.failed_after)}
    return kind, rings.get(kind, 60.0), 0.0


def lively_carrier(folder: Path) -> str:
    """SIPp's scenario; the sounds are made in ``folder``."""
    answer = write_mu_law(
        folder / "person.ulaw", sound(MAN, GREETING, 2.2, REPLY, 1.0, "Ah, ya. Dígame.", 1.5, "Un momento.", 8.0)
    )
    voicemail = write_mu_law(folder / "voicemail.ulaw", sound(WOMAN, VOICEMAIL, BEEP, 30.0))
    kinds = "".join(_ereg(f"5731{kind}", f"kind{kind}") for kind in range(5))
    ring = _Waits("ring", "CANCEL", "cancelled", 5, RING_UNIT_MS)
    talk = _Waits("talk", "BYE", "ended", 8, TALK_UNIT_MS)
    named = [f"kind{kind}" for kind in range(5)] + ring.names + talk.names
    names = ",".join(["caller", "callee", "cseq", "line", "number", "offer", "media", *named])

    def say(milestone: str) -> str:
        return f'<nop><action><log message="[$number] {milestone}"/></action></nop>'

    def refuse(status: str) -> str:
        return send(f"SIP/2.0 {status}") + '<recv request="ACK"/>' + say("refused") + '<nop next="over"/>'

    ok = send("SIP/2.0 200 OK", sdp=True) + '<recv request="ACK"/>' + say("answered")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><scenario name="carrier"><recv request="INVITE" rrs="true"><action>'
        f"{kinds}{ring.tests}{talk.tests}{FIRST_OF_CALL}</action></recv>"
        + say("invited")
        + send("SIP/2.0 180 Ringing")
        + ring.waits
        + f'<nop next="busy" test="kind{BUSY}"/><nop next="failed" test="kind{FAILED}"/>'
        + f'<nop next="machine" test="kind{MACHINE}"/>'
        + ok
        + play(answer)
        + talk.waits
        + bye()
        + '<recv response="200"/>'
        + say("hung_up")
        + '<nop next="over"/>'
        + f'<label id="machine"/>{ok}{play(voicemail)}<recv request="BYE"/><label id="ended"/>'
        + send("SIP/2.0 200 OK", tag=False)
        + say("ended")
        + '<nop next="over"/>'
        + f'<label id="busy"/>{refuse("486 Busy Here")}<label id="failed"/>{refuse("404 Not Found")}'
        + f'<label id="cancelled"/>{send("SIP/2.0 200 OK")}{terminated()}<recv request="ACK"/>{say("cancelled")}'
        + f'<label id="over"/><nop/><Reference variables="{names}"/></scenario>'
    )


class _Waits:
    """Three digits' time, bit by bit; another request in between goes to ``otherwise``."""

    def __init__(self, name: str, request: str, otherwise: str, first_digit: int, unit_ms: int) -> None:
        self.names: list[str] = []
        tests, waits = [], []
        for place in range(3):
            for bit, digits in _BITS:
                lacks = f"{name}{place}{bit}"
                without = "".join(digit for digit in "0123456789" if digit not in digits)
                self.names.append(lacks)
                tests.append(_ereg(f"5731{'.' * (first_digit - 4 + place)}[{without}]", lacks))
                wait_ms = bit * 10 ** (2 - place) * unit_ms
                waits.append(
                    f'<nop next="{lacks}" test="{lacks}"/>'
                    f'<recv request="{request}" timeout="{wait_ms}" ontimeout="{lacks}" next="{otherwise}"/>'
                    f'<label id="{lacks}"/>'
                )
        self.tests, self.waits = "".join(tests), "".join(waits)


def _ereg(digits: str, name: str) -> str:
    return f'<ereg regexp={quoteattr(f"^INVITE sip:[+]?{digits}")} search_in="msg" assign_to="{name}"/>'
