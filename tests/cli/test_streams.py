"""Standard output as the world has it: pipes that break, terminals, encodings, NO_COLOR. In real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tlseku.cli.streams.flow_formats import AS_THEY_END

PROJECT = Path(__file__).resolve().parents[2]
STAGED = [sys.executable, "-m", "tests.cli.staged"]
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def environment(**changes: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(PROJECT), "LANG": "C.UTF-8", **changes}


def run(*args: str, **changes: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*STAGED, *args],
        cwd=PROJECT,
        env=environment(**changes),
        capture_output=True,
        check=False,
        timeout=120,
    )


def in_terminal(columns: int, *args: str, **changes: str) -> str:
    """What a terminal of that width gets on standard output."""
    pty = pytest.importorskip("pty")
    fcntl, struct, termios = (pytest.importorskip(name) for name in ("fcntl", "struct", "termios"))
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*STAGED, *args],
        cwd=PROJECT,
        env=environment(TERM="xterm-256color", TLSEKU_STAGED_TIMES="1") | changes,
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=subprocess.DEVNULL,
    )
    os.close(follower)
    pieces = []
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux says that the other end is gone in this way
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(leader)
    assert process.wait(timeout=120) == 0
    return b"".join(pieces).decode()


@pytest.mark.parametrize("form", ["table", "ndjson", "json", "csv"])
def test_a_broken_pipe_is_quiet(form: str) -> None:
    with subprocess.Popen(
        [*STAGED, "flows", "-T", form, "x"],
        cwd=PROJECT,
        env=environment(TLSEKU_STAGED_TIMES="3000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(timeout=120) == 141
    assert "Traceback" not in said
    assert "roken" not in said


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_an_interruption_is_quiet() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tlseku", "flows", "-T", "ndjson", "-"],
        cwd=PROJECT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        first, second = (
            (PROJECT / "captures" / name).read_bytes() for name in ("no-eku.pcap", "declined.pcap")
        )
        process.stdin.write(first + second[24:])
        process.stdin.flush()
        assert process.stdout.readline()  # now it waits for more
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert b"Traceback" not in process.stderr.read()


def test_a_full_disk_is_told() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*STAGED, "flows", "x"],
            cwd=PROJECT,
            env=environment(TLSEKU_STAGED_TIMES="1"),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1] == "tlseku: cannot write: No space left on device"


def test_no_colours_in_a_pipe() -> None:
    assert b"\x1b" not in run("flows", "x", TERM="xterm-256color", TLSEKU_STAGED_TIMES="1").stdout


def test_colours_on_a_terminal() -> None:
    text = in_terminal(100, "flows", "x")
    assert "\x1b[1;31mrefused by server" in text
    assert "\x1b[32mcompleted" in text
    plain = run("flows", "x", TLSEKU_STAGED_TIMES="1").stdout.decode()
    assert ESCAPES.sub("", text).replace("\r\n", "\n") == plain


@pytest.mark.parametrize(
    "changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}]
)
def test_colours_that_nobody_wants(changes: dict[str, str]) -> None:
    assert "\x1b" not in in_terminal(100, "flows", "x", **changes)


@pytest.mark.parametrize(("columns", "width"), [(60, 80), (80, 80), (90, 90), (100, 100), (200, 200)])
def test_the_page_follows_the_terminal(columns: int, width: int) -> None:
    lines = ESCAPES.sub("", in_terminal(columns, "flows", "x")).splitlines()
    assert width - 6 <= max(map(len, lines)) <= width


@pytest.mark.parametrize(
    "changes",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp1252:strict"},
    ],
)
def test_a_stream_without_the_signs_gets_ascii(changes: dict[str, str]) -> None:
    done = run("flows", "x", TLSEKU_STAGED_TIMES="1", **changes)
    assert done.returncode == 0
    text = done.stdout.decode("ascii")
    assert "  + server  inbound   ok" in text
    assert "10.106.80.31:25003 -> 163.129.37.32:5061" in text
    assert "~ hidden: server certificate" in text


def test_lang_c_does_not_fail() -> None:
    done = run("flows", "x", LANG="C", LC_ALL="C", TLSEKU_STAGED_TIMES="1")
    assert done.returncode == 0
    assert b"refused by server" in done.stdout


@pytest.mark.parametrize("form", ["csv", "json"])
def test_data_survives_an_ascii_stream(form: str) -> None:
    done = run("flows", "-T", form, "x", PYTHONIOENCODING="ascii:strict", TLSEKU_STAGED_TIMES="1")
    assert done.returncode == 0
    assert done.stdout.isascii()
    if form == "json":
        assert len(json.loads(done.stdout)) == 7


def test_rich_stays_away_from_pipes() -> None:
    program = (
        "import sys; sys.argv[1:] = ['show', 'x', '1']\n"
        "import tlseku\nfrom tests.cli.staged import Stage\nfrom tlseku.cli import main\n"
        "tlseku.read = Stage().named('read')\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(str('rich' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "False"


@pytest.mark.parametrize("form", sorted(AS_THEY_END))
def test_flows_of_a_live_capture_are_written_while_it_runs(form: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tlseku", "flows", "-T", form, "-Y", "flow.number == 1", "-"],
        cwd=PROJECT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first, second = (
            (PROJECT / "captures" / name).read_bytes() for name in ("no-eku.pcap", "declined.pcap")
        )
        process.stdin.write(first + second[24:])
        process.stdin.flush()
        line = b""
        while b"192.0.2.10" not in line and b"51820" not in line:  # would wait for ever if nothing came
            line = process.stdout.readline()
            assert line
        process.stdin.close()
        assert process.wait(timeout=60) == 0
