from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.heard import START, Heard, Recorder
from tlseku.network.tcp import stream
from tlseku.network.tcp.out_of_order import PIECE_COST, QueuedBytes
from tlseku.network.tcp.stream import (
    HOLE_PATIENCE_NS,
    MAX_ALTERNATIVES,
    MAX_HISTORY_BYTES,
    MAX_RESET_DISTANCE,
    MAX_UNANCHORED_SEGMENTS,
    MAX_WAITING_BYTES,
    MAX_WAITING_SEGMENTS,
    MAX_WINDOW,
    YOUNG_SEGMENTS,
    Stream,
)

ISN = 0xFFFFFFF0
"""So near the end that most streams wrap."""


class _Fed:
    """A stream and its listener; sequence numbers count from the first byte."""

    def __init__(self, *, syn: bool = True) -> None:
        self.listener = Recorder()
        self.held = QueuedBytes()
        self.stream = Stream(0, self.listener, self.held)
        self.frame = 0
        if syn:
            self.stream.syn(ISN)

    def take(self, position: int, data: bytes, missing: int = 0, ts_ns: int = 0) -> _Fed:
        self.frame += 1
        self.stream.segment((ISN + 1 + position) & 0xFFFFFFFF, data, missing, self.frame, ts_ns)
        return self

    def acked(self, position: int) -> _Fed:
        self.stream.acked((ISN + 1 + position) & 0xFFFFFFFF)
        return self

    def finish(self, position: int) -> _Fed:
        self.stream.finish((ISN + 1 + position) & 0xFFFFFFFF)
        return self

    @property
    def heard(self) -> list[Heard]:
        return self.listener.heard

    def closed(self) -> list[Heard]:
        self.stream.close(99, 0)
        assert self.held.bytes == 0
        return self.heard


def _data(data: bytes, frame: int) -> Heard:
    return ("data", 0, data, frame)


def _gap(length: int, reason: str = "segment_lost") -> Heard:
    return ("gap", 0, length, reason)


def _defect(frame: int) -> Heard:
    return ("defect", 0, frame)


def test_in_order_across_the_wrap() -> None:
    fed = _Fed().take(0, b"0123456789").take(10, b"abcdefghij").take(20, b"X")
    assert fed.heard == [_data(b"0123456789", 1), _data(b"abcdefghij", 2), _data(b"X", 3)]
    assert fed.stream.position == 21
    assert fed.closed() == fed.heard


