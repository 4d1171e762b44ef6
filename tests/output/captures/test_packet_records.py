from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import pytest

from tests import wire
from tests.capture import written
from tlseku.capture import open_capture, packets
from tlseku.errors import CaptureError
from tlseku.output.captures import blocks
from tlseku.output.captures.packet_records import Record, Section, records

FRAMES = [wire.Frame(wire.START + 1_234_567 * n, bytes([n]) * (20 + n), 100 + n) for n in range(5)]


def copied(data: bytes) -> list[Record]:
    return list(records(io.BytesIO(data), "test"))


@pytest.mark.parametrize("form", wire.FILES)
def test_the_copy_holds_the_same_packets(form: str) -> None:
    data = wire.FILES[form](FRAMES, 1)
    again = b"".join(record.block for record in copied(data))
    assert list(packets(io.BytesIO(again))) == list(packets(io.BytesIO(data)))


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_is_copied_byte_for_byte(order: str) -> None:
    other = ">" if order == "<" else "<"
    data = b"".join(
        (
            written.section(order),
            written.block(order, 4, b"\0\0\0\0"),
            written.interface(order),
            written.enhanced(1, b"abc", order=order, opts=written.options(order, (1, b"mine"))),
            written.secrets(b"CLIENT_RANDOM x", order=order),
            written.block(order, 0x0BAD, b"\0\0\x7f\xd9whatever"),
            written.section(other),
            written.interface(other, 101),
            written.simple(b"E" * 20, other),
            written.obsolete(5, b"E" * 21, order=other),
            written.block(other, 5, b"\0" * 12),
        )
    )
    found = copied(data)
    assert b"".join(record.block for record in found) == data
    assert [(record.kind, record.frame) for record in found] == [
        (blocks.SECTION, 0),
        (blocks.NAME_RESOLUTION, 0),
        (blocks.INTERFACE, 0),
        (blocks.ENHANCED_PACKET, 1),
        (blocks.SECRETS, 0),
        (0x0BAD, 2),
        (blocks.SECTION, 0),
        (blocks.INTERFACE, 0),
        (blocks.SIMPLE_PACKET, 3),
        (blocks.OBSOLETE_PACKET, 4),
        (blocks.STATISTICS, 0),
    ]


def test_packets_have_the_times_and_numbers_of_the_reader() -> None:
    data = b"".join(
        (
            written.section(),
            written.interface(opts=written.options("<", (9, b"\x09"), (14, b"\x05" + b"\0" * 7))),
            written.interface(linktype=113),
            written.enhanced(1_700_000_000_123_456_789, b"a" * 30, original=99),
            written.enhanced(written.micro(1_700_000_001, 7), b"b" * 30, 1),
            written.simple(b"c" * 30),
        )
    )
    section = Section()
    found = []
    for record in copied(data):
        section.see(record)
        packet = section.packet(record)
        if packet is not None:
            found.append((record.frame, packet.ts_ns, packet.linktype, packet.data, packet.original_length))
    assert found == [tuple(packet[:5]) for packet in packets(io.BytesIO(data))]
    assert found[0][1] == 1_700_000_005_123_456_789


@pytest.mark.parametrize("form", ["pcap-le", "pcap-nano-be", "pcapng", "pcapng-be"])
def test_a_cut_file_gives_what_is_whole(form: str) -> None:
    data = wire.FILES[form](FRAMES, 1)
    whole = copied(data)
    for cut in range(len(data) - 1, 64, -7):
        some = copied(data[:cut])
        assert some == whole[: len(some)]
        with open_capture(io.BytesIO(data[:cut])) as capture:
            count = sum(len(batch.starts) for batch in capture.batches())
        assert max((record.frame for record in some), default=0) == count


def test_a_cut_gzip_file_gives_what_is_whole() -> None:
    data = gzip.compress(wire.pcapng(FRAMES))
    assert copied(data[:-12])[0].kind == blocks.SECTION


@pytest.mark.parametrize("what", [b"", b"not a capture at all", b"\x0a\x0d\x0d\x0a"])
def test_what_is_no_capture(what: bytes, tmp_path: Path) -> None:
    if what[:1] == b"\x0a":
        assert copied(what) == []
    else:
        with pytest.raises(CaptureError):
            copied(what)


def test_changed_bytes_never_raise_anything_else(seeded: random.Random) -> None:
    samples = [wire.FILES[form](FRAMES, 1) for form in ("pcap-le", "pcapng", "pcapng-be")]
    for _ in range(1500):
        data = bytearray(seeded.choice(samples))
        for _ in range(seeded.randrange(1, 6)):
            data[seeded.randrange(len(data))] = seeded.randrange(256)
        section = Section()
        try:
            for record in records(io.BytesIO(bytes(data)), "test"):
                section.see(record)
                section.packet(record)
        except CaptureError:
            continue
