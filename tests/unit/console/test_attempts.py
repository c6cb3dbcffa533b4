"""The log of attempts and its recordings."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from dialer.domain.outcome import Outcome
from tests.support.console_app import ConsoleUnderTest, write_recording

LOG = "/api/v1/attempts"


async def test_the_log_comes_page_by_page_without_a_row_lost_or_doubled(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = (await client.get(LOG, params={"limit": 25} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [row["call_id"] for row in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [detail.row.call_id for detail in console.queries.log]


async def test_no_row_of_the_list_shows_a_whole_number(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    answer = await client.get(LOG)
    assert len(answer.json()["rows"]) == 50
    assert all(detail.number not in answer.text for detail in console.queries.log)


async def test_filters_narrow_the_log(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    machines = (await client.get(LOG, params={"outcome": "machine"})).json()["rows"]
    assert {row["outcome"] for row in machines} == {"machine"}
    agent = (await client.get(LOG, params={"agent": "agente-2"})).json()["rows"]
    assert {row["agent_id"] for row in agent} == {"agente-2"}
    wanted = console.queries.log[7]
    written = f"({wanted.number[3:6]}) {wanted.number[6:9]}-{wanted.number[9:]}"
    found = (await client.get(LOG, params={"number": written})).json()["rows"]
    assert wanted.row.call_id in [row["call_id"] for row in found]


@pytest.mark.parametrize("number", ["12", "juan", "1234567890123456", "12'--", "٣١٠٤٥"])
async def test_a_number_that_cannot_be_searched_is_explained(client: httpx.AsyncClient, number: str) -> None:
    answer = await client.get(LOG, params={"number": number})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"outcome": "nothing"}, {"cursor": "made up"}])
async def test_a_question_that_makes_no_sense_is_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await client.get(LOG, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_a_rejected_value_is_not_repeated_in_the_answer(client: httpx.AsyncClient) -> None:
    answer = await client.get(LOG, params={"number": "3104567890" * 5})
    assert answer.status_code == 422
    assert "3104567890" not in answer.text


async def test_an_attempt_shows_its_whole_timeline(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    talked = next(detail for detail in console.queries.log if detail.row.outcome is Outcome.CONVERSATION)
    shown = (await client.get(f"{LOG}/{talked.row.call_id}")).json()
    assert shown["number"] == talked.number
    moments = [
        shown[name] for name in ("dialed_at", "ringing_at", "answered_at", "verdict_at", "bridged_at", "ended_at")
    ]
    assert moments == sorted(moments)
    assert shown["verdict_reason"] == "short-greeting"
    assert shown["cause"] == 16


async def test_an_attempt_that_is_not_there_is_said_so(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{LOG}/019aaaaa-0000-7000-8000-00000000ffff")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-attempt")


# ------------------------------------------------------------------------------------ recordings


@pytest.fixture
def recorded(console: ConsoleUnderTest) -> str:
    identity = console.queries.log[0].row.call_id
    write_recording(console.recordings / f"{identity}.wav")
    return identity


async def test_a_recording_is_played_from_any_point(
    console: ConsoleUnderTest, client: httpx.AsyncClient, recorded: str
) -> None:
    whole = await client.get(f"{LOG}/{recorded}/recording")
    part = await client.get(f"{LOG}/{recorded}/recording", headers={"range": "bytes=100-199"})
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["content-disposition"] == f'inline; filename="{recorded}.wav"'
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.content == (console.recordings / f"{recorded}.wav").read_bytes()
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert part.content == whole.content[100:200]


async def test_a_range_past_the_end_is_refused(client: httpx.AsyncClient, recorded: str) -> None:
    answer = await client.get(f"{LOG}/{recorded}/recording", headers={"range": "bytes=99999999-"})
    assert answer.status_code == 416


async def test_a_missing_recording_is_said_so(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{LOG}/{console.queries.log[1].row.call_id}/recording")
    assert (answer.status_code, answer.json()["code"]) == (404, "recording-missing")


@pytest.mark.parametrize(
    "path",
    [
        "..%2F..%2Fetc%2Fpasswd",
        "%2e%2e%2fsecret",
        "....//secret",
        "019AAAAA-0000-7000-8000-00000000FFFF",
        "x%00.wav",
        "%5c..%5csecret",
    ],
)
async def test_no_path_can_be_smuggled_in_as_a_call(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"{LOG}/{path}/recording")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_finder_or_a_link_that_leads_outside_the_folder_serves_nothing(
    console: ConsoleUnderTest, client: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside: Path = tmp_path_factory.mktemp("elsewhere") / "secret.wav"
    write_recording(outside)
    identity = console.queries.log[0].row.call_id
    (console.recordings / f"{identity}.wav").symlink_to(outside)
    answer = await client.get(f"{LOG}/{identity}/recording")
    assert (answer.status_code, answer.json()["code"]) == (404, "recording-missing")


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fauth.py", "/static//etc/passwd"]
)
async def test_static_files_stay_in_their_folder(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(httpx.URL("http://console.test").copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
