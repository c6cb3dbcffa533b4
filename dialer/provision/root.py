"""A private Asterisk in a folder of its own, so that any Debian or Ubuntu host can run the very same release.

Debian stable has no Asterisk package and distributions differ in theirs. A minimal Debian with Asterisk 22 LTS is
installed once into a cache folder with debootstrap and entered with chroot; nothing else on the host changes. Every
running instance has a folder of its own inside the root, so several can share it and both sides see the same files.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dialer.errors import ConfigurationError, TelephonyError
from dialer.provision.config import Directories

Report = Callable[[str], None]

_SUITE = "sid"  # the only Debian suite with an asterisk package: 22 LTS
_PACKAGES = ("asterisk", "asterisk-core-sounds-es-wav", "asterisk-core-sounds-en-wav")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_BUILD_TIMEOUT_S = 1800.0
_DEFAULT_LOCATION = "/var/cache/cadencia/asterisk-root"
_INSTANCES = PurePosixPath("/srv/cadencia")


def default_location() -> Path:
    """``CADENCIA_ASTERISK_ROOT``, or a folder under /var/cache."""
    return Path(os.environ.get("CADENCIA_ASTERISK_ROOT", _DEFAULT_LOCATION))


@dataclass(frozen=True, slots=True)
class AsteriskRoot:
    """A finished root. ``path`` is where it lies on the host."""

    path: Path

    @property
    def modules(self) -> PurePosixPath:
        """Asterisk's module folder, as seen inside."""
        for folder in sorted(self.path.glob("usr/lib/*/asterisk/modules")):
            return self.inside(folder)
        raise ConfigurationError(f"There is no Asterisk in {self.path}. Remove the folder and run: scripts/setup")

    @property
    def shared(self) -> Path:
        """A folder on the host, inside the root, for what all instances share."""
        return self.outside(_INSTANCES / ".shared")

    def outside(self, inside: PurePosixPath) -> Path:
        """The host's path of a path that Asterisk sees."""
        return self.path / inside.relative_to("/")

    def inside(self, outside: Path) -> PurePosixPath:
        """The path as Asterisk sees it of a host's path within the root."""
        return PurePosixPath("/") / outside.relative_to(self.path)

    def instance(self, name: str) -> Instance:
        return Instance(self, name)

    def instances(self) -> list[Instance]:
        folder = self.outside(_INSTANCES)
        if not folder.is_dir():
            return []
        return [Instance(self, p.name) for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]

    def user(self) -> tuple[int, int]:
        """Numeric user and group of the unprivileged account that Asterisk runs under."""
        for line in (self.path / "etc/passwd").read_text(encoding="utf-8").splitlines():
            name, _, uid, gid, *_ = line.split(":")
            if name == "asterisk":
                return int(uid), int(gid)
        raise ConfigurationError(f"The root {self.path} has no asterisk user. Remove the folder and run: scripts/setup")

    def make_host_name_resolve(self) -> None:
        """Asterisk looks its host's name up as it starts, and pauses for many seconds where that fails."""
        hosts = self.path / "etc/hosts"
        partial = hosts.with_suffix(f".{os.getpid()}")
        partial.write_text(f"127.0.0.1 localhost {platform.node()}\n::1 localhost\n", encoding="utf-8")
        partial.replace(hosts)


@dataclass(frozen=True, slots=True)
class Instance:
    """The folder of one running Asterisk within the root."""

    root: AsteriskRoot
    name: str

    @property
    def inside(self) -> PurePosixPath:
        return _INSTANCES / self.name

    @property
    def path(self) -> Path:
        """The folder on the host."""
        return self.root.outside(self.inside)

    @property
    def directories(self) -> Directories:
        return Directories.under(self.inside, self.root.modules)

    @property
    def sounds(self) -> PurePosixPath:
        return self.inside / "sounds"


def ensure_root(location: Path | None = None, *, report: Report = lambda _: None, mirror: str = "") -> AsteriskRoot:
    """Build the root unless it is there; takes about a minute and 600 MB. Two callers at once build it once.

    ``mirror`` is a Debian mirror's address; empty uses ``CADENCIA_DEBIAN_MIRROR``, or debootstrap's own choice.
    Raises ConfigurationError, saying what to do, where the host cannot build it.
    """
    target = location or default_location()
    if _complete(target):
        return AsteriskRoot(target)
    _check_host()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target.with_name(target.name + ".lock")):
        if not _complete(target):
            _build(target, mirror or os.environ.get("CADENCIA_DEBIAN_MIRROR", ""), report)
    return AsteriskRoot(target)


def _complete(target: Path) -> bool:
    return (target / "usr/sbin/asterisk").is_file()


def _check_host() -> None:
    if platform.system() != "Linux":
        raise ConfigurationError(
            "The private Asterisk runs on Linux only. Use an Asterisk of your own, or the container."
        )
    if os.geteuid() != 0:
        raise ConfigurationError(
            "Building the private Asterisk needs root. Run: sudo scripts/setup "
            "(or point the settings at an Asterisk that is already there)"
        )
    if shutil.which("debootstrap") is None:
        raise ConfigurationError("debootstrap is not installed. Run: apt-get install debootstrap")
    if not _KEYRING.is_file():
        raise ConfigurationError("Debian's signing keys are not installed. Run: apt-get install debian-archive-keyring")


def _build(target: Path, mirror: str, report: Report) -> None:
    partial = target.with_name(target.name + ".partial")
    if partial.exists():
        report("removing an unfinished Asterisk root")
        shutil.rmtree(partial)
    log_file = target.with_name(target.name + ".log")
    # debootstrap checks the archive's signature but not its valid-until date, so a mirror that lags still serves.
    command = [
        "debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}",
        f"--keyring={_KEYRING}", "--force-check-gpg", _SUITE, str(partial),
    ]  # fmt: skip
    if mirror:
        command.append(mirror)
    report(f"installing Asterisk into {target} (about a minute; log in {log_file})")
    with log_file.open("w", encoding="utf-8") as log:
        try:
            done = subprocess.run(  # noqa: S603 - fixed command; the mirror is the administrator's
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=_BUILD_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as exc:
            raise TelephonyError(f"Installing Asterisk took over {_BUILD_TIMEOUT_S:.0f} s. See {log_file}") from exc
    if done.returncode != 0:
        tail = "\n".join(log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
        raise TelephonyError(f"debootstrap failed with {done.returncode}; {log_file} ends:\n{tail}")
    if not _complete(partial):
        raise TelephonyError(f"debootstrap finished without installing Asterisk. See {log_file}")
    for archive in (partial / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    partial.rename(target)
    report("Asterisk is installed")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
