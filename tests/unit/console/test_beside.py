"""Long questions beside the engine: in a thread of their own, one at a time, and broken off when they take too long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from dialer.beside import Beside
from dialer.errors import InputError, TookTooLong
from dialer.store.database import Database
from tests.support.console_compliance import House

PATIENCE_S = 3.0  # used up by one test; a busy machine takes a second for the others


@pytest.fixture
async def beside(home: House, tmp_path: object) -> AsyncIterator[Beside]:
    asked = Beside(f"sqlite+aiosqlite:///{tmp_path}/house.sqlite", patience_s=PATIENCE_S)
    yield asked
    await asked.close()


async def leads(database: Database) -> tuple[int, str]:
    found = await database.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM leads").scalar())
    assert found is not None
    return int(found), threading.current_thread().name


async def for_ever(database: Database) -> None:
    await asyncio.Event().wait()


async def test_a_question_is_answered_in_a_thread_of_its_own(beside: Beside) -> None:
    assert await beside.ask(leads) == (2, "beside")


async def test_what_takes_too_long_is_broken_off_and_the_next_question_is_answered(beside: Beside) -> None:
    with pytest.raises(TookTooLong):
        await beside.ask(for_ever)
    assert (await beside.ask(leads))[0] == 2


async def test_an_error_reaches_whoever_asked(beside: Beside) -> None:
    async def fail(database: Database) -> None:
        raise InputError("no such thing")

    with pytest.raises(InputError, match="no such thing"):
        await beside.ask(fail)


async def test_questions_come_one_at_a_time(beside: Beside) -> None:
    inside = most = 0

    async def count(database: Database) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await leads(database)
        inside -= 1

    async with asyncio.TaskGroup() as asked:
        for _ in range(3):
            asked.create_task(_patiently(beside, count))
    assert most == 1


async def _patiently(beside: Beside, work: object) -> None:
    try:
        await beside.ask(work)  # type: ignore[arg-type]
    except TookTooLong:  # on a slow machine the others may take the time of this one
        return


async def test_it_can_be_closed_while_something_is_asked_and_used_again(beside: Beside) -> None:
    begun, here = asyncio.Event(), asyncio.get_running_loop()

    async def begin(database: Database) -> None:
        here.call_soon_threadsafe(begun.set)
        await for_ever(database)

    task = asyncio.create_task(beside.ask(begin), name="asks for ever")
    await begun.wait()
    await beside.close()
    with pytest.raises((TookTooLong, asyncio.CancelledError)):
        await task
    assert (await beside.ask(leads))[0] == 2
