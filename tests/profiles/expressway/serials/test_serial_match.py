"""``tlseku match``: equal as integers or not at all, whatever the kind of file."""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tests.builder import build, ca
from tests.schemas import schema
from tlseku.cli import main
from tlseku.profiles.expressway.archive.file_kind import kind_of_file
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.serials.match_files import search
from tlseku.profiles.expressway.serials.serial_match import in_log, in_store, issuers_of
from tlseku.scanning import read
from tlseku.x509.serial import Serial, read_serial

CAPTURES = Path(__file__).resolve().parents[4] / "captures"
BUNDLES = CAPTURES / "bundles"
SCENARIO_1 = "2f0000004c869c77c8981becde00000000004c"
SCENARIO_2 = "46:df:76:aa:00:00:00:00:00:29"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["match", *args], prog_name="tlseku")


def serial(text: str) -> Serial:
    found = read_serial(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "spelling",
    [
        SCENARIO_2,
        "46DF76AA000000000029",
        "0x46df76aa000000000029",
        "46-df-76-aa-00-00-00-00-00-29",
        "00 46 df 76 aa 00 00 00 00 00 29",
    ],
)
def test_every_spelling_matches(spelling: str) -> None:
    done = run("--width", "240", "--serial", spelling, str(CAPTURES / "scenario2.pcap.gz"))
    assert done.exit_code == 0
    assert "serial 46df76aa000000000029: 1 match\n" in done.stdout
    assert "frame 742" in done.stdout
    assert "by the server" in done.stdout


@pytest.mark.parametrize(
    ("spelling", "file", "hints", "warned"),
    [
        ("46:df:76:aa:00:00:00:00:29", "scenario2.pcap.gz", 1, False),
        ("2f0000004c869c77c8981becde0000000004c", "scenario1.pcap.gz", 1, True),
        ("46df76aa000000000028", "scenario2.pcap.gz", 2, False),
        ("46df76aa000000000099", "test-case-1.pcap", 0, False),
        ("123", "scenario2.pcap.gz", 0, True),
    ],
)
def test_near_misses_are_hints_and_no_matches(spelling: str, file: str, hints: int, warned: bool) -> None:
    done = run("--serial", spelling, "-T", "json", str(CAPTURES / file))
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    Draft202012Validator(schema("match")).validate(found)
    assert (found["found"], found["matches"], len(found["hints"])) == (False, [], hints)
    assert (found["warning"] is not None) is warned
    assert ("odd number" in done.stderr) is warned
    assert all(one["hint"] for one in found["hints"])


def test_the_json_of_a_match() -> None:
    done = run("--serial", SCENARIO_1, "-T", "json", str(CAPTURES / "scenario1.pcap.gz"))
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    Draft202012Validator(schema("match")).validate(found)
    (one,) = found["matches"]
    assert (one["kind"], one["at"], one["role"], one["depth"]) == ("presented", 13718, "client", 0)
    assert one["client"] == {"ip": "10.106.80.31", "port": 25003}
    assert one["hint"] is None


BUNDLE_ROWS = [
    ("test-case-1-core.tar.gz", "40019d11c07b52e8936af4410d2b7c31", {"presented": 1, "store": 2}),
    ("test-case-1-edge.tar.gz", "40019d11c07b52e8936af4410d2b7c31", {"presented": 1}),
    ("test-case-2-core.tar.gz", "40019d11c07b52e8936af4410d2b7c31", {"presented": 1, "store": 2}),
    (
        "condition-2.1-edge.zip",
        "40019d11ca5e02b7613f9c8840e1d726",
        {"presented": 1, "ssh host key": 1, "store": 2},
    ),
    ("condition-2.1-core.tar.gz", "40019d11c93d18f4a2770be54c6d9f05", {"store": 1}),
    ("condition-2.1-core.tar.gz", "40019d11c07b52e8936af4410d2b7c31", {}),
]


@pytest.mark.parametrize(("name", "wanted", "kinds"), BUNDLE_ROWS)
def test_bundles(name: str, wanted: str, kinds: dict[str, int]) -> None:
    found = search(serial(wanted), [str(BUNDLES / name)])
    assert Counter(one.kind for one in found.matches) == kinds
    assert found.problems == ()


