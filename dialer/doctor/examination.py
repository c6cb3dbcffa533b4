"""The whole examination: every check on its own, at the same time, each with an end, none able to stop the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from dialer.clock import Clock
from dialer.doctor import house, services
from dialer.doctor.finding import Finding, found
from dialer.doctor.flows import flows
from dialer.doctor.telephone import examine_telephone
from dialer.settings import Settings

log = structlog.get_logger(__name__)

LONGEST_S = 30.0

T = TypeVar("T")
Check = Callable[[], Awaitable[Sequence[Finding]]]


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Look at everything. Takes a few seconds, half a minute at most; raises nothing and changes nothing."""
    checks: list[tuple[str, Check]] = [
        ("data folder", lambda: aside(lambda: house.data_folder(settings))),
        ("disk space", lambda: aside(lambda: house.disk_space(settings))),
        ("database", lambda: services.database(settings)),
        ("time zones", lambda: aside(lambda: house.time_zones(clock.now()))),
        ("rules", lambda: aside(lambda: house.rules(clock.now().date(), settings.own_packs))),
        ("programs", lambda: aside(house.programs)),
        ("recordings", lambda: aside(lambda: house.recordings(settings))),
        ("words", lambda: aside(lambda: services.words(settings))),
        ("flows", lambda: aside(lambda: flows(settings))),
        ("broker", lambda: services.broker(settings)),
        ("console", lambda: aside(lambda: house.console_port(settings))),
        ("embedded", lambda: aside(house.embedded)),
        ("asterisk", lambda: examine_telephone(settings, clock)),
    ]
    results = await asyncio.gather(*(bounded(name, check) for name, check in checks))
    return [finding for findings in results for finding in findings]


async def bounded(name: str, check: Check, longest_s: float = LONGEST_S) -> Sequence[Finding]:
    """What ``check`` finds; a finding of its own where it takes too long or fails in a way nobody thought of."""
    try:
        async with asyncio.timeout(longest_s):
            return await check()
    except TimeoutError:
        return [found("examination.overdue", name=name, seconds=int(longest_s))]
    except Exception as exc:  # a check that breaks must not hide what the others found
        log.debug("doctor.check_failed", check=name, exc_info=True)
        return [found("examination.broken", name=name, error=f"{type(exc).__name__}: {exc}")]


async def aside(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread that may be left behind: a dead network disk blocks for ever, and a pool's threads
    would keep the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)  # type: ignore[arg-type]  # no error: the value is what work returned

    def run() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = work()
        except BaseException as exc:  # noqa: BLE001 - handed to the awaiting task
            error = exc
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await done
