"""Channels that Asterisk has and no campaign knows: an earlier engine left them, or an order given while blind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog

from dialer.domain.ids import call_of_third, is_call_id, is_leg_id
from dialer.engine.runner import CampaignRunner
from dialer.engine.switchboard import Switchboard
from dialer.errors import TelephonyError
from dialer.ports import LegPhase, LiveChannel, Telephony
from dialer.task_owner import TaskOwner

log = structlog.get_logger(__name__)

RUNG_OUT_S = 15.0  # a phone that rings is not cut before, by any law


class Strays:
    """Ends them. ``closing`` says that the process is about to end and nothing more is begun."""

    def __init__(
        self,
        runners: Mapping[str, CampaignRunner],
        switchboard: Switchboard,
        telephony: Telephony,
        tasks: TaskOwner,
        *,
        closing: Callable[[], bool],
    ) -> None:
        self._runners = runners
        self._switchboard = switchboard
        self._telephony = telephony
        self._tasks = tasks
        self._closing = closing

    async def end(self) -> bool:
        """Hang up every stray. False where a phone has not rung long enough to be cut yet: look again after
        ``RUNG_OUT_S``. Raises TelephonyError."""
        for runner in self._runners.values():
            await runner.wait_recovered()
        channels = await self._telephony.live_channels()
        legs = {seat.leg_id for runner in self._runners.values() for seat in runner.core.floor.roster}
        all_ended = True
        for channel in channels:
            if _is_stray(channel, self._switchboard, legs):
                if _rings_still(channel):
                    all_ended = False
                    continue
                log.info("channel.stray_ended", channel_id=channel.channel_id)
                await self._telephony.hang_up(channel.channel_id)
        return all_ended

    async def tidy_up(self) -> None:
        """End them, those that still ring later."""
        try:
            all_ended = await self.end()
        except TelephonyError as exc:  # the link is lost again; so this will be done again
            log.warning("channel.strays_not_ended", error=exc.message)
        else:
            if not all_ended and not self._closing():
                self._tasks.spawn(self._later(), "strays that ring")

    async def _later(self) -> None:
        await asyncio.sleep(RUNG_OUT_S)
        await self.tidy_up()


def _rings_still(channel: LiveChannel) -> bool:
    """Whether it is a call that nobody has answered, and too young to be given up."""
    ours = is_call_id(channel.channel_id) or call_of_third(channel.channel_id) is not None
    return ours and channel.phase is not LegPhase.UP and channel.duration_s < 2 * RUNG_OUT_S


def _is_stray(channel: LiveChannel, switchboard: Switchboard, legs: Collection[str]) -> bool:
    if is_leg_id(channel.channel_id):
        return channel.channel_id not in legs
    call_id = call_of_third(channel.channel_id) or channel.channel_id
    return is_call_id(call_id) and not switchboard.knows(call_id)
