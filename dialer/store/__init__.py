"""The database: tables, the attempt log, the outbox, the lead importer, and what the console reads.

SQLite by default, PostgreSQL by URL; both run the same statements and the same tests.
"""

from __future__ import annotations
