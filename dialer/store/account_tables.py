"""Who may use the console: people, their sessions, programs' tokens, and answers kept for repeated requests."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.domain.people import AccountState, Role
from dialer.store.tables import metadata
from dialer.store.types import Json, RowId, UtcDateTime


def _one_of(column: str, words: type[Role | AccountState]) -> str:
    return " OR ".join(f"{column} = '{each.value}'" for each in words)


# Never deleted: the records name them. ``login_key`` is the login without what looks alike.
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("login", sa.String(32), nullable=False, unique=True),
    sa.Column("login_key", sa.String(32), nullable=False, unique=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(2), nullable=False, server_default="es"),
    sa.Column("state", sa.String(16), nullable=False, server_default="active"),
    sa.Column("agent_id", sa.String(64), unique=True),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("password_given", sa.Boolean, nullable=False, server_default=sa.false()),  # by somebody else
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.CheckConstraint(_one_of("role", Role), name="role"),
    sa.CheckConstraint(_one_of("state", AccountState), name="state"),
)

# ``id`` is the SHA-256 of what the browser holds: who reads the table cannot use it.
account_sessions = sa.Table(
    "account_sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("account_id", RowId, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("address", sa.String(64), nullable=False, server_default=""),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("until_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("ix_account_sessions_account", "account_id", "began_at"),
)

machine_tokens = sa.Table(
    "machine_tokens",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("name", sa.String(32), nullable=False, unique=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)

# ``status`` null: the first request goes on.
kept_answers = sa.Table(
    "kept_answers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),  # SHA-256 of who asked, what, and their key
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("status", sa.SmallInteger),
    sa.Column("media_type", sa.String(64), nullable=False, server_default=""),
    sa.Column("body", sa.LargeBinary),
    sa.Index("ix_kept_answers_asked", "asked_at"),
)
