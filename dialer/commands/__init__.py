"""The commands of ``cadencia``, a module each. They read settings, call the rooms, and speak to the person."""

from __future__ import annotations
