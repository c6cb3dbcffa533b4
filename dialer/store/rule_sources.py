"""Packs, calendars and time-zone data that decisions rested on, kept whole by their digests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from dialer.store.compliance_tables import rule_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """``kind`` is pack, calendars or tzdata; ``digest`` is what decisions and packs know it by."""

    digest: str
    kind: str
    name: str
    content: bytes


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
