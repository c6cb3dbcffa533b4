"""A model from speech programs' and people's speech: made, measured on calls held back, and its card written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from dialer.amd.audio_file import read_audio
from dialer.amd.manifest import read_transcripts
from dialer.amd.model_card import ModelCard, Origin, checksum, write_card
from dialer.voskmini.corpus import Texts, words_of
from dialer.voskmini.espeak import version
from dialer.voskmini.measure import distance, transcribe
from dialer.voskmini.mfcc import RATE_HZ
from dialer.voskmini.network import WORD_TIME_SCALE
from dialer.voskmini.own_calls import OwnCall, Tell, apart, checked
from dialer.voskmini.recipe import Recipe, make_model

#: A model that gets more of people's words wrong than this must not decide about people...
MOST_ERRORS: Final = 0.25
#: ...and so many words must have been held back for that to be known.
LEAST_WORDS: Final = 200
_LONGEST_S: Final = 20.0
_SYNTHETIC_LICENCE: Final = "Apache-2.0: texts of this project, speech by espeak-ng; no recording of anybody"
_OWN_LICENCE: Final = "not for passing on: learned from recorded calls of this house, besides speech by espeak-ng"


def load_calls(manifest: Path, language: str) -> list[OwnCall]:
    """The transcribed calls of ``manifest``, the first twenty seconds of each. Raises InputError, MediaError."""
    calls = []
    for file, text in read_transcripts(manifest, language):
        pcm = np.frombuffer(read_audio(file), dtype="<i2").astype(np.int16)
        calls.append(OwnCall(str(file), pcm[: int(_LONGEST_S * RATE_HZ)], text))
    return checked(calls)


def may_decide(words: int, errors: int, *, confirmed: bool) -> bool:
    """Whether a model's words may decide about people: only where somebody confirms that the calls are people's, and
    where enough words were held back and few enough of them were wrong."""
    return confirmed and words >= LEAST_WORDS and errors <= MOST_ERRORS * words


def make(
    texts: Texts, recipe: Recipe, folder: Path, tell: Tell, calls: Sequence[OwnCall] = (), *, confirmed: bool = False
) -> ModelCard:
    """Make a model in ``folder``, whole or not at all, with its card. A fifth of the ``calls``, by their texts, is held
    back and only measured. ``confirmed``: somebody says that the calls are of people. Raises MediaError, InputError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
        partial = Path(temporary) / folder.name
        learned, held_back = apart(calls, np.random.default_rng(recipe.seed)) if calls else ([], [])
        result = make_model(texts, recipe, partial, tell, learned)
        facts: dict[str, str | int | float] = {
            "speech_s": round(result.seconds),
            "epochs": recipe.epochs,
            "width": recipe.width,
            "seed": recipe.seed,
            "frames_right": round(result.right, 4),
            "espeak_ng": version(),
            "numpy": np.__version__,
            "word_time_scale": WORD_TIME_SCALE,
            **result.sizes,
        }
        decides = False
        if calls:
            words, errors = errors_on(partial, held_back)
            decides = may_decide(words, errors, confirmed=confirmed)
            tell(f"held back: {errors} of {words} words wrong in {len(held_back)} calls")
            facts |= {
                "own_calls": len(learned),
                "own_speech_s": round(sum(len(call.samples) for call in learned) / RATE_HZ),
                "held_back_calls": len(held_back),
                "held_back_words": words,
                "held_back_errors": errors,
                "people_confirmed": "yes" if confirmed else "no",
            }
        card = ModelCard(
            name=f"cadencia-{'own' if calls else 'mini'}-{texts.language}",
            language=texts.language,
            licence=_OWN_LICENCE if calls else _SYNTHETIC_LICENCE,
            origin=Origin.OWN if calls else Origin.SYNTHETIC,
            may_decide=decides,
            checksum=checksum(partial),
            facts=facts,
        )
        write_card(partial, card)
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    return card


def errors_on(folder: Path, calls: Sequence[OwnCall]) -> tuple[int, int]:
    """Words said in ``calls``, and how many of them the model in ``folder`` leaves out, puts in or mistakes."""
    import vosk

    vosk.SetLogLevel(-1)
    model = vosk.Model(str(folder))
    words = errors = 0
    for call in calls:
        said = words_of(call.text)
        words += len(said)
        errors += distance(said, transcribe(model, call.samples).split())
    return words, errors
