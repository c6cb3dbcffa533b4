"""Whether an Asterisk can be dialed with at all. What could be better about it is the doctor's business."""

from __future__ import annotations

import re

from dialer.errors import AmiRefused, AsteriskUnsuitable
from dialer.pbx.ami import AmiLink

OLDEST_MAJOR = 20

#: What the dialplan and the actions of this package cannot do without: audio to the detector, recordings, messages,
#: and the dialplan itself.
ESSENTIAL_MODULES = (
    "res_audiosocket", "app_audiosocket", "chan_audiosocket", "app_chanspy", "app_mixmonitor", "app_playback",
    "app_userevent", "app_exec", "pbx_config",
)  # fmt: skip

_VERSION = re.compile(r"(?:certified[-/])?(\d+)\.\d")


def major_of(version: str) -> int | None:
    """``22`` of ``22.10.0``; None of a version that names no release, such as one built from the repository."""
    match = _VERSION.match(version)
    return int(match[1]) if match else None


async def require_suitable(link: AmiLink) -> None:
    """Raises AsteriskUnsuitable for a version or a lack of modules that calls would fail by. Where Asterisk does not
    let us ask, it is taken for suitable."""
    try:
        version = (await link.send({"Action": "CoreSettings"})).get("asteriskversion", "")
    except AmiRefused:
        version = ""
    major = major_of(version)
    if major is not None and major < OLDEST_MAJOR:
        raise AsteriskUnsuitable(
            f"The Asterisk at {link.endpoint.host}:{link.endpoint.port} is version {version}, and version "
            f"{OLDEST_MAJOR} or later is needed. Upgrade it, or name another one in CADENCIA_AMI__HOST. Nothing was "
            "dialed."
        )
    missing = [name for name in ESSENTIAL_MODULES if not await _loaded(link, name)]
    if missing:
        raise AsteriskUnsuitable(
            f"The Asterisk at {link.endpoint.host}:{link.endpoint.port} lacks modules that the dialer needs: "
            f"{', '.join(missing)}. Install them and load them in its modules.conf; cadencia asterisk render writes "
            "one that does. Nothing was dialed."
        )


async def _loaded(link: AmiLink, module: str) -> bool:
    try:
        await link.send({"Action": "ModuleCheck", "Module": module})
    except AmiRefused as exc:
        return "permission denied" in exc.message.lower()
    return True
