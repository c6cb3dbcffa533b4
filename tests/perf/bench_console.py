"""From an event on the bus to the change in the page: 200 agents who change state, 20 supervisors who watch.

    python -m tests.perf.bench_console [--agents 200] [--rates 8 50 200] [--seconds 30] [--output docs/benchmarks.md]

The server is a process of its own (``console_floor``), so are the plain clients; the pages are Chromium's. An event
counts from the moment before it is published until a MutationObserver sees the agent's new state in the table, and
until the frame after it. Server and browser read the same clock of this machine; how far they differ is measured by
asking the page for its time and taking the quickest answer, and is printed. Prints a table and writes it between the
marks of ``--output``.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import sys
import textwrap
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import websockets
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.perf.marks import write_section
from tests.perf.processes import machine_busy_s
from tests.support.console_client import CHANGE
from tests.support.console_people import PASSWORD

ROOT = Path(__file__).parents[2]
RATES = (8.0, 50.0, 200.0)  #: changes a second: 200 agents' own pace, and far beyond it
WARM_UP_S = 4.0
SETTLE_S = 2.0
SECTION = "bench-console"
#: Notes when an agent's state changed in the table, and when the frame that shows it had been made.
WATCH = """() => {
  window.seen = [];
  const state = (row) => /agent-(\\w+)/.exec(row.querySelector('.dot')?.className ?? '')?.[1];
  const known = new Map([...document.querySelectorAll('tr[data-agent]')].map((row) => [row.dataset.agent, state(row)]));
  const now = () => performance.timeOrigin + performance.now();
  new MutationObserver(() => {
    const at = now();
    const fresh = [];
    for (const row of document.querySelectorAll('tr[data-agent]')) {
      const is = state(row);
      if (known.get(row.dataset.agent) === is) continue;
      known.set(row.dataset.agent, is);
      fresh.push([row.dataset.agent, is, at, 0]);
    }
    if (!fresh.length) return;
    seen.push(...fresh);
    requestAnimationFrame(() => setTimeout(() => fresh.forEach((one) => { one[3] = now(); })));
  }).observe(document.querySelector('.floor'), { subtree: true, childList: true, attributes: true });
  return known.size;
}"""


async def watch(address: str, cookie: str, seen: list[tuple[str, str, float]]) -> None:
    """One plain client of the live socket."""
    headers = {"cookie": cookie, "origin": f"http://{address}"}
    async with websockets.connect(f"ws://{address}/api/v1/live", additional_headers=headers, max_size=None) as socket:
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "agent":
                seen.append((message["agent"]["id"], message["agent"]["state"], time.time() * 1000))


async def plain_clients(address: str, cookie: str, count: int) -> None:
    """In a process of their own, until a line comes in; then what they saw goes out."""
    seen: list[list[tuple[str, str, float]]] = [[] for _ in range(count)]
    tasks = [asyncio.create_task(watch(address, cookie, each), name="client") for each in seen]
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(seen), flush=True)
        for each in seen:
            each.clear()
    for task in tasks:
        task.cancel()


class Child:
    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    async def start(self) -> Any:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *self._arguments, cwd=ROOT, limit=2**28,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return await self.heard()

    async def heard(self) -> Any:
        assert self._process.stdout
        async with asyncio.timeout(600):
            line = await self._process.stdout.readline()
        return json.loads(line) if line.startswith((b"{", b"[")) else line

    async def ask(self, **order: Any) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self.heard()

    async def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        async with asyncio.timeout(20):
            await self._process.wait()


async def clock_difference(page: Page) -> tuple[float, float]:
    """Milliseconds by which the page's clock is ahead of ours, and the most that this can be wrong."""
    asked = []
    for _ in range(60):
        before = time.time() * 1000
        theirs = await page.evaluate("performance.timeOrigin + performance.now()")
        after = time.time() * 1000
        asked.append((after - before, theirs - (before + after) / 2))
    trip, ahead = min(asked)
    return ahead, trip / 2


def delays(told: Iterable[tuple[str, str, float]], seen: Iterable[tuple[str, str, float]]) -> tuple[list[float], int]:
    """Milliseconds of each event until it was seen, and how many were never seen as such: the next came before."""
    by_agent: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for agent, state, at in seen:
        by_agent[agent].append((at, state))
    events: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for agent, state, at in told:
        events[agent].append((at, state))
    found, lost = [], 0
    for agent, mine in events.items():
        shown = by_agent[agent]
        times = [at for at, _ in shown]
        for (at, state), (until, _) in itertools.zip_longest(mine, mine[1:], fillvalue=(float("inf"), "")):
            later = (seen_at for seen_at, is_ in shown[bisect_left(times, at - 5) :] if is_ == state)
            first = next(later, float("inf"))
            if first == float("inf") or first > until + 2000:
                lost += 1
            else:
                found.append(first - at)
    return found, lost


