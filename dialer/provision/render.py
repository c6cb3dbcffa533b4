"""Asterisk's files from an AsteriskConfig. Every value passes one check on its way into a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import jinja2

from dialer.errors import ConfigurationError
from dialer.provision.behaviours import load_behaviours
from dialer.provision.config import AgentPhone, AsteriskConfig, Directories, Trunk, safe_value
from dialer.provision.shipped import shipped_folder

__all__ = ["AgentPhone", "AsteriskConfig", "Directories", "Trunk", "render", "render_to"]


def render(config: AsteriskConfig) -> Mapping[str, str]:
    """File name to contents. Raises ConfigurationError for a value that an Asterisk file cannot carry safely."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped_folder() / "templates"),
        undefined=jinja2.StrictUndefined,
        finalize=safe_value,
        autoescape=False,  # noqa: S701 - not HTML: safe_value refuses what an Asterisk file would misread
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return {
            name.removesuffix(".j2"): environment.get_template(name).render(
                config=config, directories=config.directories, behaviours=load_behaviours() if config.demo else ()
            )
            for name in environment.list_templates(extensions=["j2"])
            if config.demo or not name.startswith("extensions-demo")
        }
    except jinja2.TemplateError as exc:
        raise ConfigurationError(f"An Asterisk template cannot be rendered: {exc}") from exc


def render_to(config: AsteriskConfig, folder: Path) -> list[Path]:
    """Write the files into ``folder``, readable by their owner and group only since they hold secrets.

    Files of other names in the folder are left alone. Returns what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in sorted(render(config).items()):
        target = folder / name
        partial = target.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(target)
        written.append(target)
    return written
