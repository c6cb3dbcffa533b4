"""Requests run side by side, in order, and by few tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from dialer.engine import errands as errands_module
from dialer.engine.errands import RESTING_AT_MOST, Errands
from dialer.errors import AmiTimeout
from dialer.virtual_time import run_virtually


def in_a_group(story: Callable[[Errands], Coroutine[object, object, None]]) -> None:
    async def main() -> None:
        errands = Errands("cobranza")
        async with asyncio.TaskGroup() as runners:
            errands.open(runners)
            await story(errands)
            errands.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    run_virtually(main())


class Diary:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.runners: set[object] = set()

    async def write(self, name: str, *, waits_s: float = 0.0) -> None:
        self.runners.add(asyncio.current_task())
        self.lines.append(f"{name} begins")
        if waits_s:
            await asyncio.sleep(waits_s)
        self.lines.append(f"{name} ends")


def test_one_that_waits_holds_up_no_other_and_all_begin_in_order() -> None:
    diary = Diary()

    async def story(errands: Errands) -> None:
        errands.give("a", diary.write("a", waits_s=2.0))
        errands.give("b", diary.write("b"))
        errands.give("c", diary.write("c", waits_s=1.0))
        await asyncio.sleep(0.5)
        errands.give("d", diary.write("d"))
        await asyncio.sleep(3.0)

    in_a_group(story)
    assert diary.lines == [
        "a begins", "b begins", "b ends", "c begins", "d begins", "d ends", "c ends", "a ends",
    ]  # fmt: skip


def test_what_waits_for_nothing_is_run_by_two_tasks_however_much_it_is() -> None:
    diary = Diary()

    async def story(errands: Errands) -> None:
        for burst in range(20):
            for each in range(50):
                errands.give("quick", diary.write(f"{burst}-{each}"))
            await asyncio.sleep(1.0)

    in_a_group(story)
    assert len(diary.lines) == 2 * 20 * 50
    assert len(diary.runners) <= 2


def test_a_burst_that_waits_all_at_once_leaves_no_crowd_behind() -> None:
    diary, alive = Diary(), []

    async def story(errands: Errands) -> None:
        for each in range(3 * RESTING_AT_MOST):
            errands.give("slow", diary.write(f"{each}", waits_s=1.0))
        await asyncio.sleep(0.9)
        assert len(diary.lines) == 3 * RESTING_AT_MOST  # all have begun
        await asyncio.sleep(1.0)
        alive.append(len(asyncio.all_tasks()) - 1)

    in_a_group(story)
    assert alive == [RESTING_AT_MOST]


def test_a_request_that_fails_is_told_of_and_the_next_one_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(errands_module.log, "warning", lambda event, **fields: told.append((event, fields["code"])))
    diary = Diary()

    async def fails() -> None:
        raise AmiTimeout("no answer")

    async def story(errands: Errands) -> None:
        errands.give("bridge", fails())
        errands.give("after", diary.write("after"))
        await asyncio.sleep(0.1)

    in_a_group(story)
    assert diary.lines == ["after begins", "after ends"]
    assert told == [("request.failed", "ami-timeout")]


def test_what_nobody_foresaw_ends_the_group() -> None:
    async def breaks() -> None:
        raise ZeroDivisionError

    async def story(errands: Errands) -> None:
        errands.give("broken", breaks())
        await asyncio.sleep(1.0)

    with pytest.raises(ExceptionGroup) as caught:
        in_a_group(story)
    assert caught.group_contains(ZeroDivisionError)


def test_after_the_close_nothing_is_begun() -> None:
    diary = Diary()

    async def story(errands: Errands) -> None:
        errands.give("given", diary.write("given"))
        errands.close()
        errands.give("late", diary.write("late"))
        await asyncio.sleep(0.1)

    in_a_group(story)
    assert diary.lines == []
