"""Speech models: their cards, and how they are installed."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dialer.amd.model_card import CARD_NAME, ModelCard, Origin, checksum, read_card, write_card
from dialer.amd.model_install import add_model, installed_models
from dialer.amd.transcript import load_vosk
from dialer.errors import ConfigurationError, InputError
from dialer.voskmini.folder import write_model
from tests.support.small_models import ABOVE_OR_BELOW, threshold_layer


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "vosk-model-tiny-es-1.0"
    write_model(folder, ABOVE_OR_BELOW, [threshold_layer(0, 1.0)], [["above"], ["below"]])
    (folder / "README.md").write_text("Tiny model.\nLicence: CC0\n", encoding="utf-8")
    return folder


def card_of(folder: Path, **changes: object) -> ModelCard:
    facts = {
        "name": "mini",
        "language": "es",
        "licence": "Apache-2.0",
        "origin": Origin.SYNTHETIC,
        "may_decide": False,
        "checksum": checksum(folder),
    }
    return ModelCard(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_card_is_read_as_it_was_written(model: Path) -> None:
    card = card_of(model, facts={"seed": 1, "espeak_ng": "1.51"})
    write_card(model, card)
    assert read_card(model) == card


def test_a_model_without_a_card_was_put_there_by_somebody_and_may_decide(model: Path) -> None:
    card = read_card(model)
    assert (card.origin, card.may_decide) == (Origin.UNKNOWN, True)


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x"}', '{"origin": "divine"}'])
def test_a_damaged_card_is_an_error_and_not_a_permission(text: str, model: Path) -> None:
    (model / CARD_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_card(model)


def test_the_checksum_changes_with_any_file_but_the_card(model: Path) -> None:
    before = checksum(model)
    write_card(model, card_of(model))
    assert checksum(model) == before
    (model / "graph" / "words.txt").write_text("<eps> 0\nbelow 1\nabove 2\n[unk] 3\n", encoding="utf-8")
    assert checksum(model) != before


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_a_model_is_installed_from_a_folder_or_an_archive(kind: str, model: Path, tmp_path: Path) -> None:
    source = packed(model, tmp_path, kind)
    added = add_model(str(source), "es", tmp_path / "data")
    assert added.card.name == "vosk-model-tiny-es-1.0"
    assert added.card.licence == "Tiny model.\nLicence: CC0"
    assert (added.card.origin, added.card.may_decide) == (Origin.PUBLISHED, True)
    assert added.card.checksum == checksum(added.folder) == checksum(model)
    assert installed_models(tmp_path / "data") == [(added.folder, added.card)]
    assert len(added.archive_sha256) == (0 if kind == "folder" else 64)


def test_a_synthetic_model_stays_one_that_may_not_decide(model: Path, tmp_path: Path) -> None:
    write_card(model, card_of(model))
    added = add_model(str(packed(model, tmp_path, "zip")), "es", tmp_path / "data")
    assert (added.card.origin, added.card.may_decide) == (Origin.SYNTHETIC, False)


def test_a_model_is_replaced_by_one_of_the_same_name(model: Path, tmp_path: Path) -> None:
    add_model(str(model), "es", tmp_path / "data")
    (model / "README.md").write_text("Better.", encoding="utf-8")
    added = add_model(str(model), "es", tmp_path / "data")
    assert installed_models(tmp_path / "data") == [(added.folder, added.card)]
    assert added.card.licence == "Better."


def test_what_is_no_model_or_the_wrong_one_leaves_nothing_behind(model: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    empty = tmp_path / "empty"
    empty.mkdir()
    text = tmp_path / "notes.txt"
    text.write_text("no archive", encoding="utf-8")
    archive = packed(model, tmp_path, "zip")
    broken = tmp_path / "broken"
    write_model(broken, ABOVE_OR_BELOW, [threshold_layer(0, 1.0)], [["above"]])
    (broken / "am" / "final.mdl").write_text("nothing of the kind", encoding="utf-8")
    write_card(model, card_of(model, checksum="0" * 64))
    refused: list[tuple[str, str, str, type[Exception], str]] = [
        (str(tmp_path / "absent"), "es", "", InputError, "neither a folder"),
        (str(text), "es", "", InputError, "neither a zip nor a tar"),
        (str(empty), "es", "", ConfigurationError, "no Vosk model"),
        (str(archive), "es", "0" * 64, InputError, "SHA-256"),
        ("http://example.invalid/model.zip", "es", "", InputError, "https"),
        (str(broken), "es", "", ConfigurationError, "cannot be loaded"),
        (str(model), "es", "", ConfigurationError, "not those that its card"),
    ]
    for source, language, sha256, error, words in refused:
        with pytest.raises(error, match=words):
            add_model(source, language, data, sha256=sha256)
    write_card(model, card_of(model))
    with pytest.raises(InputError, match="language es, not en"):
        add_model(str(model), "en", data)
    write_card(model, card_of(model, name="../elsewhere"))
    with pytest.raises(InputError, match="not a name"):
        add_model(str(model), "es", data)
    assert list((data / "models").iterdir()) == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("name", ["../../outside", "/tmp/outside"])
def test_an_archive_that_writes_outside_its_folder_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    archive = tmp_path / f"evil.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr(name, "mine")
    else:
        with tarfile.open(archive, "w:gz") as tape:
            entry = tarfile.TarInfo(name)
            entry.size = 4
            tape.addfile(entry, io.BytesIO(b"mine"))
    with pytest.raises(InputError, match="outside its folder"):
        add_model(str(archive), "es", tmp_path / "data")


def test_the_card_is_plain_json_that_other_programs_can_read(model: Path) -> None:
    write_card(model, card_of(model))
    document = json.loads((model / CARD_NAME).read_text("utf-8"))
    assert document["may_decide"] is False
    assert document["origin"] == "synthetic"


def packed(model: Path, folder: Path, kind: str) -> Path:
    if kind == "folder":
        return model
    archive = folder / f"{model.name}.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            for path in sorted(model.rglob("*")):
                file.write(path, path.relative_to(model.parent))
    else:
        with tarfile.open(archive, "w:gz") as tape:
            tape.add(model, model.name)
    return archive


def test_a_tone_is_enough_to_see_that_an_installed_model_works(model: Path, tmp_path: Path) -> None:
    added = add_model(str(model), "es", tmp_path / "data")
    recogniser = load_vosk(added.folder)()
    loud = np.round(8000 * np.sin(np.arange(8000) / 3)).astype("<i2").tobytes()
    assert recogniser.accept(loud) == "above"
