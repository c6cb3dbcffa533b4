"""People who use the console: accounts and sessions."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Tables follow in the same release."""
