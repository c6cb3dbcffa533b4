"""Browsers' telephones for the console: made from the session and the installation's key, so that nothing is kept."""

from __future__ import annotations

import hmac

import structlog

from dialer.errors import NoBrowserPhones, TelephonyError
from dialer.ports.phones import BrowserPhone, BrowserPhones

log = structlog.get_logger(__name__)

PREFIX = "web-"


class ConsolePhones:
    """``agent_console.ports_phones.PhonesRoom``. Whoever has the session has the telephone, before and after a restart
    of the console; nobody else can know its name."""

    def __init__(self, phones: BrowserPhones | None, socket_url: str, key: str) -> None:
        self._phones = phones
        self.socket_url = socket_url if phones is not None else ""
        self._key = key.encode()

    async def start(self) -> None:
        """Revoke what an earlier console admitted. Browsers that are still there come back and are admitted again."""
        if self._phones is None:
            return
        try:
            await self._phones.revoke_all()
        except TelephonyError as exc:
            log.warning("phones.not_revoked", code=exc.code)

    def phone_of(self, session: str) -> BrowserPhone:
        if self._phones is None or not session:
            raise NoBrowserPhones
        return BrowserPhone(
            name=PREFIX + self._derived("name", session)[:20], password=self._derived("password", session)
        )

    async def admit(self, session: str) -> None:
        phone = self.phone_of(session)
        if self._phones is not None:
            await self._phones.admit(phone)
            log.info("phone.admitted", phone=phone.name)

    async def revoke(self, session: str) -> bool:
        if self._phones is None or not session:
            return True
        name = self.phone_of(session).name
        try:
            await self._phones.revoke(name)
        except TelephonyError as exc:
            log.warning("phone.not_revoked", phone=name, code=exc.code)
            return False
        log.info("phone.revoked", phone=name)
        return True

    def _derived(self, what: str, session: str) -> str:
        return hmac.digest(self._key, f"browser phone {what}\n{session}".encode(), "sha256").hex()
