"""``tlseku.network.tcp.reassembly``: packets of one connection put in order, or left to the streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arrived import unpacked
from tlseku.network.decode.segment import ACK, FIN, RST, SYN
from tlseku.network.tcp.reassembly import Assembled, assemble
from tlseku.network.tcp.recording import Recording
from tlseku.network.tcp.stream import MAX_RESET_DISTANCE, MAX_WINDOW, YOUNG_SEGMENTS

ISN, OTHER_ISN = 1000, 70_000
FIRST, OTHER_FIRST = ISN + 1, OTHER_ISN + 1
SECOND = 1_000_000_000


class Sent(NamedTuple):
    """A packet of side 0, ``at`` bytes behind its first; ``acked`` bytes of side 1 are acknowledged."""

    at: int
    data: bytes = b""
    flags: int = ACK
    acked: int = 0


def time_of(frame: int) -> int:
    return frame * SECOND + 7000


def recorded(
    *sides: Sequence[Sent],
    firsts: tuple[int, int] = (FIRST, OTHER_FIRST),
    times: Sequence[int] = (),
) -> Recording:
    """Packets of side 0, then those of side 1; frames count from 1, and so do the seconds, unless ``times`` says."""
    recording = Recording(firsts[0], True)
    recording.other_first = firsts[1]
    frame = 0
    for side, packets in enumerate(sides):
        for sent in packets:
            frame += 1
            seq, ack = firsts[side] + sent.at, firsts[1 - side] + sent.acked
            ts_ns = times[frame - 1] if times else time_of(frame)
            recording.add(side, frame, ts_ns, seq % 2**32, ack % 2**32, sent.flags, sent.data)
            if sent.flags & FIN and side:
                recording.other_fin = (seq + len(sent.data)) % 2**32
            elif sent.flags & FIN:
                recording.fin = (seq + len(sent.data)) % 2**32
    return recording


class Side(NamedTuple):
    """What is to come out of one side."""

    pieces: list[bytes]
    arrivals: list[tuple[int, int]]
    until: list[tuple[int, int]]
    first: int
    size: int


def side_of(pieces: Sequence[tuple[bytes, int]], *, first: int = FIRST) -> Side:
    """Pieces in order, each with the frame that brought it."""
    frames = [frame for _, frame in pieces]
    latest = [max(frames[: index + 1]) for index in range(len(frames))]
    return Side(
        [data for data, _ in pieces],
        [(frame, time_of(frame)) for frame in frames],
        [(frame, time_of(frame)) for frame in latest],
        first,
        sum(len(data) for data, _ in pieces),
    )


def shown(side: Assembled) -> Side:
    return Side(side.pieces, unpacked(side.arrivals), unpacked(side.until), side.first, side.size)


def put_together(recording: Recording) -> tuple[Side, Side] | None:
    """Both sides; None where it takes streams to put them in order, or more than that."""
    found = assemble(recording)
    if found is None:
        return None
    assert found[0].replay is found[1].replay
    return None if found[0].replay is not None else (shown(found[0]), shown(found[1]))


class Received:
    """Writes down what is received; ``enough`` is the number of bytes of both sides after which it is."""

    def __init__(self, enough: int = 1 << 20) -> None:
        self.events: list[tuple[object, ...]] = []
        self.left = enough

    def piece(self, side: int, data: bytes, frame: int, ts_ns: int) -> bool:
        assert ts_ns == time_of(frame)
        self.events.append((side, data, frame))
        self.left -= len(data)
        return self.left <= 0

    def gap(self, side: int, length: int, reason: str) -> None:
        self.events.append((side, length, reason))

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        self.events.append(("late", side, data, frame))


def replayed(
    recording: Recording, *, goes_on: bool = False, enough: int = 1 << 20
) -> tuple[bool, list[tuple[object, ...]]] | None:
    """Whether it is sound, and what is received; None where nothing is to be replayed."""
    found = assemble(recording)
    if found is None or found[0].replay is None:
        return None
    received = Received(enough)
    return found[0].replay.run(received, goes_on), received.events


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


LOST = "segment_lost"


@pytest.mark.parametrize(
    ("sent", "events", "size"),
    [
        pytest.param(
            [Sent(0, b"abc"), Sent(4, b"efg")], [(0, b"abc", 1), (0, 1, LOST), (0, b"efg", 2)], 7, id="hole"
        ),
        pytest.param([Sent(1, b"bc")], [(0, 1, LOST), (0, b"bc", 1)], 3, id="hole in front"),
        pytest.param([Sent(-1, b"?abc")], [(0, b"abc", 1)], 3, id="bytes before the first"),
        pytest.param(
            [Sent(0, b"abc"), Sent(2, b"cdef")], [(0, b"abc", 1), (0, b"def", 2)], 6, id="overlap"
        ),
        pytest.param([Sent(0, b"abc"), Sent(0, b"ab")], [(0, b"abc", 1)], 3, id="repeated in part"),
        pytest.param(
            [Sent(0, b"abc"), Sent(0, b"abcd")], [(0, b"abc", 1), (0, b"d", 2)], 4, id="repeated with more"
        ),
        pytest.param([Sent(0, b"abc"), Sent(2, b"?")], [(0, b"abc", 1)], 3, id="keep-alive probe"),
        pytest.param(
            [Sent(0, b"abc"), Sent(4, flags=FIN | ACK)], [(0, b"abc", 1), (0, 1, LOST)], 4, id="FIN behind a hole"
        ),
        pytest.param(
            [Sent(5, b"f"), Sent(0, b"abc"), Sent(6, flags=RST)],
            [(0, b"abc", 2), (0, 2, LOST), (0, b"f", 1)],
            6,
            id="RST behind a hole",
        ),
    ],
)  # fmt: skip
def test_what_is_not_simple_is_put_in_order_by_streams(
    sent: list[Sent], events: list[tuple[object, ...]], size: int
) -> None:
    recording = recorded(sent, [])
    assert replayed(recording) == (True, events)
    assert (recording.size, recording.other_size) == (size, 0)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([Sent(0, b"abc"), Sent(0, b"abX")], id="repeated with other bytes"),
        pytest.param([Sent(5, b"abc"), Sent(6, b"XX")], id="other bytes behind a hole"),
    ],
)
def test_a_contradiction_is_not_sound(sent: list[Sent]) -> None:
    found = replayed(recorded(sent, []))
    assert found is not None
    assert found[0] is False


def test_what_is_missing_before_both_ends_may_still_come() -> None:
    sides = [Sent(0, b"abc"), Sent(4, b"e", FIN | ACK)], [Sent(0, flags=FIN | ACK)]
    assert assemble(recorded(*sides)) is None
    # An overlap leaves nothing missing.
    sides = [Sent(0, b"abc"), Sent(2, b"cde", FIN | ACK)], [Sent(0, flags=FIN | ACK)]
    assert replayed(recorded(*sides)) == (True, [(0, b"abc", 1), (0, b"de", 2)])


def test_what_waits_for_something_is_not_handed_on_where_it_goes_on() -> None:
    sent = [Sent(0, b"abc"), Sent(4, b"efg")]
    assert replayed(recorded(sent, []), goes_on=True) == (True, [(0, b"abc", 1)])


@pytest.mark.parametrize(("before", "is_young"), [(0, True), (YOUNG_SEGMENTS, False)])
def test_what_the_receiver_has_is_waited_for_no_longer_than_streams_do(before: int, is_young: bool) -> None:
    # Frames are a second apart.
    sent = [*(Sent(number, b"-") for number in range(before)), Sent(before, b"abc"), Sent(before + 4, b"efg")]
    begun = [(0, b"-", number + 1) for number in range(before)] + [(0, b"abc", before + 1)]
    acked = [Sent(0, acked=before + 7)]
    soon = recorded(sent, acked)
    assert replayed(soon, goes_on=True) == (True, begun)
    later = recorded(sent, acked, times=[*map(time_of, range(1, before + 3)), time_of(before + 5)])
    over = [] if is_young else [(0, 1, LOST), (0, b"efg", before + 2)]
    assert replayed(later, goes_on=True) == (True, [*begun, *over])


def test_after_enough_segments_are_handed_on_as_they_come() -> None:
    sent = [Sent(0, b"abc"), Sent(4, b"efg"), Sent(2, b"cd"), Sent(7, b"hi"), Sent(7, b"hi"), Sent(9, b"j")]
    assert replayed(recorded(sent, []), goes_on=True, enough=4) == (
        True,
        [(0, b"abc", 1), (0, b"d", 3), ("late", 0, b"hi", 4), ("late", 0, b"j", 6)],
    )


def test_without_syns_nothing_is_replayed() -> None:
    sent = [Sent(0, b"abc"), Sent(4, b"efg")]
    recording = recorded(sent, [])
    recording.by_syn = False
    assert assemble(recording) is None
    recording = recorded(sent, [])
    recording.other_first = -1
    assert assemble(recording) is None


@pytest.mark.parametrize(
    ("acked", "ends", "is_simple"),
    [
        (2, False, True),
        (3, False, True),
        (4, False, False),
        (4, True, True),
        (5, True, False),
        (3 + MAX_WINDOW, False, False),
        # Of some other connection.
        (3 + MAX_WINDOW + 1, False, True),
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
    assert replayed(recorded([Sent(0, b"abc")], bare)) == (True, [(0, b"abc", 1), (0, 6, LOST)])
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


@pytest.mark.parametrize(
    ("sent", "times", "arrivals", "until"),
    [
        pytest.param(
            [Sent(0, b"abc"), Sent(3, b"d")], [5, 9], [(1, 5), (2, 9)], [(1, 5), (2, 9)], id="forward"
        ),
        pytest.param([Sent(0, b"abc"), Sent(3, b"d")], [9, 5], [(1, 9), (2, 5)], [(1, 9), (2, 9)], id="back"),
        pytest.param(
            [Sent(0, b"abc"), Sent(3, b"d")], [5, 5], [(1, 5), (2, 5)], [(1, 5), (2, 5)], id="at once"
        ),
        pytest.param([Sent(0, b"abc"), Sent(3, b"d")], [0, 0], [(1, 0), (2, 0)], [(1, 0), (2, 0)], id="at 0"),
        pytest.param(
            [Sent(0, b"abc"), Sent(3, b"d"), Sent(4, b"e"), Sent(5, b"f")],
            [7, 9, 8, 10],
            [(1, 7), (2, 9), (3, 8), (4, 10)],
            [(1, 7), (2, 9), (3, 9), (4, 10)],
            id="back and forward",
        ),
        pytest.param(
            [Sent(0, b"abc"), Sent(4, b"e"), Sent(3, b"d")],
            [7, 8, 9],
            [(1, 7), (3, 9), (2, 8)],
            [(1, 7), (3, 9), (3, 9)],
            id="late",
        ),
        pytest.param(
            [Sent(0, b"abc"), Sent(4, b"e"), Sent(3, b"d")],
            [7, 9, 8],
            [(1, 7), (3, 8), (2, 9)],
            [(1, 7), (3, 8), (3, 9)],
            id="late by its frame, not by its time",
        ),
        pytest.param(
            [Sent(0, b"abc"), Sent(4, b"e"), Sent(3, b"d"), Sent(5, b"f")],
            [9, 3, 2, 1],
            [(1, 9), (3, 2), (2, 3), (4, 1)],
            [(1, 9), (3, 9), (3, 9), (4, 9)],
            id="late and back",
        ),
        # Of two alike the one that came first counts, though time says otherwise.
        pytest.param([Sent(0, b"abc"), Sent(0, b"abc")], [9, 5], [(1, 9)], [(1, 9)], id="back, repeated"),
        # Bare acknowledgements bring nothing.
        pytest.param([Sent(0), Sent(0, b"abc"), Sent(3)], [9, 5, 1], [(2, 5)], [(2, 5)], id="bare"),
    ],
)
def test_frames_and_times(
    sent: list[Sent], times: list[int], arrivals: list[tuple[int, int]], until: list[tuple[int, int]]
) -> None:
    found = put_together(recorded(sent, [], times=times))
    assert found is not None
    assert (found[0].arrivals, found[0].until) == (arrivals, until)
    # Either side is as good.
    turned = put_together(recorded([], sent, times=times))
    assert turned is not None
    assert (turned[1].arrivals, turned[1].until) == (arrivals, until)


def test_frames_of_later_files() -> None:
    recording = Recording(FIRST, True)
    early, late = (1 << 40) + 5, (2**20 << 40) + 1
    recording.add(0, late, 2**62 - 1, FIRST + 3, OTHER_FIRST, ACK, b"d")
    recording.add(0, early, 0, FIRST, OTHER_FIRST, ACK, b"abc")
    recording.other_first = OTHER_FIRST
    found = put_together(recording)
    assert found is not None
    assert found[0].arrivals == [(early, 0), (late, 2**62 - 1)]
    assert found[0].until == [(early, 0), (late, 2**62 - 1)]


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
