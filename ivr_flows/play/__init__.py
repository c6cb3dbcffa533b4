"""Plays flows: ``Player.step(state, input) -> (state, actions)``, and nothing else happens anywhere."""

from __future__ import annotations
