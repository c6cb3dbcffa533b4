"""Checks of what Cadencia leans on besides Asterisk: database, broker, speech models."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiomqtt
import sqlalchemy as sa

from dialer.amd.model_card import Origin, read_card
from dialer.amd.model_trial import try_model
from dialer.amd.transcript import load_vosk
from dialer.doctor.finding import Finding, found
from dialer.errors import ConfigurationError, MediaError, StoreError
from dialer.settings import Settings
from dialer.store import migrations
from dialer.store.database import Database

_WAIT_S = 5.0


async def database(settings: Settings) -> list[Finding]:
    try:
        store = Database(settings.effective_database_url, wait_s=_WAIT_S)
    except ModuleNotFoundError as exc:
        return [found("database.driver-missing", module=exc.name or str(exc))]
    except StoreError as exc:
        return [found("database.unusable", error=exc.message)]
    try:
        if store.is_sqlite and not _sqlite_file(settings).exists():
            # To connect would make the file; the doctor makes nothing.
            return [found("database.absent", place=store.place)]
        revision = await store.read(migrations.revision)
    except StoreError as exc:
        return [found("database.unusable", error=exc.message)]
    finally:
        await store.close()
    if revision is None:
        return [found("database.absent", place=store.place)]
    if revision == migrations.HEAD:
        return [found("database.ready", place=store.place, revision=revision)]
    case = "database.outdated" if revision in migrations.revisions() else "database.newer"
    return [found(case, place=store.place, revision=revision, head=migrations.HEAD)]


def _sqlite_file(settings: Settings) -> Path:
    return Path(sa.make_url(settings.effective_database_url).database or "")


async def broker(settings: Settings) -> list[Finding]:
    mqtt = settings.mqtt
    if not mqtt.host:
        return [found("broker.none")]
    address = f"{mqtt.host}:{mqtt.port}"
    try:
        async with aiomqtt.Client(
            mqtt.host,
            mqtt.port,
            username=mqtt.username or None,
            password=mqtt.password or None,
            timeout=_WAIT_S,
        ):
            pass
    except (aiomqtt.MqttError, OSError, ssl.SSLError) as exc:
        return [found("broker.unreachable", address=address, error=str(exc) or type(exc).__name__)]
    return [found("broker.ready", address=address)]


def words(settings: Settings) -> list[Finding]:
    """Whether the speech models that are configured load, and understand a spoken phrase. Blocks for some seconds for
    each."""
    folders = {"es": settings.amd.vosk_model_es, "en": settings.amd.vosk_model_en}
    findings = []
    for language, folder in folders.items():
        if folder is None:
            continue
        facts = {"language": language, "folder": str(folder)}
        try:
            recogniser = load_vosk(folder)
            synthetic = read_card(folder).origin is Origin.SYNTHETIC
        except ConfigurationError as exc:
            findings.append(found("words.unusable", **facts, error=exc.message))
            continue
        try:
            trial = try_model(recogniser, language)
        except (ConfigurationError, MediaError):  # no speech program, which a check of its own reports
            findings.append(found("words.loaded", **facts))
        else:
            case = "words.understood" if trial.passed else "words.deaf"
            findings.append(found(case, **facts, said=trial.said, heard=trial.heard))
        if synthetic:
            findings.append(found("words.forced" if settings.amd.force_synthetic_words else "words.synthetic", **facts))
    return findings or [found("words.none")]