@pytest.mark.parametrize(
    ("segments", "heard"),
    [
        pytest.param([(3, b"def"), (0, b"abc")], [_data(b"abc", 2), _data(b"def", 1)], id="swapped"),
        pytest.param(
            [(6, b"ghi"), (3, b"def"), (0, b"abc")],
            [_data(b"abc", 3), _data(b"def", 2), _data(b"ghi", 1)],
            id="backwards",
        ),
        pytest.param([(0, b"abc"), (0, b"abc")], [_data(b"abc", 1)], id="sent again"),
        pytest.param([(0, b"abc"), (0, b"abcdef")], [_data(b"abc", 1), _data(b"def", 2)], id="sent again, longer"),
        pytest.param([(0, b"abc"), (1, b"bcd")], [_data(b"abc", 1), _data(b"d", 2)], id="overlap behind"),
        pytest.param([(0, b"abc"), (1, b"b")], [_data(b"abc", 1)], id="a part sent again"),
        pytest.param(
            [(2, b"cde"), (0, b"abcdef")],
            [_data(b"ab", 2), _data(b"cde", 1), _data(b"f", 2)],
            id="what waits counts before what comes",
        ),
        pytest.param(
            [(0, b"ab"), (3, b"de"), (1, b"bcdef")],
            [_data(b"ab", 1), _data(b"c", 3), _data(b"de", 2), _data(b"f", 3)],
            id="behind and ahead at once",
        ),
        pytest.param([(0, b"abc"), (2, b"?")], [_data(b"abc", 1)], id="keep-alive with a byte of garbage"),
        pytest.param([(2, b"c"), (-1, b"?"), (0, b"ab")], [_data(b"ab", 3), _data(b"c", 1)], id="keep-alive, waiting"),
        pytest.param([(0, b"abc"), (0, b"aXc")], [_data(b"abc", 1), _defect(2)], id="other bytes, first ones count"),
        pytest.param(
            [(0, b"abc"), (0, b"abXdef")],
            [_data(b"abc", 1), _defect(2), _data(b"def", 2)],
            id="other bytes and new ones",
        ),
        pytest.param(
            [(4, b"ef"), (3, b"dXf"), (0, b"abc")],
            [_defect(2), _data(b"abc", 3), _data(b"d", 2), _data(b"ef", 1)],
            id="other bytes than those that wait",
        ),
        pytest.param(
            [(0, b"ab"), (3, b"d"), (5, b"f"), (0, b"XbcXeX")],
            [
                _data(b"ab", 1),
                _defect(4),
                _data(b"c", 4),
                _data(b"d", 2),
                _data(b"e", 4),
                _data(b"f", 3),
            ],
            id="told once a segment",
        ),
        pytest.param(
            [(0, b"abc"), (0, b"Xbc"), (0, b"Xbc")],
            [_data(b"abc", 1), _defect(2), _defect(3)],
            id="told for every segment",
        ),
        pytest.param([(0, b"abc", 3), (6, b"gh")], [_data(b"abc", 1), _gap(3, "snaplen_truncated"), _data(b"gh", 2)],
                     id="snaplen"),
        pytest.param([(0, b"", 3), (3, b"d")], [_gap(3, "snaplen_truncated"), _data(b"d", 2)], id="no byte captured"),
        pytest.param(
            [(3, b"de", 2), (0, b"abc")],
            [_data(b"abc", 2), _data(b"de", 1), _gap(2, "snaplen_truncated")],
            id="snaplen, out of order",
        ),
        pytest.param(
            [(3, b"de", 5), (8, b"ij"), (5, b"fg"), (0, b"abc")],
            [_data(b"abc", 4), _data(b"de", 1), _data(b"fg", 3), _gap(1, "snaplen_truncated"), _data(b"ij", 2)],
            id="snaplen, some captured the second time",
        ),
        pytest.param(
            [(0, b"abc", 3), (2, b"c", 3), (2, b"cdefg")],
            [_data(b"abc", 1), _gap(3, "snaplen_truncated"), _data(b"g", 3)],
            id="snaplen, sent again",
        ),
        pytest.param([(0, b"ab", 2), (1, b"b", 5)], [_data(b"ab", 1), _gap(2, "snaplen_truncated"),
                      _gap(3, "snaplen_truncated")], id="snaplen, sent again and longer"),
    ],
)  # fmt: skip
def test_segments(segments: list[tuple[int, bytes]], heard: list[Heard]) -> None:
    fed = _Fed()
    for segment in segments:
        fed.take(*segment)
    assert fed.closed() == heard


def test_hole_becomes_a_gap_at_the_end() -> None:
    fed = _Fed().take(0, b"abc").take(10, b"xyz")
    assert fed.heard == [_data(b"abc", 1)]
    assert fed.closed() == [_data(b"abc", 1), _gap(7), _data(b"xyz", 2)]


@pytest.mark.parametrize(
    ("ts_ns", "acknowledged", "is_given_up"),
    [
        (HOLE_PATIENCE_NS, 10, False),
        (HOLE_PATIENCE_NS + 1, 10, True),
        (HOLE_PATIENCE_NS + 1, 13, True),
        (HOLE_PATIENCE_NS + 1, 9, False),
        (HOLE_PATIENCE_NS * 9, 3, False),
        (HOLE_PATIENCE_NS * 9, MAX_WINDOW + 4, False),
    ],
)
def test_hole_that_was_acknowledged_is_given_up(
    ts_ns: int, acknowledged: int, is_given_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "YOUNG_SEGMENTS", 1)
    fed = _Fed().take(0, b"abc").take(10, b"xyz").acked(acknowledged)
    fed.stream.give_up_holes(ts_ns)
    assert fed.heard == [_data(b"abc", 1), *([_gap(7), _data(b"xyz", 2)] if is_given_up else [])]
    assert fed.stream.limit_reached == ""


def test_a_young_stream_waits_for_its_hole() -> None:
    """As a recording does: a segment may come late in a file."""
    fed = _Fed().take(0, b"abc")
    for number in range(YOUNG_SEGMENTS - 1):
        fed.take(10 + number, b"x").acked(100)
        fed.stream.give_up_holes(9 * HOLE_PATIENCE_NS)
    assert fed.heard == [_data(b"abc", 1)]
    fed.take(YOUNG_SEGMENTS + 9, b"x")
    fed.stream.give_up_holes(9 * HOLE_PATIENCE_NS)
    assert fed.heard[1] == _gap(7)


