"""What reviewers say of calls that they have heard. Nothing is changed or deleted: the latest word on a call counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from dialer.domain.review import Label
from dialer.errors import UnknownAttempt
from dialer.store.detector_tables import amd_reviews, detector_evidence


def latest_label() -> sa.Subquery:
    """Of each reviewed call its latest review."""
    latest = sa.select(sa.func.max(amd_reviews.c.id)).group_by(amd_reviews.c.call_id)
    return sa.select(amd_reviews).where(amd_reviews.c.id.in_(latest)).subquery("latest_reviews")


def review(connection: sa.Connection, call_id: str, label: Label, *, by: str, at: datetime) -> None:
    """Write down what ``by`` heard. Raises UnknownAttempt where the detector left nothing of such a call."""
    if not connection.scalar(sa.select(sa.exists().where(detector_evidence.c.call_id == call_id))):
        raise UnknownAttempt
    connection.execute(amd_reviews.insert().values(call_id=call_id, label=str(label), reviewed_by=by, reviewed_at=at))
