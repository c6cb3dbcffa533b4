"""When agents were there: beside the log of attempts, for whoever plays a day again."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata
from dialer.store.types import RowId, UtcDateTime

# Signed in and not on a break. ``ended_at`` null: still there.
agent_presence = sa.Table(
    "agent_presence",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("agent_id", sa.String(64), nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("ix_agent_presence_campaign", "campaign_id", "began_at"),
)
