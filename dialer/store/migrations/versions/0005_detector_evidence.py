"""What the detector heard of each answered call, and what a reviewer says of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json, RowId, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "detector_evidence",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), server_default="", nullable=False),
        sa.Column("category", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("delay_ms", sa.Integer(), nullable=True),
        sa.Column("heard_ms", sa.Integer(), nullable=True),
        sa.Column("onset_ms", sa.Integer(), nullable=True),
        sa.Column("speech_ms", sa.Integer(), nullable=True),
        sa.Column("silence_ms", sa.Integer(), nullable=True),
        sa.Column("early_speech_ms", sa.Integer(), nullable=True),
        sa.Column("phrases_ms", Json, nullable=True),
        sa.Column("pauses_ms", Json, nullable=True),
        sa.Column("tones", Json, nullable=True),
        sa.Column("phrase", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("second_look", Json, nullable=True),
        sa.Column("audio_file", sa.Text(), nullable=True),
        sa.Column("audio_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["attempts.call_id"], name=op.f("fk_detector_evidence_call_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_detector_evidence")),
    )
    kept = sa.text("audio_file IS NOT NULL")
    op.create_index(
        "ix_detector_evidence_kept", "detector_evidence", ["call_id"], sqlite_where=kept, postgresql_where=kept
    )
    op.create_table(
        "amd_reviews",
        sa.Column("id", RowId, nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.Column("reviewed_by", sa.String(length=64), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["detector_evidence.call_id"], name=op.f("fk_amd_reviews_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amd_reviews")),
    )
    op.create_index("ix_amd_reviews_call", "amd_reviews", ["call_id", "id"])
