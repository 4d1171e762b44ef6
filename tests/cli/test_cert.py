"""``tlseku cert``: certificate files without a capture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from jsonschema import Draft202012Validator

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.cli.conftest import Run
from tlseku.report.schemas import schema

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
