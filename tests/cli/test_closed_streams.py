"""Standard streams that are closed or broken: one line where somebody listens, and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
GOOD = str(PROJECT / "captures" / "wrong-eku-refused.pcap")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes streams")


def shell(line: str, at: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    program = f'tlseku() {{ "{sys.executable}" -m tlseku "$@"; }}; GOOD="{GOOD}"; {line}'
    return subprocess.run(
        ["sh", "-c", program],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ('tlseku flows "$GOOD" >&-', 2, "tlseku: cannot write: Bad file descriptor"),
        ('tlseku flows -T ndjson "$GOOD" >&-', 2, "tlseku: cannot write: Bad file descriptor"),
        ("tlseku --version >&-", 2, "tlseku: cannot write: Bad file descriptor"),
        ('tlseku report -o - "$GOOD" >&-', 2, "tlseku: cannot write: Bad file descriptor"),
        ('tlseku extract "$GOOD" -w - >&-', 2, "tlseku: cannot write: Bad file descriptor"),
        ("tlseku flows - <&-", 2, "tlseku: -: there is no standard input"),
        ("tlseku nix >&-", 2, "tlseku: there is no command 'nix' (see tlseku --help)"),
    ],
)
def test_a_closed_stream(line: str, code: int, said: str) -> None:
    done = shell(line)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr.splitlines()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('tlseku flows -T csv "$GOOD" 2>&-', 0),
        ('tlseku flows -T csv --fail-on wrong "$GOOD" 2>&-', 1),
        ("tlseku flows -T csv nix.pcap 2>&-", 2),
        ('{ sleep 1; tlseku flows -T csv "$GOOD"; echo "$?" >&3; } 3>&1 2>&1 >&4 4>&- | true', 0),
        ('tlseku flows -T csv "$GOOD" 2>/dev/full', 0),
        ("tlseku flows -T csv nix.pcap 2>/dev/full", 2),
    ],
)
def test_nobody_listens_to_standard_error(line: str, code: int) -> None:
    if "/dev/full" in line and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    done = shell(f"exec 4>&1; {line}")
    assert done.returncode == code or "| true" in line
    assert ("192.0.2.10" in done.stdout) is (code < 2)


def test_what_is_written_does_not_land_in_a_file_that_was_opened(tmp_path: Path) -> None:
    done = shell('tlseku flows "$GOOD" -w out >&-; cat out', tmp_path)
    assert "wrong" in done.stdout
    assert done.stderr == ""


def test_a_broken_pipe_on_standard_error_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for args, code in ((("flows", "-T", "csv", GOOD), 0), (("flows", "nix.pcap"), 2), (("nix",), 2)):
        done = subprocess.run(
            [sys.executable, "-m", "tlseku", *args],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=writer,
            check=False,
            timeout=60,
        )
        assert done.returncode == code
        assert (b"flow" in done.stdout) is (code == 0)
    os.close(writer)
