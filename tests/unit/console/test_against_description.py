"""The API against its own description: whatever a request looks like, the answer is never an error of ours, and a
refusal is always a problem with a code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from dialer.console.promises import ConsolePromises
from dialer.console.review import ConsoleReviews
from dialer.domain.people import AccountState, Role
from dialer.store.accounts import AccountChange, Accounts
from tests.support.console_app import ConsoleUnderTest, NothingToReplay, make_console
from tests.support.console_client import BASE, CHANGE, sign_in
from tests.support.console_compliance import House, house
from tests.support.console_people import TOKEN

GOLDEN = Path(__file__).parents[2] / "golden" / "openapi.json"
EXAMPLES = 24  # of each operation: some sixteen hundred requests
OPERATIONS = [each.ok() for each in schemathesis.openapi.from_path(GOLDEN).get_all_operations() if isinstance(each, Ok)]
LUIS = 1


@dataclass
class Bench:
    """A whole console on a loop of its own: the examples of a test are drawn outside of any."""

    runner: asyncio.Runner
    console: ConsoleUnderTest
    home: House
    client: httpx.AsyncClient

    def sign_in(self) -> None:
        """As the administrator, whatever earlier requests made of them."""

        async def again() -> None:
            back = AccountChange(state=AccountState.ACTIVE, role=Role.ADMIN)
            await Accounts(self.home.database, self.home.clock).change(LUIS, back, by="cli:tests")
            self.client.cookies.clear()
            self.client.headers["authorization"] = f"Bearer {TOKEN}"
            account = await self.console.people.account(LUIS)
            await self.console.people.set_password(LUIS, "correcto caballo bateria", by="cli:tests", given=False)
            del self.client.headers["authorization"]
            self.home.clock.advance(3600)  # forgives earlier tries
            await sign_in(self.client, account.login)

        self.runner.run(again())

    def send(self, case: Any, *, known: bool) -> httpx.Response:
        """``known``: about a campaign and a debtor that are there, and in the administrator's own name."""
        if known:
            there = {"name": "cartera-bogota", "debtor": self.home.ana, "debtor_id": self.home.spoken, "debt": 1}
            case.path_parameters = {name: there.get(name, value) for name, value in case.path_parameters.items()}
            if isinstance(case.body, dict):
                case.body = {name: there.get(name, value) for name, value in case.body.items() if name != "by"}
        asked = case.as_transport_kwargs(base_url=BASE)
        sent = {name: asked[name] for name in ("params", "json", "data", "content") if asked.get(name) is not None}
        if isinstance(sent.get("data"), bytes | str):  # a file, not a form
            sent["content"] = sent.pop("data")
        ours = ("cookie", "host", "authorization")
        headers = {name: value for name, value in asked["headers"].items() if name.lower() not in ours}
        request = self.client.request(asked["method"], asked["url"], headers=headers, **sent)
        return self.runner.run(request)


@asynccontextmanager
async def furnished(path: Path) -> AsyncIterator[tuple[House, ConsoleUnderTest, httpx.AsyncClient]]:
    async with house(path) as home:
        console = make_console(
            path,
            attempt_count=3,
            compliance=home.rooms,
            **home.floor,
            promises=ConsolePromises(home.database, home.clock),
            reviews=ConsoleReviews(home.database, home.beside, home.clock, library=path),
            pacing=NothingToReplay(),
            people=home.people,
            changes=home.changes,
            clock=home.clock,
        )
        console.engine.answers["agent.dial"] = {"call_id": home.call}
        transport = httpx.ASGITransport(app=console.app, raise_app_exceptions=False)
        lifespan = console.app.router.lifespan_context(console.app)
        async with lifespan, httpx.AsyncClient(transport=transport, base_url=BASE, headers=CHANGE) as client:
            yield home, console, client


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        rooms = furnished(tmp_path_factory.mktemp("bench"))
        home, console, client = runner.run(rooms.__aenter__())
        yield Bench(runner, console, home, client)
        runner.run(rooms.__aexit__(None, None, None))


def test_the_description_is_read_whole() -> None:
    assert len(OPERATIONS) > 60


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_request_is_answered_with_an_error_of_ours(bench: Bench, operation: Any) -> None:
    bench.sign_in()
    statuses: list[int] = []

    @given(case=operation.as_strategy(), known=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, known: bool) -> None:
        answer = bench.send(case, known=known)
        statuses.append(answer.status_code)
        # A command may wait in vain for an engine, and a list take too long: both are said so.
        assert answer.status_code < 500 or answer.status_code in (503, 504), (answer.status_code, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] not in ("internal", "store"), answer.text

    ask()
    assert statuses
