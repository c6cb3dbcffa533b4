"""Whatever is pressed, and whenever, while sounds are played, keys awaited and nothing at all happens: every key comes
out once and in its order, and nobody waits for one that is there."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from dialer.ivr.keys import KeyBox
from dialer.ivr.line import AgiLine
from dialer.virtual_time import run_virtually
from tests.support.agi_channel import AgiChannel

presses = st.lists(
    st.tuples(st.sampled_from([0.05, 0.1, 0.15, 0.4, 1.7]), st.sampled_from("0123456789*#")), max_size=30
)
doings = st.lists(st.sampled_from(["play", "key", "work", "stray sign", "words"]), min_size=1, max_size=15)


@given(
    presses=presses,
    doings=doings,
    told_after_s=st.sampled_from([0.0, 0.003, 0.08, 0.3]),
    takes_s=st.sampled_from([0.001, 0.03, 0.2]),
)
def test_no_key_is_lost_doubled_or_out_of_order(
    presses: list[tuple[float, str]], doings: list[str], told_after_s: float, takes_s: float
) -> None:
    async def story() -> None:
        box = KeyBox()
        channel = AgiChannel(box.press, tell_after_s=told_after_s, takes_s=takes_s)
        line = AgiLine(channel, "/sounds", box, stop=channel.stop)

        async def person() -> None:
            for pause_s, key in presses:
                await asyncio.sleep(pause_s)
                channel.press(key)

        pressing = asyncio.create_task(person())
        got = ""
        for doing in doings:
            match doing:
                case "play":
                    got += await line.play(["a", "b"])
                case "key":
                    got += await line.key(0.7)
                case "work":
                    await asyncio.sleep(0.35)
                case "stray sign":
                    channel.stop()
                case "words":
                    box.wake()
        await pressing
        await asyncio.sleep(1)
        while key := await line.key(0.1):
            got += key
        assert got.replace("D", "") == "".join(key for _, key in presses)
        assert not box.shut
        assert box.dropped == 0

    run_virtually(story())
