"""What Asterisk does by itself for a person who answers when the engine is dead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dialer.provision.behaviours import BehaviourKind
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import free_port, start_asterisk
from tests.support.phone_contract import number_that
from tests.support.telephone_room import telephone_room


@pytest.fixture
def alone() -> Iterator[AsteriskProcess]:
    process = start_asterisk("alone", untaken_s=4.0, demo_speed=2.0)
    try:
        yield process
    finally:
        process.remove()


async def test_a_dead_engine_is_asked_once_and_then_the_message_plays(alone: AsteriskProcess) -> None:
    number = number_that(BehaviourKind.PERSON, talks_s=35.0)
    async with telephone_room(alone) as room:
        call_id = await room.place(
            f"Local/{number.e164}@cadencia-demo-carrier/n", CADENCIA_MEDIA=f"127.0.0.1:{free_port()}"
        )
        await room.until(lambda e: e.get("userevent") == "CadenciaMessageStarted" and e["callid"] == call_id)
    refused = [line for line in alone.log_tail(1000).splitlines() if "Failed to connect to AudioSocket service" in line]
    # Each refusal closes a descriptor of Asterisk's too often. Twice only where the clock's second ended in between.
    assert 1 <= len(refused) <= 2