def test_patience_begins_anew_with_the_next_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "YOUNG_SEGMENTS", 0)
    fed = _Fed().take(1, b"b", ts_ns=0).take(3, b"d", ts_ns=HOLE_PATIENCE_NS).acked(9)
    fed.take(0, b"a", ts_ns=HOLE_PATIENCE_NS)
    fed.stream.give_up_holes(2 * HOLE_PATIENCE_NS)
    assert fed.heard == [_data(b"a", 3), _data(b"b", 1)]
    fed.stream.give_up_holes(2 * HOLE_PATIENCE_NS + 1)
    assert fed.heard[2:] == [_gap(1), _data(b"d", 2)]


def test_too_many_bytes_wait() -> None:
    fed = _Fed()
    size = 60_000
    while fed.stream.limit_reached == "":
        fed.take(1 + size * fed.frame, bytes(size))
        assert fed.held.bytes <= MAX_WAITING_BYTES + size + PIECE_COST
    assert fed.stream.limit_reached == "MAX_WAITING_BYTES"
    assert fed.frame == MAX_WAITING_BYTES // (size + PIECE_COST) + 1
    assert fed.heard[0] == _gap(1)
    assert fed.listener.bytes_of(0) == bytes(1 + size * fed.frame)


def test_too_many_segments_wait() -> None:
    fed = _Fed()
    for number in range(MAX_WAITING_SEGMENTS):
        fed.take(1 + 2 * number, b"x")
    assert fed.heard == []
    fed.take(1 + 2 * MAX_WAITING_SEGMENTS, b"x")
    assert fed.heard == [_gap(1), _data(b"x", 1)]
    assert fed.stream.limit_reached == "MAX_WAITING_SEGMENTS"


@pytest.mark.parametrize(
    ("acknowledged", "end", "heard"),
    [
        pytest.param(3, None, [], id="nothing lost"),
        pytest.param(4, None, [], id="the FIN was lost, or one byte"),
        pytest.param(10, None, [_gap(7)], id="acknowledged and never seen"),
        pytest.param(3, 10, [_gap(7)], id="before the FIN and never seen"),
        pytest.param(11, 10, [_gap(7)], id="the acknowledgement counts the FIN"),
        pytest.param(4, 3, [], id="all before the FIN was seen"),
        pytest.param(3, 1, [], id="an old FIN"),
        pytest.param(3, 4 + MAX_WINDOW, [], id="a FIN from nowhere"),
        pytest.param(4 + MAX_WINDOW, None, [], id="an acknowledgement from nowhere"),
    ],
)
def test_lost_at_the_end(acknowledged: int, end: int | None, heard: list[Heard]) -> None:
    fed = _Fed().take(0, b"abc").acked(acknowledged)
    if end is not None:
        fed.finish(end)
    assert fed.closed() == [_data(b"abc", 1), *heard]


def test_complete_once_all_before_the_fin_was_seen() -> None:
    fed = _Fed().take(0, b"abc").finish(6)
    assert not fed.stream.complete
    fed.take(4, b"ef")
    assert not fed.stream.complete
    fed.take(3, b"d")
    assert fed.stream.complete
    assert fed.stream.fin_seen


# Without a SYN.


def test_anchored_by_content() -> None:
    fed = _Fed(syn=False).take(500, START).take(500 + len(START), b"next")
    assert fed.heard == [_data(START, 1), _data(b"next", 2)]


def test_anchored_by_content_that_comes_late() -> None:
    fed = _Fed(syn=False).take(500 + len(START), b"next")
    assert fed.heard == []
    fed.take(500, START)
    assert fed.heard == [_data(START, 2), _data(b"next", 1)]


def test_content_after_lower_numbers_is_no_anchor() -> None:
    fed = _Fed(syn=False).take(500, b"EHLO").take(504, START)
    assert fed.heard == []
    assert fed.closed() == [_data(b"EHLO", 1), _data(START, 2)]


def test_anchored_by_the_peers_acknowledgement() -> None:
    fed = _Fed(syn=False).acked(100).take(110, b"later").take(100, b"0123456789")
    assert fed.heard == [_data(b"0123456789", 2), _data(b"later", 1)]


