"""``cadencia amd eval`` and ``cadencia amd train``: how often the detector is right, and learning from calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dialer.amd.audio_file import read_audio
from dialer.amd.evaluation import SHORT_MS, UNCLEAR, Evaluation, Heard, Share, evaluate
from dialer.amd.manifest import Labelled, read_manifest
from dialer.amd.model_install import models_folder
from dialer.amd.offline import classify_file
from dialer.amd.timing_model import load_timing_model
from dialer.amd.training import Course, Trained, course_of, passed, train
from dialer.amd.transcript import Recogniser, load_vosk
from dialer.commands.amd_words import said
from dialer.commands.campaigns import with_database
from dialer.commands.speech import err, out, settings_and_logs
from dialer.console.review import heard_of
from dialer.errors import InputError, MediaError
from dialer.installation import EngineLock
from dialer.settings import Settings
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.detector_evidence import EvidenceRow, labelled

Manifest = Annotated[
    Path | None, typer.Argument(help="CSV with the columns file,label and, if you have them, language,kind,group.")
]
CampaignName = Annotated[str, typer.Option("--campaign", help="The reviewed calls of this campaign instead.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def evaluate_calls(
    manifest: Manifest = None,
    campaign: CampaignName = "",
    words: Annotated[
        bool, typer.Option("--words/--no-words", help="With the speech models that the settings name, or without.")
    ] = True,
    apply: Annotated[
        bool, typer.Option("--apply", help="Set the campaign's false-positive share to what was found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say how often the detector is right on labelled files, or was right on a campaign's reviewed calls: the table of
    labels and verdicts, shares with their intervals, silence before the verdict, and the share of false positives that
    the abandonment ledger adds."""
    settings = settings_and_logs(default_level="warning")
    _one_of(manifest, campaign)
    if apply and not campaign:
        raise InputError("--apply sets the share of a campaign: name it with --campaign.")
    heard = _heard_calls(settings, campaign) if manifest is None else _heard_files(settings, manifest, words)
    told = [call for call in heard if call.label != UNCLEAR]
    found = evaluate(told)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _show(settings.language, found, campaign, len(heard) - len(told))
    if apply:
        if found.false_positives.total == 0:
            raise InputError(said(settings.language, "share_none"))
        share = min(0.5, round(found.false_positives.share, 4))
        _apply(settings, campaign, share)
        err.print(said(settings.language, "applied", campaign=campaign, share=f"{share:.2%}"))


