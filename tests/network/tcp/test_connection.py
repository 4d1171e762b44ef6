"""``tlseku.network.tcp.connection``: what a connection tells, with streams and without."""

from __future__ import annotations

import pytest

from tests.network.heard import KEY, Recorder
from tlseku.network.decode.segment import SYN, reversed_key
from tlseku.network.tcp.connection import TO_TABLE, Connection
from tlseku.network.tcp.recording import Recording


def read_connection(fins: tuple[int, int] = (1005, 9007), other_first: int = 9000) -> Connection:
    """One that a whole reader has read: five bytes of side 0, seven of side 1."""
    connection = Connection(KEY, 3, 100)
    recording = Recording(1000, True)
    recording.other_first = other_first
    recording.fin, recording.other_fin = fins
    recording.size, recording.other_size = 5, 7
    connection.recording = recording
    connection.was_read(recording)
    return connection


def test_a_new_connection() -> None:
    connection = Connection(KEY, 3, 100)
    assert (connection.key, connection.reverse) == (KEY, reversed_key(KEY))
    assert (connection.first_frame, connection.last_frame) == (3, 3)
    assert (connection.first_ts, connection.last_ts, connection.closed_ts) == (100, 100, 100)
    assert (connection.syn_side, connection.reset_by, connection.closed_by) == (-1, -1, -1)
    assert (connection.disposition, connection.touched, connection.number) == (TO_TABLE, -1, 0)
    assert connection.payload_seen == (False, False)
    assert (connection.ended, connection.muted, connection.watched) == (False, False, False)
    assert [connection.ends_at(side) for side in (0, 1)] == [-1, -1]
    assert [connection.begun_by_syn(side) for side in (0, 1)] == [False, False]
    assert not connection.complete
    assert not connection.has_streams


def test_payload_of_each_side() -> None:
    one, other = Connection(KEY, 1, 0), Connection(KEY, 1, 0)
    one.saw_payload(1)
    assert one.payload_seen == (False, True)
    one.saw_payload(0)
    assert one.payload_seen == (True, True)
    other.saw_payload(0)
    assert other.payload_seen == (True, False)
    assert Connection(KEY, 1, 0).payload_seen == (False, False)


@pytest.mark.parametrize(
    ("fins", "ends", "is_complete"),
    [
        ((1005, 9007), [5, 7], True),
        ((-1, 9007), [-1, 7], False),
        ((1005, -1), [5, -1], False),
        ((-1, -1), [-1, -1], False),
        # Number 0 is a number.
        ((0, 0), [5, 7], True),
    ],
)
def test_what_was_read_is_told_without_streams(
    fins: tuple[int, int], ends: list[int], is_complete: bool
) -> None:
    connection = read_connection(fins)
    assert connection.recording is None
    assert [connection.ends_at(side) for side in (0, 1)] == ends
    assert connection.complete is is_complete
    assert connection.payload_seen == (True, True)
    assert [connection.begun_by_syn(side) for side in (0, 1)] == [True, True]
    assert not connection.has_streams
    # With streams it is the same.
    one, other = connection.streams
    assert (one.position, other.position) == (5, 7)
    assert [connection.ends_at(side) for side in (0, 1)] == ends
    assert connection.complete is is_complete
    assert [connection.begun_by_syn(side) for side in (0, 1)] == [True, True]


def test_streams_go_on_behind_what_was_read() -> None:
    connection = read_connection((-1, -1))
    listener = Recorder()
    connection.listen(listener)
    connection.streams[0].segment(1005, b"more", 0, 4, 200)
    connection.streams[1].segment(9000, b"as before", 0, 5, 200)
    assert listener.heard == [("data", 0, b"more", 4), ("data", 1, b"re", 5)]


def test_a_side_of_which_nothing_is_known_is_not_anchored() -> None:
    connection = read_connection((-1, -1), other_first=-1)
    assert [connection.begun_by_syn(side) for side in (0, 1)] == [True, False]
    assert [stream.anchored for stream in connection.streams] == [True, False]


def test_what_is_muted_and_watched_is_so_in_streams_made_later() -> None:
    connection = read_connection((-1, -1))
    listener = Recorder()
    connection.listener = listener
    connection.mute(watch=True)
    assert not connection.has_streams
    assert [stream.muted for stream in connection.streams] == [True, True]
    assert [stream.watcher for stream in connection.streams] == [listener, listener]
    other = read_connection((-1, -1))
    other.mute(watch=False)
    assert [stream.watcher for stream in other.streams] == [None, None]
    assert [stream.muted for stream in read_connection((-1, -1)).streams] == [False, False]


def test_what_could_not_be_read_is_as_before() -> None:
    connection = read_connection()
    recording = Recording(1, True)
    connection.not_read(recording)
    assert connection.recording is recording
    assert connection.payload_seen == (False, False)
    assert [connection.ends_at(side) for side in (0, 1)] == [-1, -1]
    assert not connection.complete


def left_connection(recording: Recording) -> Connection:
    """One of which nothing but openings was recorded."""
    connection = Connection(KEY, 1, 0)
    connection.recording = recording
    connection.was_left(recording)
    return connection


def test_openings_alone() -> None:
    recording = Recording(1000, True)
    recording.add(0, 1, 0, 999, 0, SYN, b"")
    connection = left_connection(recording)
    assert connection.recording is None
    assert [*recording.packets()] == []
    assert [connection.begun_by_syn(side) for side in (0, 1)] == [True, False]
    assert [connection.ends_at(side) for side in (0, 1)] == [-1, -1]
    assert connection.payload_seen == (False, False)


def test_nobody_listening_needs_no_streams() -> None:
    connection = Connection(KEY, 1, 0)
    connection.listen(None)
    assert not connection.has_streams
    listener = Recorder()
    connection.listen(listener)
    assert [stream.listener for stream in connection.streams] == [listener, listener]
    connection.listen(None)
    assert connection.listener is None
