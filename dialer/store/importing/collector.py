"""Python's cycle collector, held back while thousands of rows are built.

Rows hold no cycles, but each few hundred new ones would start a search among all that are alive: a fifth of the time
of an import.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection inside the block, which should last no longer than a chunk of rows takes."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
