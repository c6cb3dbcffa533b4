"""What a person says who has listened to a call: who answered."""

from __future__ import annotations

from enum import StrEnum


class Label(StrEnum):
    """Who answered, as a person hears it. The values are stable ids."""

    HUMAN = "human"
    MACHINE = "machine"
    ANNOUNCEMENT = "announcement"
    FAX = "fax"
    SCREENER = "screener"
    SILENCE = "silence"
    UNCLEAR = "unclear"  #: not to be told; counts for nothing
