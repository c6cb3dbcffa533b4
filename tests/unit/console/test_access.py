"""Who may in: signing in and out, sessions and their end, forged and foreign requests, sockets, programs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from itsdangerous import URLSafeSerializer

from agent_console.cookies import SESSION as COOKIE
from agent_console.serve import console_url, new_secret, server_config, setup_url
from tests.support.console_app import SECRET, SETUP_TOKEN, ConsoleUnderTest, make_console
from tests.support.console_client import CHANGE, SESSION, AsgiSocket, anonymous, cookie_header, sign_in, signed_in
from tests.support.console_people import IDLE, LONGEST, METRICS_TOKEN, PASSWORD, READ_TOKEN, TOKEN, MemoryPeople

HTML = {"accept": "text/html"}
ME = "/api/v1/me"
CAMPAIGNS = "/api/v1/campaigns"
START = "/api/v1/campaigns/cartera-bogota/start"
LUIS = {"login": "luis", "password": PASSWORD}
FIRST = {"token": SETUP_TOKEN, "login": "marta", "name": "Marta Ruiz", "password": PASSWORD}


# ------------------------------------------------------------------------------------------ signing in and out


async def test_whoever_signs_in_is_told_who_they_are_and_where_they_may_go(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        client.headers.update(CHANGE)
        answer = await sign_in(client, " Rosa ")
        cookie = answer.headers["set-cookie"]
        mine = (await client.get(ME)).json()
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert (mine["user"]["login"], mine["user"]["name"], mine["user"]["role"]) == ("rosa", "Rosa Díaz", "supervisor")
    assert mine["pages"][0] == "/"
    assert "/users" not in mine["pages"]
    assert mine == answer.json()


async def test_behind_tls_the_cookie_is_bound_to_this_host_and_to_tls(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        answer = await client.post(f"https://console.test{SESSION}", json=LUIS, headers=CHANGE)
        cookie = answer.headers["set-cookie"]
        again = await client.get(f"https://console.test{ME}")
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert again.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"password": "wrong horse battery"}, {"login": "nobody"}, {"login": "rosa'--"}, {"password": PASSWORD + "x"}],
)
async def test_a_wrong_login_and_a_wrong_password_sound_the_same(
    console: ConsoleUnderTest, wrong: dict[str, str]
) -> None:
    async with anonymous(console.app) as client:
        answer = await client.post(SESSION, json=LUIS | wrong, headers=CHANGE)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-refused")
    assert "set-cookie" not in answer.headers
    assert console.people.checked == 1


async def test_a_password_is_in_no_answer_even_where_it_is_refused(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        answer = await client.post(SESSION, json={"login": "luis", "password": PASSWORD * 9}, headers=CHANGE)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


async def test_signing_in_takes_a_new_session_whatever_the_browser_held_before(console: ConsoleUnderTest) -> None:
    async with (
        anonymous(console.app) as attacker,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=console.app), base_url="http://console.test", headers=CHANGE
        ) as victim,
    ):
        attacker.headers.update(CHANGE)
        await sign_in(attacker, "ana")
        planted = attacker.cookies[COOKIE]
        victim.cookies.set(COOKIE, planted, domain="console.test")
        await sign_in(victim, "luis")
        assert victim.cookies[COOKIE] != planted
        assert (await victim.get(ME)).json()["user"]["login"] == "luis"
        # What was planted became nobody's: neither the victim's nor, any longer, the attacker's.
        assert (await attacker.get(ME)).status_code == 401


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    stolen = {"cookie": cookie_header(client)}
    answer = await client.delete(SESSION)
    assert answer.status_code == 200
    assert COOKIE not in client.cookies
    assert (await client.get(ME, headers=stolen)).status_code == 401


async def test_a_session_ends_when_it_is_not_used(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    for _ in range(3):
        console.clock.advance(IDLE.total_seconds() - 1)
        assert (await client.get(ME)).status_code == 200
    console.clock.advance(IDLE.total_seconds() + 1)
    assert (await client.get(ME)).status_code == 401


async def test_a_session_ends_after_its_time_however_much_it_is_used(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    step = timedelta(minutes=30)
    for _ in range(LONGEST // step - 1):
        console.clock.advance(step.total_seconds())
        assert (await client.get(ME)).status_code == 200
    console.clock.advance(step.total_seconds() + 1)
    assert (await client.get(ME)).status_code == 401


async def test_another_key_ends_every_session(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    forged = URLSafeSerializer("another-key-of-32-characters-or-more", salt=f"cadencia.console.{COOKIE}")
    (token,) = console.people.sessions
    cookie = str(forged.dumps({"value": {"token": token}, "expires": 4102444800}))
    async with anonymous(console.app) as other:
        assert (await other.get(ME, headers={"cookie": f"{COOKIE}={cookie}"})).status_code == 401


@pytest.mark.parametrize("forged", ["", "x", "eyJyb2xlIjoib3BlcmF0b3IifQ.AAAA"])
async def test_a_forged_cookie_opens_nothing(console: ConsoleUnderTest, forged: str) -> None:
    async with anonymous(console.app) as client:
        answer = await client.get(CAMPAIGNS, headers={"cookie": f"{COOKIE}={forged}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("token", ["", "made-up", None])
async def test_a_cookie_that_we_signed_is_still_no_session_without_its_row(
    console: ConsoleUnderTest, token: str | None
) -> None:
    value = {} if token is None else {"token": token}
    signed = URLSafeSerializer(SECRET, salt=f"cadencia.console.{COOKIE}").dumps({"value": value, "expires": 4102444800})
    async with anonymous(console.app) as client:
        assert (await client.get(CAMPAIGNS, headers={"cookie": f"{COOKIE}={signed!s}"})).status_code == 401


async def test_a_cookie_signed_for_another_purpose_opens_nothing(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    (token,) = console.people.sessions
    other = URLSafeSerializer(SECRET, salt="cadencia.console.cadencia_desk")
    cookie = str(other.dumps({"value": {"token": token}, "expires": 4102444800}))
    async with anonymous(console.app) as stranger:
        assert (await stranger.get(CAMPAIGNS, headers={"cookie": f"{COOKIE}={cookie}"})).status_code == 401


# ------------------------------------------------------------------------------------------ pages for nobody


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/", "/sign-in"),
        ("/attempts?call=7", "/sign-in?next=%2Fattempts%3Fcall%3D7"),
        ("//elsewhere.test/x", "/sign-in?next=%2F%2Felsewhere.test%2Fx"),
    ],
)
async def test_a_page_leads_nobody_to_the_sign_in(console: ConsoleUnderTest, path: str, leads_to: str) -> None:
    async with anonymous(console.app) as client:
        answer = await client.get(f"http://console.test{path}", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


async def test_a_page_that_is_not_theirs_leads_people_home(console: ConsoleUnderTest) -> None:
    async with signed_in(console.app, "ana") as agent:
        answer = await agent.get("/", headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    async with signed_in(console.app, "eva") as auditor:
        assert (await auditor.get("/users", headers=HTML)).headers["location"] == "/"


# ------------------------------------------------------------------------------------------ the first administrator


async def test_the_first_administrator_is_made_once_with_the_address_that_was_printed(
    console: ConsoleUnderTest,
) -> None:
    empty = make_console(console.recordings, people=MemoryPeople(console.clock))
    async with anonymous(empty.app) as client:
        client.headers.update(CHANGE)
        page = await client.get("/attempts", headers=HTML)
        assert page.headers["location"] == "/setup"
        wrong = await client.post("/api/v1/setup", json=FIRST | {"token": new_secret()})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "setup-closed")
        weak = await client.post("/api/v1/setup", json=FIRST | {"password": "marta.marta1"})
        assert weak.status_code == 422
        made = await client.post("/api/v1/setup", json=FIRST)
        assert (made.status_code, made.json()["user"]["role"]) == (201, "admin")
        assert (await client.get("/api/v1/users")).status_code == 200
        again = await client.post("/api/v1/setup", json=FIRST | {"login": "mallory"})
        assert (again.status_code, again.json()["code"]) == (403, "setup-closed")


def test_the_setup_address_keeps_its_secret_from_servers_and_logs() -> None:
    assert setup_url("127.0.0.1", 8080, "abc") == "http://127.0.0.1:8080/setup#abc"
    assert console_url("::1", 8080) == "http://[::1]:8080/"


# ------------------------------------------------------------------------------------------ programs


async def test_the_installations_token_is_a_programs_key(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        assert (await client.get("/metrics")).text.endswith("cadencia_calls 7\n")
        assert (await client.post(START)).status_code == 200  # no cookie, so nothing to forge
        assert (await client.get(ME)).status_code == 403
        assert (await client.get("/api/v1/users")).status_code == 403  # people manage people
    (change,) = console.changes.noted
    assert (change.by, change.role) == ("token:installation", "program")


@pytest.mark.parametrize(
    ("token", "statuses"),
    [
        (METRICS_TOKEN, {"/metrics": 200, CAMPAIGNS: 403, START: 403}),
        (READ_TOKEN, {"/metrics": 403, CAMPAIGNS: 200, START: 403}),
        ("no", {"/metrics": 401, CAMPAIGNS: 401, START: 401}),
    ],
)
async def test_a_programs_token_opens_its_scopes_and_nothing_else(
    console: ConsoleUnderTest, token: str, statuses: dict[str, int]
) -> None:
    async with anonymous(console.app) as client:
        client.headers["authorization"] = f"Bearer {token}"
        found = {
            path: (await client.request("POST" if path == START else "GET", path)).status_code for path in statuses
        }
    assert found == statuses


async def test_a_token_is_no_key_in_an_address(console: ConsoleUnderTest) -> None:
    async with anonymous(console.app) as client:
        assert (await client.get(CAMPAIGNS, params={"token": TOKEN})).status_code == 401


async def test_a_token_that_is_over_does_not_fall_back_to_a_cookie(client: httpx.AsyncClient) -> None:
    assert (await client.get(CAMPAIGNS, headers={"authorization": "Bearer revoked"})).status_code == 401


# ------------------------------------------------------------------------------------------ foreign requests


def changes(console: ConsoleUnderTest) -> list[tuple[str, str]]:
    paths = console.app.openapi()["paths"].items()
    found = [(method, path) for path, methods in paths for method in methods if method != "get"]
    assert len(found) > 25
    return found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**CHANGE, "origin": "http://elsewhere.test"},
        {**CHANGE, "origin": "null"},
        {**CHANGE, "origin": "http://console.test.elsewhere.test"},
        {**CHANGE, "origin": "http://console.test:8081"},
        {**CHANGE, "sec-fetch-site": "cross-site"},
        {**CHANGE, "sec-fetch-site": "same-site"},
    ],
)
async def test_no_change_can_be_sent_from_another_site(
    console: ConsoleUnderTest, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    del client.headers["x-cadencia-request"]
    for method, path in changes(console):
        answer = await client.request(method, path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forgery-refused"), (method, path)
    assert console.engine.commands == []


@pytest.mark.parametrize("headers", [{}, {"origin": "http://console.test", "sec-fetch-site": "same-origin"}])
async def test_our_own_pages_change_things(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await client.post(START, headers=headers)).status_code == 200


# ------------------------------------------------------------------------------------------ sockets


@pytest.mark.parametrize(
    ("origin", "with_cookie", "accepted"),
    [
        ("http://console.test", True, True),
        ("http://console.test", False, False),
        ("http://elsewhere.test", True, False),
        ("http://console.test.elsewhere.test", True, False),
        ("http://[console.test", True, False),
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


async def test_no_other_socket_opens(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    headers = {"origin": "http://console.test", "cookie": cookie_header(client)}
    async with AsgiSocket(console.app, "/api/v1/nothing", headers) as socket:
        assert not socket.accepted


async def test_an_open_socket_closes_when_its_session_ends(console: ConsoleUnderTest) -> None:
    quick = make_console(console.recordings, recheck_s=0.01)
    async with signed_in(quick.app, "rosa") as client:
        headers = {"origin": "http://console.test", "cookie": cookie_header(client)}
        async with AsgiSocket(quick.app, "/api/v1/live", headers) as socket:
            assert socket.accepted
            await client.delete(SESSION)
            async with asyncio.timeout(5):
                while (event := await socket.receive())["type"] != "websocket.close":
                    pass
    assert event["code"] == 1008


# ------------------------------------------------------------------------------------------ headers and the server


@pytest.mark.parametrize("path", ["/healthz", "/", "/sign-in", CAMPAIGNS, "/static/js/main.js", "/nowhere"])
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


async def test_a_request_that_is_too_large_is_turned_away(console: ConsoleUnderTest) -> None:
    async def endless() -> object:
        for _ in range(40):
            yield b" " * 65_536

    async with anonymous(console.app) as client:
        told = await client.post(SESSION, content=b" " * 2_500_000, headers=CHANGE)
        untold = await client.post(SESSION, content=endless(), headers=CHANGE)  # type: ignore[arg-type]
    assert (told.status_code, untold.status_code) == (413, 413)


def test_the_server_binds_to_loopback_and_keeps_no_access_log(console: ConsoleUnderTest) -> None:
    config = server_config(console.app)
    assert config.host == "127.0.0.1"
    assert config.access_log is False  # addresses hold parts of phone numbers
    assert config.forwarded_allow_ips == "127.0.0.1"


def test_secrets_are_long_and_never_repeat() -> None:
    assert len({new_secret() for _ in range(50)}) == 50
    assert min(len(new_secret()) for _ in range(50)) >= 43
