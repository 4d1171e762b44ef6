"""Secrets of a pcapng file found ahead of its packets."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
from pathlib import Path
from struct import pack

import pytest

from tlseku.capture import secrets_ahead as module
from tlseku.capture.secret import Secret
from tlseku.capture.secrets_ahead import secrets_ahead

LOG = b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"
TLS = 0x544C534B


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += b"\0" * (-len(body) % 4)
    length = 12 + len(body)
    return pack(f"{order}II", kind, length) + body + pack(f"{order}I", length)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def secrets(data: bytes, order: str = "<", kind: int = TLS) -> bytes:
    return block(10, pack(f"{order}II", kind, len(data)) + data, order)


def packet(data: bytes, order: str = "<") -> bytes:
    return block(6, pack(f"{order}IIIII", 0, 0, 0, len(data), len(data)) + data, order)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "some.pcapng"


@pytest.mark.parametrize("order", ["<", ">"])
def test_behind_the_packets(place: Path, order: str) -> None:
    place.write_bytes(section(order) + packet(b"x" * 99, order) + secrets(LOG, order))
    assert secrets_ahead(place) == [Secret(TLS, LOG)]
    assert secrets_ahead(str(place)) == [Secret(TLS, LOG)]


def test_several_sections_of_different_byte_orders(place: Path) -> None:
    place.write_bytes(section("<") + secrets(LOG) + section(">") + secrets(b"#\n", ">"))
    assert secrets_ahead(place) == [Secret(TLS, LOG), Secret(TLS, b"#\n")]


def test_a_packet_that_holds_a_capture_is_no_secret(place: Path) -> None:
    place.write_bytes(section() + packet(section() + secrets(LOG)))
    assert secrets_ahead(place) == []


@pytest.mark.parametrize("content", [b"", b"\xd4\xc3\xb2\xa1" + bytes(20), section(), LOG])
def test_nothing_there(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    assert secrets_ahead(place) == []


def test_what_cannot_be_looked_through(place: Path) -> None:
    place.write_bytes(section() + secrets(LOG))
    assert secrets_ahead("-") == []
    assert secrets_ahead(io.BytesIO(place.read_bytes())) == []
    assert secrets_ahead(place.parent) == []
    assert secrets_ahead(place.with_suffix(".none")) == []


def test_a_damaged_file_never_raises(place: Path) -> None:
    draw = random.Random(5)
    whole = section() + packet(b"x" * 40) + secrets(LOG) + packet(b"y" * 7)
    for _ in range(300):
        damaged = bytearray(whole[: draw.randrange(len(whole))])
        for _ in range(draw.randrange(4)):
            if damaged:
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        place.write_bytes(damaged)
        assert all(isinstance(each, Secret) for each in secrets_ahead(place))


def test_a_pipe_is_left_for_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Opening it would wait for a writer for ever.
    assert secrets_ahead(pipe) == secrets_ahead(pipe, compressed=True) == []


@pytest.mark.parametrize("damage", ["", "cut", "garbage"])
def test_a_compressed_file_is_looked_through_if_asked_for(place: Path, damage: str) -> None:
    data = gzip.compress(section() + packet(b"x" * 99) + secrets(LOG) + packet(b"y" * 99))
    found = [Secret(TLS, LOG)]
    if damage == "cut":
        data = data[:-9]
    elif damage == "garbage":
        data, found = data[:40] + bytes(40), []
    place.write_bytes(data)
    assert secrets_ahead(place) == []
    assert secrets_ahead(place, compressed=True)[: len(found)] == found
    place.write_bytes(gzip.compress(LOG))
    assert secrets_ahead(place, compressed=True) == []


def test_an_open_file_is_looked_through_before_it_is_read(place: Path) -> None:
    place.write_bytes(section() + packet(b"x" * 99) + secrets(LOG))
    with place.open("rb") as file:
        assert secrets_ahead(file) == [Secret(TLS, LOG)]
        assert file.tell() == 0
        file.read(1)
        assert secrets_ahead(file) == []
    assert secrets_ahead(io.BytesIO(place.read_bytes())) == []


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("before", range(0, 32, 4))
def test_a_block_across_two_pieces(
    place: Path, monkeypatch: pytest.MonkeyPatch, order: str, before: int
) -> None:
    monkeypatch.setattr(module, "_PIECE", 64)
    packets = [packet(b"x" * (40 + before), order), packet(b"KSLTTLSK" * 9, order)]
    place.write_bytes(section(order) + b"".join(packets) + secrets(LOG, order) + packets[0])
    assert secrets_ahead(place) == [Secret(TLS, LOG)]


def test_a_file_is_not_held_in_memory(place: Path) -> None:
    with place.open("wb") as file:
        file.write(section())
        for _ in range(64):
            file.write(packet(bytes(1 << 20)))
        file.write(secrets(LOG))
    program = (
        "import resource, sys\n"
        "from tlseku.capture.secrets_ahead import secrets_ahead\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert len(secrets_ahead(sys.argv[1])) == 1\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    command = [sys.executable, "-c", program, str(place)]
    grown = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert grown < 8 * 1024


def test_reads_that_bring_less_than_there_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write_bytes(section() + packet(b"x" * 99) + secrets(LOG) + packet(b"x" * 99) + secrets(b"#\n"))
    monkeypatch.setattr(module, "read_at", lambda fd, offset, size: os.pread(fd, min(size, 7), offset))
    assert secrets_ahead(place) == [Secret(TLS, LOG), Secret(TLS, b"#\n")]
