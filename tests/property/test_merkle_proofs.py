"""The hash tree agrees with RFC 6962, and a proof holds for its own entry only."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from dialer.audit import merkle, verifier

ENTRIES = st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=40)


def tree_of_the_rfc(entries: Sequence[bytes]) -> bytes:
    """Section 2.1 to the letter: split at the largest power of two below the size."""
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha256(b"\x01" + tree_of_the_rfc(entries[:half]) + tree_of_the_rfc(entries[half:])).digest()


@given(entries=ENTRIES)
def test_the_root_is_that_of_the_rfc(entries: list[bytes]) -> None:
    assert merkle.root(entries) == tree_of_the_rfc(entries)


@given(entries=ENTRIES, data=st.data())
def test_every_entry_is_proved_under_the_root(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    path = merkle.proof(entries, index)

    assert merkle.root_from(entries[index], index, len(entries), path) == merkle.root(entries)
    assert verifier.root_from(entries[index], index, len(entries), path) == merkle.root(entries)


@given(entries=ENTRIES, data=st.data())
def test_a_proof_of_another_entry_place_or_length_leads_to_another_root(
    entries: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    path, root = merkle.proof(entries, index), merkle.root(entries)

    for check in (merkle.root_from, verifier.root_from):
        assert check(b"other", index, len(entries), path) != root
        assert check(entries[index], index, len(entries), [*path, bytes(32)]) != root
        for cut in range(len(path)):
            assert check(entries[index], index, len(entries), path[:cut]) != root
