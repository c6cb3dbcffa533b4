"""The telephone side: is there an Asterisk, does it let us in, and does a call of its own reach our ears?"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from dialer.clock import Clock
from dialer.doctor import asterisk, audition, house
from dialer.doctor.finding import Finding, Grade, found
from dialer.errors import AmiLoginRefused, AmiRefused, ConfigurationError, TelephonyError
from dialer.installation import load_secrets
from dialer.pbx.ami import AmiEndpoint, AmiLink
from dialer.settings import Settings


async def examine_telephone(settings: Settings, clock: Clock) -> list[Finding]:
    """What depends on something that failed is left out: mend the first failure and look again."""
    ours = house.port(settings, "audio-port", settings.media.host, settings.media.port)
    findings = [ours]
    secret = _secret(settings)
    reached = await _ami_port(settings)
    findings.append(reached)
    if reached.grade is Grade.FAILURE:
        return findings
    if not secret:
        return [*findings, found("ami-secret.missing", folder=str(settings.data_dir))]
    heard = asterisk.Heard()
    link = AmiLink(_endpoint(settings, secret), clock, heard.event)
    link.start()
    try:
        login = await _log_in(link, settings)
        findings.append(login)
        if login.grade is Grade.FAILURE:
            return findings
        findings += await _ask(link, settings, heard, clock, engine_listens=ours.case == "audio-port.ours")
    except TelephonyError as exc:
        findings.append(found("ami-login.no-answer", address=_address(settings), error=exc.message))
    finally:
        await link.close()
    return findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Of this Asterisk at somebody else's server; ``status`` in Asterisk's own word."""

    name: str
    server: str
    status: str


async def examine_trunks(settings: Settings, clock: Clock) -> tuple[list[Finding], list[Registration]]:
    """Only the trunks, and with whom Asterisk is registered. Raises nothing."""
    reached = await _ami_port(settings)
    secret = _secret(settings)
    if reached.grade is Grade.FAILURE:
        return [reached], []
    if not secret:
        return [found("ami-secret.missing", folder=str(settings.data_dir))], []
    link = AmiLink(_endpoint(settings, secret), clock, asterisk.Heard().event)
    link.start()
    try:
        login = await _log_in(link, settings)
        if login.grade is Grade.FAILURE:
            return [login], []
        findings, _ = await asterisk.trunks(link, settings.trunks)
        return findings, await _registrations(link)
    except TelephonyError as exc:
        return [found("ami-login.no-answer", address=_address(settings), error=exc.message)], []
    finally:
        await link.close()


async def _registrations(link: AmiLink) -> list[Registration]:
    try:
        entries = await link.send_list(
            {"Action": "PJSIPShowRegistrationsOutbound"}, "OutboundRegistrationDetailComplete"
        )
    except AmiRefused:  # an Asterisk without that module registers nowhere
        return []
    return [
        Registration(
            name=entry.get("objectname", ""), server=entry.get("serveruri", ""), status=entry.get("status", "")
        )
        for entry in entries
        if entry.get("event") == "OutboundRegistrationDetail"
    ]


async def _ask(
    link: AmiLink, settings: Settings, heard: asterisk.Heard, clock: Clock, *, engine_listens: bool
) -> Sequence[Finding]:
    findings = [await asterisk.version(link)]
    rights = await asterisk.write_rights(link)
    findings += rights
    refused = {str(right.facts["right"]) for right in rights if right.grade is Grade.FAILURE}
    if "system" in refused:
        findings.append(found("modules.unknown"))
    else:
        findings.append(await asterisk.modules(link))
        trunks, binds = await asterisk.trunks(link, settings.trunks)
        findings += trunks
        findings.append(await asterisk.sip_port(settings.ami.host, binds))
    if "originate" not in refused:
        findings += await audition.listen(link, settings, heard, clock, engine_listens=engine_listens)
    return findings


def _secret(settings: Settings) -> str:
    """The secret that the engine would use; empty where there is none yet. Makes none."""
    if settings.ami.secret:
        return settings.ami.secret
    if not (settings.data_dir / "secrets.json").is_file():
        return ""
    with suppress(ConfigurationError):
        return load_secrets(settings.data_dir).ami_secret
    return ""


def _endpoint(settings: Settings, secret: str) -> AmiEndpoint:
    return AmiEndpoint(
        username=settings.ami.username,
        secret=secret,
        host=settings.ami.host,
        port=settings.ami.port,
        connect_timeout_s=settings.ami.connect_timeout_s,
        login_timeout_s=settings.ami.connect_timeout_s,
        boot_timeout_s=settings.ami.connect_timeout_s,
    )


def _address(settings: Settings) -> str:
    return f"{settings.ami.host}:{settings.ami.port}"


async def _ami_port(settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(settings.ami.connect_timeout_s):
            _, writer = await asyncio.open_connection(settings.ami.host, settings.ami.port)
    except OSError as exc:
        # asyncio's own text repeats the address; a time-out has no number at all.
        error = os.strerror(exc.errno) if exc.errno else str(exc) or os.strerror(errno.ETIMEDOUT)
        return found("ami-port.closed", address=_address(settings), error=error)
    writer.transport.abort()
    return found("ami-port.open", address=_address(settings))


async def _log_in(link: AmiLink, settings: Settings) -> Finding:
    user = settings.ami.username
    try:
        await link.wait_connected(3 * settings.ami.connect_timeout_s)  # connect, log in, be booted
    except AmiLoginRefused:
        return found("ami-login.refused", user=user)
    except TelephonyError as exc:
        if link.ami_version and "FullyBooted" in str(exc.__cause__):
            return found("ami-login.not-booted", user=user)
        cause = exc.__cause__ or exc
        return found("ami-login.no-answer", address=_address(settings), error=str(cause))
    return found("ami-login.accepted", user=user, version=link.ami_version)
