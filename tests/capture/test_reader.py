"""The capture that callers hold: one pass, counts, names, closing."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from tests.capture.written import FRAME, SECOND, enhanced, interface, micro, pcap, read_all, section
from tlseku.capture import Capture, open_capture, packets
from tlseku.capture.batch import Packet
from tlseku.errors import CaptureError

RECORDS = [(SECOND, number, FRAME) for number in range(3000)]
PCAP = pcap(RECORDS)
PCAPNG = section() + interface() + b"".join(enhanced(micro(s, f), d) for s, f, d in RECORDS)


@pytest.mark.parametrize("data", [PCAP, PCAPNG], ids=["pcap", "pcapng"])
@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, lambda d: zstandard.ZstdCompressor().compress(d)],
    ids=["plain", "gzip", "zstd"],
)
def test_the_name_of_a_file_says_nothing_about_its_bytes(tmp_path: Path, data: bytes, pack: object) -> None:
    path = tmp_path / "capture.txt"
    path.write_bytes(pack(data))  # type: ignore[operator]
    expected = [(number, SECOND * 10**9 + f * 1000, FRAME) for number, (_, f, _) in enumerate(RECORDS, 1)]
    with open_capture(path) as capture:
        assert [(p.number, p.ts_ns, p.data) for p in read_all(capture)] == expected
        assert capture.names == (str(path),)
        assert capture.packets_read == (3000,)
        assert capture.bytes_read == len(data)
        assert capture.warnings == []
        assert capture.secrets == []
    assert [(p.number, p.ts_ns, p.data) for p in packets(path)] == expected


@pytest.mark.parametrize("data", [PCAP, PCAPNG], ids=["pcap", "pcapng"])
@pytest.mark.parametrize(
    "pack", [gzip.compress, lambda d: zstandard.ZstdCompressor().compress(d)], ids=["gzip", "zstd"]
)
def test_cut_compression_is_one_warning_at_the_offset_of_the_capture(data: bytes, pack: object) -> None:
    packed = pack(data)  # type: ignore[operator]
    capture = open_capture(io.BytesIO(packed[:-5]), "x")
    got = read_all(capture)
    assert [p.data for p in got] == [FRAME] * len(got)
    (warning,) = capture.warnings
    assert warning.offset == capture.bytes_read
    assert warning.problem.endswith("data is cut short")


def test_there_is_one_pass() -> None:
    capture = open_capture(io.BytesIO(pcap(RECORDS[:2])))
    first = capture.batches()
    assert capture.packets_read == (0,)
    assert len(next(first).starts) == 2
    assert capture.packets_read == (2,)
    assert list(capture.batches()) == []
    assert repr(capture) == "<Capture <stream>: 2 packets read>"


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_what_was_opened_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PCAP)
    before = descriptors()
    with open_capture(path) as capture:
        assert descriptors() == before + 1
        next(capture.batches())
    assert descriptors() == before
    next(iterator := packets(path))
    iterator.close()  # type: ignore[attr-defined]
    assert descriptors() == before
    for bad in (b"", b"no capture", PCAP[:20], b"\x1f\x8b\x09"):
        path.write_bytes(bad)
        with pytest.raises(CaptureError):
            open_capture(path)
        assert descriptors() == before


def test_a_given_object_stays_open() -> None:
    source = io.BytesIO(PCAP)
    with open_capture(source):
        pass
    assert not source.closed


def peak_memory(path: Path) -> int:
    tracemalloc.start()
    try:
        with open_capture(path) as capture:
            for _ in capture.batches():
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [bytes, lambda d: gzip.compress(d, 1), zstandard.compress])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, pack: object) -> None:
    peaks = []
    for length in (4, 24):
        path = tmp_path / "x"
        path.write_bytes(pack(pcap([(SECOND, 0, bytes(1400))] * (length * 700))))  # type: ignore[operator]
        peaks.append(peak_memory(path))
    assert peaks[1] < peaks[0] + 300_000
    assert peaks[1] < 3 << 20


def test_a_batch_is_a_view_of_its_packets() -> None:
    capture: Capture = open_capture(io.BytesIO(pcap(RECORDS[:2], network=113)), "name")
    (batch,) = capture.batches()
    assert batch.packet(1) == Packet(2, SECOND * 10**9 + 1000, 113, FRAME, 74, 0)
    assert (batch.captured_length(0), batch.original_length(0)) == (64, 74)
