"""The composition of a process, on the PBX without Asterisk."""

from __future__ import annotations

import gc
from pathlib import Path

from dialer.app import Station
from dialer.clock import SystemClock
from dialer.settings import Settings
from dialer.wiring import fake_kit


async def test_what_is_loaded_at_the_start_is_not_searched_for_garbage_while_calls_are_up(tmp_path: Path) -> None:
    before = gc.get_freeze_count()
    async with Station(Settings(data_dir=tmp_path), clock=SystemClock(), make_pbx=fake_kit().make):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() <= before