def train_model(
    manifest: Manifest = None,
    campaign: CampaignName = "",
    target: Annotated[Path | None, typer.Option("--out", help="Where to; by default into the data folder.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Learn from labelled calls when a greeting is a machine's. The model is written only where, on calls held back, it
    passes fewer machines than the rules and loses no more people; the exit code is 1 where it does not."""
    settings = settings_and_logs(default_level="warning")
    _one_of(manifest, campaign)
    files = _files_of(settings, campaign) if manifest is None else read_manifest(manifest)
    courses = _courses(settings, files)
    if not as_json:
        out.print(said(settings.language, "heard", calls=len(courses)))
    trained = train(courses, seed=seed, tell=lambda line: None if as_json else out.print(f"  {line}"))
    path = target or models_folder(settings.data_dir) / "timing.json"
    if trained.better:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".part-{path.name}")
        part.write_text(json.dumps(trained.document, indent=1) + "\n", encoding="utf-8")
        load_timing_model(part)
        part.replace(path)
    if as_json:
        typer.echo(json.dumps(_summary(trained, path), ensure_ascii=False))
    else:
        _show_trained(settings.language, trained, path)
    if not trained.better:
        raise typer.Exit(1)


# ------------------------------------------------------------------------------------------------ what is heard


def _one_of(manifest: Path | None, campaign: str) -> None:
    if (manifest is None) == (not campaign):
        raise InputError("Name a manifest or a campaign: cadencia amd eval FILE.csv, or --campaign NAME.")


def _heard_files(settings: Settings, manifest: Path, words: bool) -> list[Heard]:
    folders = {"es": settings.amd.vosk_model_es, "en": settings.amd.vosk_model_en} if words else {}
    makers = {language: load_vosk(folder) for language, folder in folders.items() if folder is not None}
    timing = None if settings.amd.timing_model is None else load_timing_model(settings.amd.timing_model)
    found = []
    for line in read_manifest(manifest):
        language = line.language or settings.language
        recogniser: Recogniser | None = makers[language]() if language in makers else None
        verdict = classify_file(line.file, language=language, recogniser=recogniser, timing=timing)
        facts = verdict.evidence
        found.append(
            Heard(
                name=str(line.file),
                label=line.label,
                verdict=verdict.category,
                reason=verdict.reason,
                delay_ms=verdict.decision_ms,
                silence_ms=_whole(facts.get("silence_ms")),
                speech_ms=_whole(facts.get("speech_ms")),
            )
        )
    return found


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _heard_calls(settings: Settings, campaign: str) -> list[Heard]:
    return [heard_of(row) for row in _reviewed(settings, campaign)]


def _reviewed(settings: Settings, campaign: str) -> Sequence[EvidenceRow]:
    async def read(database: Database) -> Sequence[EvidenceRow]:
        await Campaigns(database).get(campaign)
        return await database.read(labelled, campaign)

    found = asyncio.run(with_database(settings, read))
    if not found:
        raise InputError(said(settings.language, "no_labels", campaign=campaign))
    return found


def _files_of(settings: Settings, campaign: str) -> list[Labelled]:
    """The reviewed calls whose audio is still kept. Calls to one number are one group."""
    return [
        Labelled(
            file=settings.recordings_dir / row.audio_file,
            label=row.label or UNCLEAR,
            language=row.language,
            group=row.number or row.call_id,
        )
        for row in _reviewed(settings, campaign)
        if row.audio_file is not None
    ]


def _courses(settings: Settings, files: Sequence[Labelled]) -> list[Course]:
    found = []
    for line in files:
        try:
            pcm = read_audio(line.file)
        except MediaError as exc:
            err.print(said(settings.language, str(exc.details["problem"]), file=line.file), soft_wrap=True)
            continue
        found.append(course_of(pcm, name=str(line.file), label=line.label, group=line.group))
    return found


def _apply(settings: Settings, campaign: str, share: float) -> None:
    # A running engine has the campaign in memory and would write the old share back.
    lock = EngineLock(settings.data_dir)
    lock.acquire()
    try:

        async def change(database: Database) -> None:
            campaigns = Campaigns(database)
            await campaigns.update(replace(await campaigns.get(campaign), amd_false_positive_share=share))

        asyncio.run(with_database(settings, change))
    finally:
        lock.release()


# ------------------------------------------------------------------------------------------------ what is shown


def _show(language: str, found: Evaluation, campaign: str, unclear: int) -> None:
    out.print(said(language, "calls", calls=found.calls))
    if unclear:
        out.print(said(language, "unclear", many=unclear))
    verdicts = sorted({verdict for row in found.table.values() for verdict in row})
    table = Table(said(language, "said"), *verdicts)
    for label, row in found.table.items():
        table.add_row(label, *(str(row.get(verdict, "")) for verdict in verdicts))
    out.print(table)
    shares = Table("", "n", "%", said(language, "interval"))
    for key in ("right", "people_lost", "machines_passed", "undecided", "false_positives"):
        each: Share = getattr(found, key)
        part = f"{each.share:.1%}" if each.total else ""
        shares.add_row(said(language, key), f"{each.count}/{each.total}", part, f"{each.low:.1%} - {each.high:.1%}")
    out.print(shares)
    spreads = Table("ms", "n", "p50", "p90")
    for key in ("silence", "silence_short", "machine_delay"):
        values = getattr(found, key)
        spreads.add_row(said(language, key, ms=SHORT_MS), str(values.count), str(values.p50), str(values.p90))
    out.print(spreads)
    false = found.false_positives
    if false.total == 0:
        out.print(said(language, "share_none"))
        return
    numbers = {"share": f"{false.share:.2%}", "low": f"{false.low:.2%}", "high": f"{false.high:.2%}"}
    out.print(said(language, "share", **numbers, count=false.count, total=false.total), soft_wrap=True)
    if campaign:
        value, high = (f"{min(0.5, each):.4f}" for each in (false.share, false.high))
        out.print(said(language, "share_set", campaign=campaign, value=value, high_value=high), soft_wrap=True)
    else:
        out.print(said(language, "share_mix"), soft_wrap=True)


def _show_trained(language: str, trained: Trained, path: Path) -> None:
    table = Table(said(language, "compared"), said(language, "rules"), said(language, "model"))
    both = (trained.rules, trained.model)
    table.add_row(said(language, "lost"), *(f"{each.people_lost.count}/{each.people_lost.total}" for each in both))
    table.add_row(said(language, "passed"), *(f"{passed(each)}/{each.machines_passed.total}" for each in both))
    table.add_row(said(language, "silence"), *(f"{each.silence.p50} / {each.silence.p90}" for each in both))
    table.add_row(
        said(language, "machine_delay"), *(f"{each.machine_delay.p50} / {each.machine_delay.p90}" for each in both)
    )
    out.print(table)
    if trained.better:
        out.print(said(language, "better", file=path), soft_wrap=True)
        out.print(said(language, "use", file=path.resolve()), soft_wrap=True)
    else:
        out.print(said(language, "not_better"), soft_wrap=True)


def _summary(trained: Trained, path: Path) -> dict[str, object]:
    return {
        "better": trained.better,
        "file": str(path) if trained.better else None,
        "calls": trained.calls,
        "groups": trained.groups,
        "rules": trained.rules.as_json(),
        "model": trained.model.as_json(),
    }
