from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath

import pytest

from dialer.errors import ConfigurationError
from dialer.provision.process import AsteriskProcess
from dialer.provision.render import AsteriskConfig
from dialer.provision.root import AsteriskRoot, default_location, ensure_root


@pytest.fixture
def finished(tmp_path: Path) -> AsteriskRoot:
    (tmp_path / "usr/sbin").mkdir(parents=True)
    (tmp_path / "usr/sbin/asterisk").touch()
    (tmp_path / "usr/lib/riscv64-linux-gnu/asterisk/modules").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nasterisk:x:101:102:A:/:/bin/false\n", encoding="utf-8")
    return AsteriskRoot(tmp_path)


def test_a_finished_root_is_used_as_it_is(finished: AsteriskRoot) -> None:
    assert ensure_root(finished.path) == finished


def test_building_without_root_rights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ConfigurationError, match="needs root"):
        ensure_root(tmp_path / "root")


def test_building_without_debootstrap_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(ConfigurationError, match="apt-get install debootstrap"):
        ensure_root(tmp_path / "root")


def test_the_place_of_the_root_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_ASTERISK_ROOT", str(tmp_path))
    assert default_location() == tmp_path

    monkeypatch.delenv("CADENCIA_ASTERISK_ROOT")
    assert default_location() == Path("/var/cache/cadencia/asterisk-root")


def test_paths_translate_both_ways(finished: AsteriskRoot) -> None:
    instance = finished.instance("one")

    assert finished.outside(instance.inside) == finished.path / "srv/cadencia/one" == instance.path
    assert finished.inside(instance.path) == PurePosixPath("/srv/cadencia/one")


def test_two_instances_write_nothing_in_the_same_place(finished: AsteriskRoot) -> None:
    one, two = finished.instance("one").directories, finished.instance("two").directories

    assert {one.etc, one.var, one.spool, one.run, one.log}.isdisjoint({two.etc, two.var, two.spool, two.run, two.log})
    assert one.modules == two.modules == PurePosixPath("/usr/lib/riscv64-linux-gnu/asterisk/modules")


def test_asterisk_runs_as_its_own_user(finished: AsteriskRoot) -> None:
    assert finished.user() == (101, 102)


def test_the_host_name_resolves_inside(finished: AsteriskRoot) -> None:
    finished.make_host_name_resolve()

    assert os.uname().nodename in (finished.path / "etc/hosts").read_text(encoding="utf-8").split()


def test_a_root_without_asterisk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="scripts/setup"):
        _ = AsteriskRoot(tmp_path).modules


def test_a_configuration_of_another_instance_is_refused(finished: AsteriskRoot) -> None:
    config = AsteriskConfig(ami_secret="x" * 16, directories=finished.instance("one").directories)

    with pytest.raises(ConfigurationError, match="two"):
        AsteriskProcess(config, finished.instance("two"))
