from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from dialer.errors import ConfigurationError
from dialer.pbx.ami_events import NEEDED_EVENTS
from dialer.provision.render import AgentPhone, AsteriskConfig, Trunk, render, render_to

SECRET = "a-secret-of-the-tests"
CONFIG = AsteriskConfig(ami_secret=SECRET)
CARRIER = Trunk(name="carrier", host="198.51.100.7", username="cadencia", password="hunter2", register=True)
BROWSER = AgentPhone(name="ana", password="a-long-enough-password", webrtc=True)
DESK = AgentPhone(name="luis", password="a-long-enough-password")


def sections(text: str) -> dict[str, list[str]]:
    """Lines by section, sections of one name joined."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        if header := re.fullmatch(r"\[(\S+)\]", line):
            current = header[1]
        elif line and not line.startswith(";"):
            found.setdefault(current, []).append(line)
    return found


def test_every_context_of_the_contract_is_there() -> None:
    names = set(sections(render(CONFIG)["extensions.conf"]))

    assert names >= {"cadencia-call", "cadencia-early", "cadencia-message", "cadencia-agent", "cadencia-inbound"}


def test_the_demo_carrier_is_only_there_when_asked_for() -> None:
    assert "extensions-demo.conf" not in render(CONFIG)
    assert "extensions-demo" not in render(CONFIG)["extensions.conf"]

    files = render(replace(CONFIG, demo=True))

    assert '#include "extensions-demo.conf"' in files["extensions.conf"]
    assert {"cadencia-demo-carrier", "cadencia-demo-agent"} <= set(sections(files["extensions-demo.conf"]))


def test_the_dialplan_of_the_demo_carrier_has_all_hundred_codes() -> None:
    codes = sections(render(replace(CONFIG, demo=True))["extensions-demo.conf"])["cadencia-demo-code"]

    assert sum(line.startswith("exten") for line in codes) == 100


def test_the_manager_user_can_do_no_more_than_the_dialer_needs() -> None:
    user = sections(render(CONFIG)["manager.conf"])["cadencia"]

    assert "read = call,user,dtmf,system" in user
    assert "write = originate,call,system" in user
    assert f"secret = {SECRET}" in user
    assert "permit = 127.0.0.1/255.255.255.255" in user


def test_exactly_the_events_that_the_dialer_reads_pass_the_filter() -> None:
    user = sections(render(CONFIG)["manager.conf"])["cadencia"]
    passed = [m[1] for line in user if (m := re.fullmatch(r"eventfilter\(action\(include\),name\((\w+)\)\) =", line))]

    assert sorted(passed) == sorted(NEEDED_EVENTS)


def test_everything_listens_on_the_loopback_unless_told_otherwise() -> None:
    files = render(replace(CONFIG, phones=(BROWSER,)))

    assert "bindaddr = 127.0.0.1" in files["manager.conf"]
    assert "bindaddr = 127.0.0.1" in files["http.conf"]
    assert "bind = 127.0.0.1:5060" in files["pjsip.conf"]
    assert "0.0.0.0" not in "".join(text for name, text in files.items() if name != "manager.conf")


def test_a_trunk_that_registers_has_its_five_objects() -> None:
    lines = sections(render(replace(CONFIG, trunks=(CARRIER,)))["pjsip.conf"])["carrier"]

    assert [line for line in lines if line.startswith("type = ")] == [
        "type = endpoint", "type = aor", "type = identify", "type = auth", "type = registration",
    ]  # fmt: skip
    assert "context = cadencia-inbound" in lines
    assert "password = hunter2" in lines


@pytest.mark.parametrize("dtmf", ["auto", "inband"])
def test_a_trunk_says_how_keys_arrive(dtmf: str) -> None:
    trunk = Trunk(name="carrier", host="198.51.100.7", dtmf=dtmf)

    assert f"\ndtmf_mode = {dtmf}\n" in render(replace(CONFIG, trunks=(trunk,)))["pjsip.conf"]


def test_a_trunk_knows_no_other_way() -> None:
    with pytest.raises(ConfigurationError, match="auto, rfc4733, inband, info"):
        Trunk(name="carrier", host="198.51.100.7", dtmf="tones")


def test_a_trunk_by_address_needs_neither_authentication_nor_registration() -> None:
    text = render(replace(CONFIG, trunks=(Trunk(name="carrier", host="198.51.100.7"),)))["pjsip.conf"]

    assert "type = auth" not in text
    assert "outbound_auth" not in text
    assert "type = registration" not in text


def test_a_browser_gets_webrtc_and_a_desk_phone_does_not() -> None:
    found = sections(render(replace(CONFIG, phones=(BROWSER, DESK)))["pjsip.conf"])

    assert "webrtc = yes" in found["ana"]
    assert "webrtc = yes" not in found["luis"]
    assert "protocol = ws" in found["ws"]


def test_an_agent_cannot_dial_a_debtor_by_hand() -> None:
    files = render(CONFIG)

    lines = [line for line in sections(files["extensions.conf"])["cadencia-phone"] if not line.startswith("#include")]
    assert lines == ["exten => _X.,1,Hangup(21)", "exten => _+X.,1,Hangup(21)"]
    more = sections(files["extensions-phones.conf"])["cadencia-phone"]
    assert [line for line in more if line.startswith("exten")] == ["exten => echo,1,Set(CDR_PROP(disable)=1)"]
    assert not any("Dial(" in line for line in more)


@pytest.mark.parametrize("bad", ["x\nwrite = all", "x;y", "x]\n[other", "${SHELL(id)}", "a,b", 'a"b', "a\\b", "x "])
def test_a_value_that_would_mean_more_than_itself_is_refused(bad: str) -> None:
    with pytest.raises(ConfigurationError):
        render(replace(CONFIG, ami_secret=SECRET + bad))
    with pytest.raises(ConfigurationError):
        render(replace(CONFIG, media=bad))
    with pytest.raises(ConfigurationError):
        render(replace(CONFIG, sounds=PurePosixPath(f"/sounds/{bad}")))
    with pytest.raises(ConfigurationError):
        render(replace(CONFIG, trunks=(replace(CARRIER, host=bad),)))
    with pytest.raises(ConfigurationError):
        render(replace(CONFIG, phones=(replace(DESK, password=SECRET + bad),)))


@pytest.mark.parametrize(
    "changes",
    [
        {"ami_secret": "short"},
        {"ami_user": "a b"},
        {"ami_port": 0},
        {"sip_port": 65536},
        {"rtp_first_port": 20000},
        {"default_language": "fr"},
        {"untaken_s": 0.0},
        {"demo_speed": 0.0},
        {"trunks": (CARRIER, CARRIER)},
        {"trunks": (CARRIER,), "phones": (replace(DESK, name="carrier"),)},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        replace(CONFIG, **changes)  # type: ignore[arg-type]


def test_a_trunk_that_registers_without_a_password_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Trunk(name="carrier", host="198.51.100.7", register=True)


def test_secrets_stay_out_of_the_repr() -> None:
    text = repr(replace(CONFIG, trunks=(CARRIER,), phones=(DESK,)))

    assert SECRET not in text
    assert "hunter2" not in text
    assert DESK.password not in text


def test_files_are_written_for_their_owner_and_group_only(tmp_path: Path) -> None:
    foreign = tmp_path / "queues.conf"
    foreign.write_text("mine\n", encoding="utf-8")

    written = render_to(CONFIG, tmp_path)

    assert {path.name for path in written} == set(render(CONFIG))
    assert all(path.stat().st_mode & 0o007 == 0 for path in written)
    assert foreign.read_text(encoding="utf-8") == "mine\n"
    assert sorted(tmp_path.iterdir()) == sorted([*written, foreign])
