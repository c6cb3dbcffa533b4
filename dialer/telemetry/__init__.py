"""What a running dialer tells of itself: its log, its metrics, and whether its event loop keeps up."""

from __future__ import annotations
