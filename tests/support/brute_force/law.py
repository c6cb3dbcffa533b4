"""All the rules that can forbid a contact, restated by hand from the texts that the packs cite.

Rules of rates, conduct and retention forbid no contact and are not here.
"""

from __future__ import annotations

from functools import cache

from tests.support.brute_force import laws_elsewhere, laws_latin_america, laws_north_america, laws_of_the_house
from tests.support.brute_force.question import Question
from tests.support.brute_force.statute import LAWS, PACKS, Law, Sort

#: Each of them enters its laws in the book when it is read.
CHAPTERS = (laws_of_the_house, laws_north_america, laws_latin_america, laws_elsewhere)


def in_force(asked: Question) -> tuple[Law, ...]:
    """The laws that speak of this contact."""
    return _in_force(
        Sort(
            asked.channel,
            asked.country,
            asked.subdivision,
            asked.purpose,
            asked.party,
            asked.debt_class,
            asked.chosen,
        )
    )


@cache
def _in_force(about: Sort) -> tuple[Law, ...]:
    packs = {name for name, pack in PACKS.items() if pack.concerns(about) and (not pack.chosen or name in about.chosen)}
    own = [each for each in LAWS.values() if each.hours and each.pack in packs and about.channel in each.channels]
    has_hours = any(PACKS[each.pack].country and not PACKS[each.pack].chosen for each in own)
    if has_hours and "house-hours" not in about.chosen:
        packs.discard("house-hours")  # the house's hours are for those whose country sets none
    return tuple(
        each
        for each in LAWS.values()
        if about.channel in each.channels and (each.pack == "engine" or each.pack in packs)
    )


def forbidding(asked: Question) -> set[str]:
    return {each.id for each in in_force(asked) if each.forbids(asked)}
