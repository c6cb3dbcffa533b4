"""The counts of the detector's benchmark, and its page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.perf import amd_page
from tests.perf.amd_clips import Clip, Heard, Length, clips_of, figures, wilson
from tests.perf.amd_rivals import voice_alone
from tests.perf.amd_table import Entry, table
from tests.support.mu_law import write_mu_law
from tests.support.telephone_audio import silence, speech


def clip(label: str, *, onset_ms: int = 0, spoken_ms: int = 0) -> Clip:
    return Clip(path=Path(f"{label}.ulaw"), label=label, onset_ms=onset_ms, spoken_ms=spoken_ms)


def heard(label: str, at_ms: int = 1000, *, withdrawn_ms: int | None = None, hinted: bool = False) -> Heard:
    return Heard(label=label, reason="", at_ms=at_ms, withdrawn_ms=withdrawn_ms, hinted=hinted)


def test_people_are_lost_to_machines_and_tones_and_not_to_silence() -> None:
    short, long, unknown = clip("human", spoken_ms=900), clip("human", spoken_ms=1300), clip("human")
    found = figures(
        [(short, heard("machine")), (short, heard("silence")), (long, heard("beep")), (unknown, heard("human"))]
    )
    assert {length: str(share) for length, share in found.lost.items()} == {
        Length.SHORT: "1 of 2",
        Length.LONG: "1 of 1",
        Length.UNKNOWN: "0 of 1",
    }
    assert found.false_beeps == 1


def test_what_stage_two_was_certain_of_or_told_is_not_left() -> None:
    machine = clip("machine")
    found = figures(
        [
            (machine, heard("human", withdrawn_ms=2500)),
            (machine, heard("human", hinted=True)),
            (machine, heard("human")),
            (machine, heard("beep")),
            (clip("human"), heard("human", hinted=True)),
        ]
    )
    assert (str(found.passed), found.withdrawn, found.hinted, str(found.left)) == ("3 of 4", 1, 1, "1 of 4")
    assert (found.withdrawn_people, found.hinted_people) == (0, 1)


def test_silence_is_counted_from_the_end_of_what_a_person_said() -> None:
    run = [
        (clip("human", onset_ms=300, spoken_ms=700), heard("human", 1500)),
        (clip("human", onset_ms=300), heard("human", 9000)),  # nobody knows when that one ended
        (clip("human", onset_ms=300, spoken_ms=700), heard("machine", 1500)),
    ]
    assert figures(run).silence == {Length.SHORT: [500], Length.LONG: []}


def test_a_tone_that_is_called_a_machine_is_right_but_not_exact() -> None:
    found = figures([(clip("beep"), heard("machine")), (clip("silence"), heard("unknown"))])
    assert (str(found.right), str(found.exact), str(found.beeps)) == ("2 of 2", "0 of 2", "0 of 1")


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(0, 108, 0.0, 0.0343), (231, 240, 0.930, 0.980), (0, 0, 0.0, 1.0)]
)
def test_wilsons_interval(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=0.0005)


@pytest.mark.parametrize(
    ("spoken_ms", "label", "at_ms"), [((800,), "human", 1700), ((1500, 1500), "machine", 3000), ((), "silence", 4000)]
)
def test_the_bare_voice_detector_follows_its_simple_rules(
    tmp_path: Path, spoken_ms: tuple[int, ...], label: str, at_ms: int
) -> None:
    said = [part for length in spoken_ms for part in (speech(length), silence(100))]
    file = write_mu_law(tmp_path / "a.ulaw", np.concatenate([silence(400), *said, silence(5000)]) / 32768)
    found = voice_alone(file)
    assert found.label == label
    assert found.at_ms == pytest.approx(at_ms, abs=300)


def test_rows_that_say_nothing_of_anybody_are_left_out() -> None:
    text = table([Entry(name="one", run=[(clip("human", spoken_ms=500), heard("human"))], cpu="0.1")])
    assert "| **people lost**: answers up to 1.2 s | 0 of 1 |" in text
    assert "unknown length" not in text
    assert "beeps found" not in text


def test_sections_that_were_not_measured_again_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    amd_page.write(page, {"load": "## Many\n\nold", "made": "## Made\n\nold"})
    amd_page.write(page, {"made": "## Made\n\nnew\n"})
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# The detector, measured")
    assert text.endswith("## Made\n\nnew\n\n<!-- load -->\n## Many\n\nold\n")
    assert text.count("## Made") == 1


def test_a_manifest_may_know_no_more_than_path_and_label(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("path,label\na.wav,human\n", encoding="utf-8")
    (found,) = clips_of(manifest)
    assert (found.path, found.label, found.length) == (tmp_path / "a.wav", "human", Length.UNKNOWN)
