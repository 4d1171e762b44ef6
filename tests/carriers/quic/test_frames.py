"""The frames in a packet of QUIC."""

from __future__ import annotations

import random

import pytest

from tests.carriers.quic.written import close, crypto, integer, stream
from tlseku.carriers.quic.frames import (
    ConnectionClose,
    Crypto,
    Frame,
    HandshakeDone,
    NewConnectionId,
    Stream,
    read_frames,
)
from tlseku.errors import Malformed

CLOSED = ConnectionClose(0x12A, False, b"no")
ACK = b"\x02" + integer(70) + integer(9) + integer(1) + integer(3) + integer(2) + integer(5)


@pytest.mark.parametrize(
    ("payload", "frames"),
    [
        (b"", []),
        (bytes(900), []),
        (crypto(b"hello", 300), [Crypto(300, b"hello")]),
        (bytes(9) + crypto(b"a") + bytes(9) + crypto(b"b", 1), [Crypto(0, b"a"), Crypto(1, b"b")]),
        (ACK + crypto(b"a"), [Crypto(0, b"a")]),
        (b"\x03" + ACK[1:] + b"\1\2\3" + crypto(b"a"), [Crypto(0, b"a")]),
        (close(0x12A, b"no"), [CLOSED]),
        (close(0x12A, b"no", by_application=True), [ConnectionClose(0x12A, True, b"no")]),
        (b"\x1e\x01" + close(0x12A, b"no"), [HandshakeDone(), CLOSED]),
        (stream(b"data") + close(0x12A, b"no"), [Stream(b"data"), CLOSED]),
        (b"\x08\x00to the end", [Stream(b"to the end")]),
        (b"\x0f\x00\x09\x02ab" + crypto(b"a"), [Stream(b"ab"), Crypto(0, b"a")]),
        (b"\x31\x02ab\x30to the end", [Stream(b"ab"), Stream(b"to the end")]),
        (b"\x18\x01\x00\x03new" + bytes(16) + b"\x19\x00", [NewConnectionId(b"new")]),
        (b"\x07\x03tok\x04\0\0\0\x05\0\0\x10\0\x11\0\0\x12\0\x13\0\x14\0\x15\0\0\x16\0\x17\0", []),
        (b"\x1a12345678\x1b12345678" + close(0x12A, b"no"), [CLOSED]),
    ],
)
def test_frames(payload: bytes, frames: list[Frame]) -> None:
    assert list(read_frames(payload)) == frames


@pytest.mark.parametrize(
    ("frame", "alert"),
    [
        (ConnectionClose(0x12A, False, b""), 42),
        (ConnectionClose(0x100, False, b""), 0),
        (ConnectionClose(0x1FF, False, b""), 255),
        (ConnectionClose(0x200, False, b""), None),
        (ConnectionClose(0x0A, False, b""), None),
        (ConnectionClose(0x12A, True, b""), None),
    ],
)
def test_which_errors_are_alerts(frame: ConnectionClose, alert: int | None) -> None:
    assert frame.alert == alert


@pytest.mark.parametrize(
    "damaged",
    [
        b"\x06\x00\x05hell",
        b"\x1c\x41",
        b"\x1c\x41\x2a\x00\x05four",
        b"\x1f",
        b"\x21",
        b"\x40\xff",
        b"\x02\x00\x00\xbf\xff\xff\xff\x00",
        b"\x18\x00\x00\x04abc",
        b"\x1a1234567",
        b"\x0a\x00\x05data",
    ],
)
def test_what_stands_before_damage_is_told(damaged: bytes) -> None:
    reader = read_frames(crypto(b"a") + damaged)
    assert next(reader) == Crypto(0, b"a")
    with pytest.raises(Malformed):
        list(reader)


def test_anything_gives_frames_or_is_malformed() -> None:
    source = random.Random(19)
    for _ in range(5000):
        payload = bytearray(
            ACK * source.randrange(2) + crypto(b"ab") + source.randbytes(source.randrange(30))
        )
        for _ in range(source.randrange(4)):
            payload[source.randrange(len(payload))] = source.randrange(0x40)
        try:
            for _ in read_frames(bytes(payload)):
                pass
        except Malformed:
            pass
