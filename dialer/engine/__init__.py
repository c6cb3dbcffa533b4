"""The use cases: campaigns that dial, agents who talk, calls that end up in the log.

``CampaignCore`` decides, without I/O; ``CampaignRunner`` carries its decisions out through ``dialer.ports``.
"""

from __future__ import annotations
