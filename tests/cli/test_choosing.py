"""-Y, -c, -n, -e and -w on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.staged import Stage
from tests.output.samples import REFUSED
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import flow_line

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SCENARIO = str(CAPTURES / "scenario2.pcap.gz")


def test_a_filter_chooses_flows_and_the_summary_says_how_many(stage: Stage, run: Run) -> None:
    result = run("flows", "-T", "ndjson", "-Y", "tls.client.verdict == wrong", "x")
    assert result.stdout == f"{to_json(flow_line(REFUSED))}\n"
    assert "tlseku: 1 of 7 TLS flows in 9 TCP connections (1 ok, 1 wrong);" in result.stderr


def test_a_filter_decides_what_fail_on_sees(stage: Stage, run: Run) -> None:
    assert run("flows", "--fail-on", "wrong", "x").exit_code == 1
    assert run("flows", "--fail-on", "wrong", "-Y", "flow.number != 2", "x").exit_code == 0


def test_a_filter_that_fits_nothing(stage: Stage, run: Run) -> None:
    result = run("flows", "-Y", "flow.number > 100", "x")
    assert (result.exit_code, result.stdout.startswith("0 of 7 TLS flows")) == (0, True)


def test_a_mistake_is_pointed_at_and_nothing_is_read(stage: Stage, run: Run) -> None:
    result = run("flows", "-Y", "tls.sni and tls.vedict == ok", "x")
    assert (result.exit_code, result.stdout, stage.calls) == (2, "", [])
    assert result.stderr == (
        "tlseku: filter: column 13: there is no field 'tls.vedict'; did you mean tls.verdict"
        " or tls.server.verdict or tls.client.verdict?\n"
        "  tls.sni and tls.vedict == ok\n"
        "              ^\n"
    )


def test_the_caret_stands_right_in_long_and_hostile_text(stage: Stage, run: Run) -> None:
    result = run("flows", "-Y", 'tls.sni == "\x1b[31m例え"' + " or tls.sni == a" * 20 + " or nix", "x")
    _, piece, caret = result.stderr.splitlines()
    assert piece[caret.index("^") :] == "nix"
    assert len(piece) < 80
    short = run("flows", "-Y", 'tls.sni == "\x1b例え" nix', "x").stderr.splitlines()
    assert short[1:] == ['  tls.sni == "\\x1b例え" nix', " " * 24 + "^"]


def test_certificates_one_by_one(stage: Stage, run: Run) -> None:
    seen = json.loads(run("certs", "-T", "json", "-Y", "x509.is_ca == true and tls.sni", "x").stdout)
    assert [one["subject"] for one in seen] == ["CN=Example Public Issuing CA 1,O=Example,C=US"]
    seen = json.loads(run("certs", "-T", "json", "-Y", "flow.number == 5", "x").stdout)
    assert [one["places"][0]["sightings"][0]["flow"] for one in seen] == [5, 5]


def test_requests(stage: Stage, run: Run) -> None:
    result = run("requests", "-T", "ndjson", "-Y", "tls.request.answer == empty", "x")
    assert [json.loads(line)["flow"] for line in result.stdout.splitlines()] == [4]
    assert "tlseku: 1 request; 1 of 7 TLS flows" in result.stderr


@pytest.mark.parametrize("command", ["flows", "certs", "requests"])
def test_the_limit_reaches_the_library_and_n_changes_nothing(stage: Stage, run: Run, command: str) -> None:
    plain = run(command, "x")
    assert run(command, "-n", "x").stdout == plain.stdout
    assert run(command, "-c", "7", "x").exit_code == 0
    assert stage.max_packets == 7


@pytest.mark.parametrize(("limit", "packets"), [(1, 1), (740, 740), (100_000, 755)])
def test_no_more_packets_are_read(run: Run, limit: int, packets: int) -> None:
    result = run("flows", "-T", "csv", "-c", str(limit), SCENARIO)
    assert result.exit_code == 0
    assert f"; {packets:,} packet" in result.stderr


def test_the_limit_holds_over_all_captures(run: Run) -> None:
    result = run(
        "flows", "-T", "csv", "-c", "4", str(CAPTURES / "no-eku.pcap"), str(CAPTURES / "declined.pcap")
    )
    assert "; 4 packets read" in result.stderr


def test_columns_as_a_table(stage: Stage, run: Run) -> None:
    result = run("flows", "-e", "flow.number,tls.version", "-e", "tls.verdict", "-Y", "flow.number < 4", "x")
    assert result.stdout == (
        "flow.number  tls.version  tls.verdict\n"
        "1            TLS 1.2      ok; ok\n"
        "2            TLS 1.2      ok; wrong\n"
        "3            TLS 1.3\n"
    )


def test_columns_as_csv_and_tsv(stage: Stage, run: Run) -> None:
    args = ("-e", "tls.client.x509.serial", "-e", "tls.sni", "x")
    table = run("flows", "-T", "csv", *args).stdout
    rows = list(csv.reader(io.StringIO(table)))
    assert rows[:3] == [
        ["tls.client.x509.serial", "tls.sni"],
        ["0x2f0000004c869c77c8981becde00000000004c", "l2sip-cfa-01.example.com"],
        ["0x9c", "far.example"],
    ]
    assert rows[7][1].startswith("'=cmd()|\\x1b[31m")
    lines = run("flows", "-T", "tsv", *args).stdout.splitlines()
    assert [line.split("\t") for line in lines] == rows


def test_columns_as_json(stage: Stage, run: Run) -> None:
    first = json.loads(
        run("flows", "-T", "ndjson", "-e", "tcp.port,tls.resumed,tls.alert", "x").stdout.splitlines()[0]
    )
    assert first == {"tcp.port": [25003, 5061], "tls.resumed": [False], "tls.alert": []}
    assert stage.books == ()


def test_columns_of_certificates(run: Run) -> None:
    args = ("-T", "csv", "-e", "x509.serial,x509.eku,flow.number", "-Y", "x509.is_ca == false", SCENARIO)
    assert run("certs", *args).stdout == (
        "x509.serial,x509.eku,flow.number\n"
        "0x46df76aa000000000029,serverAuth; clientAuth,1\n"
        "0x46df76aa000000000017,serverAuth; clientAuth,1\n"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("flows", "-e", "nix", "x"), "there is no field 'nix'; tlseku fields lists them"),
        (("flows", "-e", "", "x"), "there is no field ''; tlseku fields lists them"),
        (("flows", "-c", "0", "x"), "0 is not in the range x>=1"),
    ],
)
def test_wrong_usage(stage: Stage, run: Run, args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout, stage.calls) == (2, "", [])
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["flows", "certs", "requests"])
def test_what_is_written_to_a_file_is_what_would_be_printed(
    stage: Stage, run: Run, tmp_path: Path, command: str
) -> None:
    for form in ("table", "json", "ndjson", "csv"):
        target = tmp_path / form
        result = run(command, "-T", form, "-w", str(target), "x")
        assert (result.exit_code, result.stdout) == (0, "")
        assert target.read_text(encoding="utf-8") == run(command, "-T", form, "-w", "-", "x").stdout


def test_a_capture_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    capture = tmp_path / "capture.pcap"
    capture.write_bytes((CAPTURES / "no-eku.pcap").read_bytes())
    link = tmp_path / "link.pcap"
    link.symlink_to(capture)
    result = run("flows", "-w", str(link), str(capture))
    assert result.exit_code == 2
    assert "would overwrite what is to be read" in result.stderr
    assert capture.read_bytes() == (CAPTURES / "no-eku.pcap").read_bytes()


def test_a_file_that_cannot_be_written(stage: Stage, run: Run, tmp_path: Path) -> None:
    result = run("flows", "-w", str(tmp_path / "no" / "file"), "x")
    assert result.exit_code == 2
    assert result.stderr.endswith("file: cannot write it: No such file or directory\n")


def test_wrong_usage_leaves_an_older_file_alone(stage: Stage, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "old"
    target.write_text("old", encoding="utf-8")
    assert run("flows", "-w", str(target), "-Y", "nix", "x").exit_code == 2
    assert run("flows", "-w", str(target), "--rule-books", "nix", "x").exit_code == 2
    assert target.read_text(encoding="utf-8") == "old"


def test_a_filter_chooses_what_sunset_and_diagnose_look_at(stage: Stage, run: Run) -> None:
    everything = json.loads(run("sunset", "-T", "json", "x").stdout)
    chosen = json.loads(run("sunset", "-T", "json", "-Y", "ip.addr == 10.0.0.0/8", "x").stdout)
    assert {host["host"] for host in chosen} == {"10.106.80.31"}
    assert {host["host"] for host in everything} > {"10.106.80.31"}
    assert run("diagnose", "-Y", "flow.number > 100", "x").stdout != run("diagnose", "x").stdout
