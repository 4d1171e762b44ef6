"""Logs and dumps as streams: what is no text is told with what reads it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from pathlib import Path

import pytest

from tlseku.cli.streams.text_files import opened
from tlseku.profiles.expressway.faults import BundleError

TEXT = b"2026-03-24T09:12:01 edge tvcs: x\n"


def test_a_text_from_its_beginning(tmp_path: Path) -> None:
    for text in (TEXT, b"", b"x"):
        (tmp_path / "log").write_bytes(text)
        with opened(str(tmp_path / "log")) as stream:
            assert stream.read(1000) == text


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (gzip.compress(TEXT), "is compressed with gzip: gzip -dc {} | tlseku … -"),
        (bz2.compress(TEXT), "is compressed with bzip2: bzip2 -dc {} | tlseku … -"),
        (lzma.compress(TEXT), "is compressed with xz: xz -dc {} | tlseku … -"),
        (b"\x28\xb5\x2f\xfd" + TEXT, "is compressed with zstd: zstd -dc {} | tlseku … -"),
        (b"\x04\x22\x4d\x18" + TEXT, "is compressed with lz4: lz4 -dc {} | tlseku … -"),
        (b"\xd4\xc3\xb2\xa1" + TEXT, "is a capture, not text: tlseku flows {}"),
        (b"\x0a\x0d\x0d\x0a" + TEXT, "is a capture, not text: tlseku flows {}"),
    ],
)
def test_what_is_no_text(data: bytes, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(tmp_path / "log")
    Path(name).write_bytes(data)
    with pytest.raises(BundleError) as told, opened(name):
        pass
    assert str(told.value) == f"{name}: {problem.format(name)}"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[arg-type]
    with pytest.raises(BundleError) as told, opened("-"):
        pass
    assert str(told.value) == f"-: {problem.format('-')}"


@pytest.mark.parametrize("name", ["missing", "a\0b"])
def test_what_does_not_open(name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot open it: "), opened(str(tmp_path / name)):
        pass
