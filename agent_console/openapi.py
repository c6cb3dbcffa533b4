"""The API's description, as OpenAPI 3.1: with the problems it really answers, who may ask what, and its headers."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from agent_console.cookies import SESSION
from agent_console.noted import KEY_HEADER, LONGEST_KEY, SHORTEST_KEY
from agent_console.policy import Rule, rule_for
from agent_console.problems import MEDIA_TYPE

METHODS = ("get", "put", "post", "patch", "delete")
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `title` and `detail` are for people and may change.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
    "additionalProperties": True,
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "For 24 hours the same key gets the same answer, and nothing is created again.",
    "schema": {
        "type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY, "pattern": "^[\\x21-\\x7e]+$",
    },
}  # fmt: skip


def describe(app: FastAPI) -> None:
    """Make ``app`` describe itself so."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes,
                description="Dates are RFC 3339 in UTC. Errors are problems of RFC 9457.",
            )  # fmt: skip
            app.openapi_schema = _completed(schema)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI is told


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION},
        "token": {"type": "http", "scheme": "bearer"},
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                rule = rule_for(method.upper(), path)
                if rule is not None:
                    _complete(operation, rule)
    return schema


def _complete(operation: dict[str, Any], rule: Rule) -> None:
    problem = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {"description": "A problem.", **problem}
    if rule.is_open:
        operation["security"] = []
        return
    operation["security"] = [{"session": []}, *([{"token": [rule.scope.value]}] if rule.scope else [])]
    operation["x-roles"] = sorted(role.value for role in rule.roles)
    if rule.creates and not any(each["name"].lower() == KEY_HEADER for each in operation.get("parameters", ())):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
