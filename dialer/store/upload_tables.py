"""Files that people handed in at the console, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata, state_column, states
from dialer.store.types import Json, RowId, UtcDateTime

# The file lies in the data folder under its id until it is taken in or discarded. ``options``: what was chosen for
# reading it; ``report``: what the last reading of it came to. Payments may come without a campaign.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id")),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    state_column("received"),
    states("received", "checking", "checked", "running", "done", "failed", "discarded"),
    sa.Column("options", Json, nullable=False),
    sa.Column("report", Json, nullable=False),
    sa.Index("ix_uploads_began", "began_at"),
)
