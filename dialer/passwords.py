"""Passwords: hashed with argon2id, checked in threads of their own, a few at a time."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2  # each takes 64 MiB and a core for some 50 ms, beside calls that are going on


class Passwords:
    """``hasher`` with argon2-cffi's defaults: RFC 9106, second choice (64 MiB, three passes)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether ``password`` is the one that ``kept`` was made of. ``kept`` None, nobody's, takes as long as any
        other: the time of the answer does not tell which logins there are."""
        async with self._turn:
            right = await asyncio.to_thread(self._verify, password, kept or self._nobody)
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """True for a hash of a weaker kind than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
