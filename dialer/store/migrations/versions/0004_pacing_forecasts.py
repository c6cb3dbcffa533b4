"""Forecasts: what the pacer expected and what came."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Tables follow in the same release."""
