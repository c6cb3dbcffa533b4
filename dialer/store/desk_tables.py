"""What agents' desks keep: the half-written word about a call, and the breaks that agents took."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata
from dialer.store.types import Json, RowId, UtcDateTime

# One for each agent: that of the call they have. It is gone once the call is written down.
desk_drafts = sa.Table(
    "desk_drafts",
    metadata,
    sa.Column("agent_id", sa.String(64), primary_key=True),
    sa.Column("call_id", sa.String(36), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", Json, nullable=False),
    sa.Column("written_at", UtcDateTime, nullable=False),
    sa.Index("ix_desk_drafts_call_id", "call_id"),
)

# ``ended_at`` null: still away.
agent_pauses = sa.Table(
    "agent_pauses",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("agent_id", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False, server_default=""),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("ix_agent_pauses_campaign_id", "campaign_id", "began_at"),
)
