"""The API's description is committed: whoever changes the API sees in the difference what others will see."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.support.console_app import make_console

GOLDEN = Path(__file__).parent / "openapi.json"
AGAIN = "run: .venv/bin/python -m tests.golden.test_openapi"


def description() -> str:
    """As it is now, in the form of the committed file."""
    return json.dumps(make_console(Path()).app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_the_committed_description_is_what_the_api_says_now() -> None:
    assert GOLDEN.read_text("utf-8") == description(), AGAIN


def test_it_is_openapi_3_1_and_its_schemas_are_schemas() -> None:
    found = json.loads(description())
    assert found["openapi"] == "3.1.0"
    assert len(found["paths"]) > 50
    for schema in found["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_says_who_may_ask_and_what_its_problems_are() -> None:
    found = json.loads(description())
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, (method, path)
            assert operation["security"] == [] or operation["x-roles"], (method, path)
            assert "422" not in operation["responses"], (method, path)


if __name__ == "__main__":
    GOLDEN.write_text(description(), "utf-8")
