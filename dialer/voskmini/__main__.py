"""``python -m dialer.voskmini es FOLDER``: make a model. The commands start it as a process of its own.

``python -m dialer.voskmini keep-quick``: put the quick models of all languages into the cache, for the tests.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from dialer.amd.model_card import ModelCard, Origin, checksum, write_card
from dialer.errors import CadenciaError
from dialer.voskmini.built import keep_quick_models
from dialer.voskmini.corpus import LANGUAGES, load_texts
from dialer.voskmini.espeak import version
from dialer.voskmini.network import WORD_TIME_SCALE
from dialer.voskmini.recipe import Recipe, make_model

_LICENCE = "Apache-2.0: texts of this project, speech by espeak-ng; no recording of anybody"


def main() -> int:
    if sys.argv[1:] == ["keep-quick"]:
        keep_quick_models(_tell)
        return 0
    options = _options()
    os.nice(19)
    folder: Path = options.folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        seconds=options.seconds, epochs=options.epochs, width=options.width, batch=options.batch, seed=options.seed
    )
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
        partial = Path(temporary) / folder.name
        try:
            result = make_model(load_texts(options.language), recipe, partial, _tell)
        except CadenciaError as exc:
            _tell(exc.message)
            return 1
        card = ModelCard(
            name=f"cadencia-mini-{options.language}",
            language=options.language,
            licence=_LICENCE,
            origin=Origin.SYNTHETIC,
            may_decide=False,
            checksum=checksum(partial),
            facts={
                "speech_s": round(result.seconds),
                "epochs": recipe.epochs,
                "width": recipe.width,
                "seed": recipe.seed,
                "frames_right": round(result.right, 4),
                "espeak_ng": version(),
                "numpy": np.__version__,
                "word_time_scale": WORD_TIME_SCALE,
                **result.sizes,
            },
        )
        write_card(partial, card)
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    _tell(f"{folder}: {card.checksum}")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="dialer.voskmini", description="Make a small Vosk model of synthetic speech.")
    parser.add_argument("language", choices=LANGUAGES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--width", type=int, default=usual.width)
    parser.add_argument("--batch", type=int, default=usual.batch)
    parser.add_argument("--seed", type=int, default=usual.seed)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
