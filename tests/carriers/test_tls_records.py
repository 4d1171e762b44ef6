"""Records as they would stand in a TCP stream."""

from __future__ import annotations

import pytest

from tlseku.carriers import tls_records
from tlseku.carriers.tls_records import handshake_message, record


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        (tls_records.ALERT, b"\x02\x2a", "15 0303 0002 022a"),
        (tls_records.CHANGE_CIPHER_SPEC, b"\x01", "14 0303 0001 01"),
        (tls_records.APPLICATION_DATA, b"", "17 0303 0000"),
        (tls_records.HANDSHAKE, b"abc", "16 0303 0003 616263"),
    ],
)
def test_a_record(content_type: int, content: bytes, expected: str) -> None:
    assert record(content_type, content) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("length", "lengths"),
    [(1 << 14, [1 << 14]), ((1 << 14) + 1, [1 << 14, 1]), (40_000, [1 << 14, 1 << 14, 40_000 - (2 << 14)])],
)
def test_long_content_takes_several(length: int, lengths: list[int]) -> None:
    content = bytes(index % 251 for index in range(length))
    made = record(tls_records.HANDSHAKE, content)
    found, at, joined = [], 0, b""
    while at < len(made):
        assert made[at : at + 3] == b"\x16\x03\x03"
        size = int.from_bytes(made[at + 3 : at + 5], "big")
        joined += made[at + 5 : at + 5 + size]
        found.append(size)
        at += 5 + size
    assert (found, joined) == (lengths, content)


def test_a_handshake_message() -> None:
    assert handshake_message(14, b"") == bytes.fromhex("16 0303 0004 0e000000")
    assert handshake_message(11, b"\0\0\0") == bytes.fromhex("16 0303 0007 0b000003 000000")
