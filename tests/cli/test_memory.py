"""Memory does not grow with the number of flows: four times as many take no more."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.peaks import STATUS
from tests.conftest import PROJECT
from tlseku.capture import open_capture

FLOWS = 600
"""Enough for whatever is remembered up to a bound to have reached it."""
MORE = 4 * FLOWS

LEAST_KEPT_KB = 5
"""What a flow takes at the very least where it is kept: these have two chains each."""

_PORTS = 34
"""Where the ports stand in an Ethernet frame with IPv4 and no options."""

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells of a peak")


def many(path: Path, flows: int) -> Path:
    """A capture in which the connection of another takes place so many times, from one port after the other."""
    frames = []
    with open_capture(PROJECT / "captures" / "no-eku.pcap") as capture:
        for batch in capture.batches():
            for index, start in enumerate(batch.starts):
                ts_ns, captured, _ = batch.header(index)
                frames.append((ts_ns, bytes(batch.data[start : start + captured])))
    client = frames[0][1][_PORTS : _PORTS + 2]
    lasts = frames[-1][0] - frames[0][0] + 5_000_000_000
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for flow in range(flows):
            port = struct.pack("!H", 10000 + flow)
            for ts_ns, frame in frames:
                place = _PORTS if frame[_PORTS : _PORTS + 2] == client else _PORTS + 2
                file.write(struct.pack("<IIII", *divmod(ts_ns + flow * lasts, 10**9), len(frame), len(frame)))
                file.write(frame[:place] + port + frame[place + 2 :])
    return path


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("memory")
    return many(place / "few.pcap", FLOWS), many(place / "many.pcap", MORE)


def peak_kb(command: tuple[str, ...], capture: Path, flows: int) -> int:
    # Where the vantage is named no flow is held back to infer it.
    args = [*command, "--local", "192.0.2.10", str(capture)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.peaks", *args],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=True,
    )
    assert f"{flows:,} TLS flows in {flows:,} TCP connections" in done.stdout + done.stderr
    return int(done.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    "command",
    [
        ("flows",),
        ("flows", "-T", "csv"),
        ("flows", "-T", "json", "--fail-on", "wrong"),
        ("flows", "-T", "ecs"),
        ("flows", "-T", "sarif", "-Y", "flow.number > 0"),
        ("flows", "--summary"),
        ("sunset",),
        ("sunset", "-T", "json"),
    ],
    ids=" ".join,
)
def test_four_times_the_flows_take_no_more(captures: tuple[Path, Path], command: tuple[str, ...]) -> None:
    few, more = captures
    grown = peak_kb(command, more, MORE) - peak_kb(command, few, FLOWS)
    assert grown < (MORE - FLOWS) * LEAST_KEPT_KB / 2
