"""A debtor's file convinces an outsider, and stops doing so when anything in it is touched."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dialer.audit import verifier
from dialer.audit.checkpoint import Signer, load_signer
from dialer.store.database import Database
from tests.support.store import add_campaign, add_debtor
from tests.support.trail import exported, filled_trail

Export = dict[str, Any]


@pytest.fixture
async def export(database: Database, tmp_path: Path) -> Export:
    campaign = await add_campaign(database)
    people = [await add_debtor(database, campaign, f"+57310000000{n}", name=f"Ana {n}") for n in range(3)]
    trail = await filled_trail(database, tmp_path, people, decisions=6)
    return dict(json.loads(await exported(database, trail, people[1])))


@pytest.fixture
def signer(export: Export, tmp_path: Path) -> Signer:
    return load_signer(tmp_path)


def findings(export: Export, **trusted: Any) -> list[str]:
    found = verifier.Verification(export, **trusted)
    found.run()
    return found.findings


def signed_again(export: Export, signer: Signer) -> Export:
    """As a forger with the installation's own key would leave it."""
    body = {name: value for name, value in export.items() if name != "signature"}
    return body | {"signature": base64.b64encode(signer.sign(verifier.canonical(body))).decode()}


def first(export: Export, kind: str) -> Export:
    record: Export = next(record for record in export["records"] if record["header"]["kind"] == kind)
    return record


def test_a_file_as_it_was_exported_is_verified(export: Export) -> None:
    found = verifier.Verification(export)
    found.run()

    assert found.findings == []
    assert found.counts["decisions"] == found.counts["replayed"] == 6
    assert found.counts["checkpoints"] > 1


def test_it_holds_nothing_of_other_debtors(export: Export) -> None:
    own = export["manifest"]["debtor"]

    assert {record["header"]["debtor"] for record in export["records"]} == {own, None}
    assert "Ana 0" not in json.dumps(export)


def test_plain_python_verifies_it_with_the_one_file_alone(export: Export, tmp_path: Path) -> None:
    alone = tmp_path / "elsewhere" / "verifier.py"
    alone.parent.mkdir()
    alone.write_bytes(Path(verifier.__file__).read_bytes())
    document = tmp_path / "debtor.json"
    document.write_text(json.dumps(export), encoding="utf-8")
    command = [sys.executable, "-I", str(alone), str(document), "--key", next(iter(export["public_keys"].values()))]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=alone.parent)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED" in done.stdout
    export["records"][-1]["header"]["at"] = "2026-11-24T17:00:00.000000Z"
    document.write_text(json.dumps(export), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=alone.parent)
    assert done.returncode == 1
    assert "NOT VERIFIED" in done.stdout


def test_a_file_that_is_no_export_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "note.json"
    path.write_text("{}", encoding="utf-8")

    assert verifier.main([str(path)]) == 2
    assert "cannot be verified" in capsys.readouterr().err


def test_the_verifier_imports_nothing_of_the_project() -> None:
    text = Path(verifier.__file__).read_text(encoding="utf-8")

    assert "import dialer" not in text
    assert "from dialer" not in text


def test_every_single_value_of_every_record_is_bound(export: Export, signer: Signer) -> None:
    """Even by somebody who can sign the export anew."""
    for index, record in enumerate(export["records"]):
        for part in ("header", "previous", "hash", "payload", "salt", "proof"):
            forged = json.loads(json.dumps(export))
            target = forged["records"][index]
            match target[part]:
                case str() as text if part == "payload":
                    target[part] = text[:-2] + (" }" if text[-2] != " " else "}")
                case str() as text:
                    target[part] = f"{(int(text[0], 16) + 1) % 16:x}" + text[1:]
                case {"path": [start, *rest], "checkpoint": number}:
                    target[part] = {
                        "path": [f"{(int(start[0], 16) + 1) % 16:x}" + start[1:], *rest],
                        "checkpoint": number,
                    }
                case {"path": [], "checkpoint": number}:
                    target[part] = {"path": [], "checkpoint": number + 1}
                case dict():
                    target[part]["ref"] += "x"
            assert findings(signed_again(forged, signer)), (record["header"], part)


@pytest.mark.parametrize("field", ["at", "debtor", "kind", "payload_hash", "ref", "seq"])
def test_every_field_of_a_header_is_bound(export: Export, signer: Signer, field: str) -> None:
    header = export["records"][2]["header"]
    header[field] = header[field] + 1 if isinstance(header[field], int) else f"{header[field]}0"

    assert findings(signed_again(export, signer))


