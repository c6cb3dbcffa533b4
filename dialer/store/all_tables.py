"""Every table there is: whoever imports this has the whole schema in ``metadata``."""

from __future__ import annotations

from dialer.store import compliance_tables, detector_tables, pacing_tables, presence_tables, promise_tables
from dialer.store.tables import metadata

__all__ = ["compliance_tables", "detector_tables", "metadata", "pacing_tables", "presence_tables", "promise_tables"]
