"""``tlseku.network.assembly``: packets of one connection put in order, or left to the streams."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import IPV4, IPV6, QINQ, VLAN, ethernet, ip4, ip6, tcp, vlan
from tlseku.network.assembly import Assembled, assemble
from tlseku.network.recording import HEADER, RecordHeader, Recording
from tlseku.network.segment import ACK, FIN, RST, SYN
from tlseku.network.stream import MAX_RESET_DISTANCE, MAX_WINDOW

ISN, OTHER_ISN = 1000, 70_000
FIRST, OTHER_FIRST = ISN + 1, OTHER_ISN + 1
SECOND = 1_000_000_000
USUAL = RecordHeader("<", 1000, 0, 0)


class Sent(NamedTuple):
    """A packet of side 0, ``at`` bytes behind its first; ``acked`` bytes of side 1 are acknowledged."""

    at: int
    data: bytes = b""
    flags: int = ACK
    acked: int = 0


def written(frame: bytes, seconds: int, captured: int) -> bytes:
    """A record as it lies in a classic pcap file."""
    return struct.pack("<IIII", seconds, 7, captured, len(frame)) + frame


def plain4(segment: bytes) -> bytes:
    return ethernet(ip4(segment))


def recorded(
    *sides: Sequence[Sent],
    firsts: tuple[int, int] = (FIRST, OTHER_FIRST),
    wrapped: Callable[[bytes], bytes] = plain4,
    write: Callable[[bytes, int, int], bytes] = written,
) -> Recording:
    """Packets of side 0, then those of side 1; frames count from 1, and so do the seconds."""
    recording = Recording(firsts[0], True)
    recording.other_first = firsts[1]
    frame = 0
    for side, packets in enumerate(sides):
        for sent in packets:
            frame += 1
            seq, ack = firsts[side] + sent.at, firsts[1 - side] + sent.acked
            data = wrapped(tcp(sent.data, seq=seq % 2**32, ack=ack % 2**32, flags=sent.flags))
            recording.add(side, frame, write(data, frame, len(data)))
            if sent.flags & FIN and side:
                recording.other_fin = (seq + len(sent.data)) % 2**32
            elif sent.flags & FIN:
                recording.fin = (seq + len(sent.data)) % 2**32
    return recording


def time_of(frame: int) -> int:
    return frame * SECOND + 7000


class Side(NamedTuple):
    """What is to come out of one side."""

    pieces: list[bytes]
    frames: list[int]
    times: list[int]
    latest: list[int]
    latest_times: list[int]
    first: int
    size: int


def side_of(pieces: Sequence[tuple[bytes, int]], *, first: int = FIRST) -> Side:
    """Pieces in order, each with the frame that brought it."""
    frames = [frame for _, frame in pieces]
    latest = [max(frames[: index + 1]) for index in range(len(frames))]
    return Side(
        [data for data, _ in pieces],
        frames,
        [time_of(frame) for frame in frames],
        latest,
        [time_of(frame) for frame in latest],
        first,
        sum(len(data) for data, _ in pieces),
    )


def shown(side: Assembled) -> Side:
    return Side(side.pieces, side.frames, side.times, side.latest, side.latest_times, side.first, side.size)


def put_together(
    recording: Recording, is_ipv6: bool = False, header: RecordHeader = USUAL
) -> tuple[Side, Side] | None:
    found = assemble(recording, header, is_ipv6)
    return None if found is None else (shown(found[0]), shown(found[1]))


ABC = [(b"abc", 1), (b"defg", 2), (b"hi", 3)]


@pytest.mark.parametrize(
    ("sent", "pieces", "end"),
    [
        pytest.param([], [], -1, id="nothing"),
        pytest.param([Sent(0), Sent(0)], [], -1, id="bare acknowledgements"),
        pytest.param([Sent(0, b"abc"), Sent(3, b"defg"), Sent(7, b"hi")], ABC, -1, id="in order"),
        pytest.param(
            [Sent(-1, flags=SYN), Sent(0), Sent(0, b"abc")], [(b"abc", 3)], -1, id="behind a SYN"
        ),
        pytest.param(
            [Sent(0, b"abc"), Sent(7, b"hi"), Sent(3, b"defg")],
            [(b"abc", 1), (b"defg", 3), (b"hi", 2)],
            -1,
            id="swapped",
        ),
        pytest.param([Sent(3, b"d"), Sent(0, b"abc")], [(b"abc", 2), (b"d", 1)], -1, id="the first comes last"),
        pytest.param([Sent(0, b"abc"), Sent(0, b"abc")], [(b"abc", 1)], -1, id="the first repeated"),
        pytest.param(
            [Sent(0, b"abc"), Sent(3, b"defg"), Sent(0, b"abc")], ABC[:2], -1, id="repeated after another"
        ),
        pytest.param(
            [Sent(7, b"hi"), Sent(3, b"defg"), Sent(7, b"hi"), Sent(0, b"abc"), Sent(3, b"defg")],
            [(b"abc", 4), (b"defg", 2), (b"hi", 1)],
            -1,
            id="backwards and twice",
        ),
        pytest.param([Sent(0, b"abc"), Sent(3, flags=FIN | ACK)], ABC[:1], 3, id="FIN"),
        pytest.param([Sent(0, b"abc", FIN | ACK)], ABC[:1], 3, id="FIN with the last bytes"),
        pytest.param(
            [Sent(3, flags=FIN | ACK), Sent(0, b"abc")], [(b"abc", 2)], 3, id="FIN ahead of its bytes"
        ),
        pytest.param(
            [Sent(0, b"abc"), Sent(3, flags=FIN | ACK), Sent(3, flags=FIN | ACK)], ABC[:1], 3, id="FIN twice"
        ),
        pytest.param([Sent(0, flags=FIN | ACK)], [], 0, id="FIN alone"),
        pytest.param([Sent(0, b"abc"), Sent(3, flags=RST)], ABC[:1], -1, id="RST"),
        pytest.param([Sent(0, b"abc"), Sent(3, flags=RST | ACK)], ABC[:1], -1, id="RST that acknowledges"),
        pytest.param([Sent(0, b"abc"), Sent(3 + MAX_RESET_DISTANCE, flags=RST)], ABC[:1], -1, id="RST ahead"),
        pytest.param(
            [Sent(0, b"abc"), Sent(3 - MAX_RESET_DISTANCE, flags=RST)], ABC[:1], -1, id="RST behind"
        ),
        pytest.param([Sent(-FIRST, flags=RST | ACK)], [], -1, id="RST with number 0 of a side that said nothing"),
    ],
)  # fmt: skip
def test_simple_enough(sent: list[Sent], pieces: list[tuple[bytes, int]], end: int) -> None:
    nothing = side_of([], first=OTHER_FIRST)
    recording = recorded(sent, [])
    assert put_together(recording) == (side_of(pieces), nothing)
    recording.size = sum(len(piece) for piece, _ in pieces)
    assert (recording.end_of(0), recording.end_of(1)) == (end, -1)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([Sent(0, b"abc"), Sent(4, b"efg")], id="hole"),
        pytest.param([Sent(1, b"bc")], id="hole in front"),
        pytest.param([Sent(-1, b"?abc")], id="bytes before the first"),
        pytest.param([Sent(0, b"abc"), Sent(2, b"cdef")], id="overlap"),
        pytest.param([Sent(0, b"abc"), Sent(0, b"ab")], id="repeated in part"),
        pytest.param([Sent(0, b"abc"), Sent(0, b"abcd")], id="repeated with more"),
        pytest.param([Sent(0, b"abc"), Sent(0, b"abX")], id="repeated with other bytes"),
        pytest.param([Sent(0, b"abc"), Sent(2, b"?")], id="keep-alive probe"),
        pytest.param([Sent(0, b"abc"), Sent(4, flags=FIN | ACK)], id="FIN behind a hole"),
        pytest.param([Sent(0, b"abc"), Sent(2, flags=FIN | ACK)], id="FIN amid the bytes"),
        pytest.param([Sent(0, b"abc"), Sent(3, flags=FIN | ACK), Sent(4, flags=FIN | ACK)], id="two FINs"),
        pytest.param([Sent(0, b"abc"), Sent(3, flags=FIN | ACK), Sent(3, b"d")], id="bytes behind FIN"),
        pytest.param([Sent(0, b"abc"), Sent(3, b"text", RST)], id="RST with bytes"),
        pytest.param([Sent(0, b"abc"), Sent(4 + MAX_RESET_DISTANCE, flags=RST)], id="RST far ahead"),
        pytest.param([Sent(0, b"abc"), Sent(2 - MAX_RESET_DISTANCE, flags=RST)], id="RST far behind"),
        pytest.param([Sent(0, b"abc"), Sent(-FIRST - 2**27, flags=RST)], id="RST from nowhere"),
    ],
)
def test_not_simple_enough(sent: list[Sent]) -> None:
    assert put_together(recorded(sent, [])) is None
    # Either side alone is enough.
    turned = recorded([], sent, firsts=(OTHER_FIRST, FIRST))
    assert put_together(turned) is None


@pytest.mark.parametrize(
    ("acked", "ends", "is_simple"),
    [
        (2, False, True),
        (3, False, True),
        (4, False, False),
        (4, True, True),
        (5, True, False),
        (3 + MAX_WINDOW - 1, False, False),
        # Of some other connection.
        (3 + MAX_WINDOW, False, True),
        (-5, False, True),
    ],
)
@pytest.mark.parametrize("side", [0, 1])
def test_what_was_acknowledged_and_never_seen_is_a_hole(
    acked: int, ends: bool, is_simple: bool, side: int
) -> None:
    sides = [Sent(0, b"abc"), *([Sent(3, flags=FIN | ACK)] if ends else [])], [Sent(0, acked=acked)]
    recording = recorded(*(sides if side == 0 else sides[::-1]))
    assert (put_together(recording) is not None) is is_simple


def test_of_several_acknowledgements_the_highest_counts() -> None:
    bare = [Sent(0, acked=3), Sent(0, acked=9), Sent(0, acked=1)]
    assert put_together(recorded([Sent(0, b"abc")], bare)) is None
    assert put_together(recorded([Sent(0, b"abc")], [bare[0], bare[2]])) is not None
    # Without the flag the field says nothing.
    assert put_together(recorded([Sent(0, b"abc")], [Sent(0, flags=0, acked=9)])) is not None


def test_a_side_of_which_nobody_knows_where_it_begins() -> None:
    recording = recorded([Sent(0, b"abc", flags=0)], [])
    recording.other_first = -1
    found = put_together(recording)
    assert found is not None
    assert (found[0].size, found[1].first) == (3, -1)
    recording = recorded([Sent(0, b"abc", flags=0)], [Sent(0, b"x", flags=0)])
    recording.other_first = -1
    assert put_together(recording) is None
    recording = recorded([Sent(0, b"abc")], [])
    recording.other_first = -1
    assert put_together(recording) is None


def test_both_sides_and_the_last_packet() -> None:
    recording = recorded([Sent(0, b"abc"), Sent(3, b"d", acked=2)], [Sent(0, b"no", acked=3)])
    assert put_together(recording) == (
        side_of([(b"abc", 1), (b"d", 2)]),
        side_of([(b"no", 3)], first=OTHER_FIRST),
    )


def test_times_that_go_back() -> None:
    recording = recorded([Sent(0, b"abc"), Sent(3, b"d")], [])
    records = recording.records
    records[0], records[1] = (
        struct.pack("<I", 9) + records[0][4:],
        struct.pack("<I", 5) + records[1][4:],
    )
    found = put_together(recording)
    assert found is not None
    assert (found[0].times, found[0].latest_times) == ([time_of(9), time_of(5)], [time_of(9)] * 2)


@pytest.mark.parametrize(
    ("wrapped", "is_ipv6"),
    [
        (plain4, False),
        (lambda segment: ethernet(vlan(ip4(segment), IPV4), VLAN), False),
        (lambda segment: ethernet(vlan(vlan(ip4(segment), IPV4), VLAN), VLAN), False),
        (lambda segment: ethernet(vlan(vlan(ip4(segment), IPV4), VLAN), QINQ), False),
        (lambda segment: ethernet(vlan(vlan(ip4(segment), IPV4), QINQ), QINQ), False),
        (lambda segment: ethernet(vlan(ip4(segment), IPV4), QINQ), False),
        (lambda segment: ethernet(ip6(segment), IPV6), True),
        (lambda segment: ethernet(vlan(ip6(segment), IPV6), VLAN), True),
        (lambda segment: ethernet(vlan(vlan(ip6(segment), IPV6), VLAN), QINQ), True),
    ],
)  # fmt: skip
def test_layers(wrapped: Callable[[bytes], bytes], is_ipv6: bool) -> None:
    sent = [Sent(0, b"abc"), Sent(7, b"hi"), Sent(3, b"defg")]
    found = put_together(recorded(sent, [Sent(0, b"ok")], wrapped=wrapped), is_ipv6)
    assert found is not None
    assert (found[0], found[1].pieces) == (side_of([(b"abc", 1), (b"defg", 3), (b"hi", 2)]), [b"ok"])


@pytest.mark.parametrize("offset", [0, 1, 4, 15])
def test_a_data_offset_that_leaves_the_packet(offset: int) -> None:
    recording = recorded([Sent(0, b"abc")], [])
    record = bytearray(recording.records[0])
    record[HEADER + 14 + 20 + 12] = offset << 4
    recording.records[0] = bytes(record)
    assert put_together(recording) is None


def test_options_of_tcp_are_no_payload() -> None:
    recording = recorded([], [])
    data = plain4(tcp(b"abc", seq=FIRST, ack=OTHER_FIRST, options=b"\x01" * 12))
    recording.add(0, 4, written(data, 4, len(data)))
    found = put_together(recording)
    assert found is not None
    assert found[0] == side_of([(b"abc", 4)])


@pytest.mark.parametrize("first", [2**32 - 1, 2**32 - 3, 2**32 - 9, 2**31 - 4, 0])
@pytest.mark.parametrize("swapped", [False, True])
def test_sequence_numbers_wrap(first: int, swapped: bool) -> None:
    sent = [Sent(0, b"abc"), Sent(3, b"defg"), Sent(7, b"hi"), Sent(9, flags=FIN | ACK), Sent(10, flags=RST)]
    if swapped:
        sent[1:3] = sent[2:0:-1]
    pieces = [(b"abc", 1), (b"defg", 3), (b"hi", 2)] if swapped else ABC
    recording = recorded(sent, [Sent(0, acked=10)], firsts=(first, OTHER_FIRST))
    found = put_together(recording)
    assert found is not None
    assert found[0] == side_of(pieces, first=first)
    # One more than the FIN's is a hole wherever the numbers wrap.
    assert put_together(recorded(sent, [Sent(0, acked=11)], firsts=(first, OTHER_FIRST))) is None


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("ticks", [0, 10**6, 10**9])
def test_assembled_from_any_format(order: str, ticks: int) -> None:
    def write(data: bytes, seconds: int, captured: int) -> bytes:
        if not ticks:
            return struct.pack(order + "IIII", seconds, 7, captured, len(data)) + data
        count = time_of(seconds) * ticks // SECOND
        return struct.pack(order + "IIII", count >> 32, count & 0xFFFFFFFF, captured, len(data)) + data

    header = RecordHeader(order, 1000, ticks, 0)
    sent = [Sent(0, b"abc"), Sent(3, b"defg"), Sent(7, b"hi")]
    found = put_together(recorded(sent, [], write=write), header=header)
    assert found is not None
    assert found[0] == side_of(ABC)


@given(
    st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=8),
    st.integers(0, 2**32 - 1),
    st.data(),
)
def test_any_order_and_any_repetition_gives_the_same_bytes(
    pieces: list[bytes], first: int, data: st.DataObject
) -> None:
    starts = [sum(map(len, pieces[:index])) for index in range(len(pieces))]
    whole = [Sent(at, piece) for at, piece in zip(starts, pieces, strict=True)]
    repeated = data.draw(st.lists(st.sampled_from(whole), max_size=4))
    order = data.draw(st.permutations([*whole, *repeated]))
    found = put_together(recorded(order, [], firsts=(first, OTHER_FIRST)))
    assert found is not None
    brought = [(sent.data, 1 + order.index(sent)) for sent in whole]
    assert found[0] == side_of(brought, first=first)
    # One of them less is a hole, if it stands before another.
    missing = data.draw(st.sampled_from(whole))
    rest = [sent for sent in order if sent != missing]
    is_last = missing == whole[-1]
    assert (put_together(recorded(rest, [], firsts=(first, OTHER_FIRST))) is not None) is is_last
