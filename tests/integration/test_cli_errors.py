"""What a person sees when something is wrong: one paragraph that says what to do, an exit code, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dialer.installation import EngineLock
from tests.support.asterisk import free_port
from tests.support.fake_ami import FakeAmi, Headers, fake_ami

CADENCIA = Path(sys.executable).parent / "cadencia"
PATIENCE_S = 60.0  # only ever used up by a test that fails
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    said: str
    complaint: str  #: standard error without lines of the log

    def is_refused(self, code: str, *hints: str) -> bool:
        """Failed with one paragraph that has the hints in it, and no trace of the code's inside."""
        paragraph, _, end = self.complaint.strip().rpartition("\n")
        words = " ".join(paragraph.split())
        assert self.code == 1, self.complaint
        assert end == f"[{code}]", self.complaint
        assert "Traceback" not in self.complaint
        assert paragraph
        assert "\n\n" not in paragraph
        assert len(words) < 600
        assert [hint for hint in hints if hint not in words] == [], words
        return True


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder with a campaign ``uno`` of three debtors."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    async def cadencia(self, *arguments: str, **settings: object) -> Ran:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CADENCIA_")}
        given = {
            "data_dir": self.data, "language": "en", "console__port": 0, "media__port": free_port(), "ivr__port": 0,
            "ami__port": free_port(), "ami__connect_timeout_s": 1, **settings,
        }  # fmt: skip
        environment |= {f"CADENCIA_{name.upper()}": str(value) for name, value in given.items()}
        process = await asyncio.create_subprocess_exec(
            str(CADENCIA), *arguments, cwd=self.folder, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE_S):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        lines = err.decode().splitlines()
        return Ran(process.returncode, out.decode(), "\n".join(line for line in lines if not _LOG_LINE.match(line)))

    def contents(self) -> list[str]:
        """All that the database holds."""
        with sqlite3.connect(self.data / "cadencia.sqlite") as connection:
            return list(connection.iterdump())

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, by the commands themselves."""
    made = Installation(tmp_path_factory.mktemp("model"))

    async def make() -> None:
        assert (await made.cadencia("campaign", "create", "uno")).code == 0
        leads = made.file("leads.csv", "name,phone\nAna,+573101234567\nEva,+573101234568\nLuz,+573101234569\n")
        assert (await made.cadencia("import", leads, "--campaign", "uno")).code == 0

    asyncio.run(make())
    return made.folder


@pytest.fixture
def installation(model: Path, tmp_path: Path) -> Installation:
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    return Installation(tmp_path)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


# ------------------------------------------------------------------------------------------ Asterisk


async def test_a_wrong_manager_password_names_the_settings(installation: Installation) -> None:
    before = installation.contents()
    async with fake_ami() as ami:
        ran = await installation.cadencia("run", ami__port=ami.port, ami__secret="wrong")
    assert ran.is_refused("ami-login-refused", "CADENCIA_AMI__SECRET", "manager.conf")
    assert installation.contents() == before


async def test_a_closed_manager_port_names_the_address_and_the_settings(installation: Installation) -> None:
    before, port = installation.contents(), free_port()
    ran = await installation.cadencia("run", ami__port=port)
    assert ran.is_refused("ami-disconnected", f"127.0.0.1:{port}", "CADENCIA_AMI__PORT", "cadencia doctor")
    assert installation.contents() == before


def answering(ami: FakeAmi, *, version: str, lacks: str = "") -> None:
    """Have the manager interface belong to an Asterisk of that version, without that module."""

    def answer(action: dict[str, str]) -> list[Headers]:
        mine = {"ActionID": action["actionid"]}
        match action["action"]:
            case "CoreSettings":
                return [{"Response": "Success", "AsteriskVersion": version, **mine}]
            case "ModuleCheck" if action["module"] == lacks:
                return [{"Response": "Error", "Message": "Module not loaded", **mine}]
            case "CoreShowChannels":
                return [{"Response": "Success", **mine}, {"Event": "CoreShowChannelsComplete", **mine}]
        return [{"Response": "Success", **mine}]

    ami.answer = answer


async def test_an_asterisk_that_is_too_old_is_refused_before_anything_is_dialed(installation: Installation) -> None:
    before = installation.contents()
    async with fake_ami() as ami:
        answering(ami, version="18.26.4")
        ran = await installation.cadencia("run", ami__port=ami.port, ami__secret="correct")
        assert "Originate" not in ami.names()
    assert ran.is_refused("asterisk-unsuitable", "18.26.4", "version 20 or later", "CADENCIA_AMI__HOST")
    assert installation.contents() == before


async def test_an_asterisk_without_audiosocket_is_refused_with_the_modules_name(installation: Installation) -> None:
    async with fake_ami() as ami:
        answering(ami, version="22.10.0", lacks="app_audiosocket")
        ran = await installation.cadencia("run", ami__port=ami.port, ami__secret="correct")
    assert ran.is_refused("asterisk-unsuitable", "app_audiosocket", "modules.conf")


# ------------------------------------------------------------------------------------------ this machine


@pytest.mark.parametrize("command", [("run",), ("campaign", "list"), ("import", "leads.csv", "--campaign", "uno")])
async def test_a_data_folder_that_cannot_be_written_is_named(
    installation: Installation, command: tuple[str, ...]
) -> None:
    # A folder below a file: nobody can write there, not even root.
    # Long and with hyphens, yet in one piece in the message.
    folder = Path(installation.file("plain-file", "")) / "-".join(["data"] * 30)
    ran = await installation.cadencia(*command, data_dir=folder)
    assert ran.is_refused("configuration", str(folder), "CADENCIA_DATA_DIR")


async def test_a_console_port_in_use_names_the_setting(installation: Installation, busy_port: int) -> None:
    before = installation.contents()
    async with fake_ami() as ami:
        answering(ami, version="22.10.0")
        ran = await installation.cadencia("run", ami__port=ami.port, ami__secret="correct", console__port=busy_port)
        assert ami.names() == []
    assert ran.is_refused("configuration", str(busy_port), "CADENCIA_CONSOLE__PORT")
    assert installation.contents() == before


async def test_an_audio_port_in_use_names_the_setting(installation: Installation, busy_port: int) -> None:
    ran = await installation.cadencia("run", media__port=busy_port)
    assert ran.is_refused("media", str(busy_port), "CADENCIA_MEDIA__PORT")


async def test_a_port_of_self_service_in_use_names_the_setting(installation: Installation, busy_port: int) -> None:
    ran = await installation.cadencia("run", ivr__port=busy_port)
    assert ran.is_refused("media", str(busy_port), "CADENCIA_IVR__PORT")


async def test_a_second_engine_on_the_same_data_is_refused(installation: Installation) -> None:
    before = installation.contents()
    first = EngineLock(installation.data)
    first.acquire()
    try:
        ran = await installation.cadencia("run")
    finally:
        first.release()
    assert ran.is_refused("configuration", "Another engine", "CADENCIA_DATA_DIR")
    assert installation.contents() == before


async def test_a_setting_that_means_nothing_is_named(installation: Installation) -> None:
    ran = await installation.cadencia("run", ami__port="many")
    assert ran.is_refused("configuration", "CADENCIA_AMI__PORT", ".env.example")


async def test_a_database_that_is_none_is_left_as_it_is(installation: Installation) -> None:
    path = installation.data / "cadencia.sqlite"
    path.write_bytes(b"no database at all " * 100)
    ran = await installation.cadencia("campaign", "list")
    assert ran.is_refused("store", "cadencia.sqlite", "Restore a backup")
    assert path.read_bytes() == b"no database at all " * 100


# ------------------------------------------------------------------------------------------ lead files


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "Save it as CSV"),
        (b"name,debt\nAna,100\n", "phone"),
    ],
)
async def test_a_broken_lead_file_is_refused_and_changes_nothing(
    installation: Installation, content: bytes, hint: str
) -> None:
    before = installation.contents()
    file = installation.file("broken.csv", content)
    ran = await installation.cadencia("import", file, "--campaign", "uno")
    assert ran.is_refused("invalid-lead-file", hint)
    assert installation.contents() == before


async def test_a_lead_file_that_is_not_there_is_named(installation: Installation) -> None:
    ran = await installation.cadencia("import", "nowhere.csv", "--campaign", "uno")
    assert ran.is_refused("invalid-lead-file", "nowhere.csv")


async def test_an_unknown_campaign_says_how_to_list_them(installation: Installation) -> None:
    before = installation.contents()
    ran = await installation.cadencia("import", "leads.csv", "--campaign", "dos")
    assert ran.is_refused("unknown-campaign", "dos", "cadencia campaign list")
    assert installation.contents() == before


async def test_an_invalid_number_goes_to_the_rejected_lines_and_the_others_come_in(installation: Installation) -> None:
    file = installation.file("some.csv", "name,phone\nIvo,+573101234570\nNobody,12\n")
    ran = await installation.cadencia("import", file, "--campaign", "uno")
    assert ran.code == 0
    assert "Accepted: 1" in ran.said
    assert "Rejected: 1" in ran.said
    rejected = (installation.folder / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rejected) == 2
    assert rejected[1].startswith("Nobody,12,3,bad-phone")
