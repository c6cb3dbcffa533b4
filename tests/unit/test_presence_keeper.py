"""Agents' comings and goings, from the bus into the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialer.bus.memory import MemoryBus
from dialer.keepers.presence import PresenceKeeper
from dialer.ports import BusMessage
from dialer.store.database import Database
from tests.support.store import add_campaign, counting, rows

NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def said(what: str, agent: str, minute: int) -> BusMessage:
    at = NINE + timedelta(minutes=minute)
    return BusMessage(
        topic=f"norte/agent.{what}", payload={"campaign": "norte", "at": at.isoformat(), "v": 1, "agent_id": agent}
    )


async def test_only_what_begins_or_ends_a_stretch_is_written(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'log.sqlite'}")
    bus = MemoryBus()
    try:
        await database.migrate()
        await add_campaign(database)
        close = await PresenceKeeper(database).start(bus, NINE)
        with counting() as statements:
            for what, minute in (
                ("connecting", 0), ("signed_in", 0), ("ready", 1), ("reserved", 2), ("talking", 3), ("wrap_up", 4),
                ("ready", 5), ("paused", 6), ("ready", 7), ("moved", 9), ("ready", 10), ("offline", 12),
            ):  # fmt: skip
                await bus.publish(said(what, "ana", minute))
                await bus.settle()
        close()
        await bus.publish(said("ready", "leo", 13))
        await bus.settle()
        written = [text for text, _ in statements if text.startswith(("INSERT", "UPDATE"))]
        found = [
            (row.agent_id, row.began_at - NINE, row.ended_at - NINE) for row in await rows(database, "agent_presence")
        ]
    finally:
        await bus.close()
        await database.close()
    minute_ = timedelta(minutes=1)
    assert found == [("ana", begin * minute_, end * minute_) for begin, end in ((1, 6), (7, 9), (10, 12))]
    assert len(written) == 6


async def test_a_log_that_cannot_be_written_is_tried_again_with_the_next_change(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'log.sqlite'}")
    keeper = PresenceKeeper(database)
    try:
        await keeper.on_agent(said("ready", "ana", 1))  # there are no tables yet
        await database.migrate()
        await add_campaign(database)
        await keeper.on_agent(said("talking", "ana", 2))
        (row,) = await rows(database, "agent_presence")
    finally:
        await database.close()
    assert row.began_at == NINE + timedelta(minutes=2)


async def test_a_break_lasts_from_its_reason_to_whatever_comes_next(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'log.sqlite'}")
    bus = MemoryBus()
    try:
        await database.migrate()
        await add_campaign(database)
        close = await PresenceKeeper(database).start(bus, NINE)
        for what, minute, reason in (
            ("signed_in", 0, ""), ("ready", 1, ""), ("paused", 2, "lunch"), ("paused", 3, "lunch"),
            ("paused", 32, "training"), ("ready", 40, ""), ("paused", 50, "lunch"), ("offline", 55, ""),
        ):  # fmt: skip
            message = said(what, "ana", minute)
            await bus.publish(replace(message, payload={**message.payload, "reason": reason}))
            await bus.settle()
        close()
        found = [
            (row.reason, (row.began_at - NINE).seconds // 60, (row.ended_at - NINE).seconds // 60)
            for row in await rows(database, "agent_pauses")
        ]
        assert found == [("lunch", 2, 32), ("training", 32, 40), ("lunch", 50, 55)]
    finally:
        await bus.close()
        await database.close()
