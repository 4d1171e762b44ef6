"""``tlseku cert``: certificate files without a capture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from jsonschema import Draft202012Validator

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.cli.conftest import Run
from tests.policy.rule_books.books import HEAD, LAST
from tests.schemas import schema
from tlseku.cli.one_flow import SHOWN_BOOKS
from tlseku.policy.rule_books import BUILT_IN

ROOT = ca("Root")
LEAF = build(issuer=ROOT, eku=(SERVER_AUTH,))
OTHER = build(subject="other.example", issuer="X", eku=(CLIENT_AUTH,))

VALIDATOR = Draft202012Validator(schema("cert"))


def pkcs7_of(*ders: bytes) -> bytes:
    return pkcs7.serialize_certificates([x509.load_der_x509_certificate(der) for der in ders], Encoding.DER)


FILES = {
    "pem": LEAF.pem,
    "der": LEAF.der,
    "two ders": LEAF.der + ROOT.der,
    "chain": b"Bag Attributes\n" + LEAF.pem + b"text between\n" + ROOT.pem,
    "with key": LEAF.key_pem + LEAF.pem,
    "pkcs7": pkcs7_of(LEAF.der, ROOT.der),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_every_form_is_judged_for_both_roles(tmp_path: Path, run: Run, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    result = run("cert", "-T", "ndjson", str(file))
    (document,) = [json.loads(line) for line in result.stdout.splitlines()]
    VALIDATOR.validate(document)
    assert (result.exit_code, result.stderr) == (0, "")
    assert document["chain"][0]["serial"] == "1234"
    assert [(role["role"], role["verdict"]) for role in document["roles"]] == [
        ("client", "wrong"),
        ("server", "ok"),
    ]


@pytest.mark.parametrize(("role", "verdict"), [("client", "wrong"), ("server", "ok")])
def test_one_role(tmp_path: Path, run: Run, role: str, verdict: str) -> None:
    file = tmp_path / "leaf.pem"
    file.write_bytes(LEAF.pem)
    page = run("cert", "--role", role, str(file)).stdout
    assert f" {verdict} as TLS {role}: " in page
    assert page.count(" as TLS ") == 1


def test_several_files_and_formats(tmp_path: Path, run: Run) -> None:
    one, two = tmp_path / "one.pem", tmp_path / "two.pem"
    one.write_bytes(LEAF.pem + OTHER.pem)
    two.write_bytes(OTHER.pem)
    array = json.loads(run("cert", "-T", "json", str(one), str(two)).stdout)
    assert [Path(document["file"]).name for document in array] == ["one.pem", "one.pem", "two.pem"]
    assert len(run("cert", "-T", "csv", str(one), str(two)).stdout.splitlines()) == 7


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"hello", "neither PEM nor DER"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "neither PEM nor DER"),
        (LEAF.pem[:-30], "has no END line"),
        (LEAF.pem.replace(b"MII", b"!!!", 1), "certificate 1 is not base64"),
        (LEAF.key_pem, "no certificate in it, only: PRIVATE KEY"),
        (LEAF.der[:-1], "not a certificate at byte 0"),
    ],
)
def test_bad_files(tmp_path: Path, run: Run, content: bytes, problem: str) -> None:
    file = tmp_path / "bad.pem"
    file.write_bytes(content)
    result = run("cert", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"tlseku: {file}: ")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_damaged_certificate_is_reported_not_refused(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "damaged.pem"
    file.write_bytes(b"-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n")
    result = run("cert", "--role", "client", "-T", "ndjson", str(file))
    document = json.loads(result.stdout)
    VALIDATOR.validate(document)
    assert (result.exit_code, document["roles"][0]["verdict"]) == (0, "unreadable")


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path, run: Run) -> None:
    good, bad = tmp_path / "good.pem", tmp_path / "bad.pem"
    good.write_bytes(LEAF.pem)
    bad.write_bytes(b"x")
    result = run("cert", str(bad), str(good))
    assert result.exit_code == 2
    assert result.stdout.startswith(str(good))
    assert result.stderr.startswith(f"tlseku: {bad}: ")


def test_standard_input() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tlseku", "cert", "-T", "ndjson", "-"],
        input=LEAF.pem,
        capture_output=True,
        check=True,
    )
    document = json.loads(result.stdout)
    assert (document["file"], document["chain"][0]["serial"]) == ("-", "1234")


def test_standard_input_once(run: Run) -> None:
    result = run("cert", "-", "-")
    assert (result.exit_code, result.stderr) == (
        2,
        "tlseku: standard input (-) can be read only once (see tlseku cert --help)\n",
    )


def documents(run: Run, *arguments: str) -> list[dict[str, Any]]:
    result = run("cert", "-T", "json", *arguments)
    found: list[dict[str, Any]] = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    for document in found:
        VALIDATOR.validate(document)
    return found


@pytest.fixture
def narrow(tmp_path: Path) -> str:
    """A leaf for both roles under a CA for servers only."""
    file = tmp_path / "chain.pem"
    issuing = ca("Issuing", issuer=ROOT, eku=(SERVER_AUTH,))
    file.write_bytes(build(issuer=issuing).pem + issuing.pem)
    return str(file)


@pytest.mark.parametrize(
    ("arguments", "books"),
    [
        ((), BUILT_IN),
        (("--rule-books", "none"), ()),
        (("--rule-books", "java,go"), ("java", "go")),
        (("--rules", "MINE", "--rule-books", "mine"), ("mine",)),
        (("--rules", "MINE"), (*BUILT_IN, "mine")),
    ],
)
def test_rule_books(
    run: Run, narrow: str, tmp_path: Path, arguments: tuple[str, ...], books: tuple[str, ...]
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(HEAD + LAST, encoding="utf-8")
    (document,) = documents(run, *[str(mine) if word == "MINE" else word for word in arguments], narrow)
    assert [(one["role"], tuple(one["rule_books"])) for one in document["roles"]] == [
        ("client", books),
        ("server", books),
    ]


def test_what_rule_books_say(run: Run, narrow: str) -> None:
    (document,) = documents(run, "--rule-books", "openssl,java", narrow)
    client, server = document["roles"]
    assert {name: (said["outcome"], said["depth"]) for name, said in client["rule_books"].items()} == {
        "openssl": ("refuse", 1),
        "java": ("accept", None),
    }
    assert {said["outcome"] for said in server["rule_books"].values()} == {"accept"}
    page = run("cert", "--role", "client", "--rule-books", "openssl", narrow).stdout
    assert "    openssl: refuse at certificate 1 (openssl/issuer-eku): OpenSSL wants clientAuth in" in page
    shown = run("cert", "--role", "client", narrow).stdout
    assert [name for name in BUILT_IN if f"\n    {name}: " in shown] == sorted(
        SHOWN_BOOKS, key=BUILT_IN.index
    )


@pytest.mark.parametrize(("mode", "rule"), [("off", "CM3"), ("on", "CM2"), ("unknown", "CM7")])
def test_the_mode_of_the_expressway(run: Run, tmp_path: Path, mode: str, rule: str) -> None:
    file = tmp_path / "leaf.pem"
    file.write_bytes(LEAF.pem)
    (document,) = documents(run, "--role", "client", "--expressway-mode", mode, str(file))
    assert document["roles"][0]["rule_books"]["expressway-15.5"]["rule"] == rule


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule-books", "gone"), "there is no rule-book 'gone'"),
        (("--rules", "none.toml"), "none.toml: cannot open it"),
    ],
)
def test_books_that_are_not_there(run: Run, narrow: str, arguments: tuple[str, ...], said: str) -> None:
    result = run("cert", *arguments, narrow)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_a_chain_is_completed(run: Run, tmp_path: Path) -> None:
    issuing = ca("Issuing", issuer=ROOT, eku=(SERVER_AUTH,))
    leaf, more = tmp_path / "leaf.pem", tmp_path / "ca.pem"
    leaf.write_bytes(build(issuer=issuing).pem)
    more.write_bytes(ROOT.pem + issuing.pem)
    (document,) = documents(run, "--ca", str(more), str(leaf))
    assert [one["subject"] for one in document["chain"]] == ["CN=leaf.example"]
    assert [(one["index"], one["subject"], one["file"]) for one in document["completed_with"]] == [
        (1, "CN=Issuing", str(more)),
        (2, "CN=Root", str(more)),
    ]
    client = document["roles"][0]
    assert (client["broken_at"], client["rule_books"]["openssl"]["depth"]) == (1, 1)
    assert [note["word"] for note in document["chain_notes"]] == ["completed", "completed"]
    (without,) = documents(run, str(leaf))
    assert (without["completed_with"], without["roles"][0]["broken_at"]) == (None, None)
    assert without["chain_notes"] == [
        {
            "word": "issuer_missing",
            "text": "the issuer of #0, CN=Issuing, is not among the certificates of the file;"
            " what stands above may restrict it further",
        }
    ]


def test_the_order_is_that_of_the_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "chain.pem"
    for content, words in (
        (LEAF.pem + ROOT.pem, ["in_order", "root_included"]),
        (ROOT.pem + LEAF.pem, ["out_of_order", "root_included"]),
        (ROOT.pem, ["self_issued_leaf"]),
    ):
        file.write_bytes(content)
        (document,) = documents(run, str(file))
        assert [note["word"] for note in document["chain_notes"]] == words
