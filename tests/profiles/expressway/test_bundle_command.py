"""``tlseku bundle`` from the outside: both reports, every kind of bundle. All files are synthetic."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tests.profiles.expressway.bundles import CA2, SERVER, as_directory, entry, tar, tar_of, written, zipped
from tests.profiles.expressway.pairs import committed, files_of, only
from tests.schemas import schema
from tlseku.cli import main

CORE = files_of("test-case-1", "core")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["bundle", *args], prog_name="tlseku")


def found_in(*args: str) -> dict[str, object]:
    result = run(*args, "-T", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    Draft202012Validator(schema("bundle")).validate(found)
    return found


@pytest.mark.parametrize(
    ("story", "outcomes"),
    [
        ("test-case-1", ("failed", "failed", "no")),
        ("test-case-2", ("active", "failed", "no")),
        ("condition-2.1", ("active", "active", "yes")),
    ],
)
def test_a_pair(story: str, outcomes: tuple[str, ...]) -> None:
    found = found_in(committed(story, "core"), "--peer", committed(story, "edge"))
    pair = found["pair"]
    assert isinstance(pair, dict)
    said = pair["prediction"]["outcomes"]
    assert tuple(said[name]["outcome"] for name in ("uc_zone", "ssh_tunnels", "mra")) == outcomes
    assert pair["observed"]["uc_zone"]["verdict"] == "confirmed"
    assert [node["role"] for node in found["nodes"]] == ["core", "edge"]  # type: ignore[attr-defined]
    cited = {rule for one in said.values() for rule in one["rules"]}
    assert cited <= set(found["rules"])  # type: ignore[call-overload]


@pytest.mark.parametrize("member", sorted(CORE))
def test_every_member_alone(member: str, tmp_path: Path) -> None:
    found = found_in(as_directory(tmp_path, {member: CORE[member]}))
    assert found["pair"] is None
    assert run(str(tmp_path)).exit_code == 0


def test_the_table_answers_first() -> None:
    result = run(committed("test-case-1", "core"), "--peer", committed("test-case-1", "edge"))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "x15.5, checking mode of the Edge On: condition 2, test case 1"
    assert lines[3].startswith("  UC zone (SIP TLS)   FAILED        [CM2 ST2 SV1] ")
    assert lines[-1].startswith("  ")
    assert all(len(line) <= 100 for line in lines)
    for rule in ("CM2", "SV1", "SV2", "SV3", "ST2", "ST6", "UP1", "UP2"):
        assert any(line.startswith(f"  {rule:<5}") for line in lines), rule


def test_an_event_without_a_flow_is_said() -> None:
    text = " ".join(run(committed("test-case-1", "core")).stdout.split())
    assert "163.129.37.33:5061 at 2026-03-27T09:11:06.123000Z: no flow for this event" in text


@pytest.mark.parametrize("form", ["directory", "tar.gz", "zip"])
def test_the_forms_of_a_bundle(form: str, tmp_path: Path) -> None:
    path = {
        "directory": lambda: as_directory(tmp_path / "d", CORE),
        "tar.gz": lambda: written(tmp_path, tar(CORE)),
        "zip": lambda: written(tmp_path, zipped(CORE)),
    }[form]()
    (node,) = found_in(path)["nodes"]  # type: ignore[misc]
    assert (node["role"], node["presented"][0]["store"], node["presented"][0]["frame"]) == (
        "core",
        "both",
        10,
    )


def test_hostile_archives(tmp_path: Path) -> None:
    (name,) = only(CORE, "client")
    for number, data in enumerate(
        (
            tar({f"../{name}": b"x"}),
            tar({f"/{name}": b"x"}),
            tar_of(entry(name, kind=tarfile.SYMTYPE, link="/etc/passwd")),
            zipped({f"a/../../{name}": b"x"}),
            b"",
            b"no archive",
        )
    ):
        result = run(written(tmp_path, data, str(number)))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"tlseku: {tmp_path}")
        assert result.stderr.count("\n") == 1


def test_roles_that_nobody_knows(tmp_path: Path) -> None:
    path = as_directory(tmp_path, only(CORE, "client"))
    result = run(path, "--peer", path)
    assert result.exit_code == 2
    assert result.stderr.startswith("tlseku: nobody can tell which node is the Core: ")
    assert "--role" in result.stderr
    assert run(path, "--peer", path, "--role", "core").exit_code == 0


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    (log,) = only(CORE, "logging")
    line = (
        b'2026-03-24T09:12:01+00:00 e tvcs: Event="Inbound TLS Negotiation Error" Detail="\x1b[31mred\x07"\n'
    )
    path = as_directory(tmp_path, {log: line})
    assert "\x1b" not in run(path).stdout
    assert "\\x1b[31mred\\x07" in run(path).stdout


def test_another_snapshot_is_said(tmp_path: Path) -> None:
    later = {name.replace("2026-03-27_09", "2026-03-28_09"): data for name, data in CORE.items()}
    (node,) = found_in(as_directory(tmp_path, CORE | later))["nodes"]  # type: ignore[misc]
    assert node["time"].startswith("2026-03-28")
    assert node["warnings"] == [
        f"another snapshot in it is left out: vcs8c, 2026-03-27_09_15_01, {len(CORE)} files"
    ]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (log,) = only(CORE, "logging")
    line = b'2026-03-24T09:12:01+00:00 e tvcs: Event="Inbound TLS Negotiation Error" Detail="\xff\xfe"\n'
    path = as_directory(tmp_path, {log: line})
    (node,) = found_in(path)["nodes"]  # type: ignore[misc]
    assert len(node["log"]["entries"]) == 1
    assert run(path).exit_code == 0


def test_a_copy_of_persistent_certs_is_a_bundle(tmp_path: Path) -> None:
    files = {"server.pem": SERVER.pem, "ca.pem": CA2.pem, "privkey.pem": b"no certificate"}
    old = run(as_directory(tmp_path / "certs", files))
    assert old.exit_code == 0
    assert "there is no client.pem beside server.pem: x15.4 or earlier" in " ".join(old.stdout.split())
    new = found_in(as_directory(tmp_path / "new", {**files, "client.pem": SERVER.pem}))
    (node,) = new["nodes"]  # type: ignore[misc]
    assert (node["release"], node["stores"]["client"]["serial"]) == ("x15.5", "51")


def test_peers_may_be_repeated_or_come_in_one_archive(tmp_path: Path) -> None:
    core, edge = committed("test-case-1", "core"), files_of("test-case-1", "edge")
    other = {name.replace("smartslave", "second"): data for name, data in edge.items()}
    together = tmp_path / "both.zip"
    together.write_bytes(zipped({"one.tar.gz": tar(edge), "two.tar.gz": tar(other)}))
    found = found_in(core, "--peer", str(together))
    assert [node["host"] for node in found["nodes"]] == ["vcs8c", "second", "smartslave"]  # type: ignore[index, attr-defined]
    assert [pair["edge"] for pair in [found["pair"], *found["more_pairs"]]] == ["second", "smartslave"]  # type: ignore[misc, index, attr-defined]
    apart = found_in(
        core, "--peer", committed("test-case-1", "edge"), "--peer", committed("test-case-2", "edge")
    )
    assert len(apart["nodes"]) == 3  # type: ignore[arg-type]
    assert [one["text"].rpartition(" differ in ")[2] for one in apart["cluster"]] == [  # type: ignore[union-attr, attr-defined]
        "checking mode: On on smartslave, Off on smartslave"
    ]


def test_the_day_may_be_named() -> None:
    pair = committed("condition-2.1", "core"), "--peer", committed("condition-2.1", "edge")
    zones = [
        found_in(*pair, *more)["pair"]["prediction"]["outcomes"]["uc_zone"]["outcome"]  # type: ignore[index]
        for more in ((), ("--on", "2030-01-01"))
    ]
    assert zones == ["active", "failed"]
