"""Every pacer that can be compared, by name: the project's own, the rivals, and the bounds that see the future."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pacing.interface import Pacer
from pacing.predictive import PredictivePacer
from pacing.progressive import ProgressivePacer
from pacing.rivals.bounds import AgentsKnown, CallsKnown, Clairvoyant
from pacing.rivals.erlang import ErlangPacer
from pacing.rivals.impact import ImpactPacer
from pacing.rivals.omnidialer import OmniDialerPacer
from pacing.rivals.ratios import AdaptiveRatioPacer, FixedRatioPacer
from pacing.rivals.vicidial import VicidialPacer, hand_tuned
from pacing.rivals.webitel import WebitelPacer
from pacing.scenario import Scenario

#: name -> how to make it for a floor. Of the scenario only the seats are used, and the mean answer rate where a
#: supervisor is to have tuned the settings to the list.
OWN: Mapping[str, Callable[[Scenario], Pacer]] = {
    "predictive": lambda _day: PredictivePacer(),
    "progressive": lambda _day: ProgressivePacer(),
}

RIVALS: Mapping[str, Callable[[Scenario], Pacer]] = {
    "adaptive-ratio": lambda _day: AdaptiveRatioPacer(),
    "vicidial": lambda _day: VicidialPacer(),
    "vicidial-available": lambda _day: VicidialPacer(available_only=True),
    "vicidial-tuned": lambda day: hand_tuned(day.agents, day.answer_rate),
    "erlang": lambda _day: ErlangPacer(),
    "webitel": lambda _day: WebitelPacer(),
    "impact": lambda _day: ImpactPacer(),
    "omnidialer": lambda _day: OmniDialerPacer(),
    "fixed-ratio": lambda _day: FixedRatioPacer(2.0),
}

#: Pacers that see the future: not to be had, only to be compared with. They need ``pacing.foresight.play``.
BOUNDS: Mapping[str, Callable[[Scenario], Pacer]] = {
    "agents-known": lambda _day: AgentsKnown(),
    "calls-known": lambda _day: CallsKnown(),
    "clairvoyant": lambda _day: Clairvoyant(),
}

ALL: Mapping[str, Callable[[Scenario], Pacer]] = {**OWN, **RIVALS, **BOUNDS}


def pacer_named(name: str, day: Scenario) -> Pacer:
    """A fresh pacer: a key of ALL, or ``fixed-ratio-R`` with R lines for each idle agent, 1.0 to 10.0.

    Raises ValueError for any other name.
    """
    if name in ALL:
        return ALL[name](day)
    kind, _, ratio = name.rpartition("-")
    if kind == "fixed-ratio":
        return FixedRatioPacer(float(ratio))
    raise ValueError(f"there is no pacer {name!r}; there are {', '.join(ALL)}, and fixed-ratio-R with a number R")
