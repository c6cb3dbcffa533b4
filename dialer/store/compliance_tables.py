"""Tables of the compliance ledger and of the audit trail, beside the log of attempts in ``tables.py``."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.tables import metadata, state_column, states
from dialer.store.types import Json, RowId, UtcDateTime

# What the ledger holds besides our own calls: inbound calls, messages and visits of other channels, and the history
# that an earlier system left. ``state`` open is in flight: it counts as the worst it may become.
contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    state_column("open"),
    states("open", "closed", "released"),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False, server_default="out"),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id")),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("number", sa.String(254), nullable=False, server_default=""),  # or another address
    sa.Column("mode", sa.String(16), nullable=False, server_default="api"),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outcome", sa.String(16)),  # in the ledger's words: compliance/facts.py
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.Column("disposition", sa.String(24)),  # of a call that came in, in the words of dispositions.py
    sa.Column("notes", sa.Text, nullable=False, server_default=""),
    sa.Column("agent_id", sa.String(64)),  # who said so; null: the person, in self-service
    sa.Index("ix_contacts_debtor", "debtor_id", "at"),
    sa.Index("ix_contacts_number", "number", "at"),
)
is_open_contact = contacts.c.state == sa.literal_column("'open'")
sa.Index("ix_contacts_open", contacts.c.debtor_id, sqlite_where=is_open_contact, postgresql_where=is_open_contact)
is_past_talk = contacts.c.outcome.in_((sa.literal_column("'conversation'"), sa.literal_column("'unknown'")))
sa.Index(
    "ix_contacts_talks",
    contacts.c.debtor_id,
    contacts.c.at,
    sqlite_where=is_past_talk,
    postgresql_where=is_past_talk,
)

contact_debts = sa.Table(
    "contact_debts",
    metadata,
    sa.Column("contact_id", sa.String(36), sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("debt_id", RowId, sa.ForeignKey("debts.id"), primary_key=True),
    sa.Index("ix_contact_debts_debt", "debt_id"),
)

# What was said or found out about a person, a debt or a number, and binds the gate: flags, consents, quiet times,
# authorised channels, written notices. A row is never changed, only ended. ``debtor_id`` is null for a number's flag.
known_facts = sa.Table(
    "known_facts",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # flag, consent, quiet_time, channels, notice
    sa.Column("subject", sa.String(8), nullable=False),  # debtor, debt or number
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id")),
    sa.Column("debt_id", RowId, sa.ForeignKey("debts.id")),
    sa.Column("number", sa.String(16)),
    sa.Column("value", Json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),  # since when it holds: the day of a consent or notice
    sa.Column("source", sa.Text, nullable=False),  # a letter, a call id, the words shown
    sa.Column("recorded_by", sa.String(64), nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("ended_by", sa.String(64), nullable=False, server_default=""),
    sa.Index("ix_known_facts_debtor", "debtor_id"),
    sa.Index("ix_known_facts_number", "number"),
)

# A rule of the house set aside for a while: asked for by one person, approved by another.
overrides = sa.Table(
    "overrides",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("rule", sa.String(80), nullable=False),  # pack/rule
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id")),  # null: every campaign
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id")),  # null: every debtor
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("from_at", UtcDateTime, nullable=False),
    sa.Column("until_at", UtcDateTime, nullable=False),
    sa.Column("asked_by", sa.String(64), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("approved_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("revoked_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("revoked_at", UtcDateTime),
    sa.CheckConstraint("approved_by <> asked_by", name="two_people"),
    sa.Index("ix_overrides_until", "until_at"),
)

# The audit trail. ``payload`` and ``salt`` may be erased, the rest stays: the chain is over ``payload_hash``. A row
# without ``seq`` waits for the sequencer, which chains in the order of ``id``.
audit_records = sa.Table(
    "audit_records",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("ref", sa.String(64), nullable=False, server_default=""),  # the call, contact or row it tells of
    sa.Column("debtor_id", RowId),
    sa.Column("payload", sa.LargeBinary),  # canonical JSON
    sa.Column("salt", sa.LargeBinary),
    sa.Column("payload_hash", sa.LargeBinary, nullable=False),
    sa.Column("seq", sa.BigInteger, unique=True),
    sa.Column("hash", sa.LargeBinary),
    sa.Index("ix_audit_records_debtor", "debtor_id", "id"),
    sa.Index("ix_audit_records_ref", "ref"),
)
is_unchained = audit_records.c.seq.is_(None)
sa.Index("ix_audit_records_unchained", audit_records.c.id, sqlite_where=is_unchained, postgresql_where=is_unchained)
is_decision = audit_records.c.kind == sa.literal_column("'decision'")
sa.Index(  # past decisions since an instant, without a walk through the whole trail
    "ix_audit_records_decisions",
    audit_records.c.at,
    audit_records.c.id,
    sqlite_where=is_decision,
    postgresql_where=is_decision,
)

# Merkle roots over ranges of the chain, signed.
audit_checkpoints = sa.Table(
    "audit_checkpoints",
    metadata,
    sa.Column("number", RowId, primary_key=True),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),  # hash of the record last_seq
    sa.Column("previous", sa.LargeBinary, nullable=False),  # hash of the checkpoint before, empty for the first
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)

# Packs and calendars that decisions rested on, whole, so that a decision can be replayed years later.
rule_sources = sa.Table(
    "rule_sources",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # pack, calendars
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("first_used_at", UtcDateTime, nullable=False),
)

# Nothing of these debtors is purged or erased; a null debtor holds everything.
legal_holds = sa.Table(
    "legal_holds",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id")),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("placed_by", sa.String(64), nullable=False),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("lifted_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("lifted_at", UtcDateTime),
    sa.Index("ix_legal_holds_debtor", "debtor_id"),
)

# What does not add up: a call without a decision, a decision without a call or a release, a log that was touched.
incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("ref", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Column("resolved_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("resolved_at", UtcDateTime),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("kind", "ref"),
)

# Calls that were promised: open until made, or until nothing can come of it. One at most is open for each debtor of a
# campaign.
call_backs = sa.Table(
    "call_backs",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    state_column("open"),
    states("open", "closed"),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),  # later than ``at`` where it could not be made then
    sa.Column("number", sa.String(16)),
    sa.Column("agent_id", sa.String(64)),
    sa.Column("promised_at", UtcDateTime, nullable=False),
)
is_promised = call_backs.c.state == sa.literal_column("'open'")
sa.Index(
    "uq_call_backs_open",
    call_backs.c.campaign_id,
    call_backs.c.debtor_id,
    unique=True,
    sqlite_where=is_promised,
    postgresql_where=is_promised,
)
sa.Index(
    "ix_call_backs_due",
    call_backs.c.campaign_id,
    call_backs.c.due_at,
    sqlite_where=is_promised,
    postgresql_where=is_promised,
)
