"""``-j``: several files in several processes give what they give one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NAMES = (
    "test-case-1.pcap",
    "declined.pcap",
    "tls13.pcap",
    "test-case-2.pcap",
    "no-eku.pcap",
    "scenario1.pcap.gz",
)


def tlseku(place: Path, *args: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tlseku", "flows", *args],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("-T", "ndjson"),
        ("-T", "ndjson", "--local", "10.106.80.16"),
        ("-T", "json"),
        ("-T", "ndjson", "--full"),
        ("-T", "ndjson", "--rows", "findings"),
        (),
        ("-Y", "tls.client.verdict == wrong", "-T", "csv"),
        ("--fail-on", "wrong", "-T", "ndjson"),
    ],
    ids=" ".join,
)
def test_the_same_output(own_captures: Path, options: tuple[str, ...]) -> None:
    assert tlseku(own_captures, "-j", "2", *options, *NAMES) == tlseku(own_captures, *options, *NAMES)


def test_a_vantage_that_only_all_files_show(own_captures: Path) -> None:
    names = ("test-case-1.pcap", "test-case-2.pcap", "test-case-3.pcap")
    one_by_one = tlseku(own_captures, "-T", "ndjson", *names)
    assert '"direction":"outbound"' in one_by_one[1]
    assert tlseku(own_captures, "-j", "3", "-T", "ndjson", *names) == one_by_one


def test_an_array_without_flows(own_captures: Path) -> None:
    names = ("not-here.pcap", "README.md")
    assert tlseku(own_captures, "-j", "2", "-T", "json", *names)[:2] == (2, "[]\n")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(own_captures: Path) -> None:
    code, out, err = tlseku(
        own_captures, "-j", "2", "-T", "ndjson", "not-here.pcap", "declined.pcap", "README.md"
    )
    assert (code, out.count("\n")) == (2, 1)
    assert [line.partition(": ")[2].partition(":")[0] for line in err.splitlines()[:2]] == [
        "not-here.pcap",
        "README.md",
    ]


@pytest.mark.parametrize("extra", [("--merge",), ("-c", "5")])
def test_what_reads_files_together_needs_one_process(own_captures: Path, extra: tuple[str, ...]) -> None:
    code, out, err = tlseku(own_captures, "-j", "2", *extra, *NAMES)
    assert (code, out) == (2, "")
    assert err == (
        "tlseku: -j reads files apart from each other: not with --merge, -c or - (see tlseku flows --help)\n"
    )
