"""The dialer's own nouns and rules. Pure: no sockets, no database, no clock and no randomness of its own."""

from __future__ import annotations
