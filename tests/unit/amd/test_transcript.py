"""A Vosk model behind the detector's interface: its rate, and what it says where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.amd.transcript import load_vosk, model_rate_hz
from dialer.errors import ConfigurationError


def test_the_sample_rate_is_the_models_own(tmp_path: Path) -> None:
    assert model_rate_hz(tmp_path) == 16_000
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mfcc.conf").write_text("--use-energy=false\n--sample-frequency=8000\n", "utf-8")
    assert model_rate_hz(tmp_path) == 8000


def test_a_folder_without_a_model_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Vosk model"):
        load_vosk(tmp_path / "nothing")
