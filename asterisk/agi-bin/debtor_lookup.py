#!/usr/bin/env python3
"""Who is calling? A classic AGI script, one process a call, for dialplans of your own.

    exten => s,1,AGI(debtor_lookup.py,/etc/cadencia/debtors.csv)
     same => n,GotoIf($["${CADENCIA_DEBTOR_ID}" = ""]?unknown)

The CSV file has the columns phone, debtor_id and language. The caller's number is compared by its digits, from the
end, so that +57 310 123 4567 and 3101234567 are the same. Sets CADENCIA_DEBTOR_ID and CADENCIA_LANG; both stay empty
for a stranger. Needs the extra "agi" (pyst2). The dialer itself answers AGI in its own process and does not use this.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

from asterisk.agi import AGI, AGIException

_SHORTEST_NUMBER = 7  # digits; less would match by accident


def find(file: Path, caller: str) -> tuple[str, str]:
    """The debtor's id and language, or two empty strings."""
    wanted = re.sub(r"\D", "", caller)
    if len(wanted) < _SHORTEST_NUMBER:
        return "", ""
    with file.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            known = re.sub(r"\D", "", row["phone"])
            if len(known) >= _SHORTEST_NUMBER and (known.endswith(wanted) or wanted.endswith(known)):
                return row["debtor_id"], row["language"]
    return "", ""


def safe(value: str) -> str:
    """pyst2 puts a value between quotes without escaping what is in it."""
    return re.sub(r"[^\w .+-]", "", value)


def main() -> int:
    try:
        agi = AGI()
        debtor_id, language = find(Path(sys.argv[1]), agi.env.get("agi_callerid", ""))
        agi.set_variable("CADENCIA_DEBTOR_ID", safe(debtor_id))
        agi.set_variable("CADENCIA_LANG", safe(language))
    except (AGIException, BrokenPipeError, ValueError):
        return 0  # the caller hung up: pyst2 meets the end of its input as a ValueError
    except (OSError, KeyError, IndexError) as exc:
        print(f"debtor_lookup: {exc!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
