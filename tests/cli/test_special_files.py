"""Output that is no text needs somewhere to go."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
import pytest

from tlseku.cli.streams.special_files import open_target


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("zeek", "-T zeek writes several files: name a directory with -w"),
        ("zeek-json", "-T zeek-json writes several files: name a directory with -w"),
        ("sqlite", "-T sqlite is a database: name a file with -w"),
        ("parquet", "-T parquet is binary: name a file with -w"),
        ("arrow", "-T arrow is binary: name a file with -w"),
    ],
)
def test_nothing_of_it_on_a_terminal(form: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(click.UsageError) as told:
        open_target(form, None, ())
    assert told.value.message == problem


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_pipe_takes_tables(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    open_target(form, None, ())


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_text_goes_to_standard_output(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    open_target(form, None, ())


@pytest.mark.parametrize("form", ["zeek", "sqlite", "parquet"])
def test_a_target_must_not_be_what_is_read(form: str, tmp_path: Path) -> None:
    read = tmp_path / "a.pcap"
    read.touch()
    open_target(form, str(tmp_path / "b"), [str(read)])
    with pytest.raises(click.UsageError, match="would overwrite what is to be read"):
        open_target(form, str(read), [str(read)])
