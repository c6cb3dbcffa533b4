"""The embedded Asterisk: a private root, an instance of its own, the project's configuration and sounds."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dialer.provision.ivr_sounds import Voices, build_ivr_sounds, spoken_texts
from dialer.provision.process import AsteriskProcess, remove_abandoned
from dialer.provision.render import AsteriskConfig
from dialer.provision.root import ensure_root
from dialer.provision.sounds import Speech, build_demo, build_prompts

AGENT_DIAL_STRING = "Local/{agent}@cadencia-demo-agent/n"
NAME_PREFIX = "demo-"  #: of the instances' names; those whose owner died are tidied away
CARRIER_DIAL_STRING = "Local/{number}@cadencia-demo-carrier/n"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPlan:
    """``media_port`` is where this process listens for audio, ``agi_port`` for calls that serve
    themselves (0: there are none). ``speed`` divides the demo carrier's times."""

    name: str
    ami_secret: str
    media_port: int
    speech: Speech
    agi_port: int = 0
    voices: Voices = field(default_factory=Voices)
    speed: float = 1.0
    language: str = "es"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of the loopback interface that nobody has right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_embedded(plan: EmbeddedPlan, report: Callable[[str], None] = lambda _: None) -> AsteriskProcess:
    """Build what is missing, start, and return a running Asterisk. Blocks: a minute the first time, a second later.

    Raises ConfigurationError where this host or user cannot run it, TelephonyError where it does not come up.
    """
    root = ensure_root(report=report)
    remove_abandoned(root, NAME_PREFIX)
    instance = root.instance(plan.name)
    config = AsteriskConfig(
        ami_secret=plan.ami_secret,
        ami_port=free_port(),
        http_port=free_port(),
        sip_port=free_port(socket.SOCK_DGRAM),
        media=f"127.0.0.1:{plan.media_port}",
        agi=f"127.0.0.1:{plan.agi_port}" if plan.agi_port else "",
        sounds=instance.sounds,
        directories=instance.directories,
        default_language=plan.language,
        demo=True,
        demo_speed=plan.speed,
    )
    process = AsteriskProcess(config, instance)
    process.start()
    try:
        report("speaking the prompts")
        cache: Path = root.shared / "speech"
        build_prompts(process.sounds, cache, plan.speech)
        build_demo(process.sounds, cache)
        if plan.agi_port:
            report("speaking the flows")
            build_ivr_sounds(process.sounds, cache, plan.voices, spoken_texts((plan.speech.creditor,)))
    except BaseException:
        process.stop()
        raise
    return process
