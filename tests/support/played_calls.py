"""Files played as answered calls through the whole station, and what the detector says of the same files offline."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from dialer.amd.offline import FileVerdict, classify_file, read_audio
from dialer.provision.process import AsteriskProcess
from tests.support.dialed_campaign import Seen, dial, digits_of
from tests.support.mu_law import write_mu_law
from tests.support.sipp import FIRST_OF_CALL, SippCarrier, bye, send

TALK_MS = 9_000
MOST_FILES = 240  # SIPp reads no scenario of more than 64 kB
_LENGTH_S = 10
_NUMBERS_FROM = 573101230000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedCall:
    """``offline`` is the verdict on what was played; ``attempt`` the row of the log."""

    file: Path
    offline: FileVerdict
    attempt: sa.Row[Any]

    @property
    def verdicts(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Category and reason, of the file and of the call."""
        row = self.attempt
        return (self.offline.category.value, self.offline.reason), (row.amd_category, row.amd_reason)

    @property
    def audio_apart_ms(self) -> int | None:
        """By how much more audio the live detector had heard when it decided; None where the engine did not wait."""
        heard_ms = (self.attempt.amd_evidence or {}).get("heard_ms")
        return None if heard_ms is None else int(heard_ms) - self.offline.decision_ms

    @property
    def apart_ms(self) -> int:
        """By how much later, on the clock, the verdict came after the answer than the file says."""
        return int(self.attempt.amd_delay_ms) - self.offline.decision_ms


async def play_calls(
    asterisk: AsteriskProcess,
    folder: Path,
    files: Sequence[Path],
    *,
    agents: int,
    calls_per_second: float,
    timeout_s: float,
) -> tuple[list[PlayedCall], Seen]:
    """Dial one number a file (at most ``MOST_FILES``). Whoever is called answers and plays it, once; people get an
    agent and hang up after nine seconds."""
    played = [_long_enough(file, folder / f"{number:03d}.ulaw") for number, file in enumerate(files)]
    for number in range(len(files), -(-len(files) // 10) * 10):  # SIPp wants every file that its scenario names
        shutil.copy(played[0], folder / f"{number:03d}.ulaw")
    with SippCarrier(asterisk.config.trunks[0].port, _scenario(len(played)), folder) as carrier:
        seen = await dial(
            asterisk, carrier, folder, [str(_NUMBERS_FROM + number) for number in range(len(files))],
            agents=agents, calls_per_second=calls_per_second, timeout_s=timeout_s,
            name="reproducida", record=False, announce_recording=False,
        )  # fmt: skip
    rows = {int(digits_of(row)) - _NUMBERS_FROM: row for row in seen.log}
    return [
        PlayedCall(file=file, offline=classify_file(path), attempt=rows[number])
        for number, (file, path) in enumerate(zip(files, played, strict=True))
    ], seen


def _long_enough(file: Path, path: Path) -> Path:
    """The file with silence to its end, as mu-law: a file may end before the detector is sure, a line does not."""
    samples = np.frombuffer(read_audio(file), dtype="<i2").astype(np.float64) / 32768
    whole = np.zeros(_LENGTH_S * 8000)
    whole[: samples.size] = samples[: whole.size]
    return write_mu_law(path, whole)


def _scenario(files: int) -> str:
    """One way for all calls but for the file, which is named by the number's last three digits. ``Conduct``s would not
    do: SIPp takes as many as fit into 64 kB, some twenty. Each look at a condition takes it a millisecond, so most
    are done before the answer: there is an answer for each ten files."""
    groups = [f"{number:02d}" for number in range((files + 9) // 10)]
    tests = "".join(_test(f"{group}[0-9]@", f"g{group}") for group in groups)
    tests += "".join(_test(f"{unit}@", f"u{unit}") for unit in range(10))
    jumps = "".join(f'<nop next="t{group}" test="g{group}"/>' for group in groups)
    uses = ["caller", "callee", "cseq", "line", "number", "offer", "media", *(f"u{unit}" for unit in range(10))]
    uses += [f"g{group}" for group in groups]
    return (
        '<?xml version="1.0" encoding="UTF-8"?><scenario name="played">'
        f'<recv request="INVITE" rrs="true"><action>{tests}{FIRST_OF_CALL}</action></recv>'
        + send("SIP/2.0 180 Ringing")
        + jumps
        + "".join(_ten(group) for group in groups)
        + '<label id="on"/><nop><action><log message="[$number] answered"/></action></nop>'
        + f'<recv request="BYE" timeout="{TALK_MS}" ontimeout="leave"/>'
        + send("SIP/2.0 200 OK", tag=False)
        + '<nop next="over"/><label id="leave"/>'
        + bye()
        + f'<recv response="200"/><label id="over"/><nop/><Reference variables="{",".join(uses)}"/></scenario>'
    )


def _test(ending: str, variable: str) -> str:
    return f'<ereg regexp="{ending}" search_in="hdr" header="To:" assign_to="{variable}"/>'


def _ten(group: str) -> str:
    """The answer of ten numbers, and what each of them plays then."""
    return (
        f'<label id="t{group}"/>'
        + send("SIP/2.0 200 OK", sdp=True)
        + '<recv request="ACK"/>'
        + "".join(f'<nop next="p{group}{unit}" test="u{unit}"/>' for unit in range(10))
        + "".join(
            f'<label id="p{group}{unit}"/><nop next="on"><action>'
            f'<exec rtp_stream="{group}{unit}.ulaw,1,0"/></action></nop>'
            for unit in range(10)
        )
    )
