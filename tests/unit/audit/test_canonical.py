"""The canonical form is frozen: these vectors must never change, or every export made before stops verifying."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from dialer.audit import merkle
from dialer.audit.canonical import GENESIS, Header, canonical, header_object, instant, payload_hash, record_hash

AT = datetime(2026, 11, 24, 15, 0, 0, 1, tzinfo=UTC)
PAYLOAD = '{"name":"Ñandú","now":"2026-11-24T15:00:00Z"}'.encode()
FIRST = Header(seq=1, kind="decision", at=AT, ref="c-1", debtor=7, payload_hash=payload_hash(bytes(range(16)), PAYLOAD))
SECOND = Header(seq=2, kind="Señal", at=AT, ref="", debtor=None, payload_hash=bytes(32))

FIRST_HASH = "a174157e0760c8ef1be78974dc9afdb4021efed471dc4c811e069a61a4bec379"
SECOND_HASH = "580491d7283396fed07128a90abd20dcf7929794609038261149bc5fa5e6b6d8"


def test_a_payload_is_hashed_after_its_salt() -> None:
    assert FIRST.payload_hash.hex() == "4a6475c17939eb568304ac44de5bdcf895a72be675c79284e808ec4a8e66ffae"


def test_a_header_is_json_with_sorted_keys_no_spaces_and_utf_8() -> None:
    assert canonical(header_object(SECOND)) == (
        b'{"at":"2026-11-24T15:00:00.000001Z","debtor":null,"kind":"Se\xc3\xb1al","payload_hash":"'
        + b"00" * 32
        + b'","ref":"","seq":2}'
    )


def test_each_record_is_hashed_after_the_hash_before_it() -> None:
    first = record_hash(GENESIS, FIRST)

    assert first.hex() == FIRST_HASH
    assert record_hash(first, SECOND).hex() == SECOND_HASH


def test_a_tree_of_two_has_its_root() -> None:
    entries = [bytes.fromhex(FIRST_HASH), bytes.fromhex(SECOND_HASH)]

    assert merkle.root(entries).hex() == "6281fb070d161c70dd7ba121c6cfd6a170645f6f506e0d9e9ffc69d594584168"


def test_an_instant_is_written_in_one_way_whatever_its_zone_and_fraction() -> None:
    bogota = timezone(timedelta(hours=-5))

    assert instant(datetime(2026, 11, 24, 10, 0, tzinfo=bogota)) == "2026-11-24T15:00:00.000000Z"
    assert instant(AT) == "2026-11-24T15:00:00.000001Z"


def test_every_part_of_a_header_changes_the_hash() -> None:
    changed = [
        replace(FIRST, seq=2),
        replace(FIRST, kind="outcome"),
        replace(FIRST, at=AT + timedelta(microseconds=1)),
        replace(FIRST, ref="c-2"),
        replace(FIRST, debtor=8),
        replace(FIRST, debtor=None),
        replace(FIRST, payload_hash=bytes(32)),
    ]

    assert len({record_hash(GENESIS, header) for header in [FIRST, *changed]}) == len(changed) + 1
