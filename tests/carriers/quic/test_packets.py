"""The packets in a datagram of QUIC, by their headers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.quic.written import BITS, V1, V2, integer
from tlseku.carriers.quic.packets import (
    QuicPacket,
    begins_long_header,
    read_packets,
    read_variable,
)
from tlseku.carriers.quic.versions import HANDSHAKE, INITIAL, ONE_RTT, RETRY, VERSION_NEGOTIATION, ZERO_RTT
from tlseku.errors import Malformed
from tlseku.tls.cursor import Cursor


def long(kind: int, body: bytes, version: int = V1, ids: tuple[bytes, bytes] = (b"to", b"from")) -> bytes:
    head = bytes((0xC0 | BITS[version][kind] << 4,)) + version.to_bytes(4, "big")
    head += b"".join(bytes((len(each),)) + each for each in ids)
    head += b"\0" if kind == INITIAL else b""
    return head + integer(len(body)) + body


def kinds(data: bytes) -> list[tuple[int, int, int]]:
    return [(each.kind, each.start, each.end) for each in read_packets(data, 0, len(data))]


@pytest.mark.parametrize("version", [V1, V2, 0xFF00001D])
@pytest.mark.parametrize("kind", [INITIAL, ZERO_RTT, HANDSHAKE])
def test_long_headers(version: int, kind: int) -> None:
    data = b"xx" + (
        long(kind, b"number and payload", version) if version in BITS else long(kind, b"number and payload")
    )
    if version not in BITS:
        data = data[:3] + version.to_bytes(4, "big") + data[7:]
    (packet,) = read_packets(data, 2, len(data))
    assert packet == QuicPacket(kind, version, b"to", b"from", b"", 2, len(data) - 18, len(data))


def test_coalesced_packets() -> None:
    first, second = long(INITIAL, bytes(30)), long(HANDSHAKE, bytes(40))
    data = first + second + b"\x40short header to the end"
    assert kinds(data) == [
        (INITIAL, 0, len(first)),
        (HANDSHAKE, len(first), len(first) + len(second)),
        (ONE_RTT, len(first) + len(second), len(data)),
    ]


def test_zeros_fill_a_datagram_up() -> None:
    first = long(INITIAL, bytes(30))
    assert kinds(first + bytes(700)) == [(INITIAL, 0, len(first))]


def test_two_datagrams_in_one_frame() -> None:
    """As a capture on the sending host has them before the kernel cuts them (UDP GSO)."""
    first = long(INITIAL, bytes(30)) + long(HANDSHAKE, bytes(900))
    short = b"\x41to" + b"x" * 100
    data = first + short + first + bytes(100) + first
    assert [kind for kind, _, _ in kinds(data)] == [
        *(INITIAL, HANDSHAKE, ONE_RTT),
        *(INITIAL, HANDSHAKE, INITIAL, HANDSHAKE),
    ]
    assert kinds(data)[2] == (ONE_RTT, len(first), len(first + short))


def test_a_token_and_a_retry() -> None:
    initial = b"\xc0\0\0\0\1\0\0" + integer(3) + b"tok" + integer(5) + b"abcde"
    (packet,) = read_packets(initial, 0, len(initial))
    assert (packet.token, packet.number_at, packet.end) == (b"tok", 12, 17)
    retry = b"\xf0\0\0\0\1\2to\4from" + b"a token" + bytes(16)
    (packet,) = read_packets(retry, 0, len(retry))
    assert (packet.kind, packet.token, packet.source) == (RETRY, b"a token", b"from")


def test_version_negotiation() -> None:
    data = b"\x80\0\0\0\0\2to\4from" + V2.to_bytes(4, "big") + b"\x1a\x2a\x3a\x4a" + b"\0"
    (packet,) = read_packets(data, 0, len(data))
    assert packet.kind == VERSION_NEGOTIATION
    assert data[packet.number_at : packet.end] == V2.to_bytes(4, "big") + b"\x1a\x2a\x3a\x4a" + b"\0"


@pytest.mark.parametrize(
    "data",
    [
        b"\xc0\0\0\0",
        b"\xc0\0\0\0\1\x15" + bytes(60),
        b"\xc0\0\0\0\1\2to\x15" + bytes(60),
        b"\x80\0\0\0\1\2to\4from\0\1x",
        b"\xc0\0\0\0\2\2to\4from\0\1x",
        b"\xc0Q046\2to\4from\0\1x",
        b"\xc0\0\0\0\1\2to\4from\0\x40\x64" + bytes(99),
        b"\xc0\0\0\0\1\2to\4from\x05tok",
        b"\x3f no packet of QUIC",
    ],
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(read_packets(data, 0, len(data)))
    good = long(INITIAL, bytes(30))
    reader = read_packets(good + data, 0, len(good + data))
    assert next(reader).end == len(good)
    with pytest.raises(Malformed):
        list(reader)


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (long(INITIAL, bytes(9)), True),
        (long(INITIAL, bytes(9), V2), True),
        (b"\xc0\xff\0\0\x1d\0\0", True),
        (b"\xc0\x1a\x2a\x3a\x4a\0\0", True),
        (b"\xc0Q050\0\0", True),
        (b"\x80\0\0\0\0\0\0", True),
        (b"\x80\0\0\0\1\0\0", False),
        (b"\xc0\0\0\0\2\0\0", False),
        (b"\x40\0\0\0\1\0\0", False),
        (b"\xc0\0\0\0\1\0", False),
        (b"\xc0\0\0\0\1\x15\0" + bytes(40), False),
        (b"\xc0\0\0\0\1\4ab", False),
        (b"\xc0\0\0\0\1\0\4ab", False),
    ],
)
def test_begins_long_header(data: bytes, yes: bool) -> None:
    assert begins_long_header(data, 0, len(data)) is yes
    assert begins_long_header(b"x" + data, 1, 1 + len(data)) is yes


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x25", 37),
        (b"\x40\x25", 37),
        (b"\x7b\xbd", 15293),
        (b"\x9d\x7f\x3e\x7d", 494878333),
        (b"\xc2\x19\x7c\x5e\xff\x14\xe8\x8c", 151288809941952652),
    ],
)
def test_variable_length_integers(data: bytes, value: int) -> None:
    """The samples of RFC 9000 appendix A.1."""
    assert read_variable(Cursor(data), "an integer") == value
    with pytest.raises(Malformed):
        read_variable(Cursor(data[:-1]), "an integer")


@given(
    st.lists(st.tuples(st.sampled_from((INITIAL, ZERO_RTT, HANDSHAKE)), st.binary(max_size=60)), max_size=6),
    st.sampled_from((V1, V2)),
    st.binary(max_size=20),
    st.binary(max_size=20),
)
def test_what_was_written_is_read(
    written: list[tuple[int, bytes]], version: int, destination: bytes, source: bytes
) -> None:
    data = b"".join(long(kind, body, version, (destination, source)) for kind, body in written)
    found = list(read_packets(data, 0, len(data)))
    assert [(each.kind, data[each.number_at : each.end]) for each in found] == written
    assert {(each.destination, each.source) for each in found} <= {(destination, source)}


def test_anything_gives_packets_or_is_malformed() -> None:
    source = random.Random(9000)
    for _ in range(3000):
        data = bytearray(long(source.randrange(3), bytes(20)) * source.randrange(3))
        data += source.randbytes(source.randrange(40))
        for _ in range(source.randrange(5)):
            if data:
                data[source.randrange(len(data))] = source.choice((0, 1, 0x14, 0x40, 0xC0, 0xFF))
        at = 0
        try:
            for each in read_packets(bytes(data), 0, len(data)):
                assert at <= each.start < each.end <= len(data)
                assert each.start <= each.number_at <= each.end
                at = each.end
        except Malformed:
            pass
