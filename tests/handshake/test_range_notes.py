"""``tlseku.handshake.range_notes``: what is noted of connections in a part of a capture."""

from __future__ import annotations

from tests.engines import new_engine
from tlseku.handshake.range_notes import CUT, UNKNOWN, Ending, Notes, canonical, skipped_together
from tlseku.network.decode.segment import key_of, reversed_key
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.stream_numbers import MAX_FORMER

KEY = key_of(("192.0.2.1", 1000), ("192.0.2.2", 443))


def connection(frame: int, port: int = 1000) -> Connection:
    return Connection(key_of(("192.0.2.1", port), ("192.0.2.2", 443)), frame, 0)


def test_both_directions_have_one_key() -> None:
    assert canonical(KEY) == canonical(reversed_key(KEY))
    assert canonical(KEY) in (KEY, reversed_key(KEY))


def test_what_was_seen_of_a_key() -> None:
    notes = Notes()
    for frame in (3, 70):
        one = connection(frame)
        notes.begun(one)
        notes.streamed(one, frame * 4 + 2)
        notes.numbered(one, frame * 4 + 6)
        notes.cut(one, 5)
    notes.begun(connection(9, port=1))
    notes.numbered(connection(9, port=1), 40)
    seen = notes.seen([canonical(KEY), b"another"], new_engine())
    assert list(seen) == [canonical(KEY)]
    found = seen[canonical(KEY)]
    assert found.begun == (3, 70)
    assert found.numbers == ((1, 3), (2, 70))
    assert found.streams == ((0, 3), (1, 70))
    assert found.cut == ((5, 3), (5, 70))
    assert found.last == UNKNOWN


def test_the_last_frame_of_what_was_closed_and_forgotten() -> None:
    notes = Notes()
    closed, silent = connection(3), connection(3, port=7)
    closed.closed_by, closed.last_frame = 0, 30
    for one in (closed, silent):
        notes.begun(one)
        notes.removed(one)
    seen = notes.seen([canonical(closed.key), canonical(silent.key)], new_engine())
    assert (seen[canonical(closed.key)].last, seen[canonical(silent.key)].last) == (30, UNKNOWN)


def test_endings_are_taken_once() -> None:
    notes = Notes()
    notes.ended(connection(3), 8, 99)
    assert notes.take_endings() == [Ending(8, -1, 3, KEY, 99)]
    assert notes.take_endings() == []


def test_who_has_a_connection_that_takes_over() -> None:
    notes = Notes()
    notes.begun_behind = {canonical(KEY): (50, 60)}
    # Nobody else has seen it begin here, another part has, and the key is none of this part.
    assert not notes.is_handed_over(KEY, 55)
    assert notes.is_handed_over(reversed_key(KEY), 60)
    assert notes.is_handed_over(connection(1, port=5).key, 60)
    assert notes.handed_over == {canonical(KEY): 60}


def test_strays_count_what_has_begun_since() -> None:
    notes = Notes()
    first = connection(1)
    notes.begun(first)
    for frame in (2, 3, 4):
        notes.begun(connection(frame, port=frame))
    notes.stray(first, 9)
    assert (notes.farthest_stray, notes.strays) == (3, [])
    notes.follows = True
    notes.stray(first, 11)
    assert (notes.farthest_stray, notes.strays) == (3, [(11, 3)])


def test_one_that_comes_back_when_its_number_may_be_forgotten() -> None:
    for others, late in ((MAX_FORMER - 2, False), (MAX_FORMER, True)):
        notes = Notes()
        notes.begun(connection(1))
        notes.removed(connection(1))
        for port in range(2000, 2000 + others):
            notes.removed(connection(2, port=port))
        notes.begun(connection(90))
        assert notes.comes_back_late is late


def test_what_was_passed_over_together() -> None:
    assert skipped_together([{1: 2, CUT: 3}, {1: 1, CUT: -3}]) == {"not IP": 3}
    assert skipped_together([{5: 0}]) == {"fragment of an IP datagram": 0}
