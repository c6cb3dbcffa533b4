"""Every route of the console, with something in its holes, and what may be asked of it."""

from __future__ import annotations

import re

from fastapi import FastAPI

from agent_console.policy import POLICY, Rule

CALL = "019aaaaa-0000-7000-8000-000000000000"
HOLES = {"name": "cartera-bogota", "verb": "start", "call_id": CALL, "path": "js/main.js"}


def filled(template: str) -> str:
    """``template`` with a value in each hole: numbers where nothing else is known."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda hole: HOLES.get(hole[1], "1"), template)


def described(app: FastAPI) -> list[tuple[str, str]]:
    """Method and template of every operation of the API's description."""
    return [(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods]


def rule_of(method: str, template: str) -> Rule | None:
    return next((rule for rule in POLICY if (rule.method, rule.template) == (method, template)), None)
