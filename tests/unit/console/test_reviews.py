"""Calls kept for review: heard, labelled, counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialer.console.review import ConsoleReviews
from tests.support.console_app import make_console, write_recording
from tests.support.console_client import signed_in
from tests.support.console_compliance import House
from tests.support.heard_calls import heard_call

REVIEWS = "/api/v1/amd/reviews"
REPORT = "/api/v1/amd/report"


@dataclass
class Bench:
    client: httpx.AsyncClient
    home: House
    root: Path


@pytest.fixture
async def bench(home: House, tmp_path: Path) -> AsyncIterator[Bench]:
    reviews = ConsoleReviews(home.database, home.beside, home.clock, library=tmp_path)
    console = make_console(tmp_path, compliance=home.rooms, reviews=reviews, clock=home.clock)
    async with signed_in(console.app) as client:
        yield Bench(client, home, tmp_path)


@dataclass
class Recognisers:
    name: str
    may_decide: bool

    def open(self, on_heard: object) -> None:
        return None


async def test_a_model_of_synthetic_speech_is_told_apart(home: House, tmp_path: Path) -> None:
    models = {"es": Recognisers("vosk-mini-es", False), "en": Recognisers("vosk-small-en", True)}
    reviews = ConsoleReviews(home.database, home.beside, home.clock, library=tmp_path, models=models)
    console = make_console(tmp_path, compliance=home.rooms, reviews=reviews, clock=home.clock)
    async with signed_in(console.app) as client:
        found = (await client.get("/api/v1/amd/models")).json()
    assert [(each["language"], each["may_decide"]) for each in found] == [("en", True), ("es", False)]


async def say(bench: Bench, call: str, label: str, by: str | None = None) -> httpx.Response:
    return await bench.client.post(f"{REVIEWS}/{call}", json={"label": label, "by": by})


async def test_a_kept_call_is_listed_heard_and_labelled(bench: Bench) -> None:
    call = await heard_call(bench.home, bench.root, "machine", words="deje su mensaje")
    page = (await bench.client.get(REVIEWS)).json()
    assert (page["waiting"], page["next_cursor"]) == (1, None)
    (row,) = page["rows"]
    assert (row["call_id"], row["verdict"], row["words"], row["label"]) == (call, "machine", "deje su mensaje", None)
    assert (await say(bench, call, "human")).status_code == 201
    labelled = (await bench.client.get(f"{REVIEWS}/{call}")).json()
    assert (labelled["label"], labelled["reviewed_by"]) == ("human", "luis")
    assert (await bench.client.get(REVIEWS)).json()["waiting"] == 0
    assert (await bench.client.get(REVIEWS, params={"labelled": False})).json()["rows"] == []


async def test_the_audio_answers_ranges_and_stays_under_the_recordings(bench: Bench) -> None:
    call = await heard_call(bench.home, bench.root, "machine")
    whole = await bench.client.get(f"{REVIEWS}/{call}/audio")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    part = await bench.client.get(f"{REVIEWS}/{call}/audio", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])


async def test_audio_that_is_gone_or_lies_elsewhere_is_not_given(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere") / "secret.wav"
    write_recording(outside)
    for file in ("gone.wav", str(outside), f"../{outside.parent.name}/secret.wav", None):
        call = await heard_call(bench.home, bench.root, "machine", file=file)
        answer = await bench.client.get(f"{REVIEWS}/{call}/audio")
        assert (answer.status_code, answer.json()["code"]) == (404, "recording-missing")


async def test_a_call_that_is_not_there_is_said_so(bench: Bench) -> None:
    nobody = "019aaaaa-0000-7000-8000-00000000ffff"
    for answer in (
        await bench.client.get(f"{REVIEWS}/{nobody}"),
        await bench.client.get(f"{REVIEWS}/{nobody}/audio"),
        await say(bench, nobody, "human"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-attempt")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"label": "voicemail"}, "invalid-input"),
        ({}, "invalid-input"),
        ({"label": "human", "more": 1}, "invalid-input"),
    ],
)
async def test_a_label_needs_its_words_and_somebody_who_says_it(bench: Bench, body: dict[str, Any], code: str) -> None:
    call = await heard_call(bench.home, bench.root, "machine")
    answer = await bench.client.post(f"{REVIEWS}/{call}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("query", [{"cursor": "made up"}, {"verdict": "robot"}, {"limit": 0}, {"labelled": "perhaps"}])
async def test_a_question_that_makes_no_sense_is_refused(bench: Bench, query: dict[str, Any]) -> None:
    answer = await bench.client.get(REVIEWS, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_the_report_counts_labels_against_verdicts(bench: Bench) -> None:
    for verdict, label in (("machine", "machine"), ("machine", "human"), ("human", "human"), ("human", "unclear")):
        call = await heard_call(bench.home, bench.root, verdict)
        await say(bench, call, label)
    await heard_call(bench.home, bench.root, "human")
    report = (await bench.client.get(REPORT, params={"campaign": "cartera-bogota"})).json()
    assert report["calls"] == 3
    assert report["table"] == {"human": {"human": 1, "machine": 1}, "machine": {"machine": 1}}
    assert (report["false_positives"]["count"], report["false_positives"]["total"]) == (1, 2)
    assert (report["people_lost"]["count"], report["people_lost"]["total"]) == (1, 2)
    assert report["answered"] == {"human": 3, "machine": 2, "none": 1}  # the house's own call had no detector
    assert report["configured_share"] == 0.01
    later = (await bench.client.get(REPORT, params={"since": "2090-01-01T00:00:00Z"})).json()
    assert (later["calls"], later["answered"], later["configured_share"]) == (0, {}, None)


async def test_a_report_on_a_campaign_that_is_not_there_is_refused(bench: Bench) -> None:
    answer = await bench.client.get(REPORT, params={"campaign": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-campaign")
