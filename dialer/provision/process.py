"""A running Asterisk of our own: started in the private root, watched until it serves, ended by its own pid.

The calls here block; from asyncio use ``asyncio.to_thread``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import IO

import structlog

from dialer.clock import Clock, SystemClock
from dialer.errors import ConfigurationError, TelephonyError
from dialer.provision.config import AsteriskConfig
from dialer.provision.render import render_to
from dialer.provision.root import AsteriskRoot, Instance

_log = structlog.get_logger(__name__)

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 10.0
_KILL_TIMEOUT_S = 5.0
_PRIORITY = 10  # that of asterisk -p
_POLL_S = 0.05
_LOG_LINES = 15


class AsteriskProcess:
    """One Asterisk on ``config``, in the folder of ``instance``.

    ``config.directories`` and ``config.sounds`` must lie in the instance. The folder survives ``stop``, with its
    recordings and call records; ``remove`` deletes it.
    """

    def __init__(self, config: AsteriskConfig, instance: Instance, *, clock: Clock | None = None) -> None:
        if config.directories.etc != instance.directories.etc:
            raise ConfigurationError(f"The configuration is not for the instance {instance.name}.")
        self.config = config
        self.instance = instance
        self._clock = clock or SystemClock()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def recordings(self) -> Path:
        """Where the recordings appear on the host."""
        return self.instance.root.outside(self.config.recordings)

    @property
    def cdr_file(self) -> Path:
        return self.instance.root.outside(self.config.cdr_file)

    @property
    def sounds(self) -> Path:
        return self.instance.root.outside(self.config.sounds)

    def start(self) -> None:
        """Return once Asterisk is fully booted and its manager interface has accepted our login.

        An Asterisk that a dead owner left in the same folder is ended first. Raises TelephonyError with the last
        lines of the log when it does not come up.
        """
        if os.geteuid() != 0:
            raise ConfigurationError(
                "Starting the private Asterisk needs root. Use sudo, or an Asterisk that already runs."
            )
        self._lock = _own(self.instance)
        try:
            end_orphan(self.instance)
            self._require_free_ports()
            self._prepare()
            self._spawn()
            self._wait_until_booted()
            self._require_modules()
        except BaseException:
            self.kill()
            raise
        preferred = _prefer(self.pid)
        _log.info(
            "asterisk.started",
            instance=self.instance.name,
            pid=self.pid,
            ami_port=self.config.ami_port,
            preferred=preferred,
        )

    def stop(self) -> None:
        """Ask it to end, hanging up every call; after ten seconds end it hard. Harmless when it does not run."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                _log.warning("asterisk.stop_timed_out", instance=self.instance.name, pid=self._process.pid)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait(_KILL_TIMEOUT_S)
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Stop it and delete its folder, recordings included."""
        self.stop()
        shutil.rmtree(self.instance.path, ignore_errors=True)

    def cli(self, command: str) -> str:
        """What Asterisk's own command line answers."""
        done = subprocess.run(  # noqa: S603 - no shell; one argument
            self._command("-nrx", command), capture_output=True, text=True, timeout=10, check=False
        )
        return done.stdout

    def log_tail(self, lines: int = _LOG_LINES) -> str:
        """The last lines that it logged or wrote to its console."""
        texts = []
        for name in ("console.log", "messages.log"):
            path = self.instance.path / "log" / name
            if path.is_file():
                texts += path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        return "\n".join(texts)

    def _command(self, *arguments: str) -> list[str]:
        root = self.instance.root
        uid, gid = root.user()
        return [
            "chroot", str(root.path),
            "setpriv", f"--reuid={uid}", f"--regid={gid}", "--init-groups",
            "asterisk", "-C", str(self.config.directories.etc / "asterisk.conf"), *arguments,
        ]  # fmt: skip

    def _require_free_ports(self) -> None:
        """Asterisk itself only logs a port that it cannot have, and goes on without."""
        config = self.config
        for name, address, port, kind in (
            ("AMI", config.ami_address, config.ami_port, socket.SOCK_STREAM),
            ("HTTP", config.http_address, config.http_port, socket.SOCK_STREAM),
            ("SIP", config.sip_address, config.sip_port, socket.SOCK_DGRAM),
        ):
            with socket.socket(socket.AF_INET, kind) as probe:
                if kind is socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((address, port))
                except OSError as exc:
                    raise TelephonyError(f"Asterisk cannot have its {name} port {address}:{port}: {exc}.") from exc

    def _prepare(self) -> None:
        root = self.instance.root
        root.make_host_name_resolve()
        directories = self.config.directories
        uid, gid = root.user()
        for inside in (
            directories.etc,
            directories.run,
            directories.var,
            directories.var / "keys",
            directories.var / "agi-bin",
            directories.log,
            self.config.cdr_file.parent,
            directories.spool,
            self.config.recordings.parent,
            self.config.recordings,
        ):
            folder = root.outside(inside)
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, uid, gid)
        for path in render_to(self.config, root.outside(directories.etc)):
            os.chown(path, uid, gid)
        for name in ("messages.log", "console.log"):
            (root.outside(directories.log) / name).unlink(missing_ok=True)

    def _spawn(self) -> None:
        console = self.instance.path / "log" / "console.log"
        with console.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - no shell; paths of our own
                self._command("-f"), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def _wait_until_booted(self) -> None:
        assert self._process is not None  # noqa: S101 - only called after _spawn
        deadline = self._clock.monotonic() + _START_TIMEOUT_S
        while self._clock.monotonic() < deadline:
            try:
                status = self._process.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                if _answers(self.config, deadline - self._clock.monotonic()):
                    return
            else:
                raise TelephonyError(f"Asterisk ended with {status} while it started:\n{self.log_tail()}")
        self._require_modules()  # what is missing says more than that nobody answers
        raise TelephonyError(f"Asterisk did not answer within {_START_TIMEOUT_S:.0f} s:\n{self.log_tail()}")

    def _require_modules(self) -> None:
        """Asterisk goes on without a required module whose file is missing, and only says so."""
        lines = (self.instance.path / "log" / "messages.log").read_text(encoding="utf-8", errors="replace").splitlines()
        missing = [m[1] for line in lines if (m := re.search(r"Failed to load module (\S+) - Required$", line))]
        if missing:
            raise TelephonyError(f"This Asterisk lacks modules that the dialer needs: {', '.join(missing)}")


