"""``tlseku.network.tcp.recording``: what is kept of a connection, packet by packet."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.frames.reference import FRAME_BITS
from tlseku.network.decode.segment import ACK, FIN, RST, SYN
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.packet_header import LATEST
from tlseku.network.tcp.recording import MAX_PACKETS, NUMBERS, PAYLOAD_COST, ROOM, Recorded, Recording

WORD = 2**32 - 1
SYN_PACKET = Recorded(0, 1, 10, 999, 0, SYN, b"")
ANSWER = Recorded(1, 2, 20, 69_999, 1000, SYN | ACK, b"")
HELLO = Recorded(0, 3, 30, 1000, 70_000, ACK, b"hello")


def recorded(*packets: Recorded) -> Recording:
    recording = Recording(1000, True)
    for packet in packets:
        recording.add(*packet)
    return recording


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param([], id="none"),
        pytest.param([SYN_PACKET], id="a SYN"),
        pytest.param([SYN_PACKET, ANSWER, HELLO], id="an opening"),
        pytest.param([ANSWER._replace(payload=b"b"), SYN_PACKET, HELLO], id="with payload and without"),
        pytest.param([Recorded(0, 0, 0, 0, 0, 0, b"")], id="zeros"),
        pytest.param([Recorded(1, 1, 1, WORD, WORD, 0xFF, bytes(65_535))], id="the largest of each"),
        pytest.param([Recorded(0, 1, 1, WORD, 0, 0, b"x"), Recorded(1, 1, 1, 0, WORD, 0, b"y")], id="words apart"),
        pytest.param([Recorded(0, 1, LATEST, 0, 0, 0, b"")], id="the latest time"),
        pytest.param([Recorded(1, (2**20 << FRAME_BITS) + 7, 5, 0, 0, 0, b"")], id="a frame of a later file"),
        pytest.param([HELLO, HELLO._replace(frame=4, ts_ns=29), HELLO._replace(frame=5)], id="the same again"),
        pytest.param([HELLO._replace(flags=FIN | ACK, payload=b"\0"), HELLO._replace(flags=RST)], id="ends"),
    ],
)  # fmt: skip
def test_packets_come_back_in_order(packets: list[Recorded]) -> None:
    recording = recorded(*packets)
    assert [*recording.packets()] == packets
    # As often as one likes.
    assert [*recording.packets()] == packets
    assert recording.last_frame == (packets[-1].frame if packets else -1)


def test_the_last_frame_is_that_of_the_last_packet() -> None:
    assert recorded(HELLO, SYN_PACKET).last_frame == 1


def test_the_numbers_of_packets_stand_in_a_row() -> None:
    """Four of 64 bits each, apart from the payloads."""
    recording = recorded(Recorded(1, 3, 0x0102, 0x11223344, 0x55667788, 0x18, b"hello"), SYN_PACKET)
    assert recording.numbers.getvalue() == bytes.fromhex(
        "0700000000000000 0201000000000000 4433221118000000 8877665505000000"
        "0200000000000000 0a00000000000000 e703000002000000 0000000000000000"
    )
    assert recording.payloads == [b"hello"]


@pytest.mark.parametrize("payload", [b"", b"payload"])
def test_a_recording_is_full_at_a_number_of_packets(payload: bytes) -> None:
    recording = Recording(1000, True)
    for frame in range(MAX_PACKETS):
        assert not recording.is_full
        recording.add(frame & 1, frame, 0, 0, 0, ACK, payload)
    assert recording.is_full
    recording.add(0, MAX_PACKETS, 0, 0, 0, ACK, payload)
    assert recording.is_full
    assert [packet.frame for packet in recording.packets()] == [*range(MAX_PACKETS + 1)]


ROOMY = ROOM // NUMBERS
"""Packets for which an empty recording has room."""


@pytest.mark.parametrize(
    ("packets", "cost"),
    [
        ([], 0),
        ([SYN_PACKET], 0),
        ([SYN_PACKET, ANSWER], 0),
        ([HELLO], PAYLOAD_COST + 5),
        ([SYN_PACKET, HELLO, ANSWER, HELLO._replace(payload=bytes(1400))], 2 * PAYLOAD_COST + 1405),
        ([ANSWER] * ROOMY, 0),
        ([ANSWER] * (ROOMY + 1), 2 * NUMBERS * (ROOMY + 1)),
        ([HELLO] * (ROOMY + 1), (2 * NUMBERS + PAYLOAD_COST + 5) * (ROOMY + 1)),
    ],
)
def test_what_packets_cost(packets: list[Recorded], cost: int) -> None:
    assert recorded(*packets).cost() == cost


def taken_by(count: int, size: int) -> tuple[float, float]:
    """What a recording of so many packets takes, and what it says it costs, on average."""
    many = 200
    tracemalloc.start()
    try:
        recordings = [Recording(1000, True) for _ in range(many)]
        for recording in recordings:
            for frame in range(count):
                recording.add(frame & 1, frame, 0, 0, 0, ACK, bytes(size))
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return taken / many, sum(recording.cost() for recording in recordings) / many


@pytest.mark.parametrize("size", [0, 2, 100, 1400])
@pytest.mark.parametrize("count", [1, 3, ROOMY, ROOMY + 1, 16, 17, 20, 40, 65, MAX_PACKETS])
def test_packets_take_what_they_cost(count: int, size: int) -> None:
    """But for what lists and buffers have too much."""
    empty, nothing = taken_by(0, 0)
    assert nothing == 0
    taken, cost = taken_by(count, size)
    assert cost // 2 - 256 < taken - empty < cost * 1.1 + 256


def test_what_is_dropped_is_no_packet_of_another() -> None:
    one, other, third = recorded(SYN_PACKET, HELLO), recorded(ANSWER), recorded(HELLO)
    one.drop_packets()
    assert ([*one.packets()], one.cost(), one.is_full) == ([], 0, False)
    assert [*other.packets()] == [ANSWER]
    third.drop_packets()
    assert [*third.packets()] == []
    # What was told of it stays.
    assert (one.first, one.last_frame) == (1000, 3)


@pytest.mark.parametrize("by_syn", [True, False])
def test_the_numbers_of_each_side(by_syn: bool) -> None:
    recording = Recording(1000, by_syn)
    assert [recording.first_of(side) for side in (0, 1)] == [1000, -1]
    assert [recording.begun_by_syn(side) for side in (0, 1)] == [by_syn, False]
    assert [recording.end_of(side) for side in (0, 1)] == [-1, -1]
    recording.other_first = 0
    recording.size, recording.other_size = 5, 7
    assert [recording.first_of(side) for side in (0, 1)] == [1000, 0]
    assert [recording.begun_by_syn(side) for side in (0, 1)] == [by_syn, by_syn]
    assert [recording.size_of(side) for side in (0, 1)] == [5, 7]
    assert [recording.end_of(side) for side in (0, 1)] == [-1, -1]
    recording.other_fin = 0
    assert [recording.end_of(side) for side in (0, 1)] == [-1, 7]
    recording.fin = 1005
    assert [recording.end_of(side) for side in (0, 1)] == [5, 7]


PACKETS = st.builds(
    Recorded,
    st.integers(0, 1),
    st.integers(0, 2**62 - 1),
    st.integers(0, LATEST),
    st.integers(0, WORD),
    st.integers(0, WORD),
    st.integers(0, 0xFF),
    st.binary(max_size=40),
)


@given(st.lists(PACKETS, max_size=MAX_PACKETS))
def test_what_was_added_is_given_back(packets: list[Recorded]) -> None:
    recording = recorded(*packets)
    assert [*recording.packets()] == packets
    assert recording.payloads == [packet.payload for packet in packets if packet.payload]
    carried = sum(len(payload) + PAYLOAD_COST for payload in recording.payloads)
    assert recording.cost() - carried == (2 * NUMBERS * len(packets) if len(packets) > ROOMY else 0)
    assert recording.is_full is (len(packets) == MAX_PACKETS)


LONG = Recorded(0, 5, 1_000, 7, 8, ACK, random.Random(1).randbytes(1_000) + bytes(3_000))


def test_packed_packets_come_back_and_others_behind_them() -> None:
    """Also where they are packed once more with those that came since."""
    compressor = Compressor()
    one = recorded(SYN_PACKET, LONG, ANSWER)
    before = one.cost()
    saved = one.pack(compressor)
    assert (before - saved, saved > 2_000) == (one.cost(), True)
    assert one.pack(compressor) == 0
    added = [HELLO, LONG, LONG]
    for side, frame, ts_ns, seq, ack, flags, payload in added:
        one.add(side, frame, ts_ns, seq, ack, flags, payload)
    assert one.pack(compressor) > 4_000
    assert [*one.packets()] == [*one.packets()] == [SYN_PACKET, LONG, ANSWER, *added]


def test_little_is_not_packed() -> None:
    one = recorded(SYN_PACKET, ANSWER, HELLO)
    assert (one.pack(Compressor()), [*one.packets()]) == (0, [SYN_PACKET, ANSWER, HELLO])


def test_packed_packets_fill_a_recording() -> None:
    one = recorded(*[LONG] * (MAX_PACKETS - 1))
    one.pack(Compressor())
    assert not one.is_full
    one.add(0, 6, 0, 0, 0, ACK, b"")
    assert one.is_full
