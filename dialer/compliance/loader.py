"""Reads rule packs. A mistake in a pack is an error with file, line and rule, never a rule that does not bite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

import yaml

from dialer.compliance.canonical import digest_of, pack_content
from dialer.compliance.facts import Party, Purpose
from dialer.compliance.retention import check_together
from dialer.compliance.rule_reader import read_rule
from dialer.compliance.rules import Basis, BroughtInBy, Pack, Rule, Scope
from dialer.compliance.yamlfile import Place, Section, parse
from dialer.errors import InvalidPack

Packs = Mapping[str, Pack]  #: by id


@lru_cache(maxsize=1)
def shipped_packs() -> Packs:
    """The packs beside this module."""
    return load_packs(resources.files("dialer.compliance") / "packs")


def packs_in_force(own: Path | None) -> Packs:
    """The shipped packs, and those of a folder of the house's own where it exists. Raises InvalidPack, also where one
    of them has the id of a shipped pack: a house adds to the law and puts nothing in its place."""
    if own is None or not own.is_dir():
        return shipped_packs()
    shipped, added = shipped_packs(), load_packs(own, str(own))
    for taken in shipped.keys() & added.keys():
        raise InvalidPack(
            f"{own / taken}.yaml: a pack of this id comes with Cadencia. Give yours another id: a pack of your own "
            "adds rules, and no shipped rule can be taken away."
        )
    return _together([*shipped.values(), *added.values()])


def load_packs(folder: Traversable, called: str = "packs") -> Packs:
    """Read every ``*.yaml`` of a folder, which is ``called`` so in errors. Raises InvalidPack, also where two packs
    cannot be obeyed together."""
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return _together([parse_pack(file.read_text("utf-8"), f"{called}/{file.name}") for file in files])


def packs_of_section(section: Section | yaml.Node, file: str = "") -> Packs:
    """Packs written compactly inside another file: a mapping of ids to packs. A rule that does not say what it rests
    on rests on law, and a campaign brings the pack in. ``file`` is for the errors. Raises InvalidPack."""
    packs = section if isinstance(section, Section) else Section(section, Place(file))
    return _together([_pack(packs.section(pack_id), pack_id, compact=True) for pack_id in packs.rest()])


def _together(packs: list[Pack]) -> Packs:
    check_together(packs)
    return MappingProxyType({pack.id: pack for pack in packs})


def parse_pack(text: str, file: str) -> Pack:
    """Read one pack. ``file`` is for the errors, and its name must be the pack's id. Raises InvalidPack."""
    top = parse(text, file)
    pack_id = top.text("id")
    if pack_id != file.rsplit("/", 1)[-1].removesuffix(".yaml"):
        raise top.place.error(top.node, f"the file of pack {pack_id} must be named {pack_id}.yaml")
    return _pack(top, pack_id, compact=False)


def _pack(top: Section, pack_id: str, *, compact: bool) -> Pack:
    title, as_of = top.text("title"), top.date("as_of").isoformat()
    if compact and "brought_in_by" not in top:
        brought_in_by = BroughtInBy.CAMPAIGN
    else:
        brought_in_by = top.choice("brought_in_by", BroughtInBy)
    min_tzdata = top.optional("min_tzdata", top.text, "")
    applies = top.section("applies")
    scope = _scope(applies)
    if brought_in_by is BroughtInBy.DEBTOR_COUNTRY and not scope.country:
        raise top.place.error(applies.node, "country is missing: the debtor's country brings this pack in")
    rules: list[Rule] = []
    for section in top.sections("rules"):
        rule = read_rule(section, pack_id, as_of, Basis.LAW if compact else None)
        if any(rule.id == other.id for other in rules):
            raise section.place.error(section.node, f"there are two rules {rule.id}; give each its own id")
        rules.append(rule)
    top.finish()
    pack = Pack(
        id=pack_id,
        title=title,
        as_of=as_of,
        brought_in_by=brought_in_by,
        scope=scope,
        rules=tuple(rules),
        min_tzdata=min_tzdata,
    )
    return replace(pack, digest=digest_of(pack_content(pack)))


def _scope(section: Section) -> Scope:
    scope = Scope(
        country=section.optional("country", section.text, ""),
        subdivision=section.optional("subdivision", section.text, ""),
        purposes=section.optional("purpose", lambda key: section.choices(key, Purpose), (Purpose.COLLECTION,)),
        parties=section.optional("party", lambda key: section.choices(key, Party), ()),
        debt_classes=section.optional("debt_class", section.texts, ()),
    )
    section.finish()
    return scope
