"""Encodings, delimiters, quotes and broken lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.store.importing.reasons import Reason
from dialer.store.importing.records import LONGEST_RECORD, Chunk, Records
from dialer.store.importing.sniff import sniff


def read(folder: Path, content: str | bytes, rows_per_chunk: int = 100) -> tuple[list[str], list[Chunk]]:
    path = folder / "lista.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    records = Records(path, sniff(path), rows_per_chunk)
    return records.header(), list(records.chunks())


def cells(chunks: list[Chunk]) -> list[list[str]]:
    return [row for chunk in chunks for _, row in chunk.rows]


def broken(chunks: list[Chunk]) -> list[tuple[int, Reason]]:
    return [(line, reason) for chunk in chunks for line, reason, _ in chunk.broken]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f"nombre{delimiter}telefono{delimiter}saldo\nRuiz, Ana{delimiter}310{delimiter}1.234,50\n"
    if delimiter == ",":
        text = 'nombre,telefono,saldo\n"Ruiz, Ana",310,"1.234,50"\n'
    header, chunks = read(tmp_path, text)
    assert header == ["nombre", "telefono", "saldo"]
    assert cells(chunks) == [["Ruiz, Ana", "310", "1.234,50"]]


def test_a_file_of_one_column_has_one_column(tmp_path: Path) -> None:
    header, chunks = read(tmp_path, "telefono\n3101234567\n3101234568\n")
    assert header == ["telefono"]
    assert cells(chunks) == [["3101234567"], ["3101234568"]]


def test_what_excel_tells_itself_about_the_delimiter_is_heard(tmp_path: Path) -> None:
    header, chunks = read(tmp_path, "sep=|\na,b|telefono\n1,2|310\n")
    assert header == ["a,b", "telefono"]
    assert chunks[0].rows == [(3, ["1,2", "310"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    header, chunks = read(tmp_path, "teléfono;señor\n310;Ñandú\n".encode(encoding))
    assert header == ["teléfono", "señor"]
    assert cells(chunks) == [["310", "Ñandú"]]
    assert chunks[0].not_utf8 == (2 if encoding == "cp1252" else 0)


def test_one_broken_byte_does_not_garble_the_other_lines(tmp_path: Path) -> None:
    content = "teléfono;señor\n1;Ñandú\n".encode() + "2;Peña\n".encode("cp1252") + "3;Ñandú\n".encode()
    _, chunks = read(tmp_path, content)
    assert cells(chunks) == [["1", "Ñandú"], ["2", "Peña"], ["3", "Ñandú"]]


def test_line_ends_of_windows_and_a_missing_last_one_are_no_matter(tmp_path: Path) -> None:
    _, chunks = read(tmp_path, b"telefono;nota\r\n1;a\r\n\r\n2;b")
    assert chunks[0].rows == [(2, ["1", "a"]), (4, ["2", "b"])]


def test_a_quoted_field_may_span_lines(tmp_path: Path) -> None:
    _, chunks = read(tmp_path, 'telefono;nota\n1;"uno\ndos ""tres"";\ncuatro"\n2;b\n')
    assert chunks[0].rows == [(2, ["1", 'uno\ndos "tres";\ncuatro']), (5, ["2", "b"])]


def test_a_quote_inside_a_field_is_only_a_quote(tmp_path: Path) -> None:
    _, chunks = read(tmp_path, 'telefono;nota\n1;tubo de 5"\n2;5" y 6"\n"3";a"b\n')
    assert cells(chunks) == [["1", 'tubo de 5"'], ["2", '5" y 6"'], ["3", 'a"b']]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    lines = "".join(f"{index};x\n" for index in range(3, 60))
    _, chunks = read(tmp_path, f'telefono;nota\n1;a\n2;"b\n{lines}', rows_per_chunk=7)
    assert broken(chunks) == [(3, Reason.UNCLOSED_QUOTE)]
    assert [row[0] for row in cells(chunks)] == ["1", *(str(index) for index in range(3, 60))]


def test_every_line_with_an_open_quote_is_refused_on_its_own(tmp_path: Path) -> None:
    _, chunks = read(tmp_path, "telefono;nota\n" + '1;"b\n' * 40)
    closed = cells(chunks)  # in pairs they close each other: what a spreadsheet would read as well
    assert len(closed) * 2 + len(broken(chunks)) == 40


def test_lines_that_are_too_long_or_have_nul_bytes_are_refused(tmp_path: Path) -> None:
    endless = "x" * (3 * LONGEST_RECORD)
    _, chunks = read(tmp_path, f"telefono;nota\n1;a\n2;{endless}\n3;b\x00c\n4;d\n")
    assert broken(chunks) == [(3, Reason.LINE_TOO_LONG), (4, Reason.NUL_BYTE)]
    assert cells(chunks) == [["1", "a"], ["4", "d"]]
    assert all("\x00" not in shown and len(shown) <= 500 for chunk in chunks for _, _, shown in chunk.broken)


def test_a_carriage_return_in_the_middle_of_a_line_is_a_space(tmp_path: Path) -> None:
    _, chunks = read(tmp_path, b"telefono;nota\n1;a\rb\n")
    assert cells(chunks) == [["1", "a b"]]


def test_the_bytes_read_grow_to_the_size_of_the_file(tmp_path: Path) -> None:
    _, chunks = read(tmp_path, "telefono\n" + "310\n" * 10, rows_per_chunk=4)
    assert [len(chunk.rows) for chunk in chunks] == [4, 4, 2]
    assert chunks[-1].bytes_read == (tmp_path / "lista.csv").stat().st_size
