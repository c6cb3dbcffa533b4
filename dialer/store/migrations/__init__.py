"""The schema's history, run by alembic from inside the program: there is no alembic.ini to find."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from dialer.errors import StoreError


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration for this folder; ``env.py`` works on ``connection``."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "newline")
    made.attributes["connection"] = connection
    return made


def revisions() -> list[str]:
    """Every revision, oldest first."""
    script = ScriptDirectory.from_config(config())
    return [each.revision for each in reversed(list(script.walk_revisions()))]


#: The revision that this release reads and writes.
HEAD = "0014"


def revision(connection: sa.Connection) -> str | None:
    """The revision that the database has; None where it has no schema at all."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(found: str | None) -> None:
    """Raise StoreError where ``found`` is a revision this release has never heard of."""
    if found is not None and found not in revisions():
        raise StoreError(
            f"The database was written by a newer Cadencia (schema {found}; this release knows up to {HEAD}). "
            "Install that release again, or restore the backup from before the upgrade.",
            found=found,
            known=HEAD,
        )


def upgrade(connection: sa.Connection, to: str = "head") -> str:
    """Run what is missing up to ``to``; return the revision reached."""
    refuse_newer(revision(connection))
    command.upgrade(config(connection), to)
    return revision(connection) or ""
