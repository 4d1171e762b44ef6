"""``tlseku cert`` and a certification request: would an Expressway take the certificate?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tests.schemas import schema
from tests.x509.test_signing_request import pem, request
from tlseku.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["cert", *args], prog_name="tlseku")


@pytest.mark.parametrize(
    ("eku", "client", "server"),
    [
        ((SERVER_AUTH,), "wrong", "fine"),
        ((CLIENT_AUTH,), "fine", "wrong"),
        ((SERVER_AUTH, CLIENT_AUTH), "fine", "fine"),
        (None, "open", "fine"),
    ],
)
def test_either_store(eku: tuple[str, ...] | None, client: str, server: str, tmp_path: Path) -> None:
    (tmp_path / "a.csr").write_bytes(pem(request(eku, ("core.example",))))
    (found,) = json.loads(run("-T", "json", str(tmp_path / "a.csr")).stdout)
    Draft202012Validator(schema("signing-request")).validate(found)
    assert [(one["store"], one["level"]) for one in found["remarks"]] == [
        ("client", client),
        ("server", server),
    ]
    assert [one["rule"] for one in found["remarks"]] == ["UP1", "CM8"]


def test_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csr").write_bytes(pem(request((SERVER_AUTH,), ("core.example",))))
    text = " ".join(run(str(tmp_path / "a.csr")).stdout.split())
    assert (
        "certificate request: CN=core.example; EC P-256; asks for EKU serverAuth; names core.example" in text
    )
    assert (
        "[UP1] Expressway client store: lists serverAuth and not clientAuth; an upload into the client"
        in text
    )
    assert "do: upload a certificate that lists clientAuth" in text


def test_beside_certificates(tmp_path: Path) -> None:
    (tmp_path / "a.csr").write_bytes(pem(request(None)))
    (tmp_path / "b.pem").write_bytes(build().pem)
    files = str(tmp_path / "a.csr"), str(tmp_path / "b.pem")
    schemas = [json.loads(line)["schema"] for line in run("-T", "ndjson", *files).stdout.splitlines()]
    assert schemas == ["tlseku/cert/1", "tlseku/signing-request/1"]
    in_csv = run("-T", "csv", *files)
    assert in_csv.stderr.endswith("a.csr: a certificate request has no row in CSV; use -T json\n")
    assert len(in_csv.stdout.splitlines()) == 3


def test_a_damaged_request(tmp_path: Path) -> None:
    (tmp_path / "a.csr").write_bytes(pem(request(None)).replace(b"MI", b"AA", 1))
    assert run(str(tmp_path / "a.csr")).exit_code == 2
