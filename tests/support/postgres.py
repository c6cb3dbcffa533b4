"""A PostgreSQL server for the tests alone: the distribution's programs, a scratch folder, a free port on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

_LONGEST_START_S = 60


def find_binaries() -> Path:
    """The folder of the newest installed server. Raises FileNotFoundError with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise FileNotFoundError("PostgreSQL's server programs are not installed. Run: apt-get install postgresql")


class PostgresServer:
    """A running server. ``stop`` ends it and removes its folder."""

    def __init__(self) -> None:
        self._bin = find_binaries()
        # PostgreSQL refuses to run as root; its package brings a user of its own.
        self._user = "postgres" if os.geteuid() == 0 else None
        self._home = Path(tempfile.mkdtemp(prefix="cadencia-postgres-"))
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self._home, owner.pw_uid, owner.pw_gid)
        self._data = self._home / "data"
        self.port = _free_port()
        try:
            self._initialise()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """Make a database and return its URL."""
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # a fast shutdown: sessions are cut
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(timeout=20)
        shutil.rmtree(self._home, ignore_errors=True)

    def _initialise(self) -> None:
        command = [self._bin / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        self._run(*command, "--locale=C")

    def _start(self) -> subprocess.Popen[bytes]:
        log = (self._home / "log").open("wb")
        with log:
            process = subprocess.Popen(
                [
                    self._bin / "postgres",
                    *("-D", self._data),
                    *("-p", str(self.port)),
                    *("-c", "listen_addresses=127.0.0.1"),
                    *("-c", "unix_socket_directories="),
                    *("-c", "fsync=off"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self._user,
                cwd=self._home,
            )
        ready = [self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"]
        for _ in range(_LONGEST_START_S * 10):
            if subprocess.run(ready, check=False).returncode == 0:
                return process
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        process.kill()
        raise RuntimeError(f"PostgreSQL did not start: {(self._home / 'log').read_text()}")

    def _sql(self, statement: str) -> None:
        self._run(
            *(self._bin / "psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "postgres"),
            *("-v", "ON_ERROR_STOP=1", "-c", statement),
        )

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(command, user=self._user, cwd=self._home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
