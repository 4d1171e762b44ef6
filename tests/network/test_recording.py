"""``tlseku.network.recording``: packets of one connection put in order, or left to the streams."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import IPV4, IPV6, QINQ, VLAN, ethernet, ip4, ip6, tcp, vlan
from tlseku.network.recording import HEADER, Assembled, RecordHeader, Recording, assemble
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
    cut: int = 0


def written(frame: bytes, seconds: int, captured: int) -> bytes:
    """A record as it lies in a classic pcap file."""
    return struct.pack("<IIII", seconds, 7, captured, len(frame)) + frame


def plain4(segment: bytes) -> bytes:
    return ethernet(ip4(segment))


def recorded(
    *sides: Sequence[Sent],
    firsts: tuple[int, int] = (FIRST, OTHER_FIRST),
    wrapped: Callable[[bytes], bytes] = plain4,
    header: RecordHeader = USUAL,
    write: Callable[[bytes, int, int], bytes] = written,
) -> Recording:
    """Packets of side 0, then those of side 1; frames count from 1, and so do the seconds."""
    recording = Recording(firsts[0], header)
    recording.firsts[1] = firsts[1]
    frame = 0
    for side, packets in enumerate(sides):
        for sent in packets:
            frame += 1
            seq, ack = firsts[side] + sent.at, firsts[1 - side] + sent.acked
            data = wrapped(tcp(sent.data, seq=seq % 2**32, ack=ack % 2**32, flags=sent.flags))
            recording.logs[side].frames.append(frame)
            recording.logs[side].records.append(write(data, frame, len(data) - sent.cut))
            if sent.flags & FIN:
                recording.fins[side] = (seq + len(sent.data)) % 2**32
    return recording


def time_of(frame: int) -> int:
    return frame * SECOND + 7000


def side_of(pieces: Sequence[tuple[bytes, int]], *, first: int = FIRST, end: int = -1) -> Assembled:
    """What is to come out: pieces in order, each with the frame that brought it."""
    frames = [frame for _, frame in pieces]
    latest = [max(frames[: index + 1]) for index in range(len(frames))]
    return Assembled(
        [data for data, _ in pieces],
        frames,
        [time_of(frame) for frame in frames],
        latest,
        [time_of(frame) for frame in latest],
        first,
        sum(len(data) for data, _ in pieces),
        end,
    )


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
    # A side without a packet has no last frame, and no time.
    last = (time_of(len(sent)), len(sent)) if sent else (-1, -1)
    nothing = side_of([], first=OTHER_FIRST)
    assert assemble(recorded(sent, []), False) == (side_of(pieces, end=end), nothing, *last)


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
        pytest.param([Sent(0, b"abc", cut=1)], id="cut by the snaplen"),
        pytest.param([Sent(0, b"abc"), Sent(3, cut=1)], id="an acknowledgement cut by the snaplen"),
    ],
)
def test_not_simple_enough(sent: list[Sent]) -> None:
    assert assemble(recorded(sent, []), False) is None
    # Either side alone is enough.
    turned = recorded([], sent, firsts=(OTHER_FIRST, FIRST))
    assert assemble(turned, False) is None


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
    assert (assemble(recording, False) is not None) is is_simple


def test_of_several_acknowledgements_the_highest_counts() -> None:
    bare = [Sent(0, acked=3), Sent(0, acked=9), Sent(0, acked=1)]
    assert assemble(recorded([Sent(0, b"abc")], bare), False) is None
    assert assemble(recorded([Sent(0, b"abc")], [bare[0], bare[2]]), False) is not None
    # Without the flag the field says nothing.
    assert assemble(recorded([Sent(0, b"abc")], [Sent(0, flags=0, acked=9)]), False) is not None


def test_a_side_of_which_nobody_knows_where_it_begins() -> None:
    recording = recorded([Sent(0, b"abc", flags=0)], [])
    recording.firsts[1] = -1
    found = assemble(recording, False)
    assert found is not None
    assert (found[0].size, found[1].first) == (3, -1)
    recording = recorded([Sent(0, b"abc", flags=0)], [Sent(0, b"x", flags=0)])
    recording.firsts[1] = -1
    assert assemble(recording, False) is None
    recording = recorded([Sent(0, b"abc")], [])
    recording.firsts[1] = -1
    assert assemble(recording, False) is None


def test_both_sides_and_the_last_packet() -> None:
    recording = recorded([Sent(0, b"abc"), Sent(3, b"d", acked=2)], [Sent(0, b"no", acked=3)])
    assert assemble(recording, False) == (
        side_of([(b"abc", 1), (b"d", 2)]),
        side_of([(b"no", 3)], first=OTHER_FIRST),
        time_of(3),
        3,
    )
    assert recording.last_time() == time_of(3)
    assert [frame for frame, _ in recording.packets()] == [1, 2, 3]


def test_times_that_go_back() -> None:
    recording = recorded([Sent(0, b"abc"), Sent(3, b"d")], [])
    records = recording.logs[0].records
    records[0], records[1] = (
        struct.pack("<I", 9) + records[0][4:],
        struct.pack("<I", 5) + records[1][4:],
    )
    found = assemble(recording, False)
    assert found is not None
    assert (found[0].times, found[0].latest_times) == ([time_of(9), time_of(5)], [time_of(9)] * 2)
    assert found[2:] == (time_of(9), 2)


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
    found = assemble(recorded(sent, [Sent(0, b"ok")], wrapped=wrapped), is_ipv6)
    assert found is not None
    assert (found[0], found[1].pieces) == (side_of([(b"abc", 1), (b"defg", 3), (b"hi", 2)]), [b"ok"])


@pytest.mark.parametrize("offset", [0, 1, 4, 15])
def test_a_data_offset_that_leaves_the_packet(offset: int) -> None:
    recording = recorded([Sent(0, b"abc")], [])
    record = bytearray(recording.logs[0].records[0])
    record[HEADER + 14 + 20 + 12] = offset << 4
    recording.logs[0].records[0] = bytes(record)
    assert assemble(recording, False) is None


def test_options_of_tcp_are_no_payload() -> None:
    recording = recorded([], [])
    data = plain4(tcp(b"abc", seq=FIRST, ack=OTHER_FIRST, options=b"\x01" * 12))
    recording.logs[0].frames.append(4)
    recording.logs[0].records.append(written(data, 4, len(data)))
    found = assemble(recording, False)
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
    found = assemble(recording, False)
    assert found is not None
    assert found[0] == side_of(pieces, first=first, end=9)
    # One more than the FIN's is a hole wherever the numbers wrap.
    assert assemble(recorded(sent, [Sent(0, acked=11)], firsts=(first, OTHER_FIRST)), False) is None


@pytest.mark.parametrize(
    ("header", "words", "ts_ns"),
    [
        (("<", 1000, 0, 0), struct.pack("<II", 5, 999_999), 5 * SECOND + 999_999_000),
        (("<", 1, 0, 0), struct.pack("<II", 5, 999_999_999), 5 * SECOND + 999_999_999),
        (("<", 1000, 0, 0), struct.pack("<II", 2**32 - 1, 0), (2**32 - 1) * SECOND),
        # Nonsense, but the same nonsense as everywhere else.
        (("<", 1000, 0, 0), struct.pack("<II", 1, 2**32 - 1), SECOND + (2**32 - 1) * 1000),
        ((">", 1000, 0, 0), struct.pack(">II", 5, 7), 5 * SECOND + 7000),
        ((">", 1, 0, 0), struct.pack(">II", 5, 7), 5 * SECOND + 7),
        (("<", 0, 10**6, 0), struct.pack("<II", 1, 7), (2**32 + 7) * 1000),
        ((">", 0, 10**6, 0), struct.pack(">II", 1, 7), (2**32 + 7) * 1000),
        (("<", 0, 10**9, 3), struct.pack("<II", 0, 7), 3 * SECOND + 7),
        (("<", 0, 10**6, -3), struct.pack("<II", 0, 5_000_000), 2 * SECOND),
        (("<", 0, 2**10, 0), struct.pack("<II", 0, 1), 976_562),
    ],
)
@pytest.mark.parametrize("captured", [0, 54, 262_144])
def test_record_headers(header: tuple[str, int, int, int], words: bytes, ts_ns: int, captured: int) -> None:
    lengths = struct.pack(header[0] + "II", captured, 2**32 - 1)
    assert RecordHeader(*header).read(words + lengths + b"frame") == (ts_ns, captured)


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
    found = assemble(recorded(sent, [], header=header, write=write), False)
    assert found is not None
    assert (found[0], found[2]) == (side_of(ABC), time_of(3))
    cut = [*sent, Sent(9, b"j", cut=1)]
    assert assemble(recorded(cut, [], header=header, write=write), False) is None


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
    found = assemble(recorded(order, [], firsts=(first, OTHER_FIRST)), False)
    assert found is not None
    brought = [(sent.data, 1 + order.index(sent)) for sent in whole]
    assert found[0] == side_of(brought, first=first)
    # One of them less is a hole, if it stands before another.
    missing = data.draw(st.sampled_from(whole))
    rest = [sent for sent in order if sent != missing]
    is_last = missing == whole[-1]
    assert (assemble(recorded(rest, [], firsts=(first, OTHER_FIRST)), False) is not None) is is_last
