"""The demonstration: synthetic debtors, simulated agents, a live view in the terminal and a summary at the end."""

from __future__ import annotations
