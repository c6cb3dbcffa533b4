"""A demonstration's log gives out so many calls and then no more."""

from __future__ import annotations

from dialer.demo.capped_log import CappedLog
from dialer.ports import ContactRequest
from tests.support.memory_log import MemoryLog
from tests.support.store import NOON


async def test_no_more_than_so_many_calls_are_given_out() -> None:
    log = CappedLog(MemoryLog(), 3)
    assert len((await log.reserve(1, 2, NOON)).attempts) == 2
    assert len((await log.reserve(1, 2, NOON)).attempts) == 1
    assert log.spent
    await log.wait_spent()
    assert (await log.reserve(1, 2, NOON)).exhausted


async def test_a_release_gives_a_call_back() -> None:
    log = CappedLog(MemoryLog(), 1)
    (attempt,) = (await log.reserve(1, 1, NOON)).attempts
    await log.release([attempt.call_id], NOON)
    assert not log.spent
    assert len((await log.reserve(1, 1, NOON)).attempts) == 1


async def test_a_call_by_hand_is_never_refused_for_the_cap_and_counts() -> None:
    log = CappedLog(MemoryLog(), 1)
    for debtor in (7, 8):
        answer = await log.reserve_contact(ContactRequest(campaign_id=1, debtor_id=debtor), NOON)
        assert answer.attempt is not None
    assert log.spent


async def test_a_call_that_is_denied_before_dialing_gives_its_place_back() -> None:
    memory = MemoryLog()
    log = CappedLog(memory, 1)
    (attempt,) = (await log.reserve(1, 1, NOON)).attempts
    memory.recheck_denials[attempt.debtor_id] = "x/no"
    assert await log.recheck(attempt.call_id, NOON) is not None
    assert not log.spent