def test_bytes_lost_after_the_peers_acknowledgement() -> None:
    fed = _Fed(syn=False).acked(100).take(110, b"later")
    assert fed.closed() == [_gap(10, "starts_mid_handshake"), _data(b"later", 1)]


def test_acknowledgement_after_the_first_segments() -> None:
    fed = _Fed(syn=False).take(110, b"later").acked(100)
    assert fed.heard == []
    fed.take(100, b"0123456789")
    assert fed.heard == [_data(b"0123456789", 2), _data(b"later", 1)]


def test_acknowledgement_of_the_first_segment() -> None:
    fed = _Fed(syn=False).take(110, b"mid").acked(113).take(113, b"next")
    assert fed.heard == [_data(b"mid", 1), _data(b"next", 2)]


def test_acknowledgement_of_something_else() -> None:
    fed = _Fed(syn=False).acked(-(2**30)).take(110, b"mid")
    assert fed.heard == [_data(b"mid", 1)]
    fed = _Fed(syn=False).take(110, b"mid").acked(-(2**30))
    assert fed.heard == [_data(b"mid", 1)]


def test_keep_alive_is_no_anchor_where_the_peer_has_acknowledged() -> None:
    fed = _Fed(syn=False).acked(100).take(99, b"?").take(100, b"next")
    assert fed.heard == [_data(b"next", 2)]


def test_lowest_of_the_first_segments() -> None:
    fed = _Fed(syn=False)
    for number in (4, 3, 5, 7, 6, 9, 8):
        fed.take(number, b"%d" % number)
    assert fed.heard == []
    assert MAX_UNANCHORED_SEGMENTS == 8
    fed.take(2, b"2")
    assert fed.listener.bytes_of(0) == b"23456789"
    assert fed.heard[0] == _data(b"2", 8)


def test_unanchored_until_the_end() -> None:
    assert _Fed(syn=False).take(7, b"seven").closed() == [_data(b"seven", 1)]
    assert _Fed(syn=False).closed() == []
    assert _Fed(syn=False).acked(7).closed() == []
    assert _Fed(syn=False).take(7, b"seven", 3).closed() == [_data(b"seven", 1), _gap(3, "snaplen_truncated")]


def test_unanchored_contradiction() -> None:
    assert _Fed(syn=False).take(7, b"abc").take(7, b"abX").closed() == [_defect(2), _data(b"abc", 1)]


def test_syn_after_data() -> None:
    fed = _Fed(syn=False).take(10, b"later")
    fed.stream.syn(ISN)
    assert fed.heard == []
    fed.take(0, b"0123456789")
    assert fed.heard == [_data(b"0123456789", 2), _data(b"later", 1)]
    fed = _Fed(syn=False).take(0, b"first")
    fed.stream.syn(ISN)
    assert fed.heard == [_data(b"first", 1)]
    assert fed.stream.started_by_syn


def test_syn_cuts_off_what_lies_before_it() -> None:
    fed = _Fed(syn=False).take(-3, b"oldnew").take(-9, b"old")
    fed.stream.syn(ISN)
    assert fed.heard == [_data(b"new", 1)]
    assert fed.held.bytes == 0


def test_hole_after_a_syn_is_a_lost_segment() -> None:
    assert _Fed().take(5, b"x").closed() == [_gap(5), _data(b"x", 1)]


# A second SYN-ACK with another number.


@pytest.mark.parametrize("chosen", [1000, 77_000_000, 0xFFFFFFFF])
@pytest.mark.parametrize("by_ack", [True, False])
@pytest.mark.parametrize("out_of_order", [True, False])
def test_which_syn_ack_counts_shows_later(chosen: int, by_ack: bool, out_of_order: bool) -> None:
    listener = Recorder()
    stream = Stream(1, listener, QueuedBytes())
    for isn in (1000, 77_000_000, 0xFFFFFFFF):
        stream.syn(isn)
    first = (chosen + 1) & 0xFFFFFFFF
    if by_ack:
        stream.acked(first)
    order = [(3, b"def"), (0, b"abc")] if out_of_order else [(0, b"abc"), (3, b"def")]
    for position, data in order:
        stream.segment((first + position) & 0xFFFFFFFF, data, 0, 1, 0)
    stream.acked((first + 6) & 0xFFFFFFFF)
    stream.close(9, 0)
    assert listener.heard == [("data", 1, b"abc", 1), ("data", 1, b"def", 1)]


