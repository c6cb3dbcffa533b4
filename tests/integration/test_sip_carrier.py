"""Calls over real SIP and RTP: Asterisk's trunk against SIPp as the carrier."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.sipp import Conduct, SippCarrier, tone
from tests.support.telephone_room import telephone_room

LOUD = 5000  # of 32768; the tone is louder, mu-law's silence far below


async def test_answers_refusals_and_early_media_arrive_as_they_are(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    audio = tone(tmp_path / "tone.ulaw")
    conducts = {
        "answers": Conduct(digits="01", audio=audio, talk_ms=400),
        "says nothing": Conduct(digits="02", talk_ms=400),
        "busy": Conduct(digits="03", status=486, reason="Busy Here"),
        "unknown": Conduct(digits="04", status=404, reason="Not Found"),
        "congested": Conduct(digits="05", status=503, reason="Service Unavailable"),
        "early, answered": Conduct(digits="06", early_ms=600, audio=audio, talk_ms=400),
        "early, released": Conduct(digits="07", early_ms=600, audio=audio, status=480, reason="Unavailable"),
    }
    with SippCarrier(asterisk.config.trunks[0].port, list(conducts.values()), tmp_path) as carrier:
        async with telephone_room(asterisk) as room:
            calls = {what: await room.place(f"PJSIP/+5731012345{c.digits}@carrier") for what, c in conducts.items()}
            early = [what for what, conduct in conducts.items() if conduct.early_ms]
            await asyncio.gather(*(room.listen_early(calls[what]) for what in early))
            ends = {what: await room.until_over(call_id) for what, call_id in calls.items()}

        causes = {what: end["cause"] for what, end in ends.items()}
        loud = {what for what, id_ in calls.items() if id_ in room.ears and max(room.ears[id_].peaks, default=0) > LOUD}
        assert {what for what, call_id in calls.items() if room.was_up(call_id)} == {
            "answers", "says nothing", "early, answered",
        }  # fmt: skip
        assert loud == {"answers", "early, answered", "early, released"}
        assert room.ears[calls["early, answered"]].connections == 2
        assert [causes[what] for what in ("busy", "unknown", "congested", "early, released")] == ["17", "1", "34", "19"]
        assert carrier.counts == {"invited": 7, "answered": 3, "hung_up": 3, "refused": 4}


async def test_a_call_that_we_end_while_it_rings_is_cancelled_at_the_carrier(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    with SippCarrier(asterisk.config.trunks[0].port, [Conduct(digits="9", ring_ms=60_000)], tmp_path) as carrier:
        async with telephone_room(asterisk) as room:
            call_id = await room.place("PJSIP/+573101234569@carrier")
            ringing = await room.until(lambda e: e.get("dialstatus") == "RINGING" and e.get("destuniqueid") == call_id)
            await room.link.send({"Action": "Hangup", "Channel": ringing["destchannel"]})
            await room.until_over(call_id)
            await carrier.until("cancelled")

        assert carrier.logged == [("573101234569", "invited"), ("573101234569", "cancelled")]
