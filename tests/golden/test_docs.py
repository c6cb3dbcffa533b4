"""The documents keep up with the code: every command, topic and metric is in them, and what they point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from dialer.bus.topics import TOPICS
from dialer.cli import app
from dialer.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[2]
GUIDES = (
    ("guide-supervisor", "guia-supervisor"),
    ("guide-agent", "guia-agente"),
    ("compliance", "cumplimiento"),
    ("ivr", "ivr"),
    ("amd-learning", "deteccion-revision"),
)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def commands(group: TyperGroup, prefix: str = "cadencia") -> list[str]:
    found: list[str] = []
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found += commands(command, f"{prefix} {name}")
        else:
            found.append(f"{prefix} {name}")
    return found


def all_commands() -> list[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return commands(group)


@pytest.mark.parametrize("command", all_commands())
def test_every_command_is_described(command: str) -> None:
    assert f"`{command}`" in OPERATIONS


def test_no_document_speaks_of_a_command_that_does_not_exist() -> None:
    known = all_commands()
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for spoken in re.findall(r"`(?:\.venv/bin/)?(cadencia [a-z-]+(?: [a-z-]+){0,2})[^`]*`", text):
            there = any(f"{spoken} ".startswith(f"{each} ") or each.startswith(f"{spoken} ") for each in known)
            assert there, (document.name, spoken)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_described(topic: str) -> None:
    assert f"`{topic}`" in OPERATIONS


def test_the_metrics_described_are_those_there_are() -> None:
    families = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Metrics("0").registry.collect()
    }

    assert set(re.findall(r"`(dialer_[a-z_]+)`", OPERATIONS)) == families


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_points_at_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    folders = "dialer|pacing|ivr_flows|agent_console|recordings|asterisk|tests|docs|docker|scripts"
    named = re.findall(rf"`((?:{folders})/[A-Za-z0-9_./-]+)`", text)

    missing = [link for link in links if link and not (document.parent / link).exists()]
    missing += [name for name in named if not name.startswith("dialer/v1") and not (ROOT / name).exists()]  # a topic
    assert missing == []


def test_every_guide_for_people_on_the_floor_is_there_in_spanish_too_and_each_names_the_other() -> None:
    for english, spanish in GUIDES:
        assert f"es/{spanish}.md" in (ROOT / "docs" / f"{english}.md").read_text(encoding="utf-8")
        assert f"../{english}.md" in (ROOT / "docs" / "es" / f"{spanish}.md").read_text(encoding="utf-8")


def test_every_make_target_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE):
            assert target in targets, (document.name, target)
