"""How soon after the beep a message begins, on a real Asterisk, as an answering machine hears it.

Run as ``python -m tests.perf.bench_message`` (as root). From the last sample of the beep to the first of the message.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.support.asterisk import start_asterisk
from tests.support.left_messages import leave_messages

ROUNDS = 5


def main() -> None:
    process = start_asterisk("message")
    try:
        for number in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                machines, _ = asyncio.run(leave_messages(process, Path(folder)))
            for name, machine in machines.items():
                if machine.message_began_s is None or machine.quiet_from_s is None:
                    print(f"{number + 1}  {name:<24} no message")
                else:
                    print(f"{number + 1}  {name:<24} {(machine.message_began_s - machine.quiet_from_s) * 1000:6.0f} ms")
    finally:
        process.remove()


if __name__ == "__main__":
    main()
