"""What somebody tries who is no page of ours: other files, other sites, other origins. Paths arrive here as a server
passes them on, which a client library would tidy first."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
import pytest

from agent_console.policy import POLICY
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import AsgiSocket, anonymous, cookie_header

SECRET = "nobody is to read this"
PLACES = (
    "../secret",
    "..%2fsecret",
    "%2e%2e%2fsecret",
    "..%252fsecret",
    "..%5csecret",
    "....//secret",
    "secret%00",
    "%00",
    "{absolute}",
    "%2f{absolute}",
    "file:%2f%2f{absolute}",
    "%c0%ae%c0%ae%c0%afsecret",
    "..%2fconsole%2fsecret",
)
FILE_ROUTES = sorted({rule.template for rule in POLICY if rule.method == "GET" and "{" in rule.template})


async def raw(app: Any, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """GET exactly this path, undone of its escapes as uvicorn does it."""
    encoded = path.encode("latin-1", "replace")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote_to_bytes(encoded).decode("utf-8", "replace"),
        "raw_path": encoded,
        "root_path": "",
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in {"host": "console.test", **headers}.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async with asyncio.timeout(20):
        await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, body


def test_the_routes_that_give_out_files_are_among_those_tried() -> None:
    assert {
        "/api/v1/attempts/{call_id}/recording",
        "/api/v1/amd/reviews/{call_id}/audio",
        "/api/v1/uploads/{upload_id}/rejected",
        "/api/v1/debtors/{debtor_id}/file",
    } <= set(FILE_ROUTES)


async def test_no_name_in_an_address_leads_to_another_file(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient, tmp_path: Path
) -> None:
    for suffix in ("", ".wav", ".csv", ".js"):
        (tmp_path.parent / f"secret{suffix}").write_text(SECRET)
        (tmp_path / f"secret{suffix}").write_text(SECRET)
    absolute = str(tmp_path.parent / "secret").replace("/", "%2f")
    for route, place, suffix in itertools.product(FILE_ROUTES, PLACES, ("", ".wav")):
        head, _, rest = route.partition("{")
        filled = head + place.format(absolute=absolute) + suffix + rest.partition("}")[2]
        status, headers, body = await raw(governed.app, filled, {"cookie": cookie_header(officer)})
        assert status in (400, 404, 405, 422), (filled, status, body[:200])
        assert SECRET.encode() not in body
        assert "location" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere.test/",
        "//elsewhere.test/%2f..",
        "/%2f%2felsewhere.test",
        "/\\elsewhere.test",
        "///elsewhere.test/x/",
    ],
)
@pytest.mark.parametrize("host", ["console.test", "elsewhere.test"])
async def test_no_redirect_leaves_this_site(console: ConsoleUnderTest, path: str, host: str) -> None:
    async with anonymous(console.app):
        _, headers, _ = await raw(console.app, path, {"accept": "text/html", "host": host})
        _, home, _ = await raw(console.app, "/attempts/", {"accept": "text/html", "host": host})
    for place in (headers.get("location", "/sign-in"), home.get("location", "/sign-in")):
        assert place.startswith("/sign-in")


@pytest.mark.parametrize("path", ["/phone/ws", "/api/v1/live"])
@pytest.mark.parametrize("origin", ["http://elsewhere.test", "https://console.test:444", "null", "file://", ""])
async def test_no_socket_opens_from_another_origin(
    console: ConsoleUnderTest, client: httpx.AsyncClient, path: str, origin: str
) -> None:
    headers = {"cookie": cookie_header(client)} | ({"origin": origin} if origin else {})
    async with AsgiSocket(console.app, path, headers) as socket:
        assert not socket.accepted
