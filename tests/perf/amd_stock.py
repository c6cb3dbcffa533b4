"""Asterisk's own AMD(), inside the real Asterisk: one half of a Local channel plays a file, the other one runs it.

It is the far half that runs AMD(): ``Answer()`` waits up to half a second for the first sound, so a far half that
played would begin half a second after the near one had begun to listen.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dialer.amd.offline import read_audio
from dialer.provision.process import AsteriskProcess
from tests.perf.amd_clips import Clip, Heard, Run
from tests.perf.processes import cpu_s
from tests.support.mu_law import write_mu_law
from tests.support.telephone_room import Event, TelephoneRoom, telephone_room

#: The arguments of AMD(): first those that it has by itself, then those in circulation among VICIdial's users, in its
#: own order: initial silence, greeting, silence after it, total, shortest word, silence between words, words,
#: threshold, longest word.
STOCK: Final = {
    "Asterisk AMD(), as it comes": "",
    "Asterisk AMD(), VICIdial's values": "2000,2000,1000,5000,120,50,4,256,5000",
}
AT_ONCE: Final = 40
_PATIENCE_S: Final = 30.0
_TRIES: Final = 3
_FOLDER: Final = "amd-bench"
_SILENCE_MS: Final = 2500  # the initial silence that AMD() waits for as it comes
_SILENT_CALLS: Final = 10
_LABELS: Final = {"HUMAN": "human", "MACHINE": "machine"}

_DIALPLAN: Final = """
[bench-amd-play]
exten => _X!,1,Playback(${CADENCIA_SOUNDS}/%(folder)s/${EXTEN},noanswer)
 same => n,Hangup()

[bench-amd]
%(tries)s
[bench-amd-told]
exten => s,1,UserEvent(BenchAmd,Status: ${AMDSTATUS},Cause: ${AMDCAUSE},Took: $[${STRFTIME(,,%%s%%3q)} - ${BEGAN}])
 same => n,Return()
"""
_TRY: Final = """exten => {number},1,Set(CDR_PROP(disable)=1)
 same => n,Answer()
 same => n,Set(BEGAN=${{STRFTIME(,,%s%3q)}})
 same => n,Set(CHANNEL(hangup_handler_push)=bench-amd-told,s,1)
 same => n,AMD({arguments})
 same => n,Hangup()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRun:
    """``cpu_ms_per_s`` is what Asterisk used for playing and detecting together, a second of a call. ``clock_ms`` are
    the least and the greatest time in which AMD() gave up silent calls, for which it has to wait 2,500 ms."""

    run: Run
    cpu_ms_per_s: float
    clock_ms: tuple[int, int] | None


async def run_stock(process: AsteriskProcess, clips: Sequence[Clip]) -> Mapping[str, StockRun]:
    """Every clip through AMD() with each set of arguments, ``AT_ONCE`` calls at a time in real time."""
    _prepare(process, clips)
    found: dict[str, StockRun] = {}
    async with telephone_room(process) as room:
        for number, name in enumerate(STOCK):
            found[name] = await _all(room, clips, number)
    return found


def _prepare(process: AsteriskProcess, clips: Sequence[Clip]) -> None:
    sounds = process.sounds / _FOLDER
    sounds.mkdir(parents=True, exist_ok=True)
    for number, clip in enumerate(clips):
        signal = np.frombuffer(read_audio(clip.path), dtype="<i2").astype(np.float64) / 32768
        write_mu_law(sounds / f"{number}.ulaw", signal)
    for number in range(len(clips), len(clips) + _SILENT_CALLS):
        write_mu_law(sounds / f"{number}.ulaw", np.zeros(8 * 8000))
    etc = process.instance.root.outside(process.config.directories.etc)
    owner = (etc / "extensions.conf").stat()
    tries = "".join(_TRY.format(number=number, arguments=given) for number, given in enumerate(STOCK.values()))
    (etc / "amd.conf").write_text("[general]\n", encoding="ascii")
    os.chown(etc / "amd.conf", owner.st_uid, owner.st_gid)
    with (etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write(_DIALPLAN % {"folder": _FOLDER, "tries": tries})
    for command in ("module load app_amd.so", "dialplan reload"):
        process.cli(command)
    if "AMD" not in process.cli("core show application AMD"):
        raise SystemExit("This Asterisk has no AMD():\n" + process.log_tail())


async def _listened(room: TelephoneRoom, number: int, arguments: int, channel_id: str) -> Event:
    """What AMD() said of the file. Raises TimeoutError where that was lost: a link that a full machine starves is made
    anew, and what is said in the meantime is not said again."""
    async with asyncio.timeout(_PATIENCE_S):
        await room.originate(f"Local/{arguments}@bench-amd/n", channel_id, "bench-amd-play", str(number), {})
        return await room.until(lambda e: e.get("userevent") == "BenchAmd" and e["uniqueid"] == f"{channel_id}-far")


async def _all(room: TelephoneRoom, clips: Sequence[Clip], arguments: int) -> StockRun:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Event:
        async with gate:
            for attempt in range(_TRIES):
                with contextlib.suppress(TimeoutError):
                    return await _listened(room, number, arguments, f"amd-{arguments}-{number}-{attempt}")
        raise SystemExit(f"Asterisk does not say what AMD() made of {number}.")

    pid = room.process.pid
    assert pid is not None
    used = cpu_s(pid)
    told = await asyncio.gather(*(one(number) for number in range(len(clips) + _SILENT_CALLS)))
    used = cpu_s(pid) - used
    took = [int(event["took"]) for event in told]
    silent = took[len(clips) :] if arguments == 0 else []
    assert all(event["cause"].startswith("INITIALSILENCE") for event in told[len(clips) :]), told[-1]
    heard = [
        Heard(label=_LABELS.get(event["status"], "unknown"), reason=event["cause"], at_ms=ms)
        for event, ms in zip(told, took, strict=False)
    ]
    return StockRun(
        run=list(zip(clips, heard, strict=False)),
        cpu_ms_per_s=used * 1000 / (sum(took) / 1000),
        clock_ms=(min(silent), max(silent)) if silent else None,
    )
