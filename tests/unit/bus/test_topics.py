from __future__ import annotations

import pytest

from dialer.bus.topics import COMMANDS, TOPICS, Field, Kind, Sort, matches, name_of, problems
from dialer.ports import BusMessage

EXAMPLES: dict[Kind, object] = {
    Kind.TEXT: "text",
    Kind.COUNT: 3,
    Kind.NUMBER: 0.5,
    Kind.FLAG: True,
    Kind.TIME: "2026-11-22T13:00:00+00:00",
    Kind.LIST: ["a"],
    Kind.OBJECT: {"a": 1},
}
WRONG: dict[Kind, list[object]] = {
    Kind.TEXT: [3, ["a"]],
    Kind.COUNT: [-1, 1.5, True, "3"],
    Kind.NUMBER: ["1", False],
    Kind.FLAG: [1, "true"],
    Kind.TIME: ["yesterday", "2026-11-22T13:00:00", 5],
    Kind.LIST: ["abc", {"a": 1}],
    Kind.OBJECT: [["a"], "a"],
}


def event(name: str) -> dict[str, object]:
    payload: dict[str, object] = {"campaign": "mora", "at": EXAMPLES[Kind.TIME], "v": 1}
    return payload | {key: EXAMPLES[wanted.kind] for key, wanted in TOPICS[name].fields.items()}


def order(verb: str) -> dict[str, object]:
    return {"verb": verb} | {key: EXAMPLES[wanted.kind] for key, wanted in COMMANDS[verb].items()}


EVENTS = [name for name, topic in TOPICS.items() if topic.sort is not Sort.ORDER]
EVENT_FIELDS = [(name, key, wanted) for name in EVENTS for key, wanted in TOPICS[name].fields.items()]
ORDER_FIELDS = [(verb, key, wanted) for verb, fields in COMMANDS.items() for key, wanted in fields.items()]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_as_the_table_has_it_is_right(name: str) -> None:
    assert problems(BusMessage(topic=f"mora/{name}", payload=event(name))) == ()


@pytest.mark.parametrize("verb", COMMANDS)
def test_an_order_as_the_table_has_it_is_right(verb: str) -> None:
    assert problems(BusMessage(topic="mora/command", payload=order(verb))) == ()


@pytest.mark.parametrize(("name", "key", "wanted"), EVENT_FIELDS)
def test_a_wrong_or_missing_field_of_an_event_is_named(name: str, key: str, wanted: Field) -> None:
    for wrong in WRONG[wanted.kind]:
        found = problems(BusMessage(topic=f"mora/{name}", payload=event(name) | {key: wrong}))
        assert found == (f"{key}: is not a {wanted.kind}",)
    missing = problems(BusMessage(topic=f"mora/{name}", payload=event(name) | {key: None}))
    assert missing == ((f"{key}: is missing",) if wanted.required else ())


@pytest.mark.parametrize(("verb", "key", "wanted"), ORDER_FIELDS)
def test_a_wrong_or_missing_field_of_an_order_is_named(verb: str, key: str, wanted: Field) -> None:
    for wrong in WRONG[wanted.kind]:
        found = problems(BusMessage(topic="mora/command", payload=order(verb) | {key: wrong}))
        assert found == (f"{key}: is not a {wanted.kind}",)
    missing = problems(BusMessage(topic="mora/command", payload=order(verb) | {key: None}))
    assert missing == ((f"{key}: is missing",) if wanted.required else ())


@pytest.mark.parametrize("topic", ["state", "mora/nothing.known", "", "/", "mora/deep/call.dialed"])
def test_an_unknown_topic_is_wrong(topic: str) -> None:
    assert problems(BusMessage(topic=topic, payload=event("call.ringing"))) == ("no such topic",)


@pytest.mark.parametrize("campaign", ["", "a+b", "#", "a\x00"])
def test_a_campaign_that_cannot_be_a_topic_is_wrong(campaign: str) -> None:
    found = problems(BusMessage(topic=f"{campaign}/call.ringing", payload=event("call.ringing")))
    assert found == ("the campaign's name cannot be part of a topic",)


def test_an_event_must_speak_of_the_campaign_of_its_topic() -> None:
    found = problems(BusMessage(topic="other/call.ringing", payload=event("call.ringing")))
    assert found == ("campaign: is not that of the topic",)


@pytest.mark.parametrize("verb", [None, "", "rm -rf", 3, ["campaign.start"]])
def test_an_unknown_verb_is_wrong(verb: object) -> None:
    assert problems(BusMessage(topic="mora/command", payload={"verb": verb})) == ("verb: is not one of the commands",)


def test_another_version_is_wrong() -> None:
    found = problems(BusMessage(topic="mora/call.ringing", payload=event("call.ringing") | {"v": 2}))
    assert found == ("v: is not 1",)


def test_unknown_fields_are_let_pass() -> None:
    assert problems(BusMessage(topic="mora/call.ringing", payload=event("call.ringing") | {"news": 1})) == ()


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("mora/state", "mora/state", True),
        ("mora/state", "other/state", False),
        ("+/state", "mora/state", True),
        ("+/state", "mora/call.dialed", False),
        ("+/state", "state", False),
        ("+", "status", True),
        ("+", "mora/state", False),
        ("#", "mora/state", True),
        ("mora/#", "mora/state", True),
        ("mora/#", "mora", True),
        ("mora/#", "other/state", False),
        ("mora", "mora/state", False),
        ("mora/state/more", "mora/state", False),
    ],
)
def test_patterns_match_level_by_level(pattern: str, topic: str, expected: bool) -> None:
    assert matches(pattern, topic) is expected


def test_every_field_and_topic_says_what_it_means() -> None:
    meanings = [topic.meaning for topic in TOPICS.values()]
    meanings += [wanted.meaning for topic in TOPICS.values() for wanted in topic.fields.values()]
    meanings += [wanted.meaning for fields in COMMANDS.values() for wanted in fields.values()]
    assert all(meanings)


def test_the_name_of_a_topic_is_its_last_level() -> None:
    assert name_of("mora/call.dialed") == "call.dialed"
    assert name_of("status") == "status"