def test_what_was_acknowledged_of_the_other_syn_ack_is_not_lost() -> None:
    listener = Recorder()
    stream = Stream(1, listener, QueuedBytes())
    stream.syn(1000)
    stream.acked(1501)
    stream.syn(77_000_000)
    stream.segment(77_000_001, b"abc", 0, 1, 0)
    stream.close(9, 0)
    assert listener.heard == [("data", 1, b"abc", 1)]


def test_syn_acks_without_end_are_not_all_kept() -> None:
    fed = _Fed()
    for number in range(10_000):
        fed.stream.syn(number * 1000)
    assert len(fed.stream._alternatives) == MAX_ALTERNATIVES
    fed.stream.segment(9_999_001, b"the last one", 0, 1, 0)
    assert fed.heard == [_data(b"the last one", 1)]


def test_syn_again_after_data_changes_nothing() -> None:
    fed = _Fed().take(0, b"abc")
    fed.stream.syn(ISN)
    fed.stream.syn(5)
    assert fed.take(3, b"def").heard == [_data(b"abc", 1), _data(b"def", 2)]


# Nobody listens.


def test_without_listener_nothing_is_kept() -> None:
    fed = _Fed().take(0, b"abc").take(10, b"xyz", 5)
    fed.stream.forget()
    assert fed.held.bytes == 0
    assert fed.stream.position == 18
    fed.take(30, b"x").take(0, b"abc").acked(40)
    assert (fed.held.bytes, fed.stream.position) == (0, 31)
    fed.finish(35)
    assert fed.stream.complete
    assert fed.closed() == [_data(b"abc", 1)]


def test_listener_that_stops_listening_meanwhile() -> None:
    fed = _Fed()

    class Leaves(Recorder):
        def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
            super().data(side, data, frame, ts_ns)
            fed.stream.forget()

    fed.stream.listener = listener = Leaves()
    fed.take(3, b"def", 2).take(9, b"jkl").take(0, b"abc")
    assert listener.heard == [_data(b"abc", 3)]
    assert (fed.stream.position, fed.held.bytes, fed.stream.waiting) == (12, 0, False)


def test_anchors_at_once_without_listener() -> None:
    stream = Stream(0, None, QueuedBytes())
    stream.segment(500, b"abc", 2, 1, 0)
    assert (stream.anchored, stream.position, stream.waiting) == (True, 5, False)


def test_history_is_short() -> None:
    fed = _Fed()
    for number in range(0, 10 * MAX_HISTORY_BYTES, 1000):
        fed.take(number, bytes(1000))
        assert len(fed.stream._history) <= 2 * MAX_HISTORY_BYTES
    fed.take(0, b"other bytes, long forgotten")
    end = fed.stream.position
    fed.take(end - MAX_HISTORY_BYTES, b"other bytes, still known")
    assert [what for what in fed.heard if what[0] == "defect"] == [_defect(fed.frame)]


def test_history_ends_at_a_gap() -> None:
    fed = _Fed().take(0, b"abc", 3).take(6, b"ghi")
    fed.take(0, b"XXXXXX").take(5, b"?ghi").take(4, b"??gXi")
    assert [what for what in fed.heard if what[0] == "defect"] == [_defect(5)]


@pytest.mark.parametrize(
    ("distance", "suits"),
    [(0, True), (MAX_RESET_DISTANCE, True), (-MAX_RESET_DISTANCE, True), (MAX_RESET_DISTANCE + 1, False),
     (-MAX_RESET_DISTANCE - 1, False), (2**31, False)],
)  # fmt: skip
def test_where_a_reset_is_believed(distance: int, suits: bool) -> None:
    stream = _Fed().take(0, b"abc").stream
    assert stream.may_reset_at((ISN + 4 + distance) & 0xFFFFFFFF) is suits
    assert _Fed(syn=False).stream.may_reset_at(5) is True


# Any cut, any order.


