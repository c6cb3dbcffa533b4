"""What the browser is given: no inline script, no foreign address, vendored code as it was published."""

from __future__ import annotations

import hashlib
import json
import re

import httpx
import pytest

from agent_console.pages import STATIC
from dialer.store import money

OURS = [
    path for path in sorted(STATIC.rglob("*")) if path.suffix in {".js", ".css", ".html"} and "vendor" not in path.parts
]


@pytest.mark.parametrize("path", ["/", "/attempts", "/desk", "/funnel", "/debtor", "/review"])
async def test_every_page_is_the_shell_without_inline_script_or_style(client: httpx.AsyncClient, path: str) -> None:
    html = (await client.get(path)).text
    assert html.startswith("<!doctype html>")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=", html) == []


async def test_everything_the_shell_loads_is_there(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(addresses) > 5
    for address in addresses:
        assert (await client.get(address)).status_code == 200, address


async def test_every_module_that_is_imported_is_there(client: httpx.AsyncClient) -> None:
    for path in OURS:
        for target in re.findall(r"from '(\.[^']+)'", path.read_text("utf-8")):
            assert (path.parent / target).resolve().is_file(), (path.name, target)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(STATIC)))
def test_our_browser_code_never_writes_html_nor_speaks_to_other_sites(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|\beval\(|new Function", text)
        == []
    )
    assert re.findall(r"https?://(?!www\.w3\.org/)", text) == []
    assert len(text.splitlines()) < 400


def test_vendored_files_are_those_of_the_manifest_each_with_its_licence() -> None:
    vendor = STATIC / "vendor"
    manifest = json.loads((vendor / "vendor.json").read_text("utf-8"))
    wanted = {name: digest for entry in manifest for name, digest in entry["files"].items()}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.iterdir()
        if path.name != "vendor.json" and not path.name.endswith(".d.ts")
    }
    assert found == wanted
    for entry in manifest:
        assert any(name.endswith("LICENSE.txt") for name in entry["files"]), entry["package"]


def test_the_pages_count_cents_as_the_store_does() -> None:
    page = (STATIC / "js" / "promises.js").read_text("utf-8")
    listed = re.search(r"WITHOUT_MINOR_UNIT = new Set\(\[(.*?)\]\)", page)
    assert listed
    assert set(re.findall("[A-Z]{3}", listed[1])) == money._WITHOUT_MINOR_UNIT