def test_a_directory_is_a_bundle_and_its_second_file_has_the_frame(tmp_path: Path) -> None:
    with tarfile.open(BUNDLES / "test-case-2-core.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    found = search(serial("40019d11c07b52e8936af4410d2b7c31"), [str(tmp_path)])
    (presented,) = (one for one in found.matches if one.kind == "presented")
    assert "tcpdump01" in presented.file
    assert presented.at == 2


def test_a_file_of_certificates(tmp_path: Path) -> None:
    (tmp_path / "two.pem").write_bytes(build(serial=0x51).pem + build(serial=0x52).pem)
    found = search(serial("52"), [str(tmp_path / "two.pem")])
    (one,) = found.matches
    assert (one.kind, one.at) == ("store", 2)


LOG_ROWS = [
    ('Serial="46:DF:76:AA:00:00:00:00:00:29"', [None]),
    ('Certificate-Serial-Number="46df76aa000000000029"', [None]),
    ('Detail="certificate with serial number 46df76aa000000000029 refused"', [None]),
    ("serial: 46df76aa000000000029", [None]),
    ('Serial="46:df:76:aa:00:00:00:00:29"', ["only runs of zeros differ in length"]),
    ('Detail="46df76aa000000000029"', []),
    ('Detail="serial killer 46df76aa000000000029"', []),
    ('Serial="unknown"', []),
    ('Serial="46df76aa00000000002900"', ["2 digits differ"]),
    ('Detail="serialized 46df76aa000000000029"', []),
]


@pytest.mark.parametrize(("said", "hints"), LOG_ROWS, ids=[row[0] for row in LOG_ROWS])
def test_logs(tmp_path: Path, said: str, hints: list[str | None]) -> None:
    path = tmp_path / "log.txt"
    path.write_text(f'2026-03-24T11:54:26.106+00:00 edge tvcs: {said} Level="INFO"\n')
    with path.open("rb") as stream:
        found = list(in_log(serial(SCENARIO_2), LogReader(stream), "log.txt"))
    assert [one.hint for one in found] == hints
    assert {one.at for one in found} <= {1}
    assert len(search(serial(SCENARIO_2), [str(path)]).matches) == hints.count(None)


def test_a_file_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "bad.pcap").write_bytes(b"\0" * 100)
    done = run(
        "--serial",
        SCENARIO_2,
        str(tmp_path / "bad.pcap"),
        str(tmp_path / "none"),
        str(CAPTURES / "scenario2.pcap.gz"),
    )
    assert done.exit_code == 2
    assert "1 match\n" in done.stdout
    assert done.stderr.count("tlseku: ") == 2


@pytest.mark.parametrize("text", ["", "xyz", "0x", "46:zz"])
def test_what_is_no_serial_is_a_usage_error(text: str) -> None:
    done = run("--serial", text, str(CAPTURES / "scenario2.pcap.gz"))
    assert done.exit_code == 2
    assert "is not a serial number" in done.stderr


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("scenario1.pcap.gz", "capture"),
        ("tls13.pcap", "capture"),
        ("bundles/test-case-1-core.tar.gz", "bundle"),
        ("bundles/condition-2.1-edge.zip", "bundle"),
        ("bundles", "bundle"),
        ("README.md", "log"),
    ],
)
def test_kinds_of_files(name: str, kind: str) -> None:
    assert kind_of_file(str(CAPTURES / name)) == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (build().pem, "certificates"),
        (build().der, "certificates"),
        (b"", "capture"),
        (b"\x1f\x8b", "capture"),
        (b"\x1f\x8bnot gzip at all", "capture"),
        (b"\x28\xb5\x2f\xfd", "capture"),
        (b"some text\n", "log"),
    ],
)
def test_kinds_of_bytes(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "file").write_bytes(data)
    assert kind_of_file(str(tmp_path / "file")) == kind
    # Whatever it is, nothing is raised for it.
    search(serial("51"), [str(tmp_path / "file")])


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(BundleError):
        kind_of_file("no such file")


def test_captures_are_not_judged_for_it() -> None:
    (flow,) = read(str(CAPTURES / "scenario1.pcap.gz"), rule_books=())
    assert [dict(one.rule_books) for one in flow.presented] == [{}, {}]


def test_one_serial_of_two_issuers() -> None:
    found = [
        one
        for name in ("One", "Two")
        for one in in_store(Serial(7, "07"), [build(issuer=ca(name), serial=7).certificate()], name)
    ]
    assert issuers_of(found) == ("CN=One", "CN=Two")
    assert issuers_of(found[:1]) == ("CN=One",)
    assert [one.issuer for one in found] == ["CN=One", "CN=Two"]


@pytest.mark.parametrize(
    ("line", "hints"),
    [
        ('Detail="peer 0x46df76aa00000000003b refused"', ["written as 0x"]),
        ('Detail="serial 0x46df76aa00000000003b"', [None]),
        ('Detail="serial=46DF76AA00000000003B and 0x46df76aa00000000003b"', [None]),
        ('Detail="46df76aa00000000003b"', []),
        ('Detail="0x46df76aa"', []),
    ],
)
def test_bare_numbers_of_documents_are_hints(line: str, hints: list[str | None]) -> None:
    log = f"2026-03-24T11:54:26.106+00:00 edge tvcs: {line}\n".encode()
    wanted = read_serial("46df76aa00000000003b")
    assert wanted is not None
    found = [one.hint for one in in_log(wanted, LogReader(io.BytesIO(log)), "x")]
    assert [None if one is None else one[:13] for one in found] == hints
