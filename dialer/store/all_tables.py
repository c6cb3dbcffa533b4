"""Every table there is: whoever imports this has the whole schema in ``metadata``."""

from __future__ import annotations

from dialer.store import (
    account_tables,
    compliance_tables,
    desk_tables,
    detector_tables,
    pacing_tables,
    presence_tables,
    promise_tables,
    upload_tables,
)
from dialer.store.tables import metadata

__all__ = [
    "account_tables",
    "compliance_tables",
    "desk_tables",
    "detector_tables",
    "metadata",
    "pacing_tables",
    "presence_tables",
    "promise_tables",
    "upload_tables",
]
