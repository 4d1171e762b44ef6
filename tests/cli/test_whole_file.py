"""-w and -o: what was there stays whole until the new file is, whatever comes between."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tlseku.cli.streams import whole_file

PROJECT = Path(__file__).resolve().parents[2]
CAPTURES = PROJECT / "captures"
GOOD = str(CAPTURES / "wrong-eku-refused.pcap")
TLS13 = str(CAPTURES / "tls13.pcap")

TEXT = [
    ("flows",),
    ("flows", "-T", "ndjson"),
    ("flows", "-T", "json"),
    ("flows", "-T", "sarif"),
    ("flows", "-e", "flow.number", "-T", "csv"),
    ("certs",),
    ("certs", "-T", "csv"),
    ("requests",),
]
BINARY = [("flows", "-T", "parquet"), ("flows", "-T", "arrow")]
CAPTURE = [("extract",), ("annotate",)]
DOCUMENT = [("report",)]


def option(args: tuple[str, ...]) -> str:
    return "-o" if args in DOCUMENT else "-w"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    found = tmp_path / "out"
    found.mkdir()
    (found / "out").write_text("before")
    return found / "out"


def names(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize("args", [*TEXT, *BINARY, *CAPTURE, *DOCUMENT], ids=" ".join)
def test_a_run_that_ends_well_replaces(run: Run, target: Path, args: tuple[str, ...]) -> None:
    os.chmod(target, 0o640)
    result = run(*args, GOOD, option(args), str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert target.read_bytes() not in (b"before", b"")
    assert (names(target), target.stat().st_mode & 0o777) == (["out"], 0o640)


def test_findings_are_no_failure(run: Run, target: Path) -> None:
    assert run("flows", "--fail-on", "wrong", GOOD, "-w", str(target)).exit_code == 1
    assert "wrong" in target.read_text()


@pytest.mark.parametrize("args", [*TEXT, *BINARY, *CAPTURE, *DOCUMENT], ids=" ".join)
def test_input_that_cannot_be_read(run: Run, target: Path, args: tuple[str, ...]) -> None:
    result = run(*args, str(PROJECT / "LICENSE"), option(args), str(target))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert (target.read_text(), names(target)) == ("before", ["out"])


@pytest.mark.parametrize("args", [*TEXT, *BINARY, *DOCUMENT], ids=" ".join)
def test_what_could_be_read_of_several_stays_beside(run: Run, target: Path, args: tuple[str, ...]) -> None:
    result = run(*args, GOOD, "not-here.pcap", option(args), str(target))
    assert result.exit_code == 2
    assert (target.read_text(), names(target)) == ("before", ["out", "out.part"])
    said = f"tlseku: {target}: left as it was; what could be read is in {target}.part"
    assert said in result.stderr.splitlines()
    whole = target.with_name("whole")
    run(*args, GOOD, option(args), str(whole))
    part = target.with_name("out.part").read_bytes()
    assert part == whole.read_bytes() or args in DOCUMENT


@pytest.mark.parametrize("args", [*TEXT, *BINARY, *CAPTURE, *DOCUMENT], ids=" ".join)
def test_a_full_disk(run: Run, target: Path, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(whole_file._Named):
        def write(self, data: object, /) -> int:
            raise whole_file._cannot_write(self._shown, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    monkeypatch.setattr(whole_file, "_Named", Full)
    result = run(*args, GOOD, option(args), str(target))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"tlseku: {target}: cannot write it: No space left on device"
    assert (target.read_text(), names(target)) == ("before", ["out"])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("args", [*TEXT, *BINARY, *CAPTURE, *DOCUMENT], ids=" ".join)
def test_a_device_is_written_directly(run: Run, args: tuple[str, ...]) -> None:
    result = run(*args, GOOD, option(args), "/dev/full")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "tlseku: /dev/full: cannot write it: No space left on device"
    result = run(*args, GOOD, option(args), "/dev/null")
    assert result.exit_code == 0
    assert not any(name.startswith("null.") for name in os.listdir("/dev"))


@pytest.mark.parametrize("args", [*TEXT, *BINARY, *CAPTURE, *DOCUMENT], ids=" ".join)
def test_a_place_where_nothing_can_be_put(run: Run, target: Path, args: tuple[str, ...]) -> None:
    for place, said in (
        (target.parent, "Is a directory"),
        (target.parent / "no" / "out", "No such file or directory"),
        (target / "below", "Not a directory"),
    ):
        result = run(*args, GOOD, option(args), str(place))
        assert result.exit_code == 2
        # click looks at some of these itself
        assert result.stderr.splitlines()[-1] == f"tlseku: {place}: cannot write it: {said}"
    assert (target.read_text(), names(target)) == ("before", ["out"])


@pytest.mark.parametrize("args", [*TEXT, *BINARY, *DOCUMENT], ids=" ".join)
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_run_that_is_broken_off(
    run: Run,
    target: Path,
    args: tuple[str, ...],
    error: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken_off(*_: object) -> str:
        raise error

    for module in ("flows", "certs", "requests", "report"):
        monkeypatch.setattr(f"tlseku.cli.commands.{module}.summary_line", broken_off)
    result = run(*args, GOOD, option(args), str(target))
    assert result.exit_code == {KeyboardInterrupt: 130, ZeroDivisionError: 70}[error]
    assert (target.read_text(), names(target)) == ("before", ["out"])


def test_a_link_stays_one(run: Run, target: Path) -> None:
    link = target.with_name("link")
    link.symlink_to(target.name)
    assert run("flows", GOOD, "-w", str(link)).exit_code == 0
    assert link.is_symlink()
    assert "wrong" in target.read_text()


@pytest.mark.parametrize("form", ["zeek", "zeek-json"])
def test_logs_of_a_directory(run: Run, tmp_path: Path, form: str) -> None:
    logs = tmp_path / "logs"
    assert run("flows", "-T", form, "-w", str(logs), GOOD).exit_code == 0
    before = {path.name: path.read_bytes() for path in logs.iterdir()}
    assert sorted(before) == ["ssl.log", "x509.log"]
    assert run("flows", "-T", form, "-w", str(logs), str(PROJECT / "LICENSE")).exit_code == 2
    assert before == {path.name: path.read_bytes() for path in logs.iterdir()}
    assert run("flows", "-T", form, "-w", str(logs), TLS13, "not-here").exit_code == 2
    assert sorted(path.name for path in logs.iterdir()) == [
        *("ssl.log", "ssl.log.part", "x509.log"),
        *(["x509.log.part"] if form == "zeek" else []),
    ]


@pytest.mark.skipif(os.name != "posix", reason="signals and FIFOs are POSIX")
@pytest.mark.parametrize("args", [("flows",), ("flows", "-T", "ndjson"), ("certs",)], ids=" ".join)
def test_an_interruption(target: Path, args: tuple[str, ...]) -> None:
    capture = target.parent.parent / "live"
    os.mkfifo(capture)
    with subprocess.Popen(
        [sys.executable, "-m", "tlseku", *args, str(capture), "-w", str(target)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        with open(capture, "wb", buffering=0) as feeding:  # it is open once the program reads it
            feeding.write(Path(GOOD).read_bytes())
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
        assert process.stderr.read().strip() == b""
    assert (target.read_text(), names(target)) == ("before", ["out"])


@pytest.mark.skipif(os.name != "posix", reason="FIFOs are POSIX")
def test_a_fifo_is_written_directly(target: Path) -> None:
    fifo = target.with_name("fifo")
    os.mkfifo(fifo)
    with subprocess.Popen(
        [sys.executable, "-m", "tlseku", "flows", GOOD, "-w", str(fifo)],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
    ) as process:
        assert "wrong" in fifo.read_text()
        assert process.wait(timeout=60) == 0
    assert names(target) == ["fifo", "out"]
