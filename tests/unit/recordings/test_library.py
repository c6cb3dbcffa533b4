from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialer.domain.ids import CallId, new_call_id
from dialer.errors import InvalidCallId, MediaError
from recordings.library import RecordingLibrary
from recordings.naming import FORMS, Form
from tests.support.audio import stereo

CALL = new_call_id(datetime(2026, 11, 22, 13, tzinfo=UTC), bytes(range(10)))
OTHER = new_call_id(datetime(2026, 11, 22, 14, tzinfo=UTC), bytes(range(10)))
AUDIO = stereo(2.0, left=0.5, right=0.05)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def library_of(spool: Path, form: Form = "wav", timeout_s: float = 10.0) -> RecordingLibrary:
    return RecordingLibrary(spool, spool.parent / "library", form=form, settle_s=0.02, timeout_s=timeout_s)


def write_raw(spool: Path, call_id: CallId = CALL, content: bytes = AUDIO) -> Path:
    path = spool / f"{call_id}.raw"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", FORMS)
async def test_a_finished_recording_is_in_its_place_with_size_checksum_and_levels(spool: Path, form: Form) -> None:
    raw = write_raw(spool)
    library = library_of(spool, form)
    info = await library.finish(CALL)
    path = library.root / info.file
    assert info.call_id == CALL
    assert info.file == f"2026/11/22/{CALL}.{form}"
    assert info.bytes == path.stat().st_size
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.duration_s == 2.0
    assert info.debtor_dbfs > info.agent_dbfs > -40
    assert library.find(CALL) == path
    assert not raw.exists()
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o007 == 0


async def test_it_waits_for_a_file_that_comes_late(spool: Path) -> None:
    library = library_of(spool)
    finishing = asyncio.create_task(library.finish(CALL))
    await asyncio.sleep(0)
    write_raw(spool)
    assert (await finishing).duration_s == 2.0


async def test_it_waits_while_the_file_grows(spool: Path) -> None:
    library = RecordingLibrary(spool, spool.parent / "library", settle_s=0.5, timeout_s=10.0)
    path = write_raw(spool, content=AUDIO[:4000])
    finishing = asyncio.create_task(library.finish(CALL))
    with path.open("ab", buffering=0) as raw:
        for begin in range(4000, len(AUDIO), 4000):
            raw.write(AUDIO[begin : begin + 4000])
            await asyncio.sleep(0)
    assert (await finishing).duration_s == 2.0


async def test_a_file_that_does_not_come_to_rest_in_time_is_an_error_and_stays_where_it_is(spool: Path) -> None:
    path = write_raw(spool)
    library = RecordingLibrary(spool, spool.parent / "library", settle_s=5.0, timeout_s=0.1)
    with pytest.raises(MediaError, match="still grows"):
        await library.finish(CALL)
    assert path.exists()


async def test_a_recording_that_never_comes_is_an_error_that_says_where_to_look(spool: Path) -> None:
    with pytest.raises(MediaError, match=r"wrote no recording.*SPOOL_DIR"):
        await library_of(spool, timeout_s=0.05).finish(CALL)


async def test_an_empty_recording_is_an_error_and_stays_where_it_is(spool: Path) -> None:
    raw = write_raw(spool, content=b"")
    library = library_of(spool)
    with pytest.raises(MediaError, match="empty"):
        await library.finish(CALL)
    assert raw.exists()
    assert library.find(CALL) is None
    assert [path for path in library.root.rglob("*") if path.is_file()] == []


async def test_a_disk_that_refuses_is_an_error_and_the_raw_file_stays(spool: Path) -> None:
    raw = write_raw(spool)
    (spool.parent / "library").write_text("a file in the place of the folder")
    with pytest.raises(MediaError, match="could not be read or written"):
        await library_of(spool).finish(CALL)
    assert raw.exists()


async def test_asked_twice_at_once_it_works_once(spool: Path) -> None:
    write_raw(spool)
    library = library_of(spool)
    one, other = await asyncio.gather(library.finish(CALL), library.finish(CALL))
    assert one is other


async def test_more_calls_may_wait_than_are_converted_at_once(spool: Path) -> None:
    calls = [new_call_id(datetime(2026, 11, 22, 13, tzinfo=UTC), bytes([number] * 10)) for number in range(8)]
    library = RecordingLibrary(spool, spool.parent / "library", settle_s=0.02, timeout_s=10.0, at_once=1)
    finishing = [asyncio.create_task(library.finish(call_id)) for call_id in calls]
    await asyncio.sleep(0)
    write_raw(spool, calls[-1])  # those asked for earlier have no file yet, and do not hold it up
    assert (await finishing[-1]).call_id == calls[-1]
    for call_id in calls[:-1]:
        write_raw(spool, call_id)
    assert [info.call_id for info in await asyncio.gather(*finishing)] == calls


@pytest.mark.parametrize("form", FORMS)
async def test_asked_again_after_a_crash_it_describes_what_is_there(spool: Path, form: Form) -> None:
    write_raw(spool)
    first = await library_of(spool, form).finish(CALL)
    again = await library_of(spool, form, timeout_s=0.05).finish(CALL)
    assert (again.file, again.bytes, again.sha256) == (first.file, first.bytes, first.sha256)
    assert again.duration_s == pytest.approx(first.duration_s, abs=0.2)


async def test_a_conversion_that_a_crash_cut_short_is_done_again(spool: Path) -> None:
    write_raw(spool)
    library = library_of(spool)
    place = library.root / "2026/11/22"
    place.mkdir(parents=True)
    (place / f".part-{CALL}.wav").write_bytes(b"half")
    (place / f"{CALL}.wav").write_bytes(b"from before the raw file was removed")
    info = await library.finish(CALL)
    assert info.duration_s == 2.0
    assert info.bytes == 44 + len(AUDIO)
    assert [path.name for path in place.iterdir()] == [f"{CALL}.wav"]


async def test_a_caller_who_gives_up_does_not_stop_the_conversion(spool: Path) -> None:
    library = library_of(spool)
    asking = asyncio.create_task(library.finish(CALL))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    write_raw(spool)
    await library.close(timeout_s=10.0)
    assert library.find(CALL) is not None


async def test_closing_does_not_wait_for_ever(spool: Path) -> None:
    library = library_of(spool)
    asking = asyncio.create_task(library.finish(CALL))
    await asyncio.sleep(0)
    await library.close(timeout_s=0.01)
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("hostile", ["", "..", "../../etc/passwd", f"{CALL}/../x", CALL.upper(), "a\x00b"])
async def test_a_hostile_id_is_refused(spool: Path, hostile: str) -> None:
    library = library_of(spool)
    with pytest.raises(InvalidCallId):
        await library.finish(hostile)
    assert library.find(hostile) is None


def test_what_a_crash_left_in_the_spool_is_listed_and_nothing_else(spool: Path) -> None:
    write_raw(spool, OTHER)
    write_raw(spool, CALL)
    (spool / "notes.raw").write_bytes(b"x")
    (spool / f"{CALL}.txt").write_bytes(b"x")
    assert library_of(spool).unfinished() == [CALL, OTHER]


def test_a_spool_that_is_not_there_has_nothing_unfinished(tmp_path: Path) -> None:
    assert library_of(tmp_path / "nowhere").unfinished() == []
