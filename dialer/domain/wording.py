"""Which wording of the recorded message a person hears whom no agent takes. None of them ever speaks of a debt."""

from __future__ import annotations

from collections.abc import Sequence

DEFAULT_WORDING = "limited-content"

#: The wordings that ship, the one that says most first: who called, a number to call back, how to decline.
WORDINGS = ("uk-info-no-marketing", "us-limited-content", DEFAULT_WORDING)


def wording_for(demanded: Sequence[str]) -> str:
    """The wording that satisfies everything that the rule packs demand. One that does not ship is taken at its word:
    the recording may be there, and where it is not the dialplan falls back to what is."""
    shipped = [wording for wording in WORDINGS if wording in demanded]
    if shipped:
        return shipped[0]
    return min(demanded, default=DEFAULT_WORDING)
