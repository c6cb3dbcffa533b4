"""What the detector heard of each answered call, and what a reviewer says of it."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Tables follow in the same release."""
