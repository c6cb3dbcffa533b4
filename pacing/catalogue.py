"""The pacers there are, by the name of their mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pacing.interface import Pacer
from pacing.power import PowerPacer
from pacing.predictive import PredictivePacer
from pacing.preview import PreviewPacer
from pacing.progressive import ProgressivePacer

#: mode -> how to make its pacer from the campaign's ratio (lines per idle agent; only power uses it)
PACERS: Mapping[str, Callable[[float], Pacer]] = {
    "preview": lambda _ratio: PreviewPacer(),
    "progressive": lambda _ratio: ProgressivePacer(),
    "power": PowerPacer,
    "predictive": lambda _ratio: PredictivePacer(),
}


def pacer_for(mode: str, *, ratio: float = 1.0) -> Pacer:
    """A fresh pacer for ``mode``, one of the keys of PACERS.

    Raises ValueError where there is no such mode, or where power mode's ``ratio`` is not within 1.0 to 10.0.
    """
    try:
        make = PACERS[mode]
    except KeyError:
        raise ValueError(f"there is no pacing mode {mode!r}; the modes are {', '.join(PACERS)}") from None
    return make(ratio)