def _prefer(pid: int | None) -> bool:
    """Let Asterisk send each packet in time while others want the processors too, as ``asterisk -p`` does and the
    units of distributions do. False where the system does not allow it.

    Measured with 100 self-service calls beside busy neighbours: gaps of up to 0.3 s in what is played without this, and
    none of 0.06 s with it.
    """
    threads = Path(f"/proc/{pid}/task")
    try:
        for _ in range(2):  # a thread is like the one that made it, and some are made meanwhile
            for thread in threads.iterdir():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(_PRIORITY))
    except OSError:
        return False
    return True


def end_orphan(instance: Instance) -> None:
    """End the Asterisk that a dead owner left in the instance's folder, if there is one."""
    pid_file = instance.path / "run" / "asterisk.pid"
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    # A pid is reused one day: only a process that runs on this very instance's file is ours.
    if str(instance.inside / "etc/asterisk.conf").encode() not in arguments:
        return
    _log.warning("asterisk.orphan_ended", instance=instance.name, pid=pid)
    with contextlib.suppress(ProcessLookupError), os.fdopen(os.pidfd_open(pid)) as handle:
        signal.pidfd_send_signal(handle.fileno(), signal.SIGKILL)
        death = select.poll()
        death.register(handle, select.POLLIN)
        death.poll(_KILL_TIMEOUT_S * 1000)  # until then it still has its ports
    pid_file.unlink(missing_ok=True)


def remove_abandoned(root: AsteriskRoot, prefix: str) -> None:
    """Delete the folders of instances whose name begins with ``prefix`` and whose owner is gone."""
    for instance in root.instances():
        if not instance.name.startswith(prefix):
            continue
        try:
            lock = _own(instance)
        except TelephonyError:
            continue
        with lock:
            end_orphan(instance)
            shutil.rmtree(instance.path, ignore_errors=True)


def _own(instance: Instance) -> IO[str]:
    """Hold the instance for as long as this process lives: the kernel drops the lock with it."""
    instance.path.mkdir(parents=True, exist_ok=True)
    file = (instance.path / "owner.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        file.close()
        raise TelephonyError(f"The Asterisk instance {instance.name} is in use by another process.") from exc
    return file


def _answers(config: AsteriskConfig, timeout_s: float) -> bool:
    """Whether the manager interface lets us in and says that Asterisk is fully booted."""
    login = (
        f"Action: Login\r\nUsername: {config.ami_user}\r\nSecret: {config.ami_secret}\r\nEvents: system\r\n\r\n"
    ).encode()
    try:
        with socket.create_connection((config.ami_address, config.ami_port), timeout=1.0) as link:
            link.settimeout(max(0.1, min(timeout_s, 10.0)))
            link.sendall(login)
            heard = b""
            while b"FullyBooted" not in heard:
                chunk = link.recv(4096)
                if not chunk:
                    return False
                heard += chunk
            return True
    except OSError:
        return False
