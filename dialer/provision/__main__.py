"""``python -m dialer.provision``: install the private Asterisk, saying what happens. Used by scripts/setup."""

from __future__ import annotations

import sys

from dialer.errors import CadenciaError
from dialer.provision.root import ensure_root


def main() -> int:
    try:
        root = ensure_root(report=lambda line: print(line, file=sys.stderr))  # noqa: T201 - a command's own output
    except CadenciaError as exc:
        print(exc.message, file=sys.stderr)  # noqa: T201
        return 1
    print(f"Asterisk: {root.path}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
