"""A model as a folder that Vosk loads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from dialer.voskmini.acoustic_file import Layer, model_text, word_boundary_text
from dialer.voskmini.bigram import bigram_graph
from dialer.voskmini.graph import UNKNOWN, in_order_of_sound, lexicon_graph
from dialer.voskmini.mfcc import COEFFICIENTS, CONFIGURATION
from dialer.voskmini.network import STRIDE
from dialer.voskmini.openfst import look_ahead_bytes, vector_bytes
from dialer.voskmini.phones import Inventory

#: ``conf/model.conf``. The scale weighs sounds against the likelihood of words. A wider beam costs much, gains nothing.
DECODING: Final = (
    "--min-active=200\n"
    "--max-active=1000\n"
    "--beam=11.0\n"
    "--lattice-beam=4.0\n"
    "--acoustic-scale=0.4\n"
    f"--frame-subsampling-factor={STRIDE}\n"
    "--endpoint.silence-phones=1\n"
    "--endpoint.rule2.min-trailing-silence=0.5\n"
    "--endpoint.rule3.min-trailing-silence=0.75\n"
    "--endpoint.rule4.min-trailing-silence=1.0\n"
)


def write_model(
    folder: Path, inventory: Inventory, layers: Sequence[Layer], sentences: Iterable[Sequence[str]]
) -> dict[str, int]:
    """Write the model; ``sentences`` are words to expect, all of the vocabulary. Returns the graphs' sizes."""
    words = in_order_of_sound(inventory.lexicon)
    numbers = {word: number for number, word in enumerate(words, start=1)}
    phones = len(inventory.phones)
    lexicon = lexicon_graph(words, inventory.lexicon, phones)
    grammar = bigram_graph(([numbers[word] for word in sentence] for sentence in sentences), len(words))
    files: dict[str, str | bytes] = {
        "am/final.mdl": model_text(phones, COEFFICIENTS, layers),
        "conf/mfcc.conf": CONFIGURATION,
        "conf/model.conf": DECODING,
        "graph/HCLr.fst": look_ahead_bytes(lexicon),
        "graph/Gr.fst": vector_bytes(grammar),
        "graph/disambig_tid.int": "",
        "graph/words.txt": "".join(f"{word} {number}\n" for number, word in enumerate(["<eps>", *words, UNKNOWN])),
        "graph/lexicon.txt": _lexicon_text(inventory),
        "graph/phones/word_boundary.int": word_boundary_text(phones),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return {"words": len(words), "phones": phones, "states": len(lexicon.arcs), "arcs": lexicon.arc_count}


def _lexicon_text(inventory: Inventory) -> str:
    """For people: Vosk does not read it."""
    return "".join(
        f"{word} {' '.join(inventory.phones[phone - 1] for phone in pronunciation)}\n"
        for word, pronunciations in sorted(inventory.lexicon.items())
        for pronunciation in pronunciations
    )
