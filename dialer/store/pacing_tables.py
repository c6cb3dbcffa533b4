"""The table of what the pacer forecast and of what came."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata
from dialer.store.types import Json, RowId, UtcDateTime

# Some minutes of a campaign's dialing. ``expected`` of the ``forecast_people`` should have been abandoned; ``bins`` has
# the same by the chance that was forecast: low, calls, people, expected, abandoned.
pacing_forecasts = sa.Table(
    "pacing_forecasts",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("target", sa.Float, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("abandoned", sa.Integer, nullable=False),
    sa.Column("forecast_people", sa.Integer, nullable=False),
    sa.Column("expected", sa.Float, nullable=False),
    sa.Column("bins", Json, nullable=False),
    sa.Index("ix_pacing_forecasts_campaign", "campaign_id", "since"),
)
