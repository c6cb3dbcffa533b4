"""Packs, calendars and time-zone data that decisions rested on, kept whole by their digests."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from dialer.compliance.canonical import RuleSource
from dialer.store.compliance_tables import rule_sources


def keep(connection: sa.Connection, sources: Sequence[RuleSource], now: datetime) -> int:
    """Add those that are not kept yet; how many that were."""
    known = set(connection.scalars(sa.select(rule_sources.c.digest)))
    new = {source.digest: source for source in sources if source.digest not in known}
    if new:
        connection.execute(
            rule_sources.insert(),
            [
                {
                    "digest": source.digest,
                    "kind": source.kind,
                    "name": source.name,
                    "content": source.content,
                    "first_used_at": now,
                }
                for source in new.values()
            ],
        )
    return len(new)


def load(connection: sa.Connection, digests: Collection[str]) -> Mapping[str, RuleSource]:
    """Those of ``digests`` that are kept, by digest."""
    statement = sa.select(rule_sources).where(rule_sources.c.digest.in_(list(digests)))
    return {
        row.digest: RuleSource(digest=row.digest, kind=row.kind, name=row.name, content=bytes(row.content))
        for row in connection.execute(statement)
    }


def keys(connection: sa.Connection) -> Mapping[str, bytes]:
    """The public keys that checkpoints were signed with, by their ids."""
    statement = sa.select(rule_sources.c.name, rule_sources.c.content).where(rule_sources.c.kind == "key")
    return {name: base64.b64decode(content) for name, content in connection.execute(statement)}
