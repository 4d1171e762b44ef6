"""Record headers of 16, 20, 24 and 28 bytes: told apart by the records, and never for a usual capture."""

from __future__ import annotations

import io
import random
import struct

import pytest

from tests.capture.written import FRAME, SECOND, Dribble, pcap, read_all
from tlseku.capture import open_capture

USUAL_MAGIC, PATCHED_MAGIC, NANOSECONDS = 0xA1B2C3D4, 0xA1B2CD34, 0xA1B23C4D
FRAMES = [FRAME[: 64 - at] + bytes([at]) * at for at in range(12)]
BEHIND = struct.pack("<IHBB", 2, 0x0800, 4, 0) + bytes(4)


def written(
    length: int, magic: int, order: str = "<", frames: list[bytes] = FRAMES, snaplen: int = 65535
) -> bytes:
    """A capture with record headers of ``length`` bytes."""
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, 1)]
    for at, data in enumerate(frames):
        head = struct.pack(order + "IIII", SECOND + at, 1000 * at, len(data), len(data) + 10)
        out += [head, BEHIND[: length - 16], data]
    return b"".join(out)


LAYOUTS = [
    pytest.param(16, USUAL_MAGIC, id="usual"),
    pytest.param(16, NANOSECONDS, id="nanoseconds"),
    pytest.param(20, USUAL_MAGIC, id="Nokia"),
    pytest.param(24, USUAL_MAGIC, id="Red Hat 6.1"),
    pytest.param(24, PATCHED_MAGIC, id="patched"),
    pytest.param(28, PATCHED_MAGIC, id="SuSE 6.3"),
]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("length", "magic"), LAYOUTS)
def test_a_layout_is_told_by_its_records(length: int, magic: int, order: str) -> None:
    capture = open_capture(io.BytesIO(written(length, magic, order)))
    found = read_all(capture)
    assert [packet.data for packet in found] == FRAMES
    assert [packet.ts_ns // 1_000_000_000 - SECOND for packet in found] == list(range(12))
    assert capture.warnings == []


@pytest.mark.parametrize(("length", "magic"), LAYOUTS)
def test_through_a_pipe(length: int, magic: int) -> None:
    data = written(length, magic)
    assert [packet.data for packet in read_all(open_capture(Dribble(data, 400)))] == FRAMES


@pytest.mark.parametrize(("length", "magic"), LAYOUTS)
def test_a_capture_that_is_cut_keeps_its_layout(length: int, magic: int) -> None:
    data = written(length, magic)
    for cut in range(1, 70):
        capture = open_capture(io.BytesIO(data[:-cut]))
        assert [packet.data for packet in read_all(capture)] == FRAMES[:-1]
        assert len(capture.warnings) == (0 if cut == length + 64 else 1)


def test_a_single_packet_is_of_the_usual_layout() -> None:
    for rest in range(16):
        capture = open_capture(io.BytesIO(written(16, USUAL_MAGIC, frames=[FRAME]) + bytes(rest)))
        assert [packet.data for packet in read_all(capture)] == [FRAME]


@pytest.mark.parametrize(
    ("data", "packets"),
    [
        pytest.param(written(16, USUAL_MAGIC, snaplen=10), 12, id="a snaplen that nobody kept"),
        pytest.param(written(16, USUAL_MAGIC, snaplen=0), 12, id="no snaplen"),
        pytest.param(pcap([(SECOND, 5_000_000, FRAME)] * 9), 9, id="fractions beyond the second"),
        pytest.param(written(16, USUAL_MAGIC) + b"\xff" * 60, 12, id="garbage behind"),
        pytest.param(written(16, USUAL_MAGIC)[:40] + b"\xff" * 900, 1, id="garbage inside"),
        pytest.param(written(16, USUAL_MAGIC, frames=[]), 0, id="no packet"),
    ],
)
def test_an_odd_capture_of_the_usual_layout_stays_one(data: bytes, packets: int) -> None:
    assert len(read_all(open_capture(io.BytesIO(data)))) == packets


def test_damaged_ones_never_raise(seeded: random.Random) -> None:
    for _ in range(500):
        length, magic = seeded.choice(LAYOUTS).values
        data = bytearray(written(length, magic))  # type: ignore[arg-type]
        for _ in range(4):
            data[seeded.randrange(24, 300)] = seeded.randrange(256)
        assert len(read_all(open_capture(io.BytesIO(bytes(data))))) <= 30
