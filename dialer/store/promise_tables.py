"""Tables of promises to pay and of payments. Money is whole minor units, as in ``tables.py``."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata, state_column, states
from dialer.store.types import RowId, UtcDateTime

# One debt's promise. ``request_key`` is whoever asked for it saying the same thing twice: the second one changes
# nothing. ``waits_until`` is when the next payment is late, in UTC; null once the promise is over. ``paid_minor`` is
# what came since it was made.
promises = sa.Table(
    "promises",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("reference", sa.String(12), nullable=False, unique=True),
    sa.Column("request_key", sa.String(80), nullable=False, unique=True),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("debt_id", RowId, sa.ForeignKey("debts.id"), nullable=False),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    state_column("pending"),
    states("pending", "kept", "partly_kept", "broken", "replaced"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("discount", sa.Float, nullable=False, server_default="0"),
    sa.Column("grace_days", sa.SmallInteger, nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("captured_by", sa.String(64), nullable=False),
    sa.Column("call_id", sa.String(36)),  # the call in which it was given, and so its recording
    sa.Column("promised_at", UtcDateTime, nullable=False),
    sa.Column("promised_on", sa.Date, nullable=False),  # the debtor's date then
    sa.Column("waits_until", UtcDateTime),
    sa.Column("paid_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("decided_at", UtcDateTime),
    sa.Index("ix_promises_debtor", "debtor_id", "promised_at"),
    sa.Index("ix_promises_campaign", "campaign_id", "id"),
)
is_pending = promises.c.state == sa.literal_column("'pending'")
sa.Index("uq_promises_pending", promises.c.debt_id, unique=True, sqlite_where=is_pending, postgresql_where=is_pending)
sa.Index("ix_promises_waiting", promises.c.waits_until, sqlite_where=is_pending, postgresql_where=is_pending)

promise_instalments = sa.Table(
    "promise_instalments",
    metadata,
    sa.Column("promise_id", RowId, sa.ForeignKey("promises.id"), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
)

# ``origin`` is who tells of it, a bank or a file; its ``reference`` is unique there, so that a payment told twice is
# one payment.
payments = sa.Table(
    "payments",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("origin", sa.String(64), nullable=False),
    sa.Column("reference", sa.String(120), nullable=False),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("debt_id", RowId, sa.ForeignKey("debts.id"), nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("paid_on", sa.Date, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("origin", "reference"),
    sa.Index("ix_payments_debt", "debt_id", "paid_on"),
    sa.Index("ix_payments_debtor", "debtor_id", "paid_on"),
)
