"""Every table. Times are UTC; money is an integer of the currency's minor unit; surrogate keys are integers except
for an attempt, whose key is its call id."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.store.types import Json, RowId, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = sa.MetaData(naming_convention=NAMING)


def state_column(default: str) -> sa.Column[str]:
    return sa.Column("state", sa.String(16), nullable=False, server_default=default)


def states(*values: str) -> sa.CheckConstraint:
    """Not ``IN``: for each row SQLite would build the list anew, at half the cost of the insert."""
    return sa.CheckConstraint(" OR ".join(f"state = '{value}'" for value in values), name="state")


campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    state_column("stopped"),
    states("stopped", "running", "draining"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),  # while it runs
    sa.Column("settings", Json, nullable=False),  # campaign_settings.py
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("scheduled_at", UtcDateTime),  # the edge of its schedule that was carried out last
)

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("dial_string", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

# ``identity`` is what makes two rows of a lead file the same person: importing/rows.py says how it is made.
debtors = sa.Table(
    "debtors",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False, unique=True),
    sa.Column("external_ref", sa.Text, nullable=False, server_default=""),
    sa.Column("document", sa.Text, nullable=False, server_default=""),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("language", sa.String(2), nullable=False, server_default=""),  # empty: the campaign's
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("subdivision", sa.String(6), nullable=False, server_default=""),  # ISO 3166-2; empty: not known
    sa.Column("time_zone", sa.Text, nullable=False, server_default=""),  # of the address; empty: not known
    sa.Column("custom", Json, nullable=False),
)

debts = sa.Table(
    "debts",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("creditor", sa.Text, nullable=False, server_default=""),
    sa.Column("product", sa.Text, nullable=False, server_default=""),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),  # as the creditor last said
    sa.Column("paid_minor", sa.BigInteger, nullable=False, server_default="0"),  # since the creditor said so
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("debt_class", sa.String(16), nullable=False, server_default="consumer"),
    sa.Column("held_until", UtcDateTime),  # a promise waits for its payment: not dialed for before
    state_column("open"),
    states("open", "closed"),
    sa.UniqueConstraint("debtor_id", "creditor", "ref"),
)

phones = sa.Table(
    "phones",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("e164", sa.String(16), nullable=False),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False, server_default=""),  # mobile, home, work, other or empty
    sa.Column("contact_role", sa.String(16), nullable=False, server_default="debtor"),  # who picks up there
    state_column("ok"),
    states("ok", "bad", "do_not_call"),
    sa.UniqueConstraint("debtor_id", "e164"),
    sa.Index("ix_phones_e164", "e164"),
)

# A debtor in a campaign. ``ready`` means may be dialed once next_try_at has come.
leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    state_column("ready"),
    states("ready", "in_flight", "done", "stopped"),
    sa.Column("stop_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="50"),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tries_by_outcome", Json, nullable=False),
    sa.Column("next_position", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("last_outcome", sa.String(16), nullable=False, server_default=""),
    sa.UniqueConstraint("debtor_id", "campaign_id"),
    sa.CheckConstraint("priority BETWEEN 0 AND 100", name="priority"),
    # Whom to dial next: equal campaign, state and priority, then a range of next_try_at. With the id, for an import
    # makes everybody due at one instant, and they must not all be sorted to find the first.
    sa.Index("ix_leads_next", "campaign_id", "state", "priority", "next_try_at", "id"),
)

# The debts that a campaign collects from its debtor: what another campaign imported is not its business.
lead_debts = sa.Table(
    "lead_debts",
    metadata,
    sa.Column("lead_id", RowId, sa.ForeignKey("leads.id"), primary_key=True),
    sa.Column("debt_id", RowId, sa.ForeignKey("debts.id"), primary_key=True),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("call_id", sa.String(36), primary_key=True),
    state_column("open"),
    states("open", "closed", "released"),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("phone_id", RowId, sa.ForeignKey("phones.id"), nullable=False),
    sa.Column("number", sa.String(16), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("mode", sa.String(16), nullable=False, server_default="progressive"),  # how it came to be dialed
    sa.Column("agent_guaranteed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("ring_minimum_s", sa.Float, nullable=False, server_default="15"),
    sa.Column("obligations", Json),  # what the law asked of this call, as the gate merged it
    sa.Column("reserved_at", UtcDateTime, nullable=False),
    sa.Column("dialed_at", UtcDateTime),
    sa.Column("ringing_at", UtcDateTime),
    sa.Column("early_media_at", UtcDateTime),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("bridged_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outcome", sa.String(16)),
    sa.Column("cause", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("cause_text", sa.Text, nullable=False, server_default=""),
    sa.Column("dial_status", sa.String(24), nullable=False, server_default=""),
    sa.Column("amd_category", sa.String(16)),
    sa.Column("amd_reason", sa.Text),
    sa.Column("amd_confidence", sa.Float),
    sa.Column("amd_delay_ms", sa.Integer),
    sa.Column("amd_evidence", Json),
    sa.Column("amd_at", UtcDateTime),
    sa.Column("agent_id", sa.String(64)),
    sa.Column("abandoned_message_played", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("verdict_to_bridge_ms", sa.Float),
    # The greeting, and how long after its beginning and its end an agent came: each law counts from its own instant.
    sa.Column("greeting_started_at", UtcDateTime),
    sa.Column("greeting_ended_at", UtcDateTime),
    sa.Column("connect_from_start_s", sa.Float),
    sa.Column("connect_from_end_s", sa.Float),
    sa.Column("breaches", Json),  # obligations that the call's own timeline did not meet; null: not judged
    sa.Column("talk_s", sa.Float),
    sa.Column("talk", Json),  # what was done in its conversations: who had it, holds, consultations, transfers
    sa.Column("retry_at", UtcDateTime),
    sa.Column("stop_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("disposition", sa.String(24)),
    sa.Column("notes", sa.Text, nullable=False, server_default=""),
    sa.Column("wrap_up_s", sa.Float),
    sa.Column("recorded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("recording_file", sa.Text),
    sa.Column("recording_bytes", sa.BigInteger),
    sa.Column("recording_sha256", sa.String(64)),
    sa.Column("recording_s", sa.Float),
    sa.Index("ix_attempts_debtor", "debtor_id", "reserved_at"),
    sa.Index("ix_attempts_number", "number", "reserved_at"),
    sa.Index("ix_attempts_campaign", "campaign_id", "call_id"),  # call ids sort by the time of their reservation
)

#: Written into the statement, not bound: SQLite uses a partial index only where it can read the condition.
is_open = attempts.c.state == sa.literal_column("'open'")

# The last fence: whatever the code above it does, two calls to one number cannot be in flight.
sa.Index("uq_attempts_open_number", attempts.c.number, unique=True, sqlite_where=is_open, postgresql_where=is_open)
is_answered = attempts.c.answered_at.is_not(None)
sa.Index(
    "ix_attempts_answered",
    attempts.c.campaign_id,
    attempts.c.answered_at,
    sqlite_where=is_answered,
    postgresql_where=is_answered,
)
sa.Index("ix_attempts_open_debtor", attempts.c.debtor_id, sqlite_where=is_open, postgresql_where=is_open)
# What was a conversation, or may have been one.
is_talk = attempts.c.outcome.in_((sa.literal_column("'conversation'"), sa.literal_column("'lost'")))
sa.Index(
    "ix_attempts_talks", attempts.c.debtor_id, attempts.c.reserved_at, sqlite_where=is_talk, postgresql_where=is_talk
)

attempt_debts = sa.Table(
    "attempt_debts",
    metadata,
    sa.Column("call_id", sa.String(36), sa.ForeignKey("attempts.call_id"), primary_key=True),
    sa.Column("debt_id", RowId, sa.ForeignKey("debts.id"), primary_key=True),
    sa.Index("ix_attempt_debts_debt", "debt_id"),
)

# What the gate refused, and why.
denials = sa.Table(
    "denials",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("campaign_id", RowId, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), nullable=False),
    sa.Column("number", sa.String(16), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("reasons", Json, nullable=False),
    sa.Column("next_allowed_at", UtcDateTime),
    sa.Index("ix_denials_debtor", "debtor_id", "at"),
    sa.Index("ix_denials_campaign", "campaign_id", "at"),
)

# Exactly one of ``number`` and ``debtor_id`` is set.
do_not_call = sa.Table(
    "do_not_call",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("number", sa.String(16), unique=True),
    sa.Column("debtor_id", RowId, sa.ForeignKey("debtors.id"), unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.CheckConstraint("(number IS NULL) <> (debtor_id IS NULL)", name="one_subject"),
)

# Events that left the database with the change they tell of, and wait for the bus.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("seq", RowId, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("payload", Json, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("published_at", UtcDateTime),
    sa.Index(
        "ix_outbox_unpublished",
        "seq",
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    ),
)
