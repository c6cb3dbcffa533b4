"""``cadencia compliance``: the audit trail, what is deleted from it and when, and what does not add up."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape

from dialer.audit import heads, verifier
from dialer.audit.checkpoint import HEADS_FILE, key_id, load_signer
from dialer.audit.export import assemble
from dialer.clock import Clock, SystemClock
from dialer.commands.audit_words import AUDIT_WORDS
from dialer.commands.speech import out, settings_and_logs
from dialer.compliance.gate import Gate
from dialer.errors import InputError
from dialer.installation import prepare_data_dir
from dialer.keepers.audit_upkeep import delete_files, purge, reconcile
from dialer.settings import Settings
from dialer.store import holds, incidents, rule_sources
from dialer.store.attempts import SqlAttemptLog
from dialer.store.audit_trail import AuditTrail
from dialer.store.database import Database
from dialer.store.debtor_file import read_debtor_file
from dialer.store.erasing import erase
from dialer.store.past_decisions import find_debtor

T = TypeVar("T")

Debtor = Annotated[str, typer.Option("--debtor", help="Id of the debtor, or the reference of your own system.")]
Reason = Annotated[str, typer.Option("--reason", help="Why. It is kept in the trail: write nothing personal.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``cadencia compliance``."""
    app.command("verify")(verify)
    app.command("export")(export)
    app.command("incidents")(show_incidents)
    app.command("reconcile")(reconcile_calls)
    app.command("purge")(purge_old)
    app.command("hold")(hold)
    app.command("erase")(erase_debtor)


@dataclass(frozen=True, slots=True)
class _Room:
    settings: Settings
    database: Database
    trail: AuditTrail
    clock: Clock

    def say(self, name: str, **told: object) -> None:
        """A sentence of the catalogue, in the language of the settings; whatever comes with it stays plain text."""
        _print(AUDIT_WORDS[self.settings.language][name].format(**told))

    async def debtor(self, wanted: str) -> int:
        """Raises UnknownDebtor."""
        return await self.database.read(find_debtor, wanted)


@asynccontextmanager
async def _room() -> AsyncIterator[_Room]:
    settings = settings_and_logs(default_level="warning")
    database = Database(settings.effective_database_url, durability=settings.database_durability)
    try:
        await database.check()
        prepare_data_dir(settings.data_dir)
        trail = AuditTrail(
            database,
            load_signer(settings.data_dir),
            size=settings.audit.checkpoint_records,
            every=timedelta(seconds=settings.audit.checkpoint_every_s),
        )
        yield _Room(settings, database, trail, SystemClock())
    finally:
        await database.close()


def _print(text: str) -> None:
    out.print(escape(text), soft_wrap=True)


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _user() -> str:
    return os.environ.get("CADENCIA_USER") or getpass.getuser()


# ------------------------------------------------------------------------------------------------ trail


