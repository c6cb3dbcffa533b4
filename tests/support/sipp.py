"""SIPp as the carrier: real SIP and RTP towards a real Asterisk, with a conduct for each number by its last digits.

The scenario writes one line a milestone into SIPp's log; counts are read from there, not guessed from our side.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from dialer.clock import SystemClock
from tests.support.mu_law import write_mu_law

_PATIENCE_S = 30.0  # only ever used up by a test that fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What happens to numbers that end in ``digits``, an extended regular expression; the first one that fits counts.

    ``status`` 200 answers after ``ring_ms`` of ringing and hangs up ``talk_ms`` after the answer; any other refuses.
    With ``early_ms`` a 183 with media follows the ringing and lasts that long before the final answer.
    ``audio`` is raw mu-law, repeated from the first media on; without it not one RTP packet is sent. ``early_audio``
    takes its place until the answer. ``ear`` is a UDP port that is named for the media instead of SIPp's own. ``keys``
    are pressed after the answer, one every 300 ms (as SIP INFO); with ``rfc2833`` the ear presses some in its media.
    Times in milliseconds.
    """

    digits: str
    status: int = 200
    reason: str = "OK"
    ring_ms: int = 100
    early_ms: int = 0
    talk_ms: int = 60_000
    audio: Path | None = None
    early_audio: Path | None = None
    ear: int = 0
    keys: str = ""
    rfc2833: bool = False


class SippCarrier:
    """A running SIPp. ``conducts`` may be a whole scenario of the caller's own, of 64 kB at most. ``logged`` are the
    milestones so far, as (number, milestone); ``options`` are for its command line."""

    def __init__(self, port: int, conducts: list[Conduct] | str, folder: Path, *, options: Sequence[str] = ()) -> None:
        if shutil.which("sipp") is None:
            pytest.fail("SIPp is not installed. Run: apt-get install sip-tester", pytrace=False)
        self._port = port
        self._folder = folder
        self._conducts = conducts
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        scenario = self._folder / "carrier.xml"
        conducts = self._conducts
        scenario.write_text(conducts if isinstance(conducts, str) else _scenario(conducts), encoding="utf-8")
        with (self._folder / "sipp.out").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    "sipp", "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(self._port), "-mi", "127.0.0.1",
                    "-mp", str(_even_port()), "-trace_logs", "-log_file", str(self._folder / "log"), "-trace_err",
                    "-error_file", str(self._folder / "errors"), "-nostdin", "-skip_rlimit", "-watchdog_interval", "0",
                    *self._options,
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder,
            )  # fmt: skip
        self._wait_until_bound()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def logged(self) -> list[tuple[str, str]]:
        return re.findall(r"^(\d+) (\w+)$", self._log(), flags=re.MULTILINE)

    @property
    def media_ports(self) -> dict[str, int]:
        """By number, the port from which Asterisk sends the latest call's media."""
        return {
            number: int(port) for number, port in re.findall(r"^(\d+) media (\d+)$", self._log(), flags=re.MULTILINE)
        }

    @property
    def counts(self) -> Counter[str]:
        """How often each milestone was reached: invited, answered, hung_up (by us), ended (by Asterisk), cancelled."""
        return Counter(milestone for _, milestone in self.logged)

    @property
    def surprises(self) -> list[str]:
        """What SIPp did not expect; empty where all went by the script, whose waits it logs among its errors too."""
        path = self._folder / "errors"
        if not path.is_file():
            return []
        entries = re.split(r"(?=\d{4}-\d{2}-\d{2}\t)", path.read_text(encoding="utf-8", errors="replace"))
        return [entry for entry in entries[1:] if "receive timeout on message" not in entry]

    def _log(self) -> str:
        path = self._folder / "log"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    async def until(self, milestone: str) -> None:
        """A call has reached ``milestone``; SIPp's log is its only sign."""
        async with asyncio.timeout(_PATIENCE_S):
            while not self.counts[milestone]:  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.05)

    def _wait_until_bound(self) -> None:
        assert self._process is not None
        clock = SystemClock()
        deadline = clock.monotonic() + _PATIENCE_S
        while clock.monotonic() < deadline:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try:
                    probe.bind(("127.0.0.1", self._port))
                except OSError:
                    return
            try:
                self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail(f"SIPp did not start:\n{(self._folder / 'sipp.out').read_text(errors='replace')[-2000:]}")


def tone(path: Path, *, hz: float = 440.0, seconds: float = 10.0, level: float = 0.3) -> Path:
    """A sine as raw 8 kHz mu-law."""
    times = np.arange(int(8000 * seconds)) / 8000
    return write_mu_law(path, np.sin(2 * np.pi * hz * times) * level)


def _even_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return min(port, 60_000) & ~1


def _scenario(conducts: list[Conduct]) -> str:
    tests = "".join(
        f'<ereg regexp={quoteattr(f"^INVITE sip:[^@]*({c.digits})@")} search_in="msg" assign_to="fits{i}"/>'
        for i, c in enumerate(conducts)
    )
    jumps = "".join(f'<nop next="take{i}" test="fits{i}"/>' for i in range(len(conducts)))
    uses = ",".join(
        ["caller", "callee", "cseq", "line", "number", "offer", "media", *(f"fits{i}" for i in range(len(conducts)))]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><scenario name="carrier">'
        f'<recv request="INVITE" rrs="true"><action>{tests}'
        f"{FIRST_OF_CALL}</action></recv>{jumps}"
        + send("SIP/2.0 404 Not Found")
        + '<recv request="ACK" next="over"/>'
        + "".join(_section(i, conduct) for i, conduct in enumerate(conducts))
        + f'<label id="over"/><nop/><Reference variables="{uses}"/></scenario>'
    )


