"""Every pacer that can be compared, by name: the project's own, the rivals, and the bounds that see the future."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pacing.interface import Pacer
from pacing.progressive import ProgressivePacer
from pacing.rivals.erlang import ErlangPacer
from pacing.rivals.impact import ImpactPacer
from pacing.rivals.omnidialer import OmniDialerPacer
from pacing.rivals.ratios import AdaptiveRatioPacer, FixedRatioPacer
from pacing.rivals.vicidial import VicidialPacer, hand_tuned
from pacing.rivals.webitel import WebitelPacer
from pacing.scenario import Scenario

#: name -> how to make it for a floor. Only what a dialer may know on the day is used of the scenario: the seats.
RIVALS: Mapping[str, Callable[[Scenario], Pacer]] = {
    "progressive": lambda _day: ProgressivePacer(),
    "fixed-ratio-2": lambda _day: FixedRatioPacer(2.0),
    "fixed-ratio-3": lambda _day: FixedRatioPacer(3.0),
    "adaptive-ratio": lambda _day: AdaptiveRatioPacer(),
    "vicidial": lambda _day: VicidialPacer(),
    "vicidial-available": lambda _day: VicidialPacer(available_only=True),
    "vicidial-tuned": lambda day: hand_tuned(day.agents),
    "erlang": lambda _day: ErlangPacer(),
    "webitel": lambda _day: WebitelPacer(),
    "impact": lambda _day: ImpactPacer(),
    "omnidialer": lambda _day: OmniDialerPacer(),
}
