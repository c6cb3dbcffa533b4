"""``python -m dialer.provision``: install the private Asterisk, saying what happens. Used by scripts/setup.

With ``sounds`` also speak what self-service flows say into its cache: a minute the first time."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from dialer.errors import CadenciaError
from dialer.provision.ivr_sounds import Voices, build_ivr_sounds, spoken_texts
from dialer.provision.root import ensure_root


def main() -> int:
    try:
        root = ensure_root(report=lambda line: print(line, file=sys.stderr))  # noqa: T201 - a command's own output
        if "sounds" in sys.argv[1:]:
            with tempfile.TemporaryDirectory() as folder:
                build_ivr_sounds(Path(folder), root.shared / "speech", Voices(), spoken_texts())
    except CadenciaError as exc:
        print(exc.message, file=sys.stderr)  # noqa: T201
        return 1
    print(f"Asterisk: {root.path}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
