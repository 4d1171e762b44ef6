"""Words that people type: a file without a command, a flow without a number, names of files that say what is in them."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import os
import sys
from pathlib import Path

import pytest

from tests.builder import build, ca
from tests.cli.conftest import Run
from tests.cli.test_streams import ESCAPES, in_terminal
from tlseku.cli import main
from tlseku.cli.group import COMMANDS

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
DECLINED = str(CAPTURES / "declined.pcap")
REFUSED = str(CAPTURES / "wrong-eku-refused.pcap")
ABOUT_ONE = ("explain", "show", "ladder", "chain")


def test_a_file_alone_is_what_flows_reads(run: Run) -> None:
    assert run(DECLINED).stdout == run("flows", DECLINED).stdout
    assert json.loads(run(DECLINED, "-T", "ndjson").stdout)["flow"] == 1


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("flow", "there is no command 'flow'; did you mean flows?"),
        ("Certs", "there is no command 'Certs'; did you mean certs?"),
        ("certificates", "there is no command 'certificates'; did you mean certs?"),
        ("explane", "there is no command 'explane'; did you mean explain?"),
        ("nothing.pcap", "nothing.pcap: there is no such file, and no such command"),
        ("xyzzyx", "there is no command 'xyzzyx'"),
    ],
)
def test_what_is_neither_is_told_with_what_is_near(run: Run, word: str, said: str) -> None:
    done = run(word)
    assert done.exit_code == 2
    assert done.stderr == f"tlseku: {said} (see tlseku --help)\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_h_is_help(run: Run, name: str) -> None:
    assert run(name, "-h").stdout == run(name, "--help").stdout


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_the_only_flow_is_meant(run: Run, name: str) -> None:
    done = run(name, DECLINED)
    assert done.exit_code == 0
    assert done.stderr == "tlseku: flow 1, the only one\n"
    assert done.stdout == run(name, DECLINED, "1").stdout


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_of_several_the_worst_is_meant(run: Run, name: str) -> None:
    done = run(name, DECLINED, REFUSED)
    assert done.stderr == "tlseku: flow 2 of 2: the worst (wrong); add a number for another one\n"
    assert done.stdout == run(name, DECLINED, REFUSED, "2").stdout


def test_where_nothing_is_wrong_it_is_the_first(run: Run) -> None:
    fine = str(CAPTURES / "test-case-3.pcap")
    said = run("show", "-Y", "tls.client.verdict == ok and not flow.outcome == refused", fine, fine).stderr
    assert said.startswith("tlseku: flow 1 of ")
    assert said.endswith("the first, and nothing is wrong with any; add a number for another one\n")


def test_a_filter_chooses_the_flow(run: Run) -> None:
    done = run("explain", "-Y", "tls.client.state == declined", "-r", REFUSED, "-r", DECLINED)
    assert done.stderr == "tlseku: flow 2, the only one that fits\n"
    none = run("explain", "-Y", "tls.client.state == hidden", REFUSED)
    assert (none.exit_code, none.stderr) == (2, "tlseku: no flow fits\n")


def test_a_number_behind_files(run: Run) -> None:
    assert run("show", "-r", DECLINED, "1").stdout == run("show", DECLINED, "1").stdout
    assert run("show", DECLINED, "7").stderr == "tlseku: there is no flow 7: the captures have 1 flow\n"
    assert "0 is no number of a flow" in run("show", DECLINED, "0").stderr
    assert "3 is the number of a flow, but of which file?" in run("show", "3").stderr
    assert "name a capture file" in run("show").stderr


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_json_is_all_that_is_said_of_the_flow(run: Run, name: str) -> None:
    (expected,) = json.loads(run("flows", "-T", "json", "--full", DECLINED, "--rule-books", "go").stdout)
    assert json.loads(run(name, "-T", "json", "--rule-books", "go", DECLINED).stdout) == expected


@pytest.mark.parametrize(
    ("command", "name", "begins"),
    [
        ("ladder", "x.svg", "<svg"),
        ("ladder", "x.json", "{"),
        ("ladder", "x.txt", "Flow 1"),
        ("explain", "x.txt", "Flow 1"),
        ("explain", "x", "Flow 1"),
        ("explain", "x.JSON", "{"),
    ],
)
def test_the_name_of_a_file_says_what_is_in_it(
    run: Run, tmp_path: Path, command: str, name: str, begins: str
) -> None:
    assert run(command, "-w", str(tmp_path / name), DECLINED).exit_code == 0
    assert (tmp_path / name).read_text("utf-8").lstrip().startswith(begins)


@pytest.mark.parametrize(
    ("command", "name", "said"),
    [
        ("ladder", "x.png", "what can be written ends with .svg, .json, .txt"),
        ("explain", "x.svg", "what can be written ends with .json, .txt"),
        ("report", "x.pdf", "a report is HTML"),
        ("flows", "x.xlsx", "nothing here writes .xlsx"),
        ("requests", "x.parquet", "this command has no format parquet; -T says another one"),
        ("flows", "x.ndjson.zst", "nothing here writes .zst; .gz is compressed"),
        ("extract", "x.pcapng.xz", "nothing here writes .xz; .gz is compressed"),
    ],
)
def test_what_cannot_be_written_is_refused(
    run: Run, tmp_path: Path, command: str, name: str, said: str
) -> None:
    done = run(command, "-o", str(tmp_path / name), DECLINED)
    assert done.exit_code == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_format_follows_the_name_unless_it_is_given(run: Run, tmp_path: Path) -> None:
    def written(name: str, *args: str) -> str:
        assert run(*args, "-w", str(tmp_path / name), DECLINED).exit_code == 0
        return (tmp_path / name).read_text("utf-8")

    assert written("a.csv", "flows") == run("flows", "-T", "csv", DECLINED).stdout
    assert written("b.csv", "flows", "-T", "tsv") == run("flows", "-T", "tsv", DECLINED).stdout
    assert written("c.JSONL", "certs") == run("certs", "-T", "ndjson", DECLINED).stdout
    assert written("d.json", "requests") == run("requests", "-T", "json", DECLINED).stdout
    assert written("e.log", "flows") == run("flows", DECLINED).stdout


@pytest.mark.parametrize("option", ["-w", "-o", "--write", "--output"])
def test_gz_is_compressed(run: Run, tmp_path: Path, option: str) -> None:
    first, second = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    for each in (first, second):
        assert run("flows", option, str(each), DECLINED).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    assert len(list(csv.reader(gzip.decompress(first.read_bytes()).decode().splitlines()))) == 3
    capture = tmp_path / "one.pcapng.gz"
    assert run("extract", DECLINED, option, str(capture)).exit_code == 0
    assert "declined with an empty list" in run("flows", str(capture)).stdout


def test_certificates_are_not_for_flows(run: Run, tmp_path: Path) -> None:
    root = ca()
    leaf = build(issuer=root)
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    request = (
        x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(leaf.key, hashes.SHA256())  # type: ignore[arg-type]
    )
    store = pkcs12.serialize_key_and_certificates(
        b"x",
        leaf.key,
        x509.load_der_x509_certificate(leaf.der),
        None,
        serialization.NoEncryption(),  # type: ignore[arg-type]
    )
    said = {
        "leaf.pem": (b"a leaf\n" + leaf.pem, "certificates in PEM, not a capture; what reads it: tlseku cert {}"),
        "leaf.der": (leaf.der, "DER data, such as a certificate, not a capture; what reads it: tlseku cert {}"),
        "leaf.csr": (
            request.public_bytes(serialization.Encoding.PEM),
            "a certificate request in PEM, not a capture; what reads it: tlseku cert {}",
        ),
        "csr.der": (
            request.public_bytes(serialization.Encoding.DER),
            "a certificate request in DER, not a capture; what reads it: openssl req -inform DER -in {} | tlseku cert -",
        ),
        "leaf.p12": (
            store,
            "a PKCS#12 store, not a capture; what reads its certificates:"
            " openssl pkcs12 -in {} -nokeys | tlseku cert -",
        ),
        "key.pem": (leaf.key_pem, "a private key in PEM, not a capture"),
    }  # fmt: skip
    for name, (content, text) in said.items():
        file = tmp_path / name
        file.write_bytes(content)
        done = run("flows", str(file))
        assert (done.exit_code, done.stderr) == (
            2,
            f"tlseku: {file}: offset 0: looks like {text.format(file)}\n",
        )


@pytest.mark.parametrize("command", ["xconf", "logs"])
def test_a_capture_is_no_log(run: Run, tmp_path: Path, command: str) -> None:
    done = run(command, DECLINED)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"is a capture, not text: tlseku flows {DECLINED}" in done.stderr
    for tool, content in (("gzip", gzip), ("bzip2", bz2), ("xz", lzma)):
        packed = tmp_path / f"log.{tool}"
        packed.write_bytes(content.compress(b"text"))
        said = f"is compressed with {tool}: {tool} -dc {packed} | tlseku … -"
        assert said in run(command, str(packed)).stderr


@pytest.mark.parametrize(
    ("args", "changes", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color=never",), {"FORCE_COLOR": "1"}, False),
        (("--colour", "auto"), {"FORCE_COLOR": "1"}, True),
    ],
)
def test_colours(run: Run, args: tuple[str, ...], changes: dict[str, str], coloured: bool) -> None:
    for command in ("flows", "explain"):
        assert ("\x1b[" in run(command, *args, DECLINED, env=changes).stdout) is coloured


def test_the_table_takes_the_width_of_the_terminal() -> None:
    for columns in (80, 100, 160):
        lines = ESCAPES.sub("", in_terminal(columns, "flows", "x")).splitlines()
        assert columns - 6 <= max(map(len, lines)) <= columns


def test_addresses_are_never_cut(run: Run) -> None:
    fields = "ip.src,ip.dst,tls.client.x509.subject,tls.server.x509.subject,tls.cipher,x509.issuer"
    lines = run("flows", "-e", fields, "--width", "80", DECLINED).stdout.splitlines()
    assert "192.0.2.10" in lines[1]
    assert "198.51.100.20" in lines[1]


def test_fields(run: Run) -> None:
    assert run("fields", "x509ce.dNSName").stdout.splitlines()[0] == "x509.san.dns  host"
    assert json.loads(run("fields", "-T", "json", "tcp.stream").stdout)[0]["wireshark"] == ["tcp.stream"]
    none = run("fields", "nonsense")
    assert (none.exit_code, none.stderr) == (
        2,
        "tlseku: no field has 'nonsense' in its name or its meaning\n",
    )


def test_the_group_needs_no_command_for_its_help(run: Run) -> None:
    assert main.name == "main"
    assert run().stdout == run("-h").stdout


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux")
def test_a_name_that_is_no_utf8_is_json_for_every_reader(run: Run, tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xc3\xa9.pcap")
    Path(name).write_bytes(Path(DECLINED).read_bytes())
    for form in ("ndjson", "ecs", "eve"):
        line = run("flows", "-T", form, name).stdout
        assert "\\ud" not in line
        assert f"{tmp_path}/\\xff\u00e9.pcap" in json.loads(line, strict=True).values()
    assert run("annotate", name, "-w", str(tmp_path / "o.pcapng")).exit_code == 0