async def signed_in(address: str) -> str:
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=CHANGE) as client:
        answer = await client.post("/api/v1/session", json={"login": "luis", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def floor_page(browser: Browser, address: str, cookie: str, agents: int) -> Page:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    name, _, value = cookie.partition("=")
    await context.add_cookies([{"name": name, "value": value, "url": f"http://{address}"}])
    page = await context.new_page()
    await page.goto(f"http://{address}/")
    await expect(page.locator("tr[data-agent]")).to_have_count(agents, timeout=60_000)
    return page


async def measure(server: Child, clients: Child, pages: list[Page], rate: float, seconds: float) -> dict[str, Any]:
    for page in pages:
        await page.evaluate("window.seen.length = 0")
    await clients.ask()
    machine, begun = machine_busy_s(), time.time()
    ran = await server.ask(do="run", rate=rate, seconds=seconds)
    machine = (machine_busy_s() - machine) / (time.time() - begun)
    await asyncio.sleep(SETTLE_S)
    dom: list[float] = []
    frame: list[float] = []
    unseen = 0
    differences = []
    for page in pages:
        ahead, within = await clock_difference(page)
        differences.append((ahead, within))
        seen = await page.evaluate("window.seen")
        found, missed = delays(ran["told"], [(agent, state, at - ahead) for agent, state, at, _ in seen])
        dom += found
        unseen += missed
        frame += delays(ran["told"], [(agent, state, shown - ahead) for agent, state, _, shown in seen if shown])[0]
    received = [delays(ran["told"], seen) for seen in await clients.ask()]
    return ran | {
        "rate": rate, "dom": dom, "frame": frame, "unseen": unseen, "machine": machine, "differences": differences,
        "socket": [one for found, _ in received for one in found], "unheard": sum(missed for _, missed in received),
        "load": os.getloadavg()[0],
    }  # fmt: skip


def three(values: list[float]) -> str:
    return " / ".join(f"{value:.0f}" for value in np.percentile(values, (50, 95, 99))) if values else "none"


def render(results: list[dict[str, Any]], chosen: argparse.Namespace, load: float) -> str:
    wrong = max(abs(within) for each in results for _, within in each["differences"])
    ahead = max((each[0] for one in results for each in one["differences"]), key=abs)
    rows = [
        ("changes of an agent's state a second", [f"{each['rate']:g}" for each in results]),
        ("**event to page, ms, p50 / p95 / p99**", [f"**{three(each['dom'])}**" for each in results]),
        ("event to the frame that shows it, ms", [three(each["frame"]) for each in results]),
        ("event to a plain client, ms", [three(each["socket"]) for each in results]),
        ("events measured in pages", [f"{len(each['dom']):,}" for each in results]),
        ("never shown, since the next one came first", [str(each["unseen"]) for each in results]),
        ("not heard by a plain client", [str(each["unheard"]) for each in results]),
        (
            "messages dropped on the bus / for slow clients",
            [f"{each['bus_dropped']} / {each['client_dropped']}" for each in results],
        ),
        ("server, processors busy", [f"{each['busy']:.2f}" for each in results]),
        ("the whole machine, processors busy", [f"{each['machine']:.2f}" for each in results]),
        ("server's memory, MB", [f"{each['mb']:.0f}" for each in results]),
    ]
    facts = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    processor = next((line.partition(":")[2].strip() for line in facts if "model name" in line), platform.machine())
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    table = "\n".join(f"| {name} | {' | '.join(cells)} |" for name, cells in rows)
    side = "ahead" if ahead > 0 else "behind"
    words = textwrap.fill(
        f"{chosen.agents} agents change state, the whole state of the campaign comes twice a second besides, and "
        f"{chosen.clients + chosen.pages} supervisors watch: {chosen.clients} plain clients of the WebSocket and "
        f"{chosen.pages} Chromium pages with the floor open. Among 200 people who talk, write and wait about 8 a "
        "second change state; the other columns show where it ends. An event counts from just before it is "
        "published on the bus until a MutationObserver sees the new state in the table of agents. Both ends read "
        f"this machine's clock; the browser's was asked for its time and was {abs(ahead):.1f} ms {side} at most (to "
        f"±{wrong:.1f} ms), which is subtracted. {chosen.seconds:g} seconds each, after a warm-up.",
        120,
    )
    return f"""## From the bus to the screen

Written by `make bench-console` on {when}; {os.cpu_count()} processors ({processor}), shared by the server, the clients
and Chromium. The machine's load before it began: {load:.1f}.

{words}

| |{" |".join(" " for _ in results)}|
|---|{"---:|" * len(results)}
{table}"""


async def bench(chosen: argparse.Namespace) -> str:
    load = os.getloadavg()[0]
    server = Child("tests.perf.console_floor", str(chosen.agents))
    address = f"127.0.0.1:{(await server.start())['port']}"
    cookie = await signed_in(address)
    await server.ask(do="state")
    clients = Child("tests.perf.bench_console", "--as-clients", address, cookie, str(chosen.clients))
    await clients.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chosen.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        # Two windows, so that neither tab hides the other.
        pages = [await floor_page(browser, address, cookie, chosen.agents) for _ in range(chosen.pages)]
        for page in pages:
            assert await page.evaluate(WATCH) == chosen.agents
        await server.ask(do="run", rate=20.0, seconds=WARM_UP_S)
        results = [await measure(server, clients, pages, rate, chosen.seconds) for rate in chosen.rates]
        await browser.close()
    await clients.stop()
    await server.stop()
    return render(results, chosen, load)


def main() -> None:
    if sys.argv[1:2] == ["--as-clients"]:
        asyncio.run(plain_clients(sys.argv[2], sys.argv[3], int(sys.argv[4])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--clients", type=int, default=18)
    parser.add_argument("--pages", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each rate")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--output", type=Path, help="the document whose figures are replaced")
    chosen = parser.parse_args()
    text = asyncio.run(bench(chosen))
    print(text)
    if chosen.output:
        write_section(chosen.output, SECTION, text)


if __name__ == "__main__":
    main()
