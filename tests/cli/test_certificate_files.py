"""``tlseku.cli.streams.certificate_files``: which files are certificates, which are captures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.builder import build
from tests.conftest import PROJECT
from tlseku.cli.streams import certificate_files
from tlseku.cli.streams.certificate_files import certificates_in, holds_certificates
from tlseku.errors import CertificateFileError

LEAF = build()


@pytest.mark.parametrize(
    "content",
    [LEAF.pem, LEAF.der, b"Bag Attributes\n\n" + LEAF.pem, b"\xef\xbb\xbf" + LEAF.pem, LEAF.key_pem],
)
def test_certificates(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert holds_certificates(str(file))


@pytest.mark.parametrize(
    "content",
    [
        (PROJECT / "captures" / "no-eku.pcap").read_bytes(),
        (PROJECT / "captures" / "scenario2.pcap.gz").read_bytes(),
        b"\xd4\xc3\xb2\xa1" + bytes(60) + LEAF.pem,
        b"",
        b"text",
    ],
)
def test_captures_and_others(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert not holds_certificates(str(file))


def test_what_cannot_be_opened_is_left_to_whoever_reads_captures(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name in (str(tmp_path / "not here"), str(tmp_path), str(pipe), "\0"):
        assert not holds_certificates(name)


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(CertificateFileError, match=r"not here: cannot open it: No such file or directory$"):
        certificates_in(str(tmp_path / "not here"))


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(LEAF.pem * 3)
    assert len(certificates_in(str(file))) == 3
    monkeypatch.setattr(certificate_files, "MOST_CERTIFICATES", 2)
    with pytest.raises(CertificateFileError, match="3 certificates are more than are read from one file"):
        certificates_in(str(file))
