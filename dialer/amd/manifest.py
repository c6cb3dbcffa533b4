"""Lists of labelled files: a CSV with the columns ``file,label`` and, where it has them, ``language``, ``kind``,
``group`` and ``text``.

``path`` may stand for ``file``, as in published sets; other columns are left alone. ``group`` names what must not be on
both sides of a cross-validation: the number that was called, or the text that is read; without it ``number`` or
``text`` is taken, and without those every file is its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialer.amd.evaluation import LABELS, UNCLEAR
from dialer.amd.phrases import LANGUAGES
from dialer.errors import InputError

_MOST_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A file and who answers in it. ``language`` is empty where it is not stated; ``text`` what is said, likewise."""

    file: Path
    label: str
    language: str = ""
    kind: str = ""
    group: str = ""
    text: str = ""


def read_manifest(path: Path) -> list[Labelled]:
    """Names are relative to the manifest's folder. Raises InputError that says which line is wrong."""
    return [_labelled(row, number, path) for number, row in _rows(path, ("label",))]


def read_transcripts(path: Path, language: str) -> list[tuple[Path, str]]:
    """Files and what is said in them, of ``language`` where the manifest says which: columns ``file,text``. Lines
    without a text are left out. Raises InputError."""
    found = [
        (_file(row, number, path), " ".join(row["text"].split()))
        for number, row in _rows(path, ("text",))
        if row["text"].strip() and row.get("language", "").strip() in ("", language)
    ]
    if not found:
        raise InputError(f"{path} has no line with a text in the language {language}.")
    return found


def _rows(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, restval="")
            there = [name.strip().lower() for name in reader.fieldnames or ()]
            missing = [name for name in wanted if name not in there]
            if missing or not {"file", "path"} & set(there):
                needed = " and ".join(["file", *wanted])
                raise InputError(f"{path} is no list of files: its first line must name the columns {needed}.")
            reader.fieldnames = there
            for number, row in enumerate(reader, start=2):
                if number > _MOST_ROWS:
                    raise InputError(f"{path} has more than {_MOST_ROWS} lines. Split it.")
                yield number, row
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise InputError(f"{path} cannot be read as a CSV file in UTF-8: {exc}.") from exc


def _file(row: Mapping[str, str], number: int, path: Path) -> Path:
    name = (row.get("file") or row.get("path") or "").strip()
    if not name:
        raise InputError(f"{path}, line {number}: no file is named.")
    return path.parent / name


def _labelled(row: Mapping[str, str], number: int, path: Path) -> Labelled:
    label = row["label"].strip().lower()
    if label not in LABELS and label != UNCLEAR:
        raise InputError(f"{path}, line {number}: {label!r} is no label. Use one of {', '.join(LABELS)} or {UNCLEAR}.")
    language = (row.get("language") or "").strip().lower()
    file = _file(row, number, path)
    group = next((row[name].strip() for name in ("group", "number", "text") if (row.get(name) or "").strip()), "")
    return Labelled(
        file=file,
        label=label,
        language=language if language in LANGUAGES else "",
        kind=(row.get("kind") or "").strip(),
        group=group or str(file),
        text=(row.get("text") or "").strip(),
    )
