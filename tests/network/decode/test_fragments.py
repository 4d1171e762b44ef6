from __future__ import annotations

import itertools
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import V6, ethernet, fragments4, fragments6, ip6, tcp
from tests.network.seen import Seen, values
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.fragments import (
    CONTRADICTION,
    LIFETIME_NS,
    MAX_FRAGMENTS,
    MAX_WAITING_BYTES,
    TOO_LATE,
    TOO_LONG,
    TOO_MANY,
    TOO_MUCH,
    Fragments,
)

PAYLOAD = bytes(range(200))
SEGMENT = tcp(PAYLOAD)
SEEN4 = Seen(("10.1.0.1", 40000), ("10.2.0.2", 443), 1000, 2000, 0x18, PAYLOAD, 0)
SEEN6 = SEEN4._replace(source=(V6[0], 40000), destination=(V6[1], 443))
HOP_BY_HOP = b"\x2c\x00\x01\x04\x00\x00\x00\x00"


def _fed(frames: list[bytes], linktype: int = 101) -> list[Seen | str | None]:
    decoder = Decoder()
    return [values(decoder.decode(linktype, frame, 0, len(frame), 0, 0)) for frame in frames]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param(fragments4(SEGMENT, 80), SEEN4, id="IPv4"),
        pytest.param(fragments6(SEGMENT, 80), SEEN6, id="IPv6"),
        pytest.param(fragments6(SEGMENT, 80, before=HOP_BY_HOP), SEEN6, id="IPv6 with options"),
    ],
)
def test_any_order(pieces: list[bytes], expected: Seen) -> None:
    assert len(pieces) == 3
    for order in itertools.permutations(pieces):
        waiting = "fragment of an IP datagram"
        assert _fed(list(order)) == [waiting, waiting, expected]


def test_in_ethernet_with_padding() -> None:
    frames = [ethernet(piece).ljust(60, b"P") for piece in fragments4(tcp(b"0123456789"), 16)]
    assert _fed(frames, 1) == ["fragment of an IP datagram", SEEN4._replace(payload=b"0123456789")]


def test_ports_in_the_second_fragment() -> None:
    assert _fed(fragments4(SEGMENT, 8))[-1] == SEEN4


def test_authentication_header_in_fragments() -> None:
    header = bytes([6, 4, 0, 0]) + bytes(20)
    assert _fed(fragments4(header + SEGMENT, 96, protocol=51))[-1] == SEEN4
    assert (
        _fed(fragments4(bytes([6, 255, 0, 0]) + bytes(20), 16, protocol=51))[-1]
        == "headers cut by the snaplen"
    )


def test_datagrams_of_two_identifications_do_not_mix() -> None:
    first = fragments4(SEGMENT, 120, identification=1)
    second = fragments4(tcp(PAYLOAD, seq=5), 120, identification=2)
    seen = _fed([first[0], second[0], second[1], first[1]])
    assert seen[2:] == [SEEN4._replace(seq=5), SEEN4]


def test_another_protocol_or_address_does_not_mix() -> None:
    pieces = fragments4(SEGMENT, 120)
    other_protocol = fragments4(SEGMENT, 120, protocol=17)
    other_host = fragments4(SEGMENT, 120, ends=("10.1.0.1", "10.9.0.9"))
    waiting = "fragment of an IP datagram"
    assert _fed([pieces[0], other_protocol[1], other_host[1]]) == [waiting] * 3


def test_cut_by_the_snaplen_is_never_whole() -> None:
    decoder = Decoder()
    pieces = fragments4(SEGMENT, 120)
    for piece in pieces:
        assert values(decoder.decode(101, piece, 0, len(piece) - 1, 1, 0)) == "fragment of an IP datagram"


def test_atomic_fragment_is_a_whole_datagram() -> None:
    atomic = ip6(b"\x06\0\0\0\0\0\0\x01" + SEGMENT, protocol=44)
    assert _fed([atomic]) == [SEEN6]
    reserved_bits_set = ip6(b"\x06\xff\0\x06\0\0\0\x01" + SEGMENT, protocol=44)
    assert _fed([reserved_bits_set]) == [SEEN6]
    assert _fed([ip6(b"\x06\0\0\0\0\0\0", protocol=44)]) == ["headers cut by the snaplen"]
    behind = ip6(b"\x3c\0\0\0\0\0\0\x01" + b"\x06\0\x01\x04\0\0\0\0" + SEGMENT, protocol=44)
    assert _fed([behind]) == [SEEN6]


ID = b"identity"


