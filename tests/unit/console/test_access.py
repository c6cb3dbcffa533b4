"""Who may in, and who may change something."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from itsdangerous import URLSafeSerializer

from agent_console.auth import SESSION_COOKIE
from agent_console.serve import new_secret, server_config, start_url
from tests.support.console_app import SECRET, TOKEN, ConsoleUnderTest, make_console
from tests.support.console_client import CHANGE, AsgiSocket, anonymous, cookie_header, signed_in

CALL = "019aaaaa-0000-7000-8000-000000000000"
HTML = {"accept": "text/html"}
OTHERS = ("/", "/attempts", "/desk", "/metrics", "/static/js/main.js", "/api/v1/openapi.json", "/nowhere")


def every_endpoint(console: ConsoleUnderTest) -> list[tuple[str, str]]:
    filled = {"{name}": "cartera-bogota", "{verb}": "start", "{call_id}": CALL}
    endpoints = [("get", path) for path in OTHERS]
    for template, methods in console.app.openapi()["paths"].items():
        path = template
        for hole, value in filled.items():
            path = path.replace(hole, value)
        endpoints += [(method, path) for method in methods]
    return endpoints


async def test_every_endpoint_but_healthz_is_refused_without_access(console: ConsoleUnderTest) -> None:
    endpoints = every_endpoint(console)
    assert len(endpoints) > 15
    async with anonymous(console.app) as client:
        for method, path in endpoints:
            answer = await client.request(method, path, headers=CHANGE)
            assert answer.status_code == 401, (method, path)
            assert answer.json()["code"] == "access-denied"
        healthy = await client.get("/healthz")
    assert healthy.json() == {"status": "ok"}
    assert console.engine.commands == []


async def test_every_change_needs_the_header_that_other_sites_cannot_send(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    del client.headers["x-cadencia-request"]
    changes = [(method, path) for method, path in every_endpoint(console) if method != "get"]
    assert len(changes) >= 5
    for method, path in changes:
        answer = await client.request(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forgery-refused"), path
    assert console.engine.commands == []


async def test_the_token_becomes_a_cookie_and_leaves_the_address(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        answer = await client.get("/attempts", params={"token": TOKEN, "lang": "en"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/attempts?lang=en"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{SESSION_COOKIE}=")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert (await client.get("/api/v1/campaigns")).status_code == 200


async def test_the_exchange_never_leads_to_another_site(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        answer = await client.get("http://console.test//elsewhere.test/x", params={"token": TOKEN})
    assert answer.headers["location"] == "/elsewhere.test/x"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "ñ"])
async def test_a_wrong_token_gets_a_page_that_says_what_to_do_and_no_cookie(
    console: ConsoleUnderTest, token: str
) -> None:
    async with anonymous(console.app) as client:
        answer = await client.get("/", params={"token": token}, headers=HTML)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "Abra la dirección completa" in answer.text
    assert "Open the whole address" in answer.text


async def test_the_token_is_no_key_to_the_api_in_the_address(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        assert (await client.get("/api/v1/campaigns", params={"token": TOKEN})).status_code == 401


async def test_programs_use_the_token_as_a_bearer(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        good = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        bad = await client.get("/metrics", headers={"authorization": "Bearer no"})
    assert good.text.endswith("cadencia_calls 7\n")
    assert bad.status_code == 401


@pytest.mark.parametrize("forged", ["", "x", "eyJyb2xlIjoib3BlcmF0b3IifQ.AAAA"])
async def test_a_forged_cookie_opens_nothing(console: ConsoleUnderTest, forged: str) -> None:
    async with anonymous(console.app) as client:
        answer = await client.get("/api/v1/campaigns", headers={"cookie": f"{SESSION_COOKIE}={forged}"})
    assert answer.status_code == 401


async def test_a_cookie_signed_for_another_purpose_opens_nothing(console: ConsoleUnderTest) -> None:
    other = URLSafeSerializer(SECRET, salt="cadencia.console.desk").dumps({"value": {}, "expires": 4102444800})
    async with anonymous(console.app) as client:
        answer = await client.get("/api/v1/campaigns", headers={"cookie": f"{SESSION_COOKIE}={other}"})
    assert answer.status_code == 401


async def test_a_session_ends_after_its_time(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    console.clock.advance(timedelta(hours=12).total_seconds() - 1)
    assert (await client.get("/api/v1/campaigns")).status_code == 200
    console.clock.advance(2)
    assert (await client.get("/api/v1/campaigns")).status_code == 401


async def test_a_new_access_token_ends_every_earlier_session(console: ConsoleUnderTest) -> None:
    async with signed_in(console.app) as client:
        cookies = cookie_header(client)
    renewed = make_console(console.recordings, access_token=new_secret())
    async with anonymous(renewed.app) as client:
        assert (await client.get("/api/v1/campaigns", headers={"cookie": cookies})).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/", "/api/v1/campaigns", "/static/js/main.js", "/nowhere"])
async def test_every_answer_carries_the_protective_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_debts_are_never_cached_and_files_are_asked_for_each_time(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/desk")).headers["cache-control"] == "no-store"
    assert (await client.get("/static/js/main.js")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("origin", "with_cookie", "accepted"),
    [
        ("http://console.test", True, True),
        ("http://console.test", False, False),
        ("http://elsewhere.test", True, False),
        ("http://console.test.elsewhere.test", True, False),
        ("null", True, False),
        ("", True, False),
    ],
)
async def test_the_live_socket_opens_only_with_a_session_and_from_our_own_pages(
    console: ConsoleUnderTest, client: httpx.AsyncClient, origin: str, with_cookie: bool, accepted: bool
) -> None:
    headers = {"origin": origin} if origin else {}
    if with_cookie:
        headers["cookie"] = cookie_header(client)
    async with AsgiSocket(console.app, "/api/v1/live", headers) as socket:
        assert socket.accepted is accepted


def test_the_server_binds_to_loopback_and_keeps_no_access_log(console: ConsoleUnderTest) -> None:
    config = server_config(console.app)
    assert config.host == "127.0.0.1"
    assert config.access_log is False  # addresses hold the token and parts of phone numbers


def test_the_start_address_holds_the_token() -> None:
    assert start_url("127.0.0.1", 8080, "a b") == "http://127.0.0.1:8080/?token=a+b"
    assert start_url("::1", 8080, "t") == "http://[::1]:8080/?token=t"


def test_secrets_are_long_and_never_repeat() -> None:
    assert len({new_secret() for _ in range(50)}) == 50
    assert min(len(new_secret()) for _ in range(50)) >= 43
