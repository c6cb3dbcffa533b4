"""Browsers as telephones, as the PBX knows them."""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from dialer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserPhone:
    """``name`` is the user of its registration and what it is called by: letters, digits, ``_ . -``."""

    name: str
    password: str = field(repr=False)

    @property
    def dial_string(self) -> str:
        return f"PJSIP/{self.name}"


class BrowserPhones(Protocol):
    """Who may register from a browser. Nothing is reloaded and no call is touched. Every method raises AmiDisconnected
    while the link is down, AmiRefused or AmiTimeout."""

    async def admit(self, phone: BrowserPhone) -> None:
        """It may register from now on. Admitting it again changes nothing."""
        ...

    async def revoke(self, name: str) -> None:
        """It may register no longer, and is not called. A conversation that it has goes on until it is ended."""
        ...

    async def revoke_all(self) -> None:
        """Likewise, whoever admitted them."""
        ...
