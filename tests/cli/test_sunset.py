"""``tlseku sunset``: captures and certificate files, the timeline, the exit codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.builder import Built, build, ca
from tests.cli.conftest import Run
from tests.conftest import PROJECT
from tests.schemas import schema

OWN = PROJECT / "captures"
ROOT = ca("Private Root")
ISSUING = ca("Private Issuing", issuer=ROOT)
LEAF = build(issuer=ISSUING)

VALIDATOR = Draft202012Validator(schema("sunset"))


def pem(directory: Path, *built: Built) -> str:
    file = directory / f"{len(list(directory.iterdir()))}.pem"
    file.write_bytes(b"".join(one.pem for one in built))
    return str(file)


def documents(run: Run, *args: str) -> list[dict[str, object]]:
    result = run("sunset", "-T", "ndjson", *args)
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    for document in found:
        VALIDATOR.validate(document)
    return found


@pytest.mark.parametrize("path", sorted(OWN.glob("*.pcap*")), ids=lambda path: path.name)
def test_own_captures(run: Run, path: Path) -> None:
    for document in documents(run, str(path)):
        # Where the only client certificate is hidden there is no host, and that is said.
        assert bool(document["client"]) == (path.name != "tls13.pcap")
    array = json.loads(run("sunset", "-T", "json", str(path)).stdout)
    assert array == documents(run, str(path))
    for width in (80, 160):
        page = run("sunset", "--width", str(width), str(path)).stdout
        assert max(map(len, page.splitlines())) <= width


def test_scenario_1(run: Run) -> None:
    (document,) = documents(run, str(OWN / "scenario1.pcap.gz"))
    (client,) = document["client"]  # type: ignore[misc]
    assert document["host"] == "10.106.80.31"
    assert client["serial"] == "2f0000004c869c77c8981becde00000000004c"
    assert (client["issuer_kind"], client["renewal"]["outcome"]) == ("private", "not_affected")
    assert client["renewal"]["on"] == client["not_after"][:10]


def test_hosts_over_several_captures(run: Run) -> None:
    files = [str(OWN / f"test-case-{number}.pcap") for number in (1, 2)]
    (document,) = documents(run, *files)
    (client,) = document["client"]  # type: ignore[misc]
    assert (document["host"], client["verdict"]) == ("10.106.80.16", "wrong")
    assert [sighting["flow"] for sighting in client["sightings"]] == [1, 2]


def test_hidden_certificates_are_counted(run: Run) -> None:
    result = run("sunset", str(OWN / "tls13.pcap"))
    assert result.exit_code == 0
    assert "0 client certificates in 0 places; 1 flow may hide one; 1 TLS flow in" in result.stdout


def test_a_real_public_certificate(run: Run, shared_captures: Path) -> None:
    (document,) = documents(run, "--on", "2030-01-01", str(shared_captures / "zeek-client-certificate.pcap"))
    (client,) = document["client"]  # type: ignore[misc]
    assert (client["issuer_kind"], client["public_issuer"]) == ("public", True)
    assert client["public_root"].startswith("CN=Actalis Authentication Root CA,")
    # It is a certificate for persons, and the statements do not speak about those.
    assert client["renewal"]["outcome"] == "unknown"
    assert client["renewal"]["reason"].startswith("it is no certificate for TLS servers")


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2026-01-01", "clientAuth ends on 2026-05-01 at the earliest"),
        (
            "2026-12-31",
            "clientAuth ends between 2026-05-01 and 2027-03-15, and the sources do not agree when",
        ),
        ("2027-03-15", "a public CA leaves clientAuth out from 2027-03-15 at the latest"),
    ],
)
def test_on_a_day(run: Run, tmp_path: Path, on: str, said: str) -> None:
    (document,) = documents(run, "--on", on, pem(tmp_path, build(issuer="Somebody")))
    (client,) = document["client"]  # type: ignore[misc]
    assert (client["renewal"]["on"], client["renewal"]["outcome"]) == (on, "unknown")
    assert client["renewal"]["reason"] == f"whether the issuer is public is not known; if it is: {said}"


def test_certificate_files_and_ca(run: Run, tmp_path: Path) -> None:
    leaf, above = pem(tmp_path, LEAF), pem(tmp_path, ISSUING, ROOT)
    (document,) = documents(run, leaf)
    (client,) = document["client"]  # type: ignore[misc]
    assert (document["host"], document["file"], client["issuer_kind"]) == (None, leaf, "unknown")
    (document,) = documents(run, "--ca", above, leaf)
    (client,) = document["client"]  # type: ignore[misc]
    assert (client["issuer_kind"], client["renewal"]["outcome"]) == ("private", "not_affected")


def test_captures_and_files_together(run: Run, tmp_path: Path) -> None:
    found = documents(run, pem(tmp_path, LEAF), str(OWN / "no-eku.pcap"))
    assert [document["host"] for document in found] == ["192.0.2.10", None]


def test_only_some_hosts(run: Run) -> None:
    files = [str(OWN / name) for name in ("no-eku.pcap", "test-case-1.pcap")]
    assert [one["host"] for one in documents(run, "--local", "10.0.0.0/8", *files)] == ["10.106.80.16"]
    assert documents(run, "--local", "203.0.113.1", *files) == []


def test_csv(run: Run) -> None:
    result = run("sunset", "-T", "csv", str(OWN / "no-eku.pcap"))
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["host"], row["eku"], row["issuer_kind"]) == ("192.0.2.10", "none", "private")
    assert result.stderr.startswith("tlseku: 1 client certificate in 1 place; 1 TLS flow in")


def test_another_timeline(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "mine.toml"
    table.write_text('schema = "tlseku/timeline/1"\nas_of = 2030-01-01\nentry = []\n', encoding="utf-8")
    (document,) = documents(run, "--timeline", str(table), pem(tmp_path, build(issuer="Somebody")))
    (client,) = document["client"]  # type: ignore[misc]
    assert document["timeline"] == {"name": str(table), "as_of": "2030-01-01"}
    assert client["renewal"]["reason"].endswith("the timeline says nothing about when clientAuth ends")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"= 1", "not TOML: "),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"x = 1", "schema is missing"),
        (None, "cannot open it: No such file or directory"),
    ],
)
def test_a_timeline_that_cannot_be_used(
    run: Run, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    table = tmp_path / "t.toml"
    if content is not None:
        table.write_bytes(content)
    result = run("sunset", "--timeline", str(table), str(OWN / "no-eku.pcap"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"tlseku: {table}: {problem}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--ca", "not-here.pem"), "not-here.pem: cannot open it: No such file or directory"),
        (("--ca", str(OWN / "no-eku.pcap")), "neither PEM nor DER"),
        (("--on", "tomorrow"), "'tomorrow' does not match the format '%Y-%m-%d'"),
        (("--on", "2026-02-30"), "'2026-02-30' does not match the format"),
        (("--local", "host"), "'host' is neither an IP address nor a network"),
    ],
)
def test_wrong_options(run: Run, args: tuple[str, ...], problem: str) -> None:
    result = run("sunset", *args, str(OWN / "no-eku.pcap"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_one_bad_file_does_not_hide_the_others(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    result = run("sunset", "-T", "ndjson", str(bad), str(OWN / "no-eku.pcap"))
    assert (result.exit_code, len(result.stdout.splitlines())) == (2, 1)
    assert result.stderr.startswith(f"tlseku: {bad}: CERTIFICATE block 1 has no END line\n")
    capture = tmp_path / "bad.pcap"
    capture.write_bytes(b"nothing")
    result = run("sunset", "-T", "ndjson", str(capture), pem(tmp_path, LEAF))
    assert (result.exit_code, len(result.stdout.splitlines())) == (2, 1)
    assert result.stderr.startswith(f"tlseku: {capture}: ")


@pytest.mark.parametrize("content", [(OWN / "no-eku.pcap").read_bytes(), LEAF.pem], ids=["capture", "pem"])
def test_standard_input_may_be_either(content: bytes) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tlseku", "sunset", "-T", "ndjson", "-"],
        input=content,
        capture_output=True,
        check=True,
    )
    assert len(json.loads(result.stdout)["client"]) == 1


@pytest.mark.parametrize("by", ["certificate", "issuer"])
def test_rolled_up(run: Run, by: str) -> None:
    path = str(OWN / "scenario1.pcap.gz")
    (document,) = json.loads(run("sunset", "--by", by, "-T", "json", path).stdout)
    Draft202012Validator(schema("sunset-roll-up")).validate(document)
    assert (document["by"], document["certificates"], document["hosts"]) == (by, 1, ["10.106.80.31"])
    (row,) = csv.DictReader(io.StringIO(run("sunset", "--by", by, "-T", "csv", path).stdout))
    assert (row["by"], row["certificates"], row["places"]) == (by, "1", "1")
    assert run("sunset", "--by", by, "-T", "ndjson", path).stdout.count("\n") == 1
    page = run("sunset", "--by", by, path).stdout
    assert "1 client certificate in 1 place; 1 TLS flow in" in page
    assert ("issued    1 certificate in 1 place, 1 sighting" in page) == (by == "issuer")


def test_one_certificate_on_two_hosts_is_one(run: Run, tmp_path: Path) -> None:
    args = [pem(tmp_path, LEAF, ISSUING, ROOT), pem(tmp_path, LEAF, ISSUING, ROOT)]
    assert "1 client certificate in 2 places\n" in run("sunset", *args).stdout
    assert "used in   2 places:" in run("sunset", "--by", "certificate", *args).stdout
