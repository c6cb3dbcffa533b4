"""Models built in a process of their own, and kept so that the next who wants one need not wait."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from dialer.amd.model_card import CARD_NAME
from dialer.errors import ConfigurationError, MediaError
from dialer.voskmini.corpus import LANGUAGES
from dialer.voskmini.espeak import version
from dialer.voskmini.recipe import Recipe

#: What a model that understands its own kind of speech well takes: some minutes.
FULL: Final = Recipe()
#: Enough for tests and the demonstration: about a minute of one processor.
QUICK: Final = Recipe(seconds=3600.0, epochs=5, width=128)

_LOCATION_VARIABLE: Final = "CADENCIA_MODEL_CACHE"
_LOCATIONS: Final = (Path("/var/cache/cadencia/models"), Path("~/.cache/cadencia/models"))
_LONGEST_S: Final = 7200.0
# One thread, or the order of sums would depend on the machine. The kernel of processors that all have today, or it
# would depend on the processor.
_STEADY: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "PYTHONHASHSEED": "0",
}


def build(
    language: str,
    recipe: Recipe,
    folder: Path,
    tell: Callable[[str], None],
    *,
    calls: Path | None = None,
    of_people: bool = False,
) -> None:
    """Make the model of ``language`` in ``folder``, whole or not at all, in a process of the lowest priority. Blocks
    for minutes. ``calls`` is a manifest of transcribed calls to learn from too; ``of_people``: somebody confirms that
    people speak in them. Raises MediaError where it fails."""
    arguments = ["-m", "dialer.voskmini", language, str(folder)]
    for name in ("seconds", "epochs", "width", "batch", "seed"):
        arguments += [f"--{name}", str(getattr(recipe, name))]
    if calls is not None:
        arguments += ["--calls", str(calls.resolve())]
    if of_people:
        arguments.append("--of-people")
    run_steadily(arguments, tell)


def run_steadily(arguments: Sequence[str], tell: Callable[[str], None], *, folder: Path | None = None) -> None:
    """Run Python in a process of its own, in ``folder``, in which sums come out the same every time. ``tell`` gets each
    line that it prints. Raises MediaError with the last one where it fails."""
    last = ""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, **_STEADY},
    ) as process:
        guard = threading.Timer(_LONGEST_S, process.kill)
        guard.start()
        try:
            for line in process.stdout or ():
                last = line.strip()
                tell(last)
            code = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            guard.cancel()
    if code != 0:
        raise MediaError(f"The model could not be made: {last or f'the process ended with {code}'}")


def kept(language: str, recipe: Recipe, tell: Callable[[str], None]) -> Path:
    """The model of ``language`` from the cache, made now where it is not there. The name holds a digest of all that it
    depends on, so a change of code or texts makes a new one."""
    folder = cache_folder() / f"{language}-{_fingerprint(recipe)}"
    if not (folder / CARD_NAME).is_file():
        build(language, recipe, folder, tell)
    return folder


def keep_quick_models(tell: Callable[[str], None]) -> None:
    """The quick models of all languages into the cache, at the same time."""
    with ThreadPoolExecutor(len(LANGUAGES), thread_name_prefix="voskmini") as pool:
        made = [pool.submit(kept, language, QUICK, lambda line: None) for language in LANGUAGES]
        for one in made:
            tell(str(one.result()))


def cache_folder() -> Path:
    """``CADENCIA_MODEL_CACHE``, or the first of the usual places that can be written to. Raises ConfigurationError."""
    named = os.environ.get(_LOCATION_VARIABLE)
    for place in [Path(named)] if named else [location.expanduser() for location in _LOCATIONS]:
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place
    raise ConfigurationError(f"There is no folder to keep speech models in: set {_LOCATION_VARIABLE} to one.")


def _fingerprint(recipe: Recipe) -> str:
    digest = hashlib.sha256(f"{recipe!r} {np.__version__} {version()}".encode())
    room = resources.files("dialer.voskmini")
    for source in sorted((*room.iterdir(), *room.joinpath("texts").iterdir()), key=lambda one: one.name):
        if source.name.endswith((".py", ".yaml")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
