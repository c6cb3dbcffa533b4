"""Case files: what must be decided, written down as data, run through the same code that decides for real.

A case file is how a lawyer and an engineer agree on what a rule means. Its format is docs/case-files.md's.
"""

from __future__ import annotations
