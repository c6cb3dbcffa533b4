"""``cadencia run``: the engine and the console, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version
from typing import Annotated

import typer
import uvicorn

from agent_console.app import create_app
from agent_console.ports_people import AccountIn
from agent_console.serve import console_url, new_secret, server_config, setup_url
from dialer.app import Station
from dialer.clock import Clock, SystemClock
from dialer.commands.demo import PbxKind, make_kit
from dialer.commands.speech import err, out, settings_and_logs
from dialer.console.people import ConsoleChanges, ConsolePeople
from dialer.console.phones import ConsolePhones
from dialer.console.rooms import console_over
from dialer.demo.legal_hour import demo_clock
from dialer.demo.session import DemoPlan, clear_previous, demo_settings, demo_station
from dialer.domain.people import Role
from dialer.errors import ConfigurationError
from dialer.installation import Secrets, load_secrets, prepare_data_dir
from dialer.metrics_feed import MetricsFeed
from dialer.passwords import Passwords
from dialer.settings import ConsoleSettings, Settings
from dialer.wiring import own_asterisk_kit

DRAIN_S = 120.0
DEMO_AGENTS = 6

_STOP_SAYS = {
    "es": "Terminando con orden: las llamadas en curso acaban solas. Otra vez Ctrl-C termina ya.",
    "en": "Draining: live calls end by themselves. Ctrl-C again ends at once.",
}
DEMO_LOGIN = "demo"
_DEMO_SAYS = {
    "es": "Usuario [bold]{login}[/bold], contraseña [bold]{password}[/bold]",
    "en": "User [bold]{login}[/bold], password [bold]{password}[/bold]",
}
_SETUP_SAYS = {
    "es": "Cadencia está en marcha. Cree el primer administrador en esta dirección, que sirve una sola vez:",
    "en": "Cadencia is running. Make the first administrator at this address, which works once:",
}
_READY_SAYS = {
    "es": "Cadencia está en marcha. Abra la consola en",
    "en": "Cadencia is running. Open the console at",
}


def run(
    demo: Annotated[
        bool, typer.Option("--demo", help="A demonstration: embedded Asterisk, synthetic debtors, simulated agents.")
    ] = False,
    pbx: Annotated[PbxKind, typer.Option(help="With --demo: a real Asterisk, or the built-in fake.")] = (
        PbxKind.ASTERISK
    ),
    agents: Annotated[int, typer.Option(min=0, max=200, help="With --demo: simulated agents.")] = DEMO_AGENTS,
    seed: Annotated[int, typer.Option(help="With --demo: the same seed gives the same debtors.")] = 1,
) -> None:
    """Run the engine and the console. Ctrl-C drains; a second one ends at once."""
    settings = settings_and_logs()
    asyncio.run(_run_demo(settings, pbx, agents, seed) if demo else _run(settings))


async def _run(settings: Settings) -> None:
    prepare_data_dir(settings.data_dir)
    secrets = load_secrets(settings.data_dir)
    kit = own_asterisk_kit(settings, ami_secret=secrets.ami_secret)
    with console_socket(settings.console) as listening:
        async with Station(settings, clock=SystemClock(), make_pbx=kit.make) as station:
            await station.host_all()
            await serve(station, secrets, listening)


async def _run_demo(settings: Settings, pbx: PbxKind, agents: int, seed: int) -> None:
    kit = make_kit(settings, pbx, speed=1.0)
    plan = DemoPlan(
        calls=None,
        agents=agents,
        seed=seed,
        agent_dial_string=kit.agent_dial_string,
        carrier_dial_string=kit.carrier_dial_string,
        record=kit.records,
    )
    settings = demo_settings(settings, plan)
    prepare_data_dir(settings.data_dir)
    clear_previous(settings)
    secrets = load_secrets(settings.data_dir)
    clock: Clock = demo_clock(SystemClock())
    with console_socket(settings.console) as listening:
        async with demo_station(settings, plan, clock=clock, make_pbx=kit.make) as running:
            await serve(running.station, secrets, listening, demo_password=new_secret()[:14])


def console_socket(console: ConsoleSettings) -> socket.socket:
    """The console's port, held before anything is dialed. Raises ConfigurationError where it cannot be had."""
    try:
        family = socket.getaddrinfo(console.host, console.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((console.host, console.port), family=family)
    except OSError as exc:
        # The text of an address in use repeats the address; a name that is not known has no number of its own.
        cause = os.strerror(exc.errno) if exc.errno and exc.errno > 0 else exc.strerror
        raise ConfigurationError(
            f"The console cannot listen on {console.host}:{console.port} ({cause}). Free the "
            "port, or set CADENCIA_CONSOLE__HOST and CADENCIA_CONSOLE__PORT. Nothing was dialed."
        ) from exc


async def serve(station: Station, secrets: Secrets, listening: socket.socket, *, demo_password: str = "") -> None:
    """The console over a running station, until a signal comes or something fails; then the orderly end. With
    ``demo_password`` there is an administrator ``demo`` from the start."""
    settings = station.settings
    metrics = MetricsFeed(station, version=version("cadencia"))
    console = settings.console
    longest = timedelta(hours=console.session_hours)
    people = ConsolePeople(
        station.database,
        station.clock,
        Passwords(),
        installation_token=secrets.console_token,
        idle=timedelta(minutes=console.idle_minutes),
        longest=longest,
    )
    setup_token = new_secret()
    line = station.pbx.phones
    phones = ConsolePhones(line.phones if line else None, line.socket_url if line else "", secrets.console_key)
    await phones.start()
    async with AsyncExitStack() as stack:
        context = console_over(
            station,
            stack,
            version=version("cadencia"),
            metrics=metrics.text,
            people=people,
            changes=ConsoleChanges(station.database, station.clock),
            secret_key=secrets.console_key,
            phones=phones,
            ice_servers=tuple(settings.phones.ice_servers),
            setup_token=setup_token,
            session_length=longest,
        )
        server = _Server(
            server_config(
                create_app(context), host=console.host, port=console.port, trusted_proxies=console.trusted_proxies
            )
        )
        stack.callback(metrics.start())
        serving = station.tasks.spawn(server.run_on(listening), "console")
        await server.up(serving)
        port = listening.getsockname()[1]
        await _announce(people, settings, port, setup_token, demo_password)
        stop = asyncio.Event()
        _on_signals(stop)
        stopped = asyncio.ensure_future(stop.wait())
        failed = asyncio.ensure_future(station.tasks.failed())
        try:
            await asyncio.wait({stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
            if failed.done():
                failed.result()
            err.print(_STOP_SAYS[settings.language])
            await station.drain(at_most_s=DRAIN_S)
        finally:
            stopped.cancel()
            failed.cancel()
            server.should_exit = True
            await asyncio.wait({serving}, timeout=10.0)


async def _announce(people: ConsolePeople, settings: Settings, port: int, setup_token: str, demo_password: str) -> None:
    """Say where the console is, and how to get in where nobody can yet."""
    host, language = settings.console.host, settings.language
    if demo_password:
        new = AccountIn(login=DEMO_LOGIN, name="Demo", role=Role.ADMIN, language=language, agent_id=DEMO_LOGIN)
        await people.set_up(new, demo_password)
    if await people.none_yet():
        out.print(f"\n{_SETUP_SAYS[language]}\n[bold]{setup_url(host, port, setup_token)}[/bold]\n", soft_wrap=True)
        return
    out.print(f"\n{_READY_SAYS[language]} [bold]{console_url(host, port)}[/bold]")
    if demo_password:
        out.print(_DEMO_SAYS[language].format(login=DEMO_LOGIN, password=demo_password))
    out.print()


class _Server(uvicorn.Server):
    """uvicorn inside our loop: our signals, our socket, our start."""

    def install_signal_handlers(self) -> None:
        """The process's own handlers stay."""

    async def run_on(self, listening: socket.socket) -> None:
        await self._serve([listening])

    async def up(self, serving: asyncio.Task[None]) -> None:
        """Return when it serves; raise where it could not."""
        while not self.started:
            done, _ = await asyncio.wait({serving}, timeout=0.05)
            if done:
                serving.result()
                raise ConfigurationError("The console ended before it had started. Look at the log above.")


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def first(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)  # the next one ends the process as usual

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, first, number)
    if os.environ.get("NOTIFY_SOCKET"):
        _notify_systemd("READY=1")


def _notify_systemd(message: str) -> None:
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.connect("\0" + address[1:] if address.startswith("@") else address)
        notifier.sendall(message.encode())
