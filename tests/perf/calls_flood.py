"""The bare flood that ``bench_calls`` compares with: the engine's Originates on a plain socket, and nothing else."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from dialer.clock import SystemClock, entropy
from dialer.domain.ids import new_call_id
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode
from dialer.pbx.ami_actions import originate_call
from dialer.ports import PlaceCall
from dialer.provision.render import AsteriskConfig
from tests.perf.processes import cpu_s, machine_busy_s

_OVER = re.compile(rb"Event: Hangup\r\n(?:[^\r]+\r\n)*?Uniqueid: ([0-9a-f-]{36})\r\n")
_PATIENCE_S = 60.0  # for the last calls to end
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodResult:
    """``placed`` and ``ended`` are of the whole flood; the figures are of the seconds after the first ``warm_up_s``."""

    placed: int
    ended: int
    closed_per_s: float
    watched_ms_a_call: dict[str, float]
    machine_busy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """The counters at one instant."""

    at: float
    ended: int
    busy: float
    watched: dict[str, float]


class Flood:
    """Keeps ``lines`` calls out, or places ``rate`` a second with at most ``lines`` out."""

    def __init__(self, config: AsteriskConfig, dial_string: str, numbers: Iterator[str], *, lines: int) -> None:
        self._config = config
        self._dial_string = dial_string
        self._numbers = numbers
        self._lines = lines
        self._clock = SystemClock()
        self._out: set[str] = set()
        self._rest = b""
        self._ended = 0

    def run(self, *, warm_up_s: float, seconds: float, watched: dict[str, int], rate: float | None) -> FloodResult:
        placed = 0
        with socket.create_connection((self._config.ami_address, self._config.ami_port), timeout=5) as link:
            login = f"Action: Login\r\nUsername: {self._config.ami_user}\r\nSecret: {self._config.ami_secret}\r\n\r\n"
            link.sendall(login.encode())
            link.settimeout(0.01)
            began = time.perf_counter()
            first: _Mark | None = None
            last: _Mark | None = None
            while last is None or self._out:
                now = time.perf_counter() - began
                if first is None and now >= warm_up_s:
                    first = self._mark(watched)
                if last is None and now >= warm_up_s + seconds:
                    last = self._mark(watched)
                while last is None and len(self._out) < self._lines and (rate is None or placed < now * rate):
                    call_id, action = self._action()
                    placed += 1
                    self._out.add(call_id)
                    link.sendall(action)
                self._listen(link)
                if now > warm_up_s + seconds + _PATIENCE_S:
                    break
        assert first is not None
        assert last is not None
        calls, took = last.ended - first.ended, last.at - first.at
        return FloodResult(
            placed=placed,
            ended=self._ended,
            closed_per_s=calls / took,
            watched_ms_a_call={name: (last.watched[name] - first.watched[name]) * 1000 / calls for name in watched},
            machine_busy=(last.busy - first.busy) / took,
        )

    def _mark(self, watched: dict[str, int]) -> _Mark:
        return _Mark(
            at=time.perf_counter(), ended=self._ended, busy=machine_busy_s(),
            watched={name: cpu_s(pid) for name, pid in watched.items()},
        )  # fmt: skip

    def _action(self) -> tuple[str, bytes]:
        call_id = new_call_id(self._clock.now(), entropy(10))
        number = PhoneNumber(next(self._numbers))
        call = PlaceCall(
            call_id=call_id, number=number, dial_string=self._dial_string.format(digits=number.e164.lstrip("+")),
            caller_id="+576015550100", ring_timeout_s=25.0, early_media=False, language="es", campaign="prueba",
            debtor_id=1, amd=AmdMode.OFF,
        )  # fmt: skip
        lines = [
            f"{name}: {text}"
            for name, value in originate_call(call, self._config.media).items()
            for text in ([value] if isinstance(value, str) else value)
        ]
        return call_id, "\r\n".join([*lines, "", ""]).encode()

    def _listen(self, link: socket.socket) -> None:
        try:
            self._rest += link.recv(1 << 18)
        except TimeoutError:
            return
        whole, end, rest = self._rest.rpartition(_END)
        if not end:
            return
        self._rest = rest
        for found in _OVER.finditer(whole + _END):
            call_id = found[1].decode()
            if call_id in self._out:
                self._out.discard(call_id)
                self._ended += 1
