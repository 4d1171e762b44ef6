"""``tlseku.cli.streams.toml_files``: the text of a table that a user names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlseku.cli.streams import toml_files
from tlseku.cli.streams.toml_files import text_of
from tlseku.errors import TableError


@pytest.mark.parametrize(
    ("content", "text"), [(b"", ""), (b"a = 1\n", "a = 1\n"), (b"\xef\xbb\xbfa", "a"), ("ü".encode(), "ü")]
)
def test_text(tmp_path: Path, content: bytes, text: str) -> None:
    file = tmp_path / "t.toml"
    file.write_bytes(content)
    assert text_of(str(file)) == text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot open it: No such file or directory"),
        (b"a\xff", "not UTF-8 at byte 1"),
        ("ü".encode("utf-16"), "not UTF-8 at byte 0"),
        (bytes(11), "more than 10 bytes"),
    ],
)
def test_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, problem: str
) -> None:
    monkeypatch.setattr(toml_files, "LARGEST_TABLE", 10)
    file = tmp_path / "t.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TableError) as caught:
        text_of(str(file))
    assert str(caught.value) == f"{file}: {problem}"
