"""The console's pages fit together: ``tsc --checkJs`` over plain modules (agent_console/tsconfig.json)."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPILER = Path(sys.prefix) / "typescript" / "node_modules" / "typescript" / "lib" / "tsc.js"
NODE = Path(sys.prefix) / "bin" / "node"
PROJECT = ROOT / "agent_console" / "tsconfig.json"
LONGEST_S = 240.0


async def compiled(*arguments: str) -> tuple[int | None, str]:
    assert COMPILER.exists(), "the TypeScript compiler is not installed: run scripts/setup --with-tests"
    process = await asyncio.create_subprocess_exec(
        NODE, COMPILER, "--noEmit", "--pretty", "false", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(LONGEST_S):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_every_page_is_checked_and_none_has_a_mistake_of_types() -> None:
    code, said = await compiled("--project", str(PROJECT), "--listFiles")
    read = {Path(line) for line in said.splitlines() if line.endswith(".js")}
    complaints = [line for line in said.splitlines() if ": error TS" in line]
    assert complaints == []
    assert code == 0
    assert read == set((ROOT / "agent_console" / "static" / "js").glob("*.js"))


async def test_a_mistake_of_types_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.js"
    page.write_text("const root = document.getElementById('app');\nroot.focus();\n'abc'.nothing();\n")
    code, said = await compiled("--checkJs", "--strict", "--lib", "es2023,dom", str(page))
    assert code
    assert "'root' is possibly 'null'" in said
    assert "Property 'nothing' does not exist" in said
