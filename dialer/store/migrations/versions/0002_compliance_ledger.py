"""The compliance ledger and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.store.types import Json, RowId, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("number", RowId, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_checkpoints"),
    )
    op.create_table(
        "audit_records",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ref", sa.String(length=64), server_default="", nullable=False),
        sa.Column("debtor_id", RowId, nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_records"),
        sa.UniqueConstraint("seq", name="uq_audit_records_seq"),
    )
    op.create_index("ix_audit_records_debtor", "audit_records", ["debtor_id", "id"])
    op.create_index("ix_audit_records_ref", "audit_records", ["ref"])
    op.create_index(
        "ix_audit_records_unchained",
        "audit_records",
        ["id"],
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.create_index(
        "ix_audit_records_decisions",
        "audit_records",
        ["at", "id"],
        sqlite_where=sa.text("kind = 'decision'"),
        postgresql_where=sa.text("kind = 'decision'"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("resolved_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint("kind", "ref", name="uq_incidents_kind_ref"),
    )
    op.create_table(
        "rule_sources",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rule_sources"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=3), server_default="out", nullable=False),
        sa.Column("campaign_id", RowId, nullable=True),
        sa.Column("debtor_id", RowId, nullable=False),
        sa.Column("number", sa.String(length=254), server_default="", nullable=False),
        sa.Column("mode", sa.String(length=16), server_default="api", nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state = 'open' OR state = 'closed' OR state = 'released'", name="state"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_contacts_campaign_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_contacts_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_debtor", "contacts", ["debtor_id", "at"])
    op.create_index("ix_contacts_number", "contacts", ["number", "at"])
    op.create_index(
        "ix_contacts_open",
        "contacts",
        ["debtor_id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_contacts_talks",
        "contacts",
        ["debtor_id", "at"],
        sqlite_where=sa.text("outcome IN ('conversation', 'unknown')"),
        postgresql_where=sa.text("outcome IN ('conversation', 'unknown')"),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", RowId, nullable=False),
        sa.Column("debtor_id", RowId, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_legal_holds_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_holds"),
    )
    op.create_index("ix_legal_holds_debtor", "legal_holds", ["debtor_id"])
    op.create_table(
        "overrides",
        sa.Column("id", RowId, nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("campaign_id", RowId, nullable=True),
        sa.Column("debtor_id", RowId, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("approved_by <> asked_by", name="two_people"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_overrides_campaign_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_overrides_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )
    op.create_index("ix_overrides_until", "overrides", ["until_at"])
    op.create_table(
        "contact_debts",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("debt_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_contact_debts_contact_id"),
        sa.ForeignKeyConstraint(["debt_id"], ["debts.id"], name="fk_contact_debts_debt_id"),
        sa.PrimaryKeyConstraint("contact_id", "debt_id", name="pk_contact_debts"),
    )
    op.create_index("ix_contact_debts_debt", "contact_debts", ["debt_id"])
    op.create_table(
        "known_facts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("debtor_id", RowId, nullable=True),
        sa.Column("debt_id", RowId, nullable=True),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("value", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["debt_id"], ["debts.id"], name="fk_known_facts_debt_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name="fk_known_facts_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_known_facts"),
    )
    op.create_index("ix_known_facts_debtor", "known_facts", ["debtor_id"])
    op.create_index("ix_known_facts_number", "known_facts", ["number"])
    op.add_column("attempts", sa.Column("mode", sa.String(length=16), server_default="progressive", nullable=False))
    guaranteed: sa.Column[bool] = sa.Column("agent_guaranteed", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("attempts", guaranteed)
    op.add_column("attempts", sa.Column("obligations", Json, nullable=True))
    op.add_column("attempts", sa.Column("greeting_started_at", UtcDateTime(), nullable=True))
    op.add_column("attempts", sa.Column("greeting_ended_at", UtcDateTime(), nullable=True))
    op.add_column("attempts", sa.Column("connect_from_start_s", sa.Float(), nullable=True))
    op.add_column("attempts", sa.Column("connect_from_end_s", sa.Float(), nullable=True))
    op.add_column("attempts", sa.Column("breaches", Json, nullable=True))
    op.drop_index("uq_attempts_open_debtor", table_name="attempts", sqlite_where=sa.text("state = 'open'"))
    op.create_index(
        "ix_attempts_answered",
        "attempts",
        ["campaign_id", "answered_at"],
        sqlite_where=sa.text("answered_at IS NOT NULL"),
        postgresql_where=sa.text("answered_at IS NOT NULL"),
    )
    op.create_index(
        "ix_attempts_open_debtor",
        "attempts",
        ["debtor_id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_attempts_talks",
        "attempts",
        ["debtor_id", "reserved_at"],
        sqlite_where=sa.text("outcome IN ('conversation', 'lost')"),
        postgresql_where=sa.text("outcome IN ('conversation', 'lost')"),
    )
    op.drop_index("ix_leads_next", table_name="leads")
    op.create_index("ix_leads_next", "leads", ["campaign_id", "state", "priority", "next_try_at", "id"])
    op.add_column("debts", sa.Column("debt_class", sa.String(length=16), server_default="consumer", nullable=False))
    op.add_column("phones", sa.Column("contact_role", sa.String(length=16), server_default="debtor", nullable=False))
