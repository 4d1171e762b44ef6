"""``tlseku.network.tcp.byte_streams``: bytes in order reach the listener of their connection, and who is over is told."""

from __future__ import annotations

import pytest

from tests.network.heard import CLIENT, KEY, SERVER, Heard, Recorder
from tlseku.network.decode.segment import key_of
from tlseku.network.tcp.byte_streams import ByteStreams
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.recorder import IDLE_NS

OTHER = ("10.0.0.3", 50000)
End = tuple[str, int]


class _Streams:
    """The streams with the listeners that they made, in order, and the keys that were told."""

    def __init__(self) -> None:
        self.listeners: list[Recorder] = []
        self.keys: list[bytes] = []
        self.streams = ByteStreams(self._new, self._told)
        self.frame = 0

    def _new(self, connection: Connection) -> Recorder:
        self.listeners.append(Recorder(connection))
        return self.listeners[-1]

    def _told(self, key: bytes) -> bool:
        self.keys.append(key)
        return True

    def take(
        self, source: End, target: End, data: bytes, *, missing: int = 0, end: bool = False, ts_ns: int = 5
    ) -> None:
        self.frame += 1
        self.streams.take(source, target, data, missing, end, self.frame, ts_ns)

    def heard(self) -> list[list[Heard]]:
        return [listener.heard for listener in self.listeners]


def test_whoever_speaks_first_is_side_0() -> None:
    made = _Streams()
    made.take(CLIENT, SERVER, b"one")
    made.take(SERVER, CLIENT, b"two")
    made.take(CLIENT, SERVER, b"three", end=True)
    assert made.heard() == [
        [("data", 0, b"one", 1), ("data", 1, b"two", 2), ("data", 0, b"three", 3), ("ended", "fin", -1)]
    ]
    assert (made.keys, made.streams.count, made.streams.limits) == ([KEY], 1, {})


def test_lost_bytes_are_a_gap() -> None:
    made = _Streams()
    made.take(CLIENT, SERVER, b"one", missing=4)
    made.take(CLIENT, SERVER, b"", missing=2)
    made.take(CLIENT, SERVER, b"two")
    (heard,) = made.heard()
    assert [each[:3] for each in heard] == [
        ("data", 0, b"one"),
        ("gap", 0, 4),
        ("gap", 0, 2),
        ("data", 0, b"two"),
    ]


def test_a_pair_that_is_over_begins_again() -> None:
    made = _Streams()
    made.take(CLIENT, SERVER, b"one", end=True)
    made.take(SERVER, CLIENT, b"two")
    made.streams.close(9, 9)
    made.streams.close(9, 9)
    assert made.heard() == [
        [("data", 0, b"one", 1), ("ended", "fin", -1)],
        [("data", 0, b"two", 2), ("ended", "capture", -1)],
    ]
    assert (made.keys, made.streams.count) == ([KEY, key_of(SERVER, CLIENT)], 2)


@pytest.mark.parametrize(("after", "over"), [(0, False), (IDLE_NS, False), (IDLE_NS + 1, True)])
def test_silence_of_more_than_an_hour_ends(after: int, over: bool) -> None:
    made = _Streams()
    made.take(CLIENT, SERVER, b"one", ts_ns=3)
    made.take(SERVER, CLIENT, b"two", ts_ns=7)
    made.take(OTHER, SERVER, b"other", ts_ns=7 + after)
    made.streams.end_silent(7 + after)
    said: list[Heard] = [("data", 0, b"one", 1), ("data", 1, b"two", 2)]
    assert made.heard() == [[*said, ("ended", "idle", -1)] if over else said, [("data", 0, b"other", 3)]]
    connection = made.listeners[0].connection
    assert connection is not None
    assert (connection.ended, connection.last_ts, connection.last_frame) == (over, 7, 2)


def test_time_of_a_connection_does_not_run_back() -> None:
    made = _Streams()
    made.take(CLIENT, SERVER, b"one", ts_ns=7)
    made.take(SERVER, CLIENT, b"two", ts_ns=3)
    made.streams.end_silent(7 + IDLE_NS)
    assert made.listeners[0].count("ended") == 0


def test_the_first_makes_room_for_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.network.tcp.byte_streams.MAX_CONNECTIONS", 2)
    made = _Streams()
    for port in (1, 2, 3):
        made.take(("10.0.0.1", port), SERVER, b"one")
    assert [listener.heard[1:] for listener in made.listeners] == [[("ended", "evicted", -1)], [], []]
    assert (made.streams.count, made.streams.limits) == (3, {"MAX_CONNECTIONS": 1})


@pytest.mark.parametrize("source", [("here", 1), ("2001:db8::1", 1), ("", 1)])
def test_what_is_no_pair_of_addresses_is_refused(source: End) -> None:
    made = _Streams()
    with pytest.raises(ValueError):
        made.take(source, SERVER, b"x")
    assert (made.keys, made.streams.count) == ([], 0)
