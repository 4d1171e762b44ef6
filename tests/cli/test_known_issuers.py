"""CA certificates of the user on their way from ``read``, ``scan``, ``Analyzer`` and --ca to what is judged."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import tlseku
from tests import wire
from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.cli.conftest import Run
from tests.schemas import schema
from tests.tls import written
from tlseku.capture import packets
from tlseku.events import FlowEnded

ROOT = ca("Root")
ISSUING = ca("Issuing", issuer=ROOT, eku=(SERVER_AUTH,))
CLIENT_LEAF = build(subject="client", issuer=ISSUING, eku=(SERVER_AUTH, CLIENT_AUTH))
SERVER_LEAF = build(subject="server", issuer=ISSUING, eku=(SERVER_AUTH,))


@pytest.fixture
def capture(tmp_path: Path) -> str:
    """Both sides present their leaf, the server also its issuer; nobody presents the root."""
    talk = wire.Talk().open()
    talk.send(0, written.client_hello())
    talk.send(
        1,
        written.server_hello()
        + written.certificate(SERVER_LEAF.der, ISSUING.der)
        + written.handshake(
            written.SERVER_KEY_EXCHANGE,
            written.message(13, written.request_body()),
            written.SERVER_HELLO_DONE,
        ),
    )
    talk.send(0, written.certificate(CLIENT_LEAF.der))
    file = tmp_path / "two.pcap"
    file.write_bytes(wire.pcap(talk.close().frames()))
    return str(file)


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    file.write_bytes(ROOT.pem + ISSUING.pem)
    return str(file)


def test_without_nothing_is_completed(capture: str) -> None:
    (flow,) = tlseku.read(capture)
    server, client = flow.presented
    assert (server.completed_with, client.completed_with) == (None, None)
    assert (client.verdict, client.broken_at, client.effective_eku) == (
        "ok",
        None,
        (SERVER_AUTH, CLIENT_AUTH),
    )
    assert client.rule_books["openssl"].outcome == "accept"


def test_the_chain_is_completed_and_judged(capture: str, ca_file: str) -> None:
    (flow,) = tlseku.read(capture, known_issuers=tlseku.load_known_issuers([ca_file]))
    server, client = flow.presented
    assert [one.subject for one in client.chain] == ["CN=client"]
    assert client.completed_with == (
        tlseku.KnownIssuer(ISSUING.certificate(), ca_file),
        tlseku.KnownIssuer(ROOT.certificate(), ca_file),
    )
    assert (client.verdict, client.broken_at, client.effective_eku) == ("ok", 1, (SERVER_AUTH,))
    assert client.reason == (
        "leaf lists serverAuth and clientAuth; issuer #1, which was not presented, is serverAuth-only,"
        " so verifiers that nest EKUs refuse it"
    )
    assert (client.rule_books["openssl"].outcome, client.rule_books["openssl"].depth) == ("refuse", 1)
    assert client.rule_books["java"].outcome == "accept"
    assert [one.subject for one in server.chain] == ["CN=server", "CN=Issuing"]
    assert server.completed_with == (tlseku.KnownIssuer(ROOT.certificate(), ca_file),)
    assert (server.broken_at, server.effective_eku) == (None, (SERVER_AUTH,))


def test_scan_and_analyzer_take_them_too(capture: str, ca_file: str) -> None:
    known = tlseku.load_known_issuers([ca_file])
    (scanned,) = tlseku.scan(capture, known_issuers=known)
    analyzer = tlseku.Analyzer(only_ends=True, known_issuers=known)
    events = [
        event
        for packet in packets(capture)
        for event in analyzer.feed(packet.ts_ns, packet.linktype, packet.data)
    ]
    events += analyzer.close()
    (ended,) = (event for event in events if isinstance(event, FlowEnded))
    assert replace(ended.flow, file=capture) == scanned
    assert scanned.presented[1].broken_at == 1


@pytest.mark.parametrize("present", [True, False])
def test_json(run: Run, capture: str, ca_file: str, present: bool) -> None:
    given = ["--ca", ca_file] if present else []
    (document,) = json.loads(run("flows", "-T", "json", "--full", *given, capture).stdout)
    Draft202012Validator(schema("full-flow")).validate(document)
    client = document["presented"][1]
    assert [one["subject"] for one in client["chain"]] == ["CN=client"]
    if not present:
        assert client["completed_with"] is None
        assert [note["word"] for note in client["chain_notes"]] == ["issuer_missing"]
        return
    assert client["completed_with"] == [
        {
            "index": index,
            "file": ca_file,
            "sha256": built.certificate().sha256,
            "serial": "1234",
            "subject": f"CN={name}",
            "issuer": "CN=Root",
            "eku": eku,
            "eku_names": None if eku is None else ["serverAuth"],
            "self_issued": name == "Root",
        }
        for index, (built, name, eku) in enumerate(
            [(ISSUING, "Issuing", [SERVER_AUTH]), (ROOT, "Root", None)], 1
        )
    ]
    assert client["chain_notes"] == [
        {"word": "completed", "text": f"completed with #1 CN=Issuing from {ca_file}, not presented"},
        {
            "word": "completed",
            "text": f"completed with the trust anchor #2 CN=Root from {ca_file}, not presented",
        },
    ]
    assert (client["broken_at"], client["rule_books"]["openssl"]["depth"]) == (1, 1)


def test_csv_and_certs_list_what_was_presented_only(run: Run, capture: str, ca_file: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("flows", "-T", "csv", "--ca", ca_file, capture).stdout)))
    assert [row["broken_at"] for row in rows if row["role"] == "client"] == ["1"]
    certificates = json.loads(run("certs", "-T", "json", capture).stdout)
    assert [one["subject"] for one in certificates] == ["CN=server", "CN=Issuing", "CN=client"]


def test_show(run: Run, capture: str, ca_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(ca_file).parent)
    page = run("show", "--ca", "ca.pem", "--rule-books", "openssl", "two.pcap", "1").stdout
    assert (
        "      2 certificates in issuing order\n"
        "      completed with the trust anchor #2 CN=Root from ca.pem, not presented\n"
    ) in page
    assert (
        "      completed with #1 CN=Issuing from ca.pem, not presented\n"
        "      completed with the trust anchor #2 CN=Root from ca.pem, not presented\n"
        "      certificate 1 takes the purpose away; effective EKU: serverAuth\n"
        "      openssl: refuse at certificate 1 (openssl/issuer-eku): OpenSSL wants clientAuth in the EKU of\n"
        "        every CA that has one, and issuer #1 lists serverAuth\n"
    ) in page
    without = run("show", "two.pcap", "1").stdout
    assert (
        "      the issuer of #1, CN=Root, is not among the presented certificates; what stands above may\n"
        "        restrict it further\n"
    ) in without
    assert "completed with" not in without


def test_it_is_said_that_the_issuer_is_missing_all_the_same(run: Run, capture: str, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(ca("Other").pem)
    (document,) = json.loads(run("flows", "-T", "json", "--full", "--ca", str(other), capture).stdout)
    client = document["presented"][1]
    assert client["completed_with"] == []
    assert client["chain_notes"] == [
        {
            "word": "issuer_missing",
            "text": "the issuer of #0, CN=Issuing, is not among the presented certificates, nor among the CA"
            " certificates given; what stands above may restrict it further",
        }
    ]


def test_it_may_be_repeated(run: Run, capture: str, tmp_path: Path) -> None:
    files = []
    for name, built in (("issuing.pem", ISSUING), ("root.pem", ROOT)):
        (tmp_path / name).write_bytes(built.pem)
        files += ["--ca", str(tmp_path / name)]
    (document,) = json.loads(run("flows", "-T", "json", "--full", *files, capture).stdout)
    assert [Path(one["file"]).name for one in document["presented"][1]["completed_with"]] == [
        "issuing.pem",
        "root.pem",
    ]


@pytest.mark.parametrize(
    "command", [("flows", "x"), ("show", "x", "1"), ("explain", "x", "1"), ("cert", "x")]
)
@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("bad.pem", b"hello", "neither PEM nor DER"),
        ("bad.pem", b"", "the file is empty"),
        ("bad.pem", ROOT.key_pem, "no certificate in it, only: PRIVATE KEY"),
        ("absent.pem", None, "cannot open it: No such file or directory"),
    ],
)
def test_a_bad_file(
    run: Run, tmp_path: Path, command: tuple[str, ...], name: str, content: bytes | None, problem: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    result = run(command[0], "--ca", str(file), *command[1:])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"tlseku: {file}: ")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_real_capture(shared_captures: Path, tmp_path: Path) -> None:
    """The server sends R3 and ISRG Root X1, the client a leaf and one CA; each is cut off and given instead."""
    whole = tlseku.read(str(shared_captures / "zeek-client-certificate.pcap"))[0]
    server = whole.presented[0]
    issuers = tlseku.KnownIssuers(tlseku.KnownIssuer(one, "there.pem") for one in server.chain[1:])
    completed = issuers.completing(server.chain[:1])
    assert [one.certificate for one in completed] == list(server.chain[1:])
    assert [note.word for note in tlseku.chain_notes(server.chain[:1], completed)] == [
        "completed",
        "completed",
        "issuer_missing",
    ]