@pytest.mark.parametrize(
    "forge",
    [
        lambda records: records.pop(3),
        lambda records: records.insert(3, records[5]),
        lambda records: records.reverse(),
    ],
    ids=["cut", "inserted", "reordered"],
)
def test_a_file_that_was_cut_or_reordered_on_the_way_is_refused(
    export: Export, forge: Callable[[list[Export]], object]
) -> None:
    forge(export["records"])

    assert findings(export)


def test_inserting_and_reordering_are_found_even_with_the_key(export: Export, signer: Signer) -> None:
    forged: Export = json.loads(json.dumps(export))
    forged["records"].insert(3, forged["records"][5])
    assert findings(signed_again(forged, signer))
    export["records"].reverse()
    assert findings(signed_again(export, signer))


def test_an_end_that_was_left_out_is_missed_even_with_the_key(export: Export, signer: Signer) -> None:
    export["records"].remove(first(export, "release"))

    assert any("neither a call nor a release" in each for each in findings(signed_again(export, signer)))


def test_another_key_than_the_trusted_one_is_refused(export: Export, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = load_signer(tmp_path / "stranger")

    assert any("not the one to be trusted" in each for each in findings(export, trusted=[stranger.public]))
    assert findings(signed_again(export, stranger))


def test_a_history_that_was_rewritten_with_the_key_differs_from_the_kept_heads(export: Export) -> None:
    kept = [dict(each) for each in export["checkpoints"]]
    assert findings(export, heads=kept) == []
    kept[0]["hash"] = "00" * 32

    assert any("history was rewritten" in each for each in findings(export, heads=kept))


# ------------------------------------------------------------------------------------- deciding again


def forged_decision(export: Export, change: Callable[[Export], None]) -> list[str]:
    """A decision as somebody would write it who owns the database: what the replay finds, whatever the hashes say."""
    record = next(
        record
        for record in export["records"]
        if record["header"]["kind"] == "decision" and json.loads(record["payload"])["denials"]
    )
    payload = json.loads(record["payload"])
    found = verifier.Verification(export)
    found.run()
    assert found.findings == []
    change(payload)
    (rules,) = [found.rules(each) for each in found.payloads.values() if "packs" in each and "tzdata" in each]
    return list(verifier.check_decision(payload, rules))


def test_a_denied_call_that_is_written_as_allowed_is_found(export: Export) -> None:
    def allow(payload: Export) -> None:
        payload["denials"], payload["allowed"], payload["next_allowed_at"] = [], True, None

    found = forged_decision(export, allow)

    assert any("allowed: written True" in each for each in found)
    assert any("denials: written []" in each for each in found)


def test_a_rule_that_never_spoke_is_found(export: Export) -> None:
    def invent(payload: Export) -> None:
        payload["denials"].append(payload["denials"][0] | {"rule": "co-ley-2300/reference-person"})

    assert forged_decision(export, invent)


def test_obligations_that_were_softened_are_found(export: Export) -> None:
    def soften(payload: Export) -> None:
        payload["obligations"]["ring_min_s"] = 1

    assert any("obligations" in each for each in forged_decision(export, soften))


def test_rules_that_were_swapped_under_a_decision_are_found(export: Export, signer: Signer) -> None:
    digest, source = next(
        (digest, source) for digest, source in export["rule_sources"].items() if source["name"] == "house"
    )
    export["rule_sources"][digest]["content"] = source["content"].replace('"max":', '"max":9', 1)

    assert any("was changed" in each for each in findings(signed_again(export, signer)))


def test_a_time_zone_that_was_swapped_is_found(export: Export, signer: Signer) -> None:
    (zones,) = (release["zones"] for release in export["time_zones"].values())
    name = next(iter(zones))
    zones[name] = base64.b64encode(base64.b64decode(zones[name])[:-1] + b"x").decode()

    assert any(f"time zone {name} was changed" in each for each in findings(signed_again(export, signer)))


def test_a_zone_that_was_left_out_is_found(export: Export) -> None:
    def move(payload: Export) -> None:
        payload["zones"] = ["Pacific/Auckland"]

    assert any("was left out" in each for each in forged_decision(export, move))


def test_a_call_of_the_ledger_without_a_decision_is_found(export: Export, signer: Signer) -> None:
    export["ledger"].append({"id": "c-unasked", "state": "closed", "in_trail": True})

    assert any("c-unasked" in each and "no decision" in each for each in findings(signed_again(export, signer)))


def test_the_key_is_read_as_base64_and_from_files(export: Export, tmp_path: Path) -> None:
    raw = base64.b64decode(next(iter(export["public_keys"].values())))
    path = tmp_path / "key.txt"
    path.write_text(base64.b64encode(raw).decode() + "\n", encoding="utf-8")

    assert verifier.read_key(base64.b64encode(raw).decode()) == verifier.read_key(str(path)) == raw
    assert sha256(raw).hexdigest()[:16] in export["public_keys"]
