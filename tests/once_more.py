"""Which test files are to be run once more, alone: ``python -m tests.once_more`` after a run that failed.

Tests of real calls are measured against a clock, and on two processors shared with the rest of the tests, or with other
machines, sound may come too late. Where only such tests failed, and few, they get a second run with nothing beside
them, and that one counts. Prints the files; exit code 1 where the first run's word stands.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

REAL_TIME = {"contract", "integration", "browser"}
MOST_FILES = 5  #: more than these is no accident
_CACHE = Path(".pytest_cache/v/cache/lastfailed")


def to_repeat(failed: Iterable[str]) -> list[str]:
    """The files of these test ids, in order; empty where the failure stands."""
    files = sorted({node.partition("::")[0] for node in failed})
    real_time = all(len(Path(file).parts) > 2 and Path(file).parts[1] in REAL_TIME for file in files)
    return files if real_time and len(files) <= MOST_FILES else []


def main() -> int:
    failed = json.loads(_CACHE.read_text(encoding="utf-8")) if _CACHE.is_file() else {}
    files = to_repeat(failed)
    print(*files)
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
