"""The rules that an engine starts with, as sources to keep and as the record that says which they were."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from dialer.audit.checkpoint import Signer
from dialer.audit.zone_data import index_of, packed_zones
from dialer.compliance.canonical import RuleSource
from dialer.compliance.record import RECORD_VERSION
from dialer.compliance.zones import TZ_VERSION


@dataclass(frozen=True, slots=True)
class RuleSet:
    """``payload`` is that of a ``rules_loaded`` record."""

    sources: tuple[RuleSource, ...]
    payload: dict[str, object]


def rule_set(gate_sources: Sequence[RuleSource], *, close_guard_s: int, signer: Signer, version: str) -> RuleSet:
    """``gate_sources`` are those of the gate that decides: its packs, in its order, and the calendars.

    Packs and calendars are bound by their own digests, a time zone by the digest of the index of its release, and the
    key that signs checkpoints is kept with them, so that it can be replaced one day.
    """
    zones = packed_zones()
    release = RuleSource(sha256(zones).hexdigest(), "tzdata", TZ_VERSION, zones)
    key = RuleSource(sha256(signer.public).hexdigest(), "key", signer.key_id, base64.b64encode(signer.public))
    (calendars,) = (source for source in gate_sources if source.kind == "calendars")
    return RuleSet(
        sources=(*gate_sources, release, key),
        payload={
            "v": RECORD_VERSION,
            "cadencia": version,
            "packs": [{"id": source.name, "digest": source.digest} for source in gate_sources if source.kind == "pack"],
            "calendars": calendars.digest,
            "tzdata": {
                "version": TZ_VERSION,
                "digest": release.digest,
                "index": sha256(index_of(zones)).hexdigest(),
            },
            "settings": {"close_guard_s": close_guard_s},
            "key_id": signer.key_id,
        },
    )
