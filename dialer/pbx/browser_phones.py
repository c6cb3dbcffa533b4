"""Browsers' telephones on a real Asterisk: entries of its own database, which PJSIP reads whenever it asks for one.

Measured on Asterisk 22: an endpoint, its auth and its aor are there from the moment they are written, and gone from the
moment they are deleted; ``pjsip reload`` is not needed, and a conversation of the endpoint goes on.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import Final

from dialer.errors import AmiRefused
from dialer.pbx.ami import AmiLink
from dialer.ports.phones import BrowserPhone

#: As sorcery.conf names it.
FAMILY: Final = "cadencia"
CONTEXT: Final = "cadencia-phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserPhoneSettings:
    """``media_address`` is where Asterisk takes browsers' media; empty: at all that it has. ``media_lost_s`` is how
    long a browser may send nothing before its call counts as lost."""

    media_address: str = ""
    media_lost_s: int = 8


class AsteriskBrowserPhones:
    """``dialer.ports.phones.BrowserPhones`` over AMI."""

    def __init__(self, link: AmiLink, settings: BrowserPhoneSettings) -> None:
        self._link = link
        self._settings = settings

    async def admit(self, phone: BrowserPhone) -> None:
        # The endpoint last: with it the phone begins to exist.
        await self._put("auth", phone.name, {
            "auth_type": "userpass", "username": phone.name, "password": phone.password,
        })  # fmt: skip
        await self._put("aor", phone.name, {"max_contacts": "1", "remove_existing": "yes"})
        await self._put("endpoint", phone.name, self._endpoint(phone.name))

    async def revoke(self, name: str) -> None:
        for kind in ("endpoint", "auth", "aor"):
            with contextlib.suppress(AmiRefused):  # it is not there
                await self._link.send({"Action": "DBDel", "Family": f"{FAMILY}/{kind}", "Key": name})

    async def revoke_all(self) -> None:
        with contextlib.suppress(AmiRefused):  # there is none
            await self._link.send({"Action": "DBDelTree", "Family": FAMILY})

    async def _put(self, kind: str, name: str, values: dict[str, str]) -> None:
        value = json.dumps(values, separators=(",", ":"))
        await self._link.send({"Action": "DBPut", "Family": f"{FAMILY}/{kind}", "Key": name, "Val": value})

    def _endpoint(self, name: str) -> dict[str, str]:
        values = {
            "context": CONTEXT,
            "identify_by": "username",
            "aors": name,
            "auth": name,
            # Not Opus: of another rate than the carriers', it would bring back what codecs.conf is against.
            "allow": "!all,ulaw,alaw",
            "webrtc": "yes",
            "dtls_auto_generate_cert": "yes",
            "direct_media": "no",
            "rewrite_contact": "yes",
            "rtp_keepalive": "15",
            # A browser that has crashed says no goodbye, and the person at the other end would hear nothing for good.
            "rtp_timeout": str(self._settings.media_lost_s),
        }
        if self._settings.media_address:
            values |= {"media_address": self._settings.media_address, "bind_rtp_to_media_address": "yes"}
        return values