@st.composite
def _cut(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, int]]]:
    """A byte string and overlapping ranges that cover it, shuffled, some repeated."""
    whole = draw(st.binary(min_size=1, max_size=120))
    edges = sorted({0, len(whole), *draw(st.lists(st.integers(0, len(whole)), max_size=12))})
    ranges = []
    for low, high in itertools.pairwise(edges):
        before, after = draw(st.integers(0, min(low, 5))), draw(st.integers(0, 5))
        ranges.append((low - before, min(high + after, len(whole))))
    ranges += draw(st.lists(st.sampled_from(ranges), max_size=4))
    return whole, draw(st.permutations(ranges))


@given(_cut(), st.integers(0, 2**32 - 1))
def test_any_cut_any_order_same_bytes(cut: tuple[bytes, list[tuple[int, int]]], isn: int) -> None:
    whole, ranges = cut
    listener = Recorder()
    stream = Stream(0, listener, QueuedBytes())
    stream.syn(isn)
    first_frame: dict[int, int] = {}
    for frame, (low, high) in enumerate(ranges):
        stream.segment((isn + 1 + low) & 0xFFFFFFFF, whole[low:high], 0, frame, 0)
        for at in range(low, high):
            first_frame.setdefault(at, frame)
    stream.finish((isn + 1 + len(whole)) & 0xFFFFFFFF)
    assert stream.complete
    stream.close(99, 0)
    assert {what[0] for what in listener.heard} == {"data"}
    assert listener.bytes_of(0) == whole
    frames = [what[3] for what in listener.heard for _ in what[2]]  # type: ignore[attr-defined]
    # A keep-alive probe is one byte just before the next one: no other byte may have the frame of a later segment.
    assert frames == [first_frame[at] for at in range(len(whole))]


@given(_cut(), st.integers(0, 2**32 - 1), st.data(), st.booleans(), st.booleans())
def test_dropped_segments_leave_gaps(
    cut: tuple[bytes, list[tuple[int, int]]], isn: int, data: st.DataObject, is_acked: bool, has_fin: bool
) -> None:
    whole, ranges = cut
    kept = data.draw(st.lists(st.sampled_from(ranges), unique=True))
    snaplen = data.draw(st.integers(1, 20))
    listener = Recorder()
    stream = Stream(0, listener, QueuedBytes())
    stream.syn(isn)
    captured: dict[int, bool] = {}
    for frame, (low, high) in enumerate(kept):
        cut_at = min(high, low + snaplen)
        stream.segment((isn + 1 + low) & 0xFFFFFFFF, whole[low:cut_at], high - cut_at, frame, 0)
        captured.update(dict.fromkeys(range(low, high), True))
    end = max(captured, default=-1) + 1
    if is_acked or has_fin:
        end = len(whole)
    if is_acked:
        stream.acked((isn + 1 + len(whole)) & 0xFFFFFFFF)
    if has_fin:
        stream.finish((isn + 1 + len(whole)) & 0xFFFFFFFF)
    stream.close(99, 0)
    position = 0
    for what in listener.heard:
        if what[0] == "data":
            assert isinstance(what[2], bytes)
            assert whole[position : position + len(what[2])] == what[2]
            position += len(what[2])
        else:
            assert what[0] == "gap"
            assert isinstance(what[2], int)
            if what[3] == "segment_lost":
                assert not any(captured.get(at) for at in range(position, position + what[2]))
            position += what[2]
    # One acknowledged number more than was seen is taken for the FIN's.
    assert position in ((end, end - 1) if is_acked and not has_fin else (end,))


def test_random_calls_never_raise(seeded: random.Random) -> None:
    for _ in range(300):
        held = QueuedBytes()
        listener = Recorder()
        stream = Stream(0, listener, held)
        base = seeded.getrandbits(32)
        for frame in range(60):
            seq = (
                (base + seeded.randrange(-50, 300)) & 0xFFFFFFFF
                if seeded.random() < 0.9
                else seeded.getrandbits(32)
            )
            what = seeded.random()
            if what < 0.1:
                stream.syn(seq)
            elif what < 0.3:
                stream.acked(seq)
            elif what < 0.33:
                stream.finish(seq)
            elif what < 0.34:
                stream.forget()
            else:
                missing = seeded.choice((0, 0, 0, seeded.randrange(1, 50)))
                stream.segment(
                    seq, seeded.randbytes(seeded.randrange(0 if missing else 1, 60)), missing, frame, frame
                )
            stream.give_up_holes(seeded.randrange(10**10))
        stream.close(99, 10**10)
        assert held.bytes == 0
        assert not stream.waiting
