"""Browsers' telephones are revoked when their session is over, and when nobody uses them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent_console.phone_lines import UNUSED_S, PhoneLines
from dialer.clock import ManualClock
from dialer.console.phones import ConsolePhones
from dialer.errors import AmiDisconnected
from dialer.ports.phones import BrowserPhone
from tests.support.console_app import SECRET, ConsoleUnderTest, make_console
from tests.support.console_people import LONGEST, MemoryPeople


@dataclass
class Line:
    """``BrowserPhones`` in memory."""

    admitted: set[str] = field(default_factory=set)
    down: bool = False

    async def admit(self, phone: BrowserPhone) -> None:
        self.admitted.add(phone.name)

    async def revoke(self, name: str) -> None:
        if self.down:
            raise AmiDisconnected(sent=False)
        self.admitted.discard(name)

    async def revoke_all(self) -> None:
        self.admitted.clear()


@dataclass
class Scene:
    console: ConsoleUnderTest
    line: Line
    lines: PhoneLines
    people: MemoryPeople

    @property
    def clock(self) -> ManualClock:
        return self.console.clock

    async def session(self) -> str:
        ana = self.people.named("ana")
        assert ana is not None
        return await self.people.begin_session(ana, address="127.0.0.1", instead_of=None)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    console = make_console(tmp_path)
    line = Line()
    context = replace(console.app.state.rooms.context, phones=ConsolePhones(line, "ws://127.0.0.1:1/ws", SECRET))
    return Scene(console, line, PhoneLines(context), console.people)


async def test_a_closed_browsers_phone_is_revoked_after_a_while_and_admitted_again_when_it_is_back(
    scene: Scene,
) -> None:
    session = await scene.session()
    await scene.lines.admit(session)
    async with scene.lines.line(session):
        scene.clock.advance(UNUSED_S * 2)
        await scene.lines.look()
        assert len(scene.line.admitted) == 1, "it is in use"
    scene.clock.advance(UNUSED_S - 1)
    await scene.lines.look()
    assert len(scene.line.admitted) == 1
    scene.clock.advance(1)
    await scene.lines.look()
    assert scene.line.admitted == set()
    await scene.lines.admit(session)
    assert len(scene.line.admitted) == 1


@pytest.mark.parametrize("by", ["signed out elsewhere", "too old"])
async def test_the_phone_of_a_session_that_is_over_is_revoked(scene: Scene, by: str) -> None:
    session = await scene.session()
    other = await scene.session()
    await scene.lines.admit(session)
    if by == "too old":
        scene.clock.advance(LONGEST.total_seconds())
        other = await scene.session()
    else:
        await scene.people.end_session(session, "luis")
    await scene.lines.admit(other)
    await scene.lines.look()
    assert len(scene.line.admitted) == 1


async def test_what_cannot_be_revoked_is_tried_again(scene: Scene) -> None:
    session = await scene.session()
    await scene.lines.admit(session)
    scene.line.down = True
    await scene.lines.revoke(session)
    assert len(scene.line.admitted) == 1
    scene.line.down = False
    await scene.people.end_session(session, "luis")
    await scene.lines.look()
    assert scene.line.admitted == set()
