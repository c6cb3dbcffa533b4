"""From a file to rows of cells, a chunk at a time, whatever is wrong with some of its lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dialer.errors import InvalidLeadFile
from dialer.store.importing.reasons import Reason
from dialer.store.importing.sniff import Dialect, decode_line

#: A line, or a record over several lines, may have so many characters.
LONGEST_RECORD = 32_768
_MOST_LINES_IN_RECORD = 20
_SHOWN_OF_A_BROKEN_LINE = 500


@dataclass(slots=True)
class Chunk:
    """Rows with the number of their first line, and lines that are no rows. ``bytes_read`` counts from the start."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    broken: list[tuple[int, Reason, str]] = field(default_factory=list)
    not_utf8: int = 0
    bytes_read: int = 0


class Records:
    """The records of a file after its header. Iterate once."""

    def __init__(self, path: Path, dialect: Dialect, rows_per_chunk: int) -> None:
        self._path = path
        self._dialect = dialect
        self._rows_per_chunk = rows_per_chunk
        self._line = 0
        self._chunk = Chunk()
        self._held: list[tuple[int, str]] = []  # lines read ahead that belong to no record after all

    def header(self) -> list[str]:
        """The cells of the header line. Raises InvalidLeadFile where it is not readable."""
        with self._opened() as file:
            for _, text in self._texts(file):
                return self._split(text)
        raise InvalidLeadFile(f"The file {self._path} has no readable header line.")

    def chunks(self) -> Iterator[Chunk]:
        """All rows after the header. Raises InvalidLeadFile where the file stops being readable, saying at which line;
        the chunks before that stay good."""
        self._chunk = Chunk()
        self._held = []
        try:
            with self._opened() as file:
                texts = self._texts(file)
                next(texts, None)
                batch: list[tuple[int, str]] = []
                for record in texts:
                    batch.append(record)
                    if len(batch) >= self._rows_per_chunk:
                        yield self._finished(file, batch)
                        batch = []
                yield self._finished(file, batch)
        except OSError as error:
            raise InvalidLeadFile(
                f"Reading {self._path} failed after line {self._line}: {error.strerror}. The rows before it are kept; "
                "import the file again once it is whole."
            ) from error

    def _finished(self, file: IO[str] | IO[bytes], batch: list[tuple[int, str]]) -> Chunk:
        done, self._chunk = self._chunk, Chunk()
        done.rows = [(line, cells) for line, cells in self._cells(batch) if any(cells)]
        buffer = getattr(file, "buffer", file)
        done.bytes_read = buffer.tell()
        return done

    def _cells(self, batch: list[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
        rows = list(csv.reader((text for _, text in batch), delimiter=self._dialect.delimiter))
        if len(rows) == len(batch):
            return ((line, row) for (line, _), row in zip(batch, rows, strict=True))
        return ((line, self._split(text)) for line, text in batch)

    def _split(self, text: str) -> list[str]:
        return next(csv.reader([text], delimiter=self._dialect.delimiter), [])

    # ------------------------------------------------------------------------------------- lines

    def _opened(self) -> IO[str] | IO[bytes]:
        file: IO[str] | IO[bytes]
        if self._dialect.encoding == "utf-16":
            file = self._path.open(encoding="utf-16", errors="replace", newline="\n")
        else:
            file = self._path.open("rb")
            file.seek(self._dialect.skip_bytes)
        for _ in range(self._dialect.skip_lines):
            file.readline(LONGEST_RECORD)
        self._line = self._dialect.skip_lines
        return file

    def _texts(self, file: IO[str] | IO[bytes]) -> Iterator[tuple[int, str]]:
        """Complete records: a line, or the lines that a quoted field spans. Broken ones go to the chunk."""
        lines = self._lines(file)
        while True:
            found = self._held.pop() if self._held else next(lines, None)
            if found is None:
                return
            line, text = found
            if '"' in text and _ends_in_quotes(text, self._dialect.delimiter):
                joined = self._joined(line, text, lines)
                if joined is None:
                    self._break(line, Reason.UNCLOSED_QUOTE, text)
                    continue
                text = joined
            yield line, text

    def _joined(self, line: int, text: str, lines: Iterator[tuple[int, str]]) -> str | None:
        """The record that begins with an open quote, or None where it is not closed within bounds; then the lines that
        were looked at are given back."""
        looked_at: list[tuple[int, str]] = []
        record = text
        while len(looked_at) < _MOST_LINES_IN_RECORD and len(record) <= LONGEST_RECORD:
            found = self._held.pop() if self._held else next(lines, None)
            if found is None:
                break
            looked_at.append(found)
            record = f"{record}\n{found[1]}"
            if '"' in found[1] and not _ends_in_quotes(record, self._dialect.delimiter):
                return record
        self._held += reversed(looked_at)
        return None

    def _lines(self, file: IO[str] | IO[bytes]) -> Iterator[tuple[int, str]]:
        while raw := file.readline(LONGEST_RECORD):
            self._line += 1
            if isinstance(raw, bytes):
                text, fallback = decode_line(raw)
                self._chunk.not_utf8 += fallback
            else:
                text = raw
            if not text.endswith("\n") and len(raw) >= LONGEST_RECORD:
                self._break(self._line, Reason.LINE_TOO_LONG, text)
                while (rest := file.readline(LONGEST_RECORD)) and rest[-1:] not in ("\n", b"\n"):
                    pass
                continue
            if "\x00" in text:
                self._break(self._line, Reason.NUL_BYTE, text.rstrip("\r\n"))
                continue
            text = text.rstrip("\r\n")
            yield self._line, text.replace("\r", " ") if "\r" in text else text

    def _break(self, line: int, reason: Reason, text: str) -> None:
        self._chunk.broken.append((line, reason, text[:_SHOWN_OF_A_BROKEN_LINE].replace("\x00", "")))


def _ends_in_quotes(text: str, delimiter: str) -> bool:
    """Whether ``text`` ends inside a quoted field. A quote only opens a field at the field's very beginning."""
    at = 0
    while True:
        if text.startswith('"', at):
            at = text.find('"', at + 1)
            while at >= 0 and text.startswith('"', at + 1):  # a doubled quote is one of the text's own
                at = text.find('"', at + 2)
            if at < 0:
                return True
        at = text.find(delimiter, at) + 1
        if not at:
            return False
