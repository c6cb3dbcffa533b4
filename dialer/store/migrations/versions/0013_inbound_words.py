"""What was said about a call that came in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("disposition", sa.String(24), nullable=True))
    op.add_column("contacts", sa.Column("notes", sa.Text, nullable=False, server_default=""))
    op.add_column("contacts", sa.Column("agent_id", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("contacts", "agent_id")
    op.drop_column("contacts", "notes")
    op.drop_column("contacts", "disposition")
