"""Promises to pay and payments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import RowId, UtcDateTime

revision = "0006"
down_revision = "0005"

_STATES = ("pending", "kept", "partly_kept", "broken", "replaced")


def upgrade() -> None:
    op.add_column("debts", sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("debts", sa.Column("held_until", UtcDateTime(), nullable=True))
    op.create_table(
        "promises",
        sa.Column("id", RowId, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("request_key", sa.String(length=80), nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("debt_id", RowId, nullable=False),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.Float(), server_default="0", nullable=False),
        sa.Column("grace_days", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("captured_by", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=True),
        sa.Column("promised_at", UtcDateTime(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("waits_until", UtcDateTime(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(" OR ".join(f"state = '{each}'" for each in _STATES), name=op.f("ck_promises_state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_promises_campaign_id")),
        sa.ForeignKeyConstraint(["debt_id"], ["debts.id"], name=op.f("fk_promises_debt_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_promises_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("reference", name=op.f("uq_promises_reference")),
        sa.UniqueConstraint("request_key", name=op.f("uq_promises_request_key")),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("ix_promises_debtor", "promises", ["debtor_id", "promised_at"])
    op.create_index("ix_promises_campaign", "promises", ["campaign_id", "id"])
    op.create_index(
        "uq_promises_pending", "promises", ["debt_id"], unique=True, sqlite_where=pending, postgresql_where=pending
    )
    op.create_index("ix_promises_waiting", "promises", ["waits_until"], sqlite_where=pending, postgresql_where=pending)
    op.create_table(
        "promise_instalments",
        sa.Column("promise_id", RowId, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_instalments_promise_id")),
        sa.PrimaryKeyConstraint("promise_id", "number", name=op.f("pk_promise_instalments")),
    )
    op.create_table(
        "payments",
        sa.Column("id", RowId, nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("debt_id", RowId, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["debt_id"], ["debts.id"], name=op.f("fk_payments_debt_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_payments_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("origin", "reference", name=op.f("uq_payments_origin_reference")),
    )
    op.create_index("ix_payments_debt", "payments", ["debt_id", "paid_on"])
    op.create_index("ix_payments_debtor", "payments", ["debtor_id", "paid_on"])
