"""How a webhook proves that it comes from us: Standard Webhooks, symmetric signatures (version v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import orjson

from dialer.errors import ConfigurationError
from dialer.ports import BusMessage

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that marks a secret, not one
_SECRET_BYTES = range(24, 65)  # Standard Webhooks: 192 to 512 bits


def key_of(secret: str) -> bytes:
    """The key in a ``whsec_`` secret. Raises ConfigurationError."""
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _SECRET_BYTES:
        raise ConfigurationError("A webhook secret is whsec_ and the base64 of 24 to 64 random bytes.")
    return key


def signature(secrets: Sequence[str], event_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` header: one ``v1,<base64>`` for each secret, with a space between."""
    content = f"{event_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(key_of(secret), content, "sha256") for secret in secrets)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)


def event_id_of(message: BusMessage) -> str:
    """An id that follows from the content: an event that the outbox tells twice has one id."""
    content = message.topic.encode() + b"\x00" + orjson.dumps(message.payload, option=orjson.OPT_SORT_KEYS)
    return "evt_" + hashlib.sha256(content).hexdigest()[:32]
