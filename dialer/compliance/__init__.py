"""May this person be contacted now? Rules as data, a pure decision, and the reasons for it.

Start at ``gate.py`` for the door that every attempt goes through, and at ``facts.py`` for what it must be told.
"""

from __future__ import annotations
