"""A witness of what an Asterisk really does: a manager link of its own, its list of channels, its call records."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dialer.clock import SystemClock
from dialer.domain.ids import is_call_id, is_leg_id
from dialer.pbx.ami import AmiEndpoint, AmiLink, AmiMessage
from dialer.provision.process import AsteriskProcess

PATIENCE_S = 60.0  # only ever used up by a test that fails


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A line of Asterisk's own call records. Times have whole seconds."""

    call_id: str
    debtor_id: int
    start: datetime
    end: datetime
    talked_s: int
    answered: bool


class Witness:
    def __init__(self, process: AsteriskProcess) -> None:
        config = process.config
        self.process = process
        self._news = asyncio.Event()
        self.events: list[AmiMessage] = []
        self.link = AmiLink(
            AmiEndpoint(username=config.ami_user, secret=config.ami_secret, port=config.ami_port, backoff_cap_s=0.5),
            SystemClock(),
            self._on_event,
        )

    def _on_event(self, event: AmiMessage) -> None:
        self.events.append(event)
        self._news.set()

    def count(self, *names: str) -> int:
        """How many events about calls have come so far; of those names, where any are given."""
        return sum(
            is_call_id(event.get("uniqueid", "")) and (not names or event["event"] in names) for event in self.events
        )

    async def sees(self, more: int, *names: str) -> None:
        """Return when so many more of them have come."""
        wanted = self.count(*names) + more
        async with asyncio.timeout(PATIENCE_S):
            while self.count(*names) < wanted:
                self._news.clear()
                await self._news.wait()

    async def channels(self) -> list[AmiMessage]:
        return await self.link.send_list({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")

    async def conversations(self) -> set[str]:
        """The calls that are in a bridge with an agent's leg right now."""
        channels = await self.channels()
        with_agent = {entry["bridgeid"] for entry in channels if is_leg_id(entry["uniqueid"])} - {""}
        return {
            entry["uniqueid"] for entry in channels if entry["bridgeid"] in with_agent and is_call_id(entry["uniqueid"])
        }

    async def until_channels(self, wanted: int) -> list[str]:
        """Return when Asterisk has no call of ours any more and ``wanted`` agents' legs; their ids."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._news.clear()
                near = [entry["uniqueid"] for entry in await self.channels() if not entry["uniqueid"].endswith("-far")]
                if len(near) == wanted and all(is_leg_id(one) for one in near):
                    return near
                await self._news.wait()

    def call_records(self) -> list[CallRecord]:
        """Asterisk's CDR of our calls, oldest first."""
        with self.process.cdr_file.open(encoding="utf-8", newline="") as file:
            return [_record(row) for row in csv.reader(file) if is_call_id(row[16])]


def _record(row: list[str]) -> CallRecord:
    def at(text: str) -> datetime:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

    call_id, debtor_id, *_ = row[17].split(";")  # behind them what Asterisk adds of whom the person was given to
    assert call_id == row[16]
    return CallRecord(
        call_id=call_id, debtor_id=int(debtor_id), start=at(row[9]), end=at(row[11]), talked_s=int(row[13]),
        answered=row[14] == "ANSWERED",
    )  # fmt: skip


@asynccontextmanager
async def witness_of(process: AsteriskProcess) -> AsyncIterator[Witness]:
    witness = Witness(process)
    witness.link.start()
    try:
        await witness.link.wait_connected(PATIENCE_S)
        yield witness
    finally:
        await witness.link.close()
