"""``python -m dialer.voskmini es FOLDER``: make a model. The commands start it as a process of its own.

``python -m dialer.voskmini keep-quick``: put the quick models of all languages into the cache, for the tests.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from dialer.errors import CadenciaError
from dialer.voskmini.built import keep_quick_models
from dialer.voskmini.corpus import LANGUAGES, load_texts
from dialer.voskmini.own_model import load_calls, make
from dialer.voskmini.recipe import Recipe


def main() -> int:
    if sys.argv[1:] == ["keep-quick"]:
        keep_quick_models(_tell)
        return 0
    options = _options()
    os.nice(19)
    recipe = Recipe(
        seconds=options.seconds, epochs=options.epochs, width=options.width, batch=options.batch, seed=options.seed
    )
    folder: Path = options.folder.resolve()
    try:
        calls = load_calls(options.calls, options.language) if options.calls else ()
        card = make(load_texts(options.language), recipe, folder, _tell, calls, confirmed=options.of_people)
    except CadenciaError as exc:
        _tell(exc.message)
        return 1
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
    parser.add_argument("--calls", type=Path, help="manifest of transcribed calls to learn from, too")
    parser.add_argument("--of-people", action="store_true", help="the calls are people's: the model may decide")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
