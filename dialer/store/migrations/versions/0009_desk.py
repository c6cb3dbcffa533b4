"""Drafts of agents' desks, and their breaks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json, RowId, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "desk_drafts",
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_desk_drafts")),
    )
    op.create_index("ix_desk_drafts_call_id", "desk_drafts", ["call_id"])
    op.create_table(
        "agent_pauses",
        sa.Column("id", RowId, nullable=False),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_agent_pauses_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_pauses")),
    )
    op.create_index("ix_agent_pauses_campaign_id", "agent_pauses", ["campaign_id", "began_at"])
