"""What the detector says of a file it says of a call: the same audio over SIP, Asterisk and the whole engine."""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from pathlib import Path

import pytest

from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.dialed_campaign import Seen
from tests.support.made_calls import make_calls
from tests.support.played_calls import PlayedCall, play_calls

#: To whom an attempt's category leads: nobody who may be a person is hung up on.
TALKS = {"human", "unknown", "silence", "screener"}

Played = tuple[list[PlayedCall], Seen, dict[Path, str]]


@pytest.fixture(scope="module")
def played(asterisk: AsteriskProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:  # noqa: F811
    """Some two dozen people, machines and tones, all on the line at the same time, and their labels."""
    folder = tmp_path_factory.mktemp("played")
    manifest = make_calls(folder / "made", rounds=1, people=5, machines=5)
    with manifest.open(encoding="utf-8", newline="") as lines:
        labels = {manifest.parent / row["path"]: row["label"] for row in csv.DictReader(lines)}
    calls, seen = asyncio.run(
        play_calls(asterisk, folder, list(labels), agents=len(labels), calls_per_second=20.0, timeout_s=40.0)
    )
    return calls, seen, labels


def test_every_call_gets_the_verdict_of_its_file(played: Played) -> None:
    calls, seen, labels = played
    assert seen.surprises == []
    assert len(calls) == len(labels) > 20
    assert [call.file.name for call in calls if call.verdicts[0] != call.verdicts[1]] == []


def test_the_set_has_every_kind_of_verdict_that_sound_alone_can_give(played: Played) -> None:
    reasons = Counter(call.offline.reason for call in played[0])
    assert {"short-greeting", "greeting-ended", "long-greeting", "beep", "sit", "no-speech"} <= set(reasons)


def test_the_verdicts_rest_on_the_very_same_frames(played: Played) -> None:
    """But for those that a busy machine held up: the beginnings, lengths and pauses of what was said agree."""
    calls, _, _ = played
    facts = ("onset_ms", "speech_ms", "phrases_ms", "pauses_ms", "silence_ms", "tones")
    same = [
        call.audio_apart_ms == 0
        and all(call.attempt.amd_evidence[fact] == call.offline.evidence[fact] for fact in facts)
        for call in calls
    ]
    assert sum(same) >= len(calls) - 2


def test_people_reach_an_agent_and_machines_are_hung_up_on(played: Played) -> None:
    calls, seen, _ = played
    for call in calls:
        talked = (call.attempt.outcome == "conversation", call.attempt.bridged_at is not None)
        assert talked == (call.attempt.amd_category in TALKS,) * 2, call.file.name
    assert seen.tally.abandoned == 0


def test_nobody_who_answered_is_lost(played: Played) -> None:
    calls, _, labels = played
    people = [call for call in calls if labels[call.file] == "human"]
    assert people
    assert [call.file.name for call in people if call.attempt.outcome != "conversation"] == []
