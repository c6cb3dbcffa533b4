"""Placeholder until the composition root lands in the next commit."""

from __future__ import annotations
