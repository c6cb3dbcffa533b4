"""Sections of a document that measurements write, each between its own marks."""

from __future__ import annotations

from pathlib import Path


def begin(name: str) -> str:
    return f"<!-- {name} -->"


def end(name: str) -> str:
    return f"<!-- /{name} -->"


def section(page: Path, name: str) -> str:
    """What stands between the marks, marks included; empty where there is none."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    if begin(name) not in text:
        return ""
    inside = text.partition(begin(name))[2].partition(end(name))[0]
    return f"{begin(name)}{inside}{end(name)}\n"


def write_section(page: Path, name: str, text: str) -> None:
    """Put ``text`` where the section was, or at the end."""
    marked = f"{begin(name)}\n{text.strip()}\n{end(name)}\n"
    whole = page.read_text(encoding="utf-8")
    old = section(page, name)
    page.write_text(whole.replace(old, marked) if old else f"{whole.rstrip()}\n\n{marked}", encoding="utf-8")
