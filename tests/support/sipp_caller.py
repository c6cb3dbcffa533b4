"""SIPp as people who call us: an INVITE from the carrier's side towards a real Asterisk."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Self

import pytest

_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?><scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:{dialed}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:{shown}@[local_ip]:[local_port]>;tag=caller[call_number]
To: <sip:{dialed}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio {media} RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16

]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="183" optional="true"/>
<recv response="200" rrs="true"><action>
<ereg regexp="m=audio ([0-9]+)" search_in="msg" assign_to="offer,media"/>
<log message="{number} media [$media]"/></action></recv>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:{shown}@[local_ip]:[local_port]>;tag=caller[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv request="BYE" timeout="{talk_ms}" ontimeout="leave" next="over"/>
<label id="leave"/>
<send retrans="500" next="left"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:{shown}@[local_ip]:[local_port]>;tag=caller[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="left"/><recv response="200" next="done"/>
<label id="over"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<label id="done"/><nop/><Reference variables="offer,media"/></scenario>"""


class SippCaller:
    """One call to ``dialed`` from ``number`` (digits), towards Asterisk's ``sip_port``; its media are at ``ear``. They
    hang up ``talk_ms`` after the answer."""

    def __init__(self, sip_port: int, *, number: str, dialed: str, ear: int, talk_ms: int, folder: Path) -> None:
        if shutil.which("sipp") is None:
            pytest.fail("SIPp is not installed. Run: apt-get install sip-tester", pytrace=False)
        self._sip_port = sip_port
        self._number = number
        self._folder = folder / f"caller-{number}"
        self._folder.mkdir()
        self._text = _SCENARIO.format(number=number, shown=f"+{number}", dialed=dialed, media=ear, talk_ms=talk_ms)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        (self._folder / "caller.xml").write_text(self._text, encoding="utf-8")
        with (self._folder / "sipp.out").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    "sipp", f"127.0.0.1:{self._sip_port}", "-sf", str(self._folder / "caller.xml"), "-i", "127.0.0.1",
                    "-p", str(_free_udp()), "-mi", "127.0.0.1", "-m", "1", "-trace_logs", "-log_file",
                    str(self._folder / "log"), "-trace_err", "-error_file", str(self._folder / "errors"), "-nostdin",
                    "-skip_rlimit", "-watchdog_interval", "0",
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder,
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)

    @property
    def media_ports(self) -> dict[str, int]:
        """The port from which Asterisk sends the call's media, once it was answered."""
        log = self._folder / "log"
        text = log.read_text(encoding="utf-8") if log.is_file() else ""
        return {number: int(port) for number, port in re.findall(r"^(\d+) media (\d+)$", text, flags=re.MULTILINE)}


def _free_udp() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