def test_first_bytes_win() -> None:
    fragments = Fragments()
    assert fragments.add(ID, 0, True, b"AAAAAAAA", 0) is None
    assert fragments.add(ID, 0, True, b"BBBBBBBBBBBBBBBB", 0) is None
    assert fragments.add(ID, 8, False, b"CCCCCCCCCCCC", 0) == b"AAAAAAAABBBBBBBBCCCC"
    assert fragments.limits == {}


def test_duplicates_change_nothing() -> None:
    fragments = Fragments()
    for _ in range(3):
        assert fragments.add(ID, 8, False, b"end", 0) is None
    assert fragments.add(ID, 0, True, b"beginnin", 0) == b"beginninend"


def test_empty_last_fragment() -> None:
    fragments = Fragments()
    assert fragments.add(ID, 0, True, b"beginnin", 0) is None
    assert fragments.add(ID, 8, False, b"", 0) == b"beginnin"


@pytest.mark.parametrize(
    ("contradiction", "why"),
    [
        pytest.param([(8, False, b"end"), (8, False, b"other end")], CONTRADICTION, id="two ends"),
        pytest.param([(8, False, b"end"), (16, True, b"beyond it")], CONTRADICTION, id="bytes after the end"),
        pytest.param([(16, True, b"beyond"), (0, False, b"end")], CONTRADICTION, id="an end before bytes"),
        pytest.param([(65528, True, b"12345678")], TOO_LONG, id="longer than a datagram can be"),
    ],
)
def test_contradictions_drop_the_datagram(contradiction: list[tuple[int, bool, bytes]], why: str) -> None:
    fragments = Fragments()
    for offset, more, payload in contradiction:
        assert fragments.add(ID, offset, more, payload, 0) is None
    assert fragments.limits == {why: 1}
    assert fragments.add(ID, 0, False, b"a new datagram", 0) == b"a new datagram"


def test_expire_by_packet_time() -> None:
    fragments = Fragments()
    fragments.add(ID, 0, True, b"12345678", 1000)
    fragments.add(b"other", 0, True, b"12345678", 2000)
    assert fragments.add(ID, 8, False, b"in time", 1000 + LIFETIME_NS) == b"12345678in time"
    assert fragments.add(b"other", 8, False, b"too late", 2001 + LIFETIME_NS) is None
    assert fragments.limits == {TOO_LATE: 1}


def test_too_many_pieces() -> None:
    fragments = Fragments()
    for _ in range(MAX_FRAGMENTS):
        fragments.add(ID, 8, True, b"x" * 8, 0)
    assert fragments.limits == {}
    fragments.add(ID, 8, True, b"x" * 8, 0)
    assert fragments.limits == {TOO_MANY: 1}


@pytest.mark.parametrize("payload", [b"", b"8 bytes.", bytes(1400)], ids=["empty", "tiny", "large"])
@pytest.mark.parametrize("count", [20_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_flood_is_bounded(payload: bytes, count: int) -> None:
    fragments = Fragments()
    tracemalloc.start()
    try:
        for number in range(count):
            fragments.add(number.to_bytes(36, "big"), 8, True, bytes(bytearray(payload)), 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * MAX_WAITING_BYTES + 1_000_000
    assert [*fragments.limits] == [TOO_MUCH]
    assert fragments.limits[TOO_MUCH] > count - MAX_WAITING_BYTES // 512 - 1


@given(st.binary(min_size=1, max_size=400), st.randoms(use_true_random=False), st.integers(1, 6))
def test_any_cut_any_order_same_bytes(whole: bytes, random: random.Random, units: int) -> None:
    size = units * 8
    pieces = [(at, at + size < len(whole), whole[at : at + size]) for at in range(0, len(whole), size)]
    pieces += random.choices(pieces, k=2)
    random.shuffle(pieces)
    fragments = Fragments()
    results = [fragments.add(ID, offset, more, payload, 0) for offset, more, payload in pieces]
    assert whole in results
    assert {result for result in results if result is not None} == {whole}


def test_random_fragments_never_raise(seeded: random.Random) -> None:
    fragments = Fragments()
    for _ in range(20_000):
        identity = bytes([seeded.randrange(50)])
        payload = seeded.randbytes(seeded.randrange(40))
        offset = seeded.randrange(0, 8192) * 8 if seeded.random() < 0.05 else seeded.randrange(8) * 8
        whole = fragments.add(identity, offset, seeded.random() < 0.7, payload, seeded.randrange(10**11))
        assert whole is None or len(whole) <= 65_535
