"""Questions to an Asterisk that has let us in. None of them changes anything there."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence

from dialer.clock import entropy
from dialer.doctor.finding import Finding, found
from dialer.doctor.house import required_modules
from dialer.errors import AmiRefused, AmiTimeout
from dialer.pbx.ami import AmiHeaders, AmiLink, AmiMessage
from dialer.pbx.suitability import OLDEST_MAJOR, major_of
from dialer.settings import TrunkSettings

# Each needs the right it stands for, and fails harmlessly for want of a channel.
_HARMLESS: Mapping[str, AmiHeaders] = {
    "originate": {"Action": "Originate"},
    "call": {"Action": "Bridge"},
    "system": {"Action": "MixMonitor"},
}
_ENDPOINT = re.compile(r"PJSIP/(?:[^/@]*@([A-Za-z0-9_.-]+)|([A-Za-z0-9_.-]+)(?:/|$))")
_SIP_WAIT_S = 1.5
_DEFAULT_SIP_PORT = 5060


class Heard:
    """The events that Asterisk has sent. Each in ``tell`` is set when another comes."""

    def __init__(self) -> None:
        self.events: deque[AmiMessage] = deque(maxlen=10_000)  # a busy Asterisk: the oldest go, ours are the newest
        self.tell: list[asyncio.Event] = []

    def event(self, message: AmiMessage) -> None:
        self.events.append(message)
        for listener in self.tell:
            listener.set()

    def of(self, call_id: str) -> list[AmiMessage]:
        """The events of one call."""
        return [
            event
            for event in self.events
            if call_id in (event.get("uniqueid"), event.get("callid"), event.get("actionid"))
        ]


async def version(link: AmiLink) -> Finding:
    try:
        settings = await link.send({"Action": "CoreSettings"})
    except (AmiRefused, AmiTimeout):
        return found("asterisk-version.unknown", version="?")
    text = settings.get("asteriskversion", "")
    major = major_of(text)
    if major is None:
        return found("asterisk-version.unknown", version=text or "?")
    case = "asterisk-version.supported" if major >= OLDEST_MAJOR else "asterisk-version.too-old"
    return found(case, version=text, oldest=OLDEST_MAJOR)


async def write_rights(link: AmiLink) -> list[Finding]:
    findings = []
    for right, action in _HARMLESS.items():
        try:
            await link.send(action)
        except AmiRefused as exc:
            refused = "permission denied" in exc.message.lower()
        else:
            refused = False
        findings.append(found("write-right.refused" if refused else "write-right.granted", right=right))
    return findings


async def modules(link: AmiLink) -> Finding:
    wanted = required_modules()
    missing = []
    for name in wanted:
        try:
            await link.send({"Action": "ModuleCheck", "Module": name})
        except AmiRefused:
            missing.append(name)
    if missing:
        return found("modules.missing", names=", ".join(missing))
    return found("modules.loaded", count=len(wanted))


async def trunks(link: AmiLink, configured: Mapping[str, TrunkSettings]) -> tuple[list[Finding], list[str]]:
    """What is known of each trunk's endpoint, and the addresses that their SIP transports listen on."""
    findings, binds = [], []
    for name, trunk in configured.items():
        match = _ENDPOINT.search(trunk.dial_string)
        if match is None:
            findings.append(found("trunk.unexamined", name=name, dial_string=trunk.dial_string))
            continue
        endpoint = match[1] or match[2]
        try:
            entries = await link.send_list(
                {"Action": "PJSIPShowEndpoint", "Endpoint": endpoint}, "EndpointDetailComplete"
            )
        except (AmiRefused, AmiTimeout):
            findings.append(found("trunk.missing", name=name, endpoint=endpoint))
            continue
        state = _first(entries, "EndpointDetail", "devicestate")
        offline = state.lower() in ("unavailable", "invalid")
        findings.append(found("trunk.offline" if offline else "trunk.ready", name=name, endpoint=endpoint, state=state))
        if _first(entries, "TransportDetail", "protocol").lower() == "udp":
            binds.append(_first(entries, "TransportDetail", "bind"))
    return findings, [bind for bind in binds if bind]


def _first(entries: Sequence[AmiMessage], event: str, header: str) -> str:
    return next((entry.get(header, "") for entry in entries if entry.get("event") == event), "")


async def sip_port(ami_host: str, binds: Sequence[str]) -> Finding:
    """Ask for a sign of life over SIP (OPTIONS), as a carrier would. Any answer counts, a refusal too."""
    host, port = ami_host, _DEFAULT_SIP_PORT
    if binds:
        bound, _, number = binds[0].rpartition(":")
        port = int(number)
        host = ami_host if bound.strip("[]") in ("0.0.0.0", "::") else bound.strip("[]")  # noqa: S104 - only read
    answer = await _options(host, port)
    if answer:
        return found("sip-port.answers", address=f"{host}:{port}", answer=answer)
    return found("sip-port.silent", address=f"{host}:{port}")


class _Answer(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.first.done():
            self.first.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.first.done():
            self.first.set_result(b"")


async def _options(host: str, port: int) -> str:
    """The first line of the answer, or nothing."""
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.create_datagram_endpoint(_Answer, remote_addr=(host, port))
    except OSError:
        return ""
    try:
        ours = "{}:{}".format(*transport.get_extra_info("sockname")[:2])
        token = entropy(8).hex()
        request = (
            f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bK{token};rport\r\n"
            f"Max-Forwards: 1\r\nFrom: <sip:doctor@{ours}>;tag={token}\r\nTo: <sip:{host}:{port}>\r\n"
            f"Call-ID: {token}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:doctor@{ours}>\r\nContent-Length: 0\r\n\r\n"
        )
        transport.sendto(request.encode())
        async with asyncio.timeout(_SIP_WAIT_S):
            answer = await protocol.first
    except TimeoutError:
        return ""
    finally:
        transport.close()
    first = answer.partition(b"\r\n")[0].decode("utf-8", "replace")
    return first if first.startswith("SIP/2.0") else ""
