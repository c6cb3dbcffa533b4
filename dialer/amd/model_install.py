"""Speech models brought by an administrator: fetched, checked, unpacked, tried, and put in their place."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast
from urllib.parse import urlsplit

import httpx

from dialer.amd.model_card import ModelCard, Origin, checksum, read_card, write_card
from dialer.amd.transcript import load_vosk
from dialer.errors import ConfigurationError, InputError

_LICENCE_FILES: Final = ("LICENSE", "LICENCE", "COPYING", "README")
_LICENCE_LINES: Final = 12
_LARGEST_BYTES: Final = 8 * 1024**3  # unpacked; the largest published models take half of it
_WAIT_S: Final = 60.0
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Installed:
    """``archive_sha256`` is that of the archive, empty for a folder."""

    folder: Path
    card: ModelCard
    archive_sha256: str


def models_folder(data_dir: Path) -> Path:
    return data_dir / "models"


def installed_models(data_dir: Path) -> list[tuple[Path, ModelCard]]:
    """The models in the data folder, by name. Raises ConfigurationError for a damaged card."""
    home = models_folder(data_dir)
    folders = sorted(path for path in home.iterdir() if _is_model(path)) if home.is_dir() else []
    return [(folder, read_card(folder)) for folder in folders]


def add_model(source: str, language: str, data_dir: Path, *, sha256: str = "") -> Installed:
    """Install the model at ``source``, a folder, an archive (.zip, .tar, .tar.gz) or an https address of one.

    ``sha256``, where given, must be that of the archive. The model must load. Nothing is left behind where it does
    not. Raises InputError for a source that is none, or the wrong one; ConfigurationError for an unusable model.
    """
    home = models_folder(data_dir)
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=home) as temporary:
        work = Path(temporary)
        archive, digest = None, ""
        if "://" in source:
            archive = _fetched(source, work)
        elif Path(source).is_file():
            archive = Path(source)
        elif not Path(source).is_dir():
            raise InputError(f"{source} is neither a folder, nor an archive, nor an address.")
        if archive is not None:
            digest = _digest(archive)
        if sha256 and digest != sha256.lower():
            found = f"has SHA-256 {digest}" if digest else "is a folder, and has none"
            raise InputError(f"{source} {found}, not {sha256}. Nothing was installed.")
        unpacked = work / "unpacked"
        if archive is not None:
            _unpack(archive, unpacked)
        else:
            shutil.copytree(source, unpacked, symlinks=False)
        model = _model_in(unpacked, source)
        load_vosk(model)
        card = _card(model, language, source)
        write_card(model, card)
        folder = home / card.name
        if folder.exists():
            shutil.rmtree(folder)
        model.replace(folder)
    return Installed(folder, card, digest)


def _card(model: Path, language: str, source: str) -> ModelCard:
    """A model that brings its card keeps it, with what it says about deciding; the checksum must be true."""
    own = read_card(model)
    actual = checksum(model)
    if own.origin is Origin.UNKNOWN:
        name = Path(urlsplit(source).path if "://" in source else source).name
        for ending in (".zip", ".tgz", ".tar", ".tar.gz"):
            name = name.removesuffix(ending)
        return ModelCard(
            name=name if name not in ("", ".", "..") else f"model-{language}",
            language=language,
            licence=_licence(model),
            origin=Origin.PUBLISHED,
            may_decide=True,
            checksum=actual,
            facts={"source": source},
        )
    if own.checksum != actual:
        raise ConfigurationError(f"The model's files are not those that its card was written for ({own.checksum}).")
    if own.language != language:
        raise InputError(f"This is a model for the language {own.language}, not {language}.")
    if Path(own.name).name != own.name or own.name in ("", ".", ".."):
        raise InputError(f"{own.name!r} is not a name for a model.")
    return own


def _licence(model: Path) -> str:
    """The first lines of the file that speaks of it, or nothing."""
    for start in _LICENCE_FILES:
        for path in sorted(model.iterdir()):
            if path.is_file() and path.name.upper().startswith(start):
                lines = path.read_text("utf-8", errors="replace").splitlines()
                return "\n".join(line.rstrip() for line in lines[:_LICENCE_LINES]).strip()
    return ""


def _fetched(address: str, work: Path) -> Path:
    if urlsplit(address).scheme != "https":
        raise InputError(f"{address} is not an https address: anybody on the way could put something else there.")
    target = work / (Path(urlsplit(address).path).name or "model.zip")
    taken = 0
    try:
        with (
            httpx.stream("GET", address, follow_redirects=True, timeout=_WAIT_S) as response,
            target.open("wb") as file,
        ):
            response.raise_for_status()
            for chunk in response.iter_bytes(_CHUNK):
                taken += len(chunk)
                if taken > _LARGEST_BYTES:
                    raise InputError(f"{address} is larger than any model.")
                file.write(chunk)
    except httpx.HTTPError as exc:
        raise InputError(f"{address} cannot be fetched: {exc}. Fetch it elsewhere and add the file.") from exc
    return target


def _unpack(archive: Path, target: Path) -> None:
    target.mkdir()
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                entries = [entry for entry in packed.infolist() if not entry.is_dir()]
                _allow(sum(entry.file_size for entry in entries), archive)
                for entry in entries:
                    with packed.open(entry) as content:
                        _put(content, target, entry.filename)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tape:
                members = [member for member in tape.getmembers() if member.isfile()]
                _allow(sum(member.size for member in members), archive)
                for member in members:
                    _put(cast("IO[bytes]", tape.extractfile(member)), target, member.name)
        else:
            raise InputError(f"{archive.name} is neither a zip nor a tar archive.")
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as exc:
        raise InputError(f"{archive.name} cannot be unpacked: {exc}.") from exc


def _put(content: IO[bytes], target: Path, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise InputError(f"The archive would write outside its folder ({name}): do not trust where it came from.")
    place = target.joinpath(*path.parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    with content, place.open("wb") as file:
        shutil.copyfileobj(content, file, _CHUNK)


def _allow(size: int, archive: Path) -> None:
    if size > _LARGEST_BYTES:
        raise InputError(f"{archive.name} unpacks to more than any model holds.")


def _model_in(unpacked: Path, source: str) -> Path:
    """Published archives hold one folder, and that the model."""
    for folder in (unpacked, *sorted(path for path in unpacked.iterdir() if path.is_dir())):
        if _is_model(folder):
            return folder
    raise ConfigurationError(f"There is no Vosk model in {source}: it must hold the folders am, conf and graph.")


def _is_model(folder: Path) -> bool:
    whole = (folder / "am" / "final.mdl").is_file() or (folder / "final.mdl").is_file()
    return whole and not folder.name.startswith(".")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
