"""What was said on the calls: names, audio, and the library of finished recordings."""

from __future__ import annotations
