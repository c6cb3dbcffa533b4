"""The link over a network that swallows what it carries, and gives it back later."""

from __future__ import annotations

import asyncio

import pytest

from dialer.clock import SystemClock
from dialer.errors import AmiDisconnected
from dialer.pbx.ami import AmiEndpoint, AmiLink, LinkChange
from tests.support.cut_proxy import cut_proxy
from tests.support.fake_ami import PATIENCE_S, fake_ami


async def test_what_was_sent_into_a_dead_network_never_arrives_late() -> None:
    """A call that is placed when the outage is over would ring a debtor of whom nobody knows any more."""
    changes: asyncio.Queue[bool] = asyncio.Queue()

    def on_link(change: LinkChange) -> None:
        changes.put_nowait(change.up)

    async with fake_ami() as ami, cut_proxy(ami.port) as proxy:
        endpoint = AmiEndpoint(
            username="u", secret="correct", port=proxy.port,
            ping_interval_s=0.2, dead_after_s=1.0, backoff_first_s=0.02, backoff_cap_s=0.02,
        )  # fmt: skip
        link = AmiLink(endpoint, SystemClock(), lambda _event: None, on_link)
        link.start()
        try:
            await link.wait_connected(PATIENCE_S)
            proxy.swallow()
            with pytest.raises(AmiDisconnected):
                await link.send({"Action": "Originate", "Channel": "Local/1@x"}, timeout_s=PATIENCE_S)
            await proxy.given_up()
            proxy.mend()
            async with asyncio.timeout(PATIENCE_S):
                assert [await changes.get() for _ in range(3)] == [True, False, True]
            await link.send({"Action": "CoreSettings"})
        finally:
            await link.close()
        assert ami.names() == ["CoreSettings"]
