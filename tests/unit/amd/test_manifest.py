"""Lists of labelled files, as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.amd.manifest import read_manifest, read_transcripts
from dialer.errors import InputError


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_names_are_relative_to_the_list_and_what_is_not_stated_is_empty(tmp_path: Path) -> None:
    (found,) = read_manifest(written(tmp_path, "file,label\na/one.wav,Human\n"))
    assert (found.file, found.label, found.language, found.kind) == (tmp_path / "a/one.wav", "human", "", "")
    assert found.group == str(tmp_path / "a/one.wav")


def test_a_published_sets_columns_are_understood_too(tmp_path: Path) -> None:
    header = "path,label,language,source_repo,licence,kind,dur_s,onset_ms,utt_ms,split,text\n"
    row = 'audio/x.ulaw,machine,es,own,"free, quite",espeak,8.0,237,9060,dev,El número no existe.\n'
    (found,) = read_manifest(written(tmp_path, header + row, "utf-8-sig"))
    assert (found.label, found.language, found.kind) == ("machine", "es", "espeak")
    assert found.group == found.text == "El número no existe."


def test_a_group_is_what_says_so_then_the_number_then_the_text(tmp_path: Path) -> None:
    text = "file,label,text,number,group\na,human,t,1,g\nb,human,t,1,\nc,human,t,,\n"
    assert [line.group for line in read_manifest(written(tmp_path, text))] == ["g", "1", "t"]


def test_a_language_that_nobody_here_speaks_is_none(tmp_path: Path) -> None:
    (found,) = read_manifest(written(tmp_path, "file,label,language\na,sit,-\n"))
    assert found.language == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,label\na,human\n", "must name the columns file and label"),
        ("file\na\n", "must name the columns file and label"),
        ("file,label\na,human\nb,voicemail\n", "line 3: 'voicemail' is no label"),
        ("file,label\n,human\n", "line 2: no file is named"),
        ("", "must name the columns"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_manifest(written(tmp_path, text))


def test_a_list_that_is_not_there_or_no_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(tmp_path / "none.csv")
    binary = tmp_path / "list.csv"
    binary.write_bytes(b"file,label\n\xff\xfe,human\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(binary)


def test_transcripts_are_those_of_the_language_that_have_words(tmp_path: Path) -> None:
    text = "file,text,language\na.wav,  hola   bueno ,es\nb.wav,hello,en\nc.wav,,es\nd.wav,diga,\n"
    assert read_transcripts(written(tmp_path, text), "es") == [
        (tmp_path / "a.wav", "hola bueno"),
        (tmp_path / "d.wav", "diga"),
    ]
    with pytest.raises(InputError, match="no line with a text in the language es"):
        read_transcripts(written(tmp_path, "file,text,language\nb.wav,hello,en\n"), "es")
