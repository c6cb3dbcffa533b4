"""What was done in a call's conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("talk", Json, nullable=True))


def downgrade() -> None:
    op.drop_column("attempts", "talk")
