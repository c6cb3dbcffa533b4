"""A message is left after the beep, never into it, on a real Asterisk. How soon after: ``make bench-amd``."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from dialer.provision.process import AsteriskProcess
from ivr_flows.voice import read_wav
from tests.support.answering_machines import Machine
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.dialed_campaign import Seen
from tests.support.left_messages import leave_messages
from tests.support.mu_law import traces

Left = tuple[dict[str, Machine], Seen]


@pytest.fixture(scope="module")
def left(asterisk: AsteriskProcess, tmp_path_factory: pytest.TempPathFactory) -> Left:  # noqa: F811
    return asyncio.run(leave_messages(asterisk, tmp_path_factory.mktemp("messages")))


def test_every_machine_has_the_message(left: Left) -> None:
    assert {(row.outcome, row.amd_category) for row in left[1].log} == {("message_left", "machine")}


def test_no_message_begins_before_the_beep_has_ended(left: Left) -> None:
    for name, machine in left[0].items():
        assert machine.quiet_from_s is not None, name
        assert machine.message_began_s is not None, name
        assert machine.message_began_s > machine.quiet_from_s, name


def test_what_the_machine_keeps_is_the_whole_message(left: Left, asterisk: AsteriskProcess) -> None:  # noqa: F811
    message = read_wav(asterisk.sounds / "es" / "voicemail.wav").astype(np.float64) / 32768
    for name, machine in left[0].items():
        assert traces(machine.message, message) > 0.7, name
        assert machine.message.size > 0.9 * message.size, name