def _section(index: int, conduct: Conduct) -> str:
    def say(milestone: str) -> str:
        return f'<nop><action><log message="[$number] {milestone}"/></action></nop>'

    first = conduct.early_audio or conduct.audio if conduct.early_ms else None
    sdp = _SDP.replace("[rtpstream_audio_port]", str(conduct.ear)) if conduct.ear else _SDP
    if conduct.rfc2833:
        sdp = sdp.replace("RTP/AVP 0", "RTP/AVP 0 101") + "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\n"
    parts = [f'<label id="take{index}"/>', say("invited"), say("media [$media]"), send("SIP/2.0 180 Ringing")]
    parts.append(_until_cancelled(conduct.ring_ms, index, "rung"))
    if conduct.early_ms:
        parts += [send("SIP/2.0 183 Session Progress", sdp=sdp), play(first)]
        parts.append(_until_cancelled(conduct.early_ms, index, "decided"))
    parts.append(send(f"SIP/2.0 {conduct.status} {conduct.reason}", sdp=sdp if conduct.status == 200 else ""))
    parts.append('<recv request="ACK"/>')
    if conduct.status != 200:
        parts += [say("refused"), '<nop next="over"/>']
    else:
        parts += [say("answered"), play(conduct.audio) if conduct.audio != first else ""]
        parts += [_press(key, cseq) for cseq, key in enumerate(conduct.keys, start=1)]
        parts += [
            f'<recv request="BYE" timeout="{max(1, conduct.talk_ms)}" ontimeout="leave{index}"/>',
            send("SIP/2.0 200 OK", tag=False), say("ended"), '<nop next="over"/>',
            f'<label id="leave{index}"/>', bye(len(conduct.keys) + 1),
            f'<recv request="BYE" optional="true" next="crossed{index}"/>',
            f'<label id="acknowledged{index}"/>', '<recv response="200"/>', say("hung_up"), '<nop next="over"/>',
            # Both sides may hang up at one moment: each then answers the other's BYE.
            f'<label id="crossed{index}"/>', send("SIP/2.0 200 OK", tag=False), f'<nop next="acknowledged{index}"/>',
        ]  # fmt: skip
    parts += [f'<label id="cancelled{index}"/>', send("SIP/2.0 200 OK"), terminated(), '<recv request="ACK"/>']
    parts += [say("cancelled"), '<nop next="over"/>']
    return "".join(parts)


def play(audio: Path | None) -> str:
    if audio is None:
        return ""
    return f"<nop><action><exec rtp_stream={quoteattr(f'{audio},-1,0')}/></action></nop>"


def _until_cancelled(wait_ms: int, index: int, label: str) -> str:
    return (
        f'<recv request="CANCEL" timeout="{max(1, wait_ms)}" ontimeout="{label}{index}" next="cancelled{index}"/>'
        f'<label id="{label}{index}"/>'
    )


#: What every scenario takes from the INVITE.
FIRST_OF_CALL = (
    '<ereg regexp="^INVITE sip:[+]?([0-9]+)@" search_in="msg" assign_to="line,number"/>'
    '<ereg regexp="m=audio ([0-9]+)" search_in="msg" assign_to="offer,media"/>'
    '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>'
    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee"/>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'
)
_TAG = ";tag=carrier[call_number]"
_CONTACT = "Contact: <sip:carrier@[local_ip]:[local_port]>"
_SDP = (
    "v=0\no=carrier 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\n"
    "m=audio [rtpstream_audio_port] RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
)


def send(first_line: str, *, sdp: str | bool = "", tag: bool = True) -> str:
    """One message of the carrier's; with ``sdp`` True, with SIPp's own description of its media."""
    sdp = _SDP if sdp is True else sdp
    body = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}" if sdp else "Content-Length: 0\n"
    return (
        f"<send><![CDATA[\n{first_line}\n[last_Via:]\n[last_From:]\n[last_To:]{_TAG if tag else ''}\n"
        f"[last_Call-ID:]\n[last_CSeq:]\n{_CONTACT}\n{body}\n]]></send>"
    )


def terminated() -> str:
    return (
        "<send><![CDATA[\nSIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n"
        f"[last_To:]{_TAG}\n[last_Call-ID:]\nCSeq: [$cseq] INVITE\nContent-Length: 0\n\n]]></send>"
    )


def bye(cseq: int = 1) -> str:
    return _request("BYE", cseq, "Content-Length: 0\n")


def _press(key: str, cseq: int) -> str:
    body = f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={key}\nDuration=160\n"
    return f'<pause milliseconds="300"/>{_request("INFO", cseq, body)}<recv response="200"/>'


def _request(method: str, cseq: int, body: str) -> str:
    return (
        f'<send retrans="500"><![CDATA[\n{method} [next_url] SIP/2.0\n'
        f"Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom:[$callee]{_TAG}\nTo:[$caller]\n"
        f"[last_Call-ID:]\nCSeq: {cseq} {method}\n{_CONTACT}\nMax-Forwards: 70\n{body}\n]]></send>"
    )
