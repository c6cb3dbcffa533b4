"""What one installation keeps in its data folder besides the database: its secrets, and the lock on its engine."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from dialer.clock import entropy
from dialer.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Made at first run. ``repr`` shows none of them."""

    ami_secret: str
    console_token: str
    console_key: str

    def __repr__(self) -> str:
        return "Secrets(...)"

    @classmethod
    def fresh(cls) -> Secrets:
        return cls(
            ami_secret=entropy(24).hex(),
            console_token=entropy(24).hex(),
            console_key=entropy(32).hex(),
        )


def prepare_data_dir(folder: Path) -> None:
    """Make the folder and see that it can be written to. Raises ConfigurationError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as exc:
        raise ConfigurationError(
            f"The data folder {folder} cannot be written to ({exc.strerror}). Give this user the right to write there, "
            "or point CADENCIA_DATA_DIR at another folder. Nothing was changed."
        ) from exc


def load_secrets(folder: Path) -> Secrets:
    """The installation's secrets, made now if there are none. Raises ConfigurationError for a damaged file."""
    path = folder / "secrets.json"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(Secrets.fresh()), file, indent=1)
    try:
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise ConfigurationError(
            f"The secrets in {path} cannot be read. Restore the file from a backup, or delete it: new secrets are made "
            "at the next start, and Asterisk's manager.conf and open console sessions then need the new ones."
        ) from exc


class EngineLock:
    """Held by the one engine that dials from a data folder. Two would dial the same debtors twice."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "engine.lock"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Raises ConfigurationError where another engine holds it. The lock dies with the process, however it dies."""
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            file.close()
            raise ConfigurationError(
                f"Another engine already runs on {self._path.parent}. Stop it first, or give this one a data folder of "
                "its own with CADENCIA_DATA_DIR."
            ) from exc
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
