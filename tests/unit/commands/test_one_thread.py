"""Linear algebra runs in one thread: what several would cost is in ``dialer.one_thread``."""

from __future__ import annotations

import os
import subprocess
import sys


def threads_after(program: str, **environment: str) -> list[str]:
    told = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    show = f"{program}; import os; print(os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'])"
    done = subprocess.run(
        [sys.executable, "-c", show],
        env={**told, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def test_the_command_line_asks_for_one_thread_before_numpy_is_loaded() -> None:
    spy = "import sys; sys.modules['numpy'] = None\ntry:\n import dialer.cli\nexcept ImportError:\n pass\nx = 1"
    assert threads_after(spy) == ["1", "1"]


def test_whoever_wants_more_threads_gets_them() -> None:
    assert threads_after("import dialer.one_thread", OMP_NUM_THREADS="3")[0] == "3"
