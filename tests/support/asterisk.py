"""A real Asterisk for the tests, started once for the session in the private root. Never skips: it fails and says why.

Import the fixture where it is used: ``from tests.support.asterisk import asterisk  # noqa: F401``.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import replace

import pytest

from dialer.provision.process import AsteriskProcess, remove_abandoned
from dialer.provision.render import AsteriskConfig, Trunk
from dialer.provision.root import ensure_root
from dialer.provision.sounds import Speech, build_demo, build_prompts

_PREFIX = "test-"
SPEECH = Speech(creditor="Financiera Ejemplo", callback="55 1234 5678")
DEMO_SPEED = 5.0  #: how many times faster than life the demo carrier runs in tests


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port on the loopback that nobody has right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_asterisk(name: str, **changes: object) -> AsteriskProcess:
    """An Asterisk of its own on free ports, with the demo carrier and a trunk ``carrier`` to a free UDP port."""
    root = ensure_root()
    remove_abandoned(root, _PREFIX)
    instance = root.instance(f"{_PREFIX}{os.getpid()}-{name}")
    config = AsteriskConfig(
        ami_secret=secrets.token_hex(16),
        ami_port=free_port(),
        http_port=free_port(),
        sip_port=free_port(socket.SOCK_DGRAM),
        media=f"127.0.0.1:{free_port()}",
        sounds=instance.sounds,
        directories=instance.directories,
        trunks=(Trunk(name="carrier", host="127.0.0.1", port=free_port(socket.SOCK_DGRAM)),),
        demo=True,
        demo_speed=DEMO_SPEED,
    )
    process = AsteriskProcess(replace(config, **changes), instance)  # type: ignore[arg-type]
    process.start()  # first: the lock it takes keeps the folder from other runs' tidying
    try:
        build_prompts(process.sounds, root.shared / "speech", SPEECH)
        build_demo(process.sounds, root.shared / "speech")
    except BaseException:
        process.remove()
        raise
    return process


_RUNNING = pytest.StashKey[AsteriskProcess]()


@pytest.fixture(scope="session")
def asterisk(request: pytest.FixtureRequest) -> AsteriskProcess:
    """The one of this session, however many modules import the fixture; started again where a test has ended it."""
    stash = request.config.stash
    if _RUNNING not in stash or stash[_RUNNING].pid is None:
        if _RUNNING in stash:
            stash[_RUNNING].remove()
        stash[_RUNNING] = start_asterisk("session")
        request.config.add_cleanup(stash[_RUNNING].remove)
    return stash[_RUNNING]
