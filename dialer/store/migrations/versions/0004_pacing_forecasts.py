"""Forecasts: what the pacer expected and what came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json, RowId, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "pacing_forecasts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.Column("forecast_people", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("bins", Json, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_pacing_forecasts_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pacing_forecasts")),
    )
    op.create_index("ix_pacing_forecasts_campaign", "pacing_forecasts", ["campaign_id", "since"])
