"""``tlseku.carriers.eap.packet``: EAP packets and the pieces of TLS in them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.spoken import eap, pieces
from tlseku.carriers.eap.packet import WITH_TLS, EapPacket, TlsPiece, read_eap, read_tls_piece
from tlseku.errors import Malformed

READ = [
    (eap(1, 7, 1), EapPacket(1, 7, 1, b"", 0)),
    (eap(2, 7, 1, b"user"), EapPacket(2, 7, 1, b"user", 0)),
    (eap(2, 7, 1, b"user") + b"padding", EapPacket(2, 7, 1, b"user", 0)),
    (eap(1, 8, 13, b"\x20"), EapPacket(1, 8, 13, b"\x20", 0)),
    (eap(3, 9), EapPacket(3, 9, None, b"", 0)),
    (eap(4, 9), EapPacket(4, 9, None, b"", 0)),
    # Expanded types: vendor 0 is IANA's own, any other one is not.
    (eap(1, 9, 254, bytes(3) + b"\0\0\0\x0d" + b"\x20"), EapPacket(1, 9, 13, b"\x20", 0)),
    (eap(1, 9, 254, b"\0\x37\x2a" + b"\0\0\0\x0d" + b"\x20"), EapPacket(1, 9, 254, b"\x20", 0)),
]

NO_EAP = [
    (b"", 0),
    (b"\x01\x07\0", 3),
    (b"\0\x07\0\x05\x01", 0),
    (b"\x05\x07\0\x05\x01", 0),
    (b"\x01\x07\0\x03\x01", 2),
    (b"\x01\x07\0\x06\x01", 2),
    (b"\x01\x07\0\x04", 4),
    (eap(1, 9, 254, bytes(6)), 5),
]

PIECES = [
    (13, b"", TlsPiece(None, False, False, b"", 0, 0)),
    (13, b"\0", TlsPiece(None, False, False, b"", 0, 0)),
    (13, b"\x20", TlsPiece(None, False, True, b"", 0, 0)),
    # FAST says whose authority it is in its start: no TLS.
    (43, b"\x21\0\x04\0\x10" + bytes(16), TlsPiece(None, False, True, b"", 0, 0)),
    (13, b"\xc0\0\0\x10\0data", TlsPiece(4096, True, False, b"data", 0, 0)),
    (21, b"\x80\0\0\0\x04data", TlsPiece(4, False, False, b"data", 0, 0)),
    (25, b"\x41data", TlsPiece(None, True, False, b"data", 0, 0)),
    (25, b"\x01data", TlsPiece(None, False, False, b"data", 0, 0)),
    # The bit of outer TLVs is TEAP's alone.
    (55, b"\x11\0\0\0\x04dataTLVs", TlsPiece(None, False, False, b"dataTLVs", 0, 4)),
    (55, b"\x91\0\0\0\x08\0\0\0\x04dataTLVs", TlsPiece(8, False, False, b"dataTLVs", 0, 4)),
    (13, b"\x10data", TlsPiece(None, False, False, b"data", 0, 0)),
]

NO_PIECES = [(13, b"\x80\0\0\0"), (13, b"\xc0"), (55, b"\x11\0\0"), (55, b"\x91\0\0\0\x08\0\0\0")]


@pytest.mark.parametrize(("data", "packet"), READ)
def test_packets(data: bytes, packet: EapPacket) -> None:
    assert read_eap(data) == packet


@pytest.mark.parametrize(("data", "offset"), NO_EAP)
def test_what_is_no_eap(data: bytes, offset: int) -> None:
    with pytest.raises(Malformed) as refused:
        read_eap(data)
    assert refused.value.offset == offset


def test_a_cut_packet_tells_how_much_is_missing() -> None:
    assert read_eap(eap(1, 7, 13, b"\0" + bytes(90))[:40], 200) == EapPacket(1, 7, 13, b"\0" + bytes(34), 56)


@pytest.mark.parametrize(("method", "data", "piece"), PIECES)
def test_pieces_of_tls(method: int, data: bytes, piece: TlsPiece) -> None:
    assert read_tls_piece(EapPacket(1, 7, method, data, 0)) == piece


@pytest.mark.parametrize(("method", "data"), NO_PIECES)
def test_what_is_no_piece(method: int, data: bytes) -> None:
    with pytest.raises(Malformed):
        read_tls_piece(EapPacket(1, 7, method, data, 0))


@given(
    st.binary(max_size=5000),
    st.integers(1, 1500),
    st.sampled_from(["first", "all", "none"]),
    st.sampled_from(sorted(WITH_TLS)),
)
def test_pieces_join_to_the_message(data: bytes, size: int, lengths: str, method: int) -> None:
    read = [read_tls_piece(read_eap(eap(1, 7, method, piece))) for piece in pieces(data, size, lengths)]
    assert b"".join(each.data for each in read) == data
    assert [each.more for each in read] == [True] * (len(read) - 1) + [False]
    assert {each.length for each in read} <= {None, len(data)}


def test_any_bytes_read_or_are_malformed() -> None:
    chance = random.Random(5216)
    for _ in range(20_000):
        data = bytearray(
            eap(chance.choice([1, 2, 3, 4]), 7, chance.choice([1, 13, 55, 254]), chance.randbytes(12))
        )
        for _ in range(chance.randrange(3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            packet = read_eap(bytes(data[: chance.randrange(len(data) + 1)]), chance.choice([0, 0, 100]))
            if packet.method in WITH_TLS:
                read_tls_piece(packet)
        except Malformed:
            continue
