"""The command line on real captures: the golden scenarios, every format on every file, streams that go on."""

from __future__ import annotations

import gzip
import json
import select
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Run
from tests.schemas import schema
from tlseku.output.records.table_rows import SCHEMAS

OWN = Path(__file__).resolve().parents[2] / "captures"
FOREIGN = OWN.parents[1] / "shared" / "captures"
CAPTURES = sorted([*OWN.glob("*.pcap*"), *(FOREIGN.glob("*.pcap*") if FOREIGN.is_dir() else ())])
VALIDATORS = {
    "flows": Draft202012Validator(schema("flow")),
    "certs": Draft202012Validator(schema("certificate")),
    "requests": Draft202012Validator(schema("request")),
}
FULL = Draft202012Validator(schema("full-flow"))
every_capture = pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)


def documents(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@every_capture
@pytest.mark.parametrize("command", VALIDATORS)
def test_every_object_is_valid(path: Path, command: str, run: Run) -> None:
    result = run(command, "-T", "ndjson", str(path))
    assert result.exit_code == 0
    for document in documents(result.stdout):
        VALIDATORS[command].validate(document)


@every_capture
def test_every_full_object_is_valid(path: Path, run: Run) -> None:
    result = run("flows", "-T", "ndjson", "--full", str(path))
    assert result.exit_code == 0
    for document in documents(result.stdout):
        FULL.validate(document)


@every_capture
@pytest.mark.parametrize("what", SCHEMAS)
def test_every_row_is_valid(path: Path, what: str, run: Run) -> None:
    result = run("flows", "-T", "ndjson", "--rows", what, str(path))
    assert result.exit_code == 0
    validator = Draft202012Validator(schema(SCHEMAS[what].split("/")[1]))  # type: ignore[arg-type, index]
    for document in documents(result.stdout):
        validator.validate(document)


@every_capture
def test_tables_fit_and_are_clean(path: Path, run: Run) -> None:
    for command in VALIDATORS:
        for width in (80, 160):
            text = run(command, "--width", str(width), str(path)).stdout
            assert max(map(len, text.splitlines())) <= width
            assert text.replace("\n", "").isprintable()


@every_capture
def test_every_flow_has_a_story(path: Path, run: Run) -> None:
    for document in documents(run("flows", "-T", "ndjson", str(path)).stdout):
        result = run("show", str(path), str(document["flow"]))
        assert (result.exit_code, result.stderr.count("Traceback")) == (0, 0)
        assert result.stdout.startswith(f"Flow {document['flow']} of ")


def test_scenario_1(run: Run) -> None:
    text = run("show", "--width", "200", str(OWN / "scenario1.pcap.gz"), "1").stdout
    for step in (
        "  1. 10.106.80.31 sends ClientHello (frame 13699)\n",
        "  2. 163.129.37.32 sends ServerHello (frame 13701)\n",
        "  3. 163.129.37.32 sends Certificate (frame 13711, segments 13703, 13705, 13707, 13709, 13711)\n",
        "  4. 163.129.37.32 sends ServerKeyExchange (frame 13713)\n",
        "  5. 163.129.37.32 sends CertificateRequest and ServerHelloDone (frame 13715): asks for a client certificate",
        "  6. 10.106.80.31 sends Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec and an encrypted"
        " handshake message (frame 13718, segments 13717, 13718)\n",
        "         serial    2f0000004c869c77c8981becde00000000004c\n",
    ):
        assert step in text


def test_scenario_2(run: Run) -> None:
    text = run("flows", str(OWN / "scenario2.pcap.gz")).stdout
    assert "10.106.80.15:" in text
    assert "frame 742  ✓ server  outbound  ok            EKU serverAuth, clientAuth\n" in text
    assert "serial 46df76aa000000000029" in text
    assert "frame 744  ✓ client  inbound   ok " in text


@pytest.mark.parametrize(
    ("name", "word", "code"),
    [
        ("test-case-1.pcap", "wrong", 1),
        ("test-case-1.pcap", "refused", 1),
        ("test-case-2.pcap", "refused", 0),
        ("test-case-3.pcap", "wrong,refused,any,empty,declined", 0),
        ("declined.pcap", "declined", 1),
        ("any-eku.pcap", "any", 1),
        ("no-eku.pcap", "unrestricted", 1),
        ("tls13.pcap", "hidden", 1),
        ("tls13.pcap", "wrong,refused,incomplete", 0),
    ],
)
def test_exit_codes(name: str, word: str, code: int, run: Run) -> None:
    assert run("flows", "--fail-on", word, str(OWN / name)).exit_code == code


def test_standard_input_is_a_capture_like_any_other(run: Run) -> None:
    path = OWN / "scenario2.pcap.gz"
    by_name = documents(run("flows", "-T", "json", str(path)).stdout.replace("[\n", "").replace("\n]", ""))
    through_pipe = documents(
        run("flows", "-T", "json", "-", input=path.read_bytes()).stdout.replace("[\n", "").replace("\n]", "")
    )
    assert through_pipe == [{**document, "file": "-"} for document in by_name]


def test_flows_count_on_over_files_and_a_bad_one_is_named(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pcap"
    bad.write_bytes(b"not a capture at all")
    for merge in ((), ("--merge",)):
        result = run(
            "flows",
            "-T",
            "ndjson",
            *merge,
            str(OWN / "no-eku.pcap"),
            str(bad),
            "-r",
            str(OWN / "any-eku.pcap"),
        )
        assert result.exit_code == 2
        assert [document["flow"] for document in documents(result.stdout)] == [1, 2]
        assert result.stderr.count(f"tlseku: {bad}: offset 0: ") == 1


def test_nothing_to_merge_is_left(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pcap"
    bad.write_bytes(b"not a capture at all")
    for form in ("json", "ndjson"):
        result = run("flows", "--merge", "-T", form, "--local", "10.0.0.1", str(bad), str(bad))
        assert (result.exit_code, result.stdout) == (2, "[]\n" if form == "json" else "")


def test_a_cut_capture_warns_and_yields_what_is_whole(run: Run, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((OWN / "test-case-1.pcap").read_bytes()[:6000])
    result = run("flows", str(cut))
    assert result.exit_code == 0
    assert result.stderr.startswith(f"tlseku: warning: {cut}: offset ")
    assert "40019d11c2f06a7d15b8e3920c4d5e62" in result.stdout


def test_a_file_named_with_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.pcap"
    try:
        path.write_bytes((OWN / "no-eku.pcap").read_bytes())
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system wants text")
    done = subprocess.run(
        [sys.executable, "-m", "tlseku", "flows", path], cwd=OWN.parent, capture_output=True, check=True
    )
    assert done.stdout.decode().split("2026")[0].rstrip().endswith("a\\xff.pcap")


def test_ndjson_from_a_pipe_comes_as_flows_end() -> None:
    """The second capture's packets are later, so the first one's flow has ended although the pipe stays open."""
    first, second = ((OWN / name).read_bytes() for name in ("no-eku.pcap", "declined.pcap"))
    with subprocess.Popen(
        [sys.executable, "-m", "tlseku", "flows", "-T", "ndjson", "-"],
        cwd=OWN.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(first + second[24:])
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 30)
        assert ready, "no flow came while the pipe was open"
        line = process.stdout.readline()
        assert json.loads(line)["client_cert"]["verdict"] == "unrestricted"
        process.stdin.close()
        rest = process.stdout.read()
    assert [document["flow"] for document in documents(rest.decode())] == [2]


def test_a_gzip_file_is_found_by_its_bytes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "plain-name.pcap"
    path.write_bytes(gzip.compress((OWN / "tls13.pcap").read_bytes()))
    assert "hidden: server certificate" in run("flows", str(path)).stdout
