"""What is a capture, and what the error says of files that are not."""

from __future__ import annotations

import gzip
import io
import random
import struct
from pathlib import Path

import pytest

from tests.capture.written import pcap, section
from tlseku.capture import open_capture
from tlseku.capture.formats import convertible, describe_foreign, is_foreign, kind_of
from tlseku.errors import CaptureError


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34])
def test_pcap(order: str, magic: int) -> None:
    assert kind_of(pcap([], order=order, magic=magic)[:4]) == "pcap"


def test_pcapng() -> None:
    assert kind_of(section("<")[:4]) == kind_of(section(">")[:4]) == "pcapng"


CONVERT = "; to convert it: editcap -F pcapng FILE FILE.pcapng"

FOREIGN = [
    (b"", "the file is empty"),
    (b"\xd4\xc3", "not a capture: only 2 bytes"),
    (b"PK\x03\x04" + bytes(60), "looks like a zip archive, not a capture"),
    (b"7z\xbc\xaf\x27\x1c\0\4", "looks like a 7z archive, not a capture"),
    (b"\xfd7zXZ\x00\0\4", "looks like an xz file; unpack it first"),
    (b"BZh91AY&SY", "looks like a bzip2 file; unpack it first"),
    (b"snoop\0\0\0\0\0\0\2", "looks like a snoop capture" + CONVERT),
    (b"GMBU\0\2\1\0", "looks like a Network Monitor 2 capture" + CONVERT),
    (b"RTSS\0\2\1\0", "looks like a Network Monitor 1 capture" + CONVERT),
    (b"\xaa\xaa\xaa\xaa\x20\0\0\0", "looks like a 5View capture" + CONVERT),
    (b"TR\0d\0" + bytes(40), "looks like an HP-UX nettl trace" + CONVERT),
    (b"+---------+---------------+----------+\r\n", "looks like a K12 text capture" + CONVERT),
    (b"iptrace 2.0" + bytes(40), "looks like an AIX iptrace capture" + CONVERT),
    (
        b"\0\x20\0\0NetScaler V20 Performance Data" + bytes(40),
        "looks like a NetScaler trace (or take it as pcap: start nstrace -traceformat PCAP)" + CONVERT,
    ),
    (
        b"snoop" + bytes(35) + b"i1eth0" + bytes(6) + b"\x08\0\x45",
        "looks like a Check Point fw monitor capture (snoop, each packet up to four times)" + CONVERT,
    ),
    (
        struct.pack("<I", 65536) + bytes(70) + b"\x02\xc0" + bytes(60),
        "looks like a Windows event trace (ETL); to convert it, on Windows: pktmon etl2pcap FILE,"
        " or etl2pcapng.exe FILE NEW.pcapng",
    ),
    (
        struct.pack("<HHBHBBBBBI", 74, 74, 0, 2026, 11, 29, 8, 15, 40, 1) + bytes(80),
        "looks like a CommView capture" + CONVERT,
    ),
    (
        struct.pack("<IHBBBBB", 74, 2026, 11, 29, 8, 15, 40) + bytes(80),
        "looks like a CommView capture" + CONVERT,
    ),
    (b"name" + bytes(253) + b"ustar\x0000", "looks like a tar archive, not a capture"),
    (
        b"-----BEGIN CERTIFICATE-----\n",
        "looks like certificates in PEM, not a capture; what reads it: tlseku cert FILE",
    ),
    (
        b"\x30\x82\x01\x00\x30",
        "looks like DER data, such as a certificate, not a capture; what reads it: tlseku cert FILE",
    ),
    (b"11:00:00 IP a > b: tcp\n" * 40, "looks like text, not a capture"),
    ("è così\n".encode() * 100, "looks like text, not a capture"),
    ("x\n".encode("utf-16"), "looks like text, not a capture"),
    (
        bytes.fromhex("0102030405060708 02 04 0052 0000 0040") + bytes(66),
        "looks like an ERF capture" + CONVERT,
    ),
    (b"\x00" * 64, "not a capture: starts with 00 00 00 00"),
    (b"\xa1\xb2\xc3\xd5" + bytes(20), "not a capture: starts with a1 b2 c3 d5"),
    (b"\x7fELF\2\1\1", "looks like a program, not a capture"),
    (b"\xff\xfe\xfd\xfc\0\0\0\0", "not a capture: starts with ff fe fd fc"),
]


