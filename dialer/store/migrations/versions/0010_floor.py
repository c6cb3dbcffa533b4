"""Schedules of campaigns, and files handed in at the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json, RowId, UtcDateTime

revision = "0010"
down_revision = "0009"

_STATES = ("received", "checking", "checked", "running", "done", "failed", "discarded")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("scheduled_at", UtcDateTime(), nullable=True))
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", RowId, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="received", nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("report", Json, nullable=False),
        sa.CheckConstraint(" OR ".join(f"state = '{each}'" for each in _STATES), name=op.f("ck_uploads_state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_uploads_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_began", "uploads", ["began_at"])
