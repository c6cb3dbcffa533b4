"""Checks of this machine: folders, disk, programs, ports, and the data that decisions rest on. They block."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import tempfile
from datetime import date, datetime
from pathlib import Path

import yaml

from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import packs_in_force
from dialer.compliance.zones import TZ_VERSION
from dialer.doctor.finding import Finding, found
from dialer.errors import ComplianceError
from dialer.provision.root import default_location
from dialer.provision.shipped import shipped_folder
from dialer.settings import Settings

PROGRAMS = ("espeak-ng", "sox", "ffmpeg")

_GIB = 1 << 30
_LOW_BYTES = 5 * _GIB  # some 90 hours of stereo recordings as Asterisk writes them
_FULL_BYTES = _GIB // 2
_STALE_MONTH = 7
_CALENDAR_DAYS_AHEAD = 60


def data_folder(settings: Settings) -> list[Finding]:
    folder = settings.data_dir.absolute()
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):  # where the folder is still to be made: there
            pass
    except OSError as exc:
        return [found("data-folder.unwritable", folder=str(folder), error=exc.strerror or str(exc))]
    return [found("data-folder.writable", folder=str(folder))]


def disk_space(settings: Settings) -> list[Finding]:
    folder = settings.data_dir.absolute()
    free = shutil.disk_usage(_nearest(folder)).free
    case = "disk-space.full" if free < _FULL_BYTES else "disk-space.low" if free < _LOW_BYTES else "disk-space.enough"
    return [found(case, folder=str(folder), gib=round(free / _GIB, 1))]


def time_zones(now: datetime, version: str = TZ_VERSION) -> list[Finding]:
    """Releases carry only their year. One of last year is called old from July on: several have followed it."""
    year = int(version[:4])
    old = now.year > year + 1 or (now.year == year + 1 and now.month >= _STALE_MONTH)
    return [found("time-zones.old" if old else "time-zones.current", version=version, year=year)]


def rules(today: date, own_packs: Path | None = None) -> list[Finding]:
    try:
        packs = packs_in_force(own_packs)
        calendars = shipped_calendars()
    except (ComplianceError, OSError, yaml.YAMLError) as exc:
        return [found("rule-packs.unusable", error=str(exc))]
    first_end = min(calendars.by_id.values(), key=lambda calendar: calendar.last)
    last_day = date.fromordinal(first_end.last)
    ending = (last_day - today).days < _CALENDAR_DAYS_AHEAD
    return [
        found("rule-packs.loaded", count=len(packs)),
        found(
            "calendars.ending" if ending else "calendars.covered",
            count=len(calendars.by_id),
            calendar=first_end.id,
            last=last_day.isoformat(),
        ),
    ]


def programs(search_path: str | None = None) -> list[Finding]:
    findings = []
    for name in PROGRAMS:
        place = shutil.which(name, path=search_path)
        findings.append(
            found("program.present", name=name, place=place) if place else found(f"program.{name}-missing", name=name)
        )
    return findings


def recordings(settings: Settings) -> list[Finding]:
    """Where Asterisk's raw recordings are fetched from."""
    folder = settings.recordings.spool_dir
    if folder is None:
        return [found("recordings.unset", asterisk=settings.recordings.asterisk_spool_dir)]
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return [found("recordings.unreachable", folder=str(folder))]
    return [found("recordings.collected", folder=str(folder))]


def embedded() -> list[Finding]:
    location = default_location()
    ready = (location / "usr/sbin/asterisk").is_file()
    return [found("embedded.ready" if ready else "embedded.absent", folder=str(location))]


def console_port(settings: Settings) -> list[Finding]:
    return [port(settings, "console-port", settings.console.host, settings.console.port)]


def port(settings: Settings, check: str, host: str, number: int) -> Finding:
    """Whether we could listen there, or our engine already does."""
    error = _cannot_listen(host, number)
    if error is None:
        return found(f"{check}.free", address=f"{host}:{number}")
    if error.errno == errno.EADDRINUSE and engine_runs(settings.data_dir):
        return found(f"{check}.ours", address=f"{host}:{number}")
    return found(f"{check}.taken", address=f"{host}:{number}", error=error.strerror or str(error))


def engine_runs(data_dir: Path) -> bool:
    """Whether an engine holds the data folder's lock. Looking takes the lock for an instant, shared."""
    try:
        with (data_dir / "engine.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def required_modules() -> list[str]:
    """The modules without which Asterisk could not serve us: those that the shipped modules.conf requires."""
    text = (shipped_folder() / "templates" / "modules.conf.j2").read_text("utf-8")
    lines = (line.partition("=") for line in text.splitlines())
    return [value.strip().removesuffix(".so") for name, _, value in lines if name.strip() == "require"]


def _cannot_listen(host: str, number: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as exc:
        return exc
    return None


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())
