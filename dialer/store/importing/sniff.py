"""How a lead file is written: encoding, delimiter and where its header is."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import InvalidLeadFile
from dialer.store.importing.columns import understood

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 65_536
_SEP_LINE = re.compile(r"sep=(.)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """``encoding`` is ``utf-8`` (lines that are not are read as Windows-1252), ``utf-16`` or one that was asked for.

    ``skip_bytes`` of the file are a byte order mark; ``skip_lines`` come before the header.
    """

    encoding: str
    delimiter: str
    skip_bytes: int = 0
    skip_lines: int = 0


def decode_line(line: bytes) -> tuple[str, bool]:
    """A line's text, and whether it was not UTF-8 and was read as Windows-1252 instead."""
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; Latin-1 gives them their control characters, which are cleaned later.
        try:
            return line.decode("cp1252"), True
        except UnicodeDecodeError:
            return line.decode("latin-1"), True


def sniff(path: Path, *, delimiter: str | None = None) -> Dialect:
    """Look at the beginning of the file. Raises InvalidLeadFile where it cannot be read, is empty or is no text."""
    try:
        with path.open("rb") as file:
            sample = file.read(_SAMPLE_BYTES)
    except OSError as error:
        raise InvalidLeadFile(f"The file {path} cannot be read: {error.strerror}.") from error
    if not sample.strip(b"\r\n\t \x00\xef\xbb\xbf\xff\xfe"):
        raise InvalidLeadFile(f"The file {path} is empty.")
    _refuse_other_formats(path, sample)
    encoding, skip_bytes = "utf-8", 0
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
        text = sample[: len(sample) // 2 * 2].decode("utf-16", errors="replace")
    else:
        skip_bytes = len(codecs.BOM_UTF8) if sample.startswith(codecs.BOM_UTF8) else 0
        text = "".join(decode_line(line)[0] for line in sample[skip_bytes:].splitlines(keepends=True))
    lines = text.splitlines()
    skip_lines = next((index for index, line in enumerate(lines) if line.strip()), 0)
    told = _SEP_LINE.match(lines[skip_lines])
    if told and told[1] in DELIMITERS:  # what Excel writes to tell itself
        skip_lines += 1
        delimiter = delimiter or told[1]
    return Dialect(
        encoding=encoding,
        delimiter=delimiter or _delimiter(lines[skip_lines : skip_lines + 20]),
        skip_bytes=skip_bytes,
        skip_lines=skip_lines,
    )


def _refuse_other_formats(path: Path, sample: bytes) -> None:
    if sample.startswith(b"PK\x03\x04"):
        raise InvalidLeadFile(f"{path.name} is a spreadsheet or a zip archive. Save it as CSV (UTF-8) and import that.")
    if sample.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")):
        raise InvalidLeadFile(f"{path.name} is no text file. Save the list as CSV (UTF-8) and import that.")


def _delimiter(lines: list[str]) -> str:
    """The delimiter under which most headers make sense; where none does, the one that splits the lines most alike."""
    best, best_score = ",", (-1, -1, -1)
    for delimiter in DELIMITERS:
        rows = list(csv.reader(lines, delimiter=delimiter))
        widths = Counter(len(row) for row in rows if row)
        width, alike = widths.most_common(1)[0] if widths else (0, 0)
        score = (understood(rows[0]) if rows else 0, alike if width > 1 else 0, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best
