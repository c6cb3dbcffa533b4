"""Tables of what the detector heard of each answered call, and of what a reviewer says who has listened to it."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata
from dialer.store.types import Json, RowId, UtcDateTime

# One row an answered call. The times are of the greeting, in ms, and say nothing of who spoke; ``words``, ``phrase``
# and the audio are personal data: erasing.py and retention.py empty them. ``category`` is null where the call ended
# before a verdict. ``audio_file`` is a path under the folder of the recordings.
detector_evidence = sa.Table(
    "detector_evidence",
    metadata,
    sa.Column("call_id", sa.String(36), sa.ForeignKey("attempts.call_id"), primary_key=True),
    sa.Column("mode", sa.String(16), nullable=False, server_default=""),
    sa.Column("category", sa.String(16)),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("confidence", sa.Float),
    sa.Column("delay_ms", sa.Integer),
    sa.Column("heard_ms", sa.Integer),
    sa.Column("onset_ms", sa.Integer),
    sa.Column("speech_ms", sa.Integer),
    sa.Column("silence_ms", sa.Integer),
    sa.Column("early_speech_ms", sa.Integer),
    sa.Column("phrases_ms", Json),
    sa.Column("pauses_ms", Json),
    sa.Column("tones", Json),
    sa.Column("phrase", sa.Text, nullable=False, server_default=""),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("model", sa.Text, nullable=False, server_default=""),  # by which words or timing were judged; empty: none
    sa.Column("second_look", Json),  # machine evidence after the connection
    sa.Column("audio_file", sa.Text),
    sa.Column("audio_s", sa.Float),
)
is_kept = detector_evidence.c.audio_file.is_not(None)
sa.Index("ix_detector_evidence_kept", detector_evidence.c.call_id, sqlite_where=is_kept, postgresql_where=is_kept)

# What a person heard. Nothing is changed: the latest of a call counts.
amd_reviews = sa.Table(
    "amd_reviews",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("call_id", sa.String(36), sa.ForeignKey("detector_evidence.call_id"), nullable=False),
    sa.Column("label", sa.String(16), nullable=False),
    sa.Column("reviewed_by", sa.String(64), nullable=False),
    sa.Column("reviewed_at", UtcDateTime, nullable=False),
    sa.Index("ix_amd_reviews_call", "call_id", "id"),
)
