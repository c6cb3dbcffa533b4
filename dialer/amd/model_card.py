"""What is known of a speech model: a small file beside Vosk's own, with its licence, origin, checksum, and whether it
may decide about people."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from dialer.errors import ConfigurationError

CARD_NAME: Final = "cadencia-model.json"


class Origin(StrEnum):
    SYNTHETIC = "synthetic"  #: learned from a speech program alone: of no use with human voices
    OWN = "own"  #: learned from calls of this house too
    PUBLISHED = "published"  #: brought by an administrator
    UNKNOWN = "unknown"  #: a folder without a card


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """``may_decide``: whether its words may decide the verdict on a call of a real trunk. False for a synthetic model,
    unless somebody forces it, and for one of own calls that is not known to understand people. ``facts``: how it was
    made, for people; numbers and texts by name."""

    name: str
    language: str
    licence: str
    origin: Origin
    may_decide: bool
    checksum: str = ""
    facts: dict[str, str | int | float] = field(default_factory=dict)


def read_card(folder: Path) -> ModelCard:
    """The card of the model in ``folder``; without one, a card of unknown origin that may decide, for somebody put that
    model there. Raises ConfigurationError for a card that cannot be read."""
    path = folder / CARD_NAME
    if not path.is_file():
        return ModelCard(name=folder.name, language="", licence="", origin=Origin.UNKNOWN, may_decide=True)
    try:
        document = json.loads(path.read_text("utf-8"))
        return ModelCard(**{**document, "origin": Origin(document["origin"])})
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise ConfigurationError(f"The model card {path} cannot be read. Install or build the model again.") from exc


def write_card(folder: Path, card: ModelCard) -> None:
    """Write the card beside the model's files."""
    text = json.dumps(asdict(card), indent=1, ensure_ascii=False, sort_keys=True)
    (folder / CARD_NAME).write_text(text + "\n", encoding="utf-8")


def checksum(folder: Path) -> str:
    """SHA-256 over the names and contents of the model's files, its card aside."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CARD_NAME):
        with path.open("rb") as file:
            own = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{own}\n".encode())
    return digest.hexdigest()
