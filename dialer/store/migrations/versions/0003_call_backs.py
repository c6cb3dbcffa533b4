"""Calls that were promised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import RowId, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", RowId, nullable=False),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("promised_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state = 'open' OR state = 'closed'", name=op.f("ck_call_backs_state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_call_backs_campaign_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_call_backs_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
    )
    promised = sa.text("state = 'open'")
    op.create_index(
        "uq_call_backs_open",
        "call_backs",
        ["campaign_id", "debtor_id"],
        unique=True,
        sqlite_where=promised,
        postgresql_where=promised,
    )
    op.create_index(
        "ix_call_backs_due",
        "call_backs",
        ["campaign_id", "due_at"],
        sqlite_where=promised,
        postgresql_where=promised,
    )
