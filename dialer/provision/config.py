"""Everything Asterisk's configuration depends on, as one immutable value.

Paths are as Asterisk itself sees them: inside the private root when it runs in one. Nothing here reads settings or
the environment, so the same value gives the same files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dialer.errors import ConfigurationError

# What would end a value early, start a comment, a section, a template or a substitution in an Asterisk file.
_HOSTILE = re.compile(r"[\x00-\x1f\x7f;,\[\]{}$\"\\]")
_STOCK_SOUNDS = PurePosixPath("/usr/share/asterisk/sounds/cadencia")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SHORTEST_SECRET = 16  # characters


def safe_value(value: object) -> str:
    """``value`` as it may stand in an Asterisk file. Raises ConfigurationError where it could mean more than itself."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float | PurePosixPath):
        raise ConfigurationError(f"A {type(value).__name__} cannot be written into an Asterisk file.")
    text = str(value)
    if _HOSTILE.search(text) or text != text.strip():
        raise ConfigurationError(
            "A setting for Asterisk holds a character that its files cannot carry safely. Leave out line breaks, "
            'surrounding blanks and any of ; , [ ] { } $ " \\'
        )
    return text


def _check_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{what} may have letters, digits and _ . - only, and at most 64 of them.")


def _check_port(what: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise ConfigurationError(f"{what} must be a port between 1 and 65535, not {port}.")


def _check_secret(what: str, secret: str) -> None:
    if len(secret) < _SHORTEST_SECRET:
        raise ConfigurationError(f"{what} must have at least {_SHORTEST_SECRET} characters.")


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigurationError(f"Two {what} are called {name}.")
        seen.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directories:
    """Where Asterisk keeps what."""

    etc: PurePosixPath
    modules: PurePosixPath
    data: PurePosixPath
    var: PurePosixPath
    spool: PurePosixPath
    run: PurePosixPath
    log: PurePosixPath

    @classmethod
    def of_distribution(cls, machine: str = "x86_64") -> Directories:
        """Those of the Debian and Ubuntu packages; ``machine`` is what ``uname -m`` says."""
        return cls(
            etc=PurePosixPath("/etc/asterisk"),
            modules=PurePosixPath(f"/usr/lib/{machine}-linux-gnu/asterisk/modules"),
            data=PurePosixPath("/usr/share/asterisk"),
            var=PurePosixPath("/var/lib/asterisk"),
            spool=PurePosixPath("/var/spool/asterisk"),
            run=PurePosixPath("/var/run/asterisk"),
            log=PurePosixPath("/var/log/asterisk"),
        )

    @classmethod
    def under(cls, folder: PurePosixPath, modules: PurePosixPath) -> Directories:
        """Everything that one instance writes in ``folder``; modules and stock sounds shared with the others."""
        return cls(
            etc=folder / "etc",
            modules=modules,
            data=PurePosixPath("/usr/share/asterisk"),
            var=folder / "var",
            spool=folder / "spool",
            run=folder / "run",
            log=folder / "log",
        )


_DTMF = ("auto", "rfc4733", "inband", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier. Calls go out as ``PJSIP/<number>@<name>``.

    With ``username`` the trunk answers the carrier's challenges; with ``register`` it also signs in to the carrier.
    ``dtmf`` is how keys arrive: ``auto`` (as RFC 4733 events where the carrier offers those, else as tones in the
    audio), ``rfc4733``, ``inband`` (tones, whatever it offers) or ``info``.
    """

    name: str
    host: str
    port: int = 5060
    username: str = ""
    password: str = field(default="", repr=False)
    register: bool = False
    from_domain: str = ""
    codecs: tuple[str, ...] = ("ulaw", "alaw")
    dtmf: str = "auto"

    def __post_init__(self) -> None:
        _check_name("A trunk's name", self.name)
        _check_port(f"The port of trunk {self.name}", self.port)
        if not self.host:
            raise ConfigurationError(f"Trunk {self.name} has no host.")
        if bool(self.username) != bool(self.password):
            raise ConfigurationError(f"Trunk {self.name} needs both a user name and a password, or neither.")
        if self.register and not self.username:
            raise ConfigurationError(f"Trunk {self.name} cannot register without a user name and a password.")
        if not self.codecs:
            raise ConfigurationError(f"Trunk {self.name} has no codec.")
        if self.dtmf not in _DTMF:
            raise ConfigurationError(f"Trunk {self.name}: dtmf must be one of {', '.join(_DTMF)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPhone:
    """An agent's telephone, called as ``PJSIP/<name>``: a desk phone, or with ``webrtc`` a browser."""

    name: str
    password: str = field(repr=False)
    webrtc: bool = False

    def __post_init__(self) -> None:
        _check_name("A phone's name", self.name)
        _check_secret(f"The password of phone {self.name}", self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskConfig:
    """One Asterisk.

    ``media`` is the engine's AudioSocket server, ``host:port``; a call's own ``CADENCIA_MEDIA`` wins over it.
    ``agi`` is the server that plays self-service flows, likewise; empty: calls that come in are refused.
    ``untaken_s`` is how long an answered call may go without anybody taking it before the abandoned message plays.
    ``demo_speed`` divides the waiting times of the demo carrier, which exists only with ``demo``.
    """

    ami_secret: str = field(repr=False)
    ami_user: str = "cadencia"
    ami_address: str = "127.0.0.1"
    ami_port: int = 5038
    http_address: str = "127.0.0.1"
    http_port: int = 8088
    sip_address: str = "127.0.0.1"
    sip_port: int = 5060
    rtp_first_port: int = 10000
    rtp_last_port: int = 20000
    media: str = "127.0.0.1:9019"
    agi: str = ""
    sounds: PurePosixPath = _STOCK_SOUNDS
    directories: Directories = field(default_factory=Directories.of_distribution)
    trunks: tuple[Trunk, ...] = ()
    phones: tuple[AgentPhone, ...] = ()
    default_language: str = "es"
    untaken_s: float = 6.0
    demo: bool = False
    demo_speed: float = 1.0

    def __post_init__(self) -> None:
        _check_secret("The AMI secret", self.ami_secret)
        _check_name("The AMI user", self.ami_user)
        for what, port in (
            ("The AMI port", self.ami_port),
            ("The HTTP port", self.http_port),
            ("The SIP port", self.sip_port),
            ("The first RTP port", self.rtp_first_port),
            ("The last RTP port", self.rtp_last_port),
        ):
            _check_port(what, port)
        if self.rtp_last_port - self.rtp_first_port < 10:
            raise ConfigurationError("The range of RTP ports is too small: a call takes two of them.")
        if self.default_language not in ("es", "en"):
            raise ConfigurationError("The default language must be es or en.")
        if not 1 <= self.untaken_s <= 30:
            raise ConfigurationError("An answered call may go untaken for 1 to 30 seconds.")
        if not 0.5 <= self.demo_speed <= 50:
            raise ConfigurationError("The speed of the demo carrier lies between 0.5 and 50.")
        _check_unique("trunks or phones", [*(t.name for t in self.trunks), *(p.name for p in self.phones)])

    @property
    def recordings(self) -> PurePosixPath:
        """Where MixMonitor writes, as Asterisk sees it."""
        return self.directories.spool / "monitor" / "cadencia"

    @property
    def cdr_file(self) -> PurePosixPath:
        return self.directories.log / "cdr-csv" / "Master.csv"
