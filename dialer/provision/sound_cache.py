"""Sounds kept under a name made of all that they depend on, and linked from there to where Asterisk plays them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ivr_flows.voice import Samples, write_wav


def cached_sound(cache: Path, recipe: Sequence[str], make: Callable[[], Samples]) -> Path:
    """The file of a sound in the folder ``cache``, made now where it is not there. ``recipe`` is what it depends on."""
    path = cache / f"{hashlib.sha256(chr(0).join(recipe).encode()).hexdigest()[:32]}.wav"
    if not path.is_file():
        write_wav(path, make())
    return path


def link_sound(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, or a copy; whoever reads it sees the old one or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, partial)
    partial.replace(target)