def verify(
    export: Annotated[Path | None, typer.Argument(help="An export. Without one, this installation's trail.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="Public key to trust: base64, or a file with it.")] = None,
    kept: Annotated[Path | None, typer.Option("--heads", help="Checkpoints that were kept off the machine.")] = None,
) -> None:
    """Verify an export, or the whole trail of the database. Exit code 0 where everything holds."""
    if export is None:
        raise typer.Exit(0 if _run(_verify_own(key or [], kept)) else 1)
    arguments = [str(export), *(part for each in key or [] for part in ("--key", each))]
    raise typer.Exit(verifier.main([*arguments, *(("--heads", str(kept)) if kept else ())]))


async def _verify_own(trusted: list[str], kept: Path | None) -> bool:
    async with _room() as room:
        keys = dict(await room.database.read(rule_sources.keys))
        if trusted:
            keys = {key_id(raw): raw for raw in map(_key, trusted)}
        path = kept or room.settings.data_dir / HEADS_FILE
        check = await room.trail.check_whole(keys, _heads(path, needed=kept is not None))
        waiting = await room.trail.backlog()
        counts = {"records": check.records, "erased": check.erased, "checkpoints": check.checkpoints}
        room.say("checked", **counts, waiting=waiting)
        for finding in check.findings:
            out.print(f"[red]{AUDIT_WORDS[room.settings.language]['wrong']}[/red]: {escape(finding)}", soft_wrap=True)
        room.say("broken" if check.findings else "holds")
    return not check.findings


def _key(text: str) -> bytes:
    try:
        return verifier.read_key(text)
    except (OSError, ValueError) as exc:
        raise InputError(f"{text} is no Ed25519 public key, and no file with one.") from exc


def _heads(path: Path, *, needed: bool) -> list[dict[str, object]]:
    try:
        return heads.read(path)
    except FileNotFoundError:
        if needed:
            raise InputError(f"There is no file {path}.") from None
        return []
    except (OSError, ValueError) as exc:
        raise InputError(f"The file {path} is no file of checkpoints.") from exc


def export(
    debtor: Debtor,
    file: Annotated[Path, typer.Option("--out", help="Where to write the file.")],
) -> None:
    """Write one debtor's file: every decision and contact, with proofs that an outsider can check alone."""
    _run(_export(debtor, file))


async def _export(wanted: str, file: Path) -> None:
    async with _room() as room:
        debtor = await room.debtor(wanted)
        await room.trail.chain()
        await room.trail.checkpoint(room.clock.now(), whatever_came=True)
        found = await room.database.read(read_debtor_file, debtor)
        document = assemble(found, room.trail.signer, now=room.clock.now(), version=version("cadencia"))
        try:
            await asyncio.to_thread(file.write_bytes, document)
        except OSError as exc:
            raise InputError(f"The file {file} cannot be written ({exc.strerror}).") from exc
        room.say("exported", file=file)


# ------------------------------------------------------------------------------------------------ incidents


def show_incidents(
    resolve: Annotated[int | None, typer.Option(help="Close the incident of this number.")] = None,
    note: Annotated[str, typer.Option(help="What it was. It is kept in the trail.")] = "",
) -> None:
    """What does not add up and nobody has explained yet."""
    _run(_incidents(resolve, note))


async def _incidents(resolve: int | None, note: str) -> None:
    if resolve is not None and not note.strip():
        raise InputError("Say with --note what it was.")
    async with _room() as room:
        if resolve is not None:
            now, user = room.clock.now(), _user()
            await room.database.write(incidents.resolve, resolve, by=user, note=note, at=now)
        found = await room.database.read(incidents.unresolved)
        for each in found:
            told = each.incident
            detail = ", ".join(f"{name} {value}" for name, value in told.detail.items())
            _print(f"{each.id}  {told.at:%Y-%m-%d %H:%M}Z  {told.kind}  {told.ref}  {detail}")
        room.say("incidents" if found else "no_incident", many=len(found))


def reconcile_calls(
    cdr: Annotated[Path | None, typer.Option(help="Asterisk's Master.csv. By default the one of the settings.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="UTC. By default yesterday.")] = None,
) -> None:
    """Compare a day of the log with the switch's own call records. Exit code 1 where something does not add up."""
    found = _run(_reconcile(cdr, None if day is None else day.date()))
    raise typer.Exit(1 if found else 0)


async def _reconcile(cdr: Path | None, day: date | None) -> int:
    async with _room() as room:
        path = cdr or room.settings.audit.cdr_file
        if path is None:
            raise InputError("Name Asterisk's Master.csv with --cdr, or set CADENCIA_AUDIT__CDR_FILE.")
        now = room.clock.now()
        since = datetime.combine(day or (now - timedelta(days=1)).date(), time(), tzinfo=UTC)
        log = SqlAttemptLog(room.database, Gate.standing(room.settings.own_packs), room.clock)
        until = since + timedelta(days=1)
        found = await reconcile(
            room.database,
            log,
            path,
            since=since,
            until=until,
            now=now,
            trunks=[trunk.dial_string for trunk in room.settings.trunks.values()],
        )
        for each in found:
            released = f"  {AUDIT_WORDS[room.settings.language]['released']}" if each.release else ""
            _print(f"{each.kind}  {each.call_id}{released}")
        room.say("differ" if found else "agree", day=f"{since:%Y-%m-%d}", many=len(found))
    return len(found)


# ------------------------------------------------------------------------------------------------ deleting


def purge_old(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
) -> None:
    """Delete what no rule keeps any longer: recordings, numbers and notes of calls, payloads of the trail."""
    _run(_purge(dry_run=dry_run))


async def _purge(*, dry_run: bool) -> None:
    async with _room() as room:
        library = room.settings.recordings_dir
        done = await purge(
            room.database,
            room.trail,
            Gate.standing(room.settings.own_packs),
            library,
            now=room.clock.now(),
            audio_age=timedelta(days=room.settings.amd.keep_audio_days),
            dry_run=dry_run,
        )
        await room.trail.chain()
        gone = {"recordings": done.recordings, "calls": done.calls, "records": done.records}
        room.say("would_purge" if dry_run else "purged", **gone)


def hold(
    reason: Reason,
    debtor: Annotated[str | None, typer.Option(help="Id or reference of the debtor. Without one: everybody.")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="End the hold instead.")] = False,
) -> None:
    """Put a legal hold on a debtor, so that nothing of theirs is deleted; or lift it."""
    _run(_hold(debtor, reason, lift=lift))


async def _hold(wanted: str | None, reason: str, *, lift: bool) -> None:
    async with _room() as room:
        debtor = None if wanted is None else await room.debtor(wanted)
        work = holds.lift_hold if lift else holds.place_hold
        now, user = room.clock.now(), _user()
        await room.database.write(work, debtor, reason=reason, by=user, now=now)
        words = AUDIT_WORDS[room.settings.language]
        whom = words["everybody"] if debtor is None else words["debtor"].format(debtor=debtor)
        room.say("lifted" if lift else "held", whom=whom)


def erase_debtor(debtor: Debtor, reason: Reason) -> None:
    """Erase a person at their request: what a law still keeps stays, and is named. The trail goes on verifying."""
    _run(_erase(debtor, reason))


async def _erase(wanted: str, reason: str) -> None:
    async with _room() as room:
        debtor = await room.debtor(wanted)
        await room.trail.chain()
        now, user, gate = room.clock.now(), _user(), Gate.standing(room.settings.own_packs)
        done = await room.database.write(erase, gate, debtor, reason=reason, by=user, now=now)
        await delete_files(room.settings.recordings_dir, done.files)
        await room.trail.chain()
        room.say("erased", recordings=len(done.files), calls=done.calls, records=done.records)
        for each in done.kept:
            told = {"count": each.count, "cls": each.cls, "rules": ", ".join(each.rules)}
            room.say("kept" if each.until is None else "kept_until", **told, until=each.until)
        room.say("identity" if done.identity else "identity_stays")