@pytest.mark.parametrize(("data", "problem"), FOREIGN)
def test_foreign_files_are_an_error_of_one_line(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for source in (path, io.BytesIO(data)):
        with pytest.raises(CaptureError) as caught:
            open_capture(source, "file")
        assert str(caught.value) == f"file: offset 0: {problem}"


def test_compressed_foreign_files() -> None:
    for plain, problem in FOREIGN:
        with pytest.raises(CaptureError) as caught:
            open_capture(io.BytesIO(gzip.compress(plain)), "file")
        assert caught.value.problem == problem
    with pytest.raises(CaptureError) as caught:
        open_capture(io.BytesIO(gzip.compress(gzip.compress(pcap([])))), "file")
    assert caught.value.problem == "looks like gzip data inside compressed data, not a capture"


def test_compressed_data_that_is_damaged_from_the_start() -> None:
    with pytest.raises(CaptureError) as caught:
        open_capture(io.BytesIO(b"\x1f\x8b\x09\0garbage"), "file")
    assert str(caught.value) == "file: offset 0: the gzip data is damaged: unknown compression method"
    with pytest.raises(CaptureError) as caught:
        open_capture(io.BytesIO(gzip.compress(pcap([]), 0)[:-20]), "file")
    assert str(caught.value) == "file: offset 12: the gzip data is cut short"


def test_random_bytes_are_described_without_an_exception(seeded: random.Random) -> None:
    for _ in range(2000):
        data = seeded.randbytes(seeded.randint(0, 600))
        assert describe_foreign(data)
        if kind_of(data[:4]) is None and not data.startswith(b"\x1f\x8b"):
            with pytest.raises(CaptureError):
                open_capture(io.BytesIO(data))


@pytest.mark.parametrize(("data", "problem"), FOREIGN)
def test_only_what_may_be_a_capture_is_handed_to_another_program(data: bytes, problem: str) -> None:
    surely_none = "not a capture" in problem and ": starts" not in problem and "text" not in problem
    surely_none = surely_none or "unpack it" in problem or "(ETL)" in problem or "PEM" in problem or not data
    assert is_foreign(data) == (surely_none and "only 2" not in problem)
    assert (convertible(data) is not None) == problem.endswith(CONVERT)


def test_a_name_is_quoted_in_the_command() -> None:
    assert describe_foreign(b"snoop\0\0\0", "it's mine; rm") == (
        "looks like a snoop capture; to convert it: editcap -F pcapng 'it'\"'\"'s mine; rm'"
        " 'it'\"'\"'s mine; rm.pcapng'"
    )


@pytest.mark.parametrize(
    "sample",
    [
        bytes(64),
        struct.pack("<HHBHBBBBB", 74, 74, 0, 2026, 13, 29, 8, 15, 40) + bytes(40),
        struct.pack("<HHBHBBBBB", 74, 74, 0, 1026, 11, 29, 8, 15, 40) + bytes(40),
        struct.pack("<I", 65537) + bytes(70) + b"\x02\xc0" + bytes(60),
        struct.pack("<I", 65536) + bytes(70) + b"\x02\xc1" + bytes(60),
        b"a line\n" * 20,
    ],
)
def test_what_is_no_known_capture(sample: bytes) -> None:
    assert convertible(sample) is None
    assert not is_foreign(sample)


def test_the_command_names_the_file_and_not_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "x.snoop"
    path.write_bytes(b"snoop\0\0\0\0\0\0\2")
    for source, named in ((path, str(path)), (io.BytesIO(path.read_bytes()), "FILE")):
        with pytest.raises(CaptureError) as caught:
            open_capture(source)
        assert caught.value.problem.endswith(f"; to convert it: editcap -F pcapng {named} {named}.pcapng")
