"""The REST API and the live WebSocket, one file a resource."""

from __future__ import annotations
