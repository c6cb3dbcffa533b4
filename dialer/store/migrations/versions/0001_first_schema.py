"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json, RowId, UtcDateTime

revision = "0001"
down_revision = None

_OPEN = sa.text("state = 'open'")
_UNPUBLISHED = sa.text("published_at IS NULL")


def _states(*values: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(" OR ".join(f"state = '{value}'" for value in values), name="state")


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("dial_string", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), server_default="stopped", nullable=False),
        _states("stopped", "running", "draining"),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("name", name="uq_campaigns_name"),
    )
    op.create_table(
        "debtors",
        sa.Column("id", RowId, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("external_ref", sa.Text, server_default="", nullable=False),
        sa.Column("document", sa.Text, server_default="", nullable=False),
        sa.Column("name", sa.Text, server_default="", nullable=False),
        sa.Column("language", sa.String(2), server_default="", nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("subdivision", sa.String(6), server_default="", nullable=False),
        sa.Column("time_zone", sa.Text, server_default="", nullable=False),
        sa.Column("custom", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_debtors"),
        sa.UniqueConstraint("identity", name="uq_debtors_identity"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", RowId, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_unpublished", "outbox", ["seq"], sqlite_where=_UNPUBLISHED, postgresql_where=_UNPUBLISHED
    )
    op.create_table(
        "debts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("creditor", sa.Text, server_default="", nullable=False),
        sa.Column("product", sa.Text, server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("state", sa.String(16), server_default="open", nullable=False),
        _states("open", "closed"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_debts_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_debts"),
        sa.UniqueConstraint("debtor_id", "creditor", "ref", name="uq_debts_debtor_id_creditor_ref"),
    )
    op.create_table(
        "denials",
        sa.Column("id", RowId, nullable=False),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("next_allowed_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_denials_campaign_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_denials_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_denials"),
    )
    op.create_index("ix_denials_campaign", "denials", ["campaign_id", "at"])
    op.create_index("ix_denials_debtor", "denials", ["debtor_id", "at"])
    op.create_table(
        "do_not_call",
        sa.Column("id", RowId, nullable=False),
        sa.Column("number", sa.String(16)),
        sa.Column("debtor_id", RowId),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(number IS NULL) <> (debtor_id IS NULL)", name="one_subject"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_do_not_call_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_do_not_call"),
        sa.UniqueConstraint("debtor_id", name="uq_do_not_call_debtor_id"),
        sa.UniqueConstraint("number", name="uq_do_not_call_number"),
    )
    op.create_table(
        "leads",
        sa.Column("id", RowId, nullable=False),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("state", sa.String(16), server_default="ready", nullable=False),
        _states("ready", "in_flight", "done", "stopped"),
        sa.Column("stop_reason", sa.Text, server_default="", nullable=False),
        sa.Column("priority", sa.SmallInteger, server_default="50", nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("tries_by_outcome", Json, nullable=False),
        sa.Column("next_position", sa.SmallInteger, server_default="0", nullable=False),
        sa.Column("last_outcome", sa.String(16), server_default="", nullable=False),
        sa.CheckConstraint("priority BETWEEN 0 AND 100", name="priority"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_leads_campaign_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_leads_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("debtor_id", "campaign_id", name="uq_leads_debtor_id_campaign_id"),
    )
    op.create_index("ix_leads_next", "leads", ["campaign_id", "state", "priority", "next_try_at"])
    op.create_table(
        "lead_debts",
        sa.Column("lead_id", RowId, nullable=False),
        sa.Column("debt_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["debt_id"], ["debts.id"], name="fk_lead_debts_debt_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_lead_debts_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "debt_id", name="pk_lead_debts"),
    )
    op.create_table(
        "phones",
        sa.Column("id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.String(16), server_default="", nullable=False),
        sa.Column("state", sa.String(16), server_default="ok", nullable=False),
        _states("ok", "bad", "do_not_call"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_phones_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_phones"),
        sa.UniqueConstraint("debtor_id", "e164", name="uq_phones_debtor_id_e164"),
    )
    op.create_index("ix_phones_e164", "phones", ["e164"])
    op.create_table(
        "attempts",
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), server_default="open", nullable=False),
        _states("open", "closed", "released"),
        sa.Column("campaign_id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("phone_id", RowId, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("ring_minimum_s", sa.Float, server_default="15", nullable=False),
        sa.Column("reserved_at", UtcDateTime(), nullable=False),
        sa.Column("dialed_at", UtcDateTime()),
        sa.Column("ringing_at", UtcDateTime()),
        sa.Column("early_media_at", UtcDateTime()),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("bridged_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("outcome", sa.String(16)),
        sa.Column("cause", sa.SmallInteger, server_default="0", nullable=False),
        sa.Column("cause_text", sa.Text, server_default="", nullable=False),
        sa.Column("dial_status", sa.String(24), server_default="", nullable=False),
        sa.Column("amd_category", sa.String(16)),
        sa.Column("amd_reason", sa.Text),
        sa.Column("amd_confidence", sa.Float),
        sa.Column("amd_delay_ms", sa.Integer),
        sa.Column("amd_evidence", Json),
        sa.Column("amd_at", UtcDateTime()),
        sa.Column("agent_id", sa.String(64)),
        sa.Column("abandoned_message_played", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("verdict_to_bridge_ms", sa.Float),
        sa.Column("talk_s", sa.Float),
        sa.Column("retry_at", UtcDateTime()),
        sa.Column("stop_reason", sa.Text, server_default="", nullable=False),
        sa.Column("disposition", sa.String(24)),
        sa.Column("notes", sa.Text, server_default="", nullable=False),
        sa.Column("wrap_up_s", sa.Float),
        sa.Column("recorded", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("recording_file", sa.Text),
        sa.Column("recording_bytes", sa.BigInteger),
        sa.Column("recording_sha256", sa.String(64)),
        sa.Column("recording_s", sa.Float),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_attempts_campaign_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_attempts_debtor_id"),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_attempts_phone_id"),
        sa.PrimaryKeyConstraint("call_id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_campaign", "attempts", ["campaign_id", "call_id"])
    op.create_index("ix_attempts_debtor", "attempts", ["debtor_id", "reserved_at"])
    op.create_index("ix_attempts_number", "attempts", ["number", "reserved_at"])
    op.create_index(
        "uq_attempts_open_debtor", "attempts", ["debtor_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index(
        "uq_attempts_open_number", "attempts", ["number"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "attempt_debts",
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("debt_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["attempts.call_id"], name="fk_attempt_debts_call_id"),
        sa.ForeignKeyConstraint(["debt_id"], ["debts.id"], name="fk_attempt_debts_debt_id"),
        sa.PrimaryKeyConstraint("call_id", "debt_id", name="pk_attempt_debts"),
    )
    op.create_index("ix_attempt_debts_debt", "attempt_debts", ["debt_id"])
