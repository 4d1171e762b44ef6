"""Progress: shown on a terminal for large files only, wiped out at the end, and harmless."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

import tlseku
from tlseku.cli.streams import progress, standard_error
from tlseku.cli.streams.progress import Progress

CAPTURE = Path(__file__).resolve().parents[2] / "captures" / "no-eku.pcap"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    # Not sys.stderr itself: pytest puts its own there between a fixture and its test.
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))
    monkeypatch.setattr(standard_error, "sys", SimpleNamespace(stderr=found))
    monkeypatch.setattr(progress, "LEAST_BYTES", 1000)
    return found


def test_a_large_file_is_counted_and_the_line_wiped(terminal: Terminal) -> None:
    name = str(CAPTURE)
    with Progress([name]) as watch:
        source = watch.watched(name)
        assert not isinstance(source, str)
        flows = tlseku.read(source)
    assert [flow.file for flow in flows] == [name]
    assert terminal.getvalue().startswith("\rreading ")
    assert "reading 100 %" in terminal.getvalue()
    _, wiped, rest = terminal.getvalue().rsplit("\r", 2)
    assert (wiped.strip(), rest) == ("", "")
    assert len(wiped) == len("reading 100 % of 0 MB")


def test_what_is_read_is_the_same(terminal: Terminal) -> None:
    with Progress([str(CAPTURE)]) as watch:
        assert tuple(tlseku.read(watch.watched(str(CAPTURE)))) == tuple(tlseku.read(str(CAPTURE)))


@pytest.mark.parametrize("sources", [["-"], [str(CAPTURE), "-"], ["not-here"], [str(CAPTURE)] * 17])
def test_silent_where_the_size_is_not_known_or_files_are_many(terminal: Terminal, sources: list[str]) -> None:
    with Progress(sources) as watch:
        assert [watch.watched(source) for source in sources] == sources
    assert terminal.getvalue() == ""


def test_silent_for_small_files(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LEAST_BYTES", 1 << 30)
    with Progress([str(CAPTURE)]) as watch:
        assert watch.watched(str(CAPTURE)) == str(CAPTURE)


def test_silent_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LEAST_BYTES", 1)
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=io.StringIO()))
    with Progress([str(CAPTURE)]) as watch:
        assert watch.watched(str(CAPTURE)) == str(CAPTURE)


@pytest.mark.parametrize(
    ("seconds", "done", "said"),
    [
        (1.0, 250, "reading  25 % of 0 MB"),
        (2.0, 250, "reading  25 % of 0 MB, about 6 s left"),
        (100.0, 500, "reading  50 % of 0 MB, about 100 s left"),
        (100.0, 100, "reading  10 % of 0 MB, about 15 min left"),
        (100.0, 1000, "reading 100 % of 0 MB"),
    ],
)
def test_the_time_left(terminal: Terminal, tmp_path: Path, seconds: float, done: int, said: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(bytes(1000))
    moments = iter([0.0, seconds])
    with Progress([str(file)], clock=lambda: next(moments)) as watch:
        watch.add(done)
        assert terminal.getvalue() == f"\r{said}"


def test_a_shorter_line_wipes_a_longer_one(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(bytes(1000))
    moments = iter([0.0, 1000.0, 1001.0])
    with Progress([str(file)], clock=lambda: next(moments)) as watch:
        watch.add(10)
        watch.add(980)
    lines = terminal.getvalue().split("\r")[1:]
    assert lines[0] == "reading   1 % of 0 MB, about 1650 min left"
    assert len(lines[1]) == len(lines[0])
