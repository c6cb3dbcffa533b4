"""The browser as a telephone, as the console needs it."""

from __future__ import annotations

from typing import Protocol

from dialer.errors import NoBrowserPhones
from dialer.ports.phones import BrowserPhone


class PhonesRoom(Protocol):
    """Each session has one telephone: the same after a reload, and over with the session."""

    @property
    def socket_url(self) -> str:
        """Where the PBX takes browsers' signalling, ws:// or wss://; empty where it takes none."""
        ...

    def phone_of(self, session: str) -> BrowserPhone:
        """The session's telephone, whether it may register or not. Raises NoBrowserPhones."""
        ...

    async def admit(self, session: str) -> None:
        """It may register until it is revoked. Raises NoBrowserPhones, TelephonyError."""
        ...

    async def revoke(self, session: str) -> bool:
        """It may register no longer. False where that cannot be done now: nothing is raised."""
        ...


class NoPhones:
    """A console in front of a telephone system that takes no browsers."""

    socket_url = ""

    def phone_of(self, session: str) -> BrowserPhone:
        raise NoBrowserPhones

    async def admit(self, session: str) -> None:
        raise NoBrowserPhones

    async def revoke(self, session: str) -> bool:
        """There is nothing to revoke."""
        return True
