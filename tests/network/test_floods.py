"""Hostile captures: memory has a bound and time grows with the number of packets only."""

from __future__ import annotations

import io
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from tests import wire
from tests.network.frames import ethernet, ip4, ip6, tcp
from tests.network.heard import segment
from tests.tls.written import client_hello, extension
from tlseku.analyzer import Analyzer
from tlseku.capture import open_capture
from tlseku.flow import Summary
from tlseku.network import connections as module
from tlseku.network.connections import MAX_CONNECTIONS, MAX_HELD_BYTES, Connection, Connections
from tlseku.network.decode import Decoder
from tlseku.network.fragments import MAX_WAITING_BYTES
from tlseku.network.recorder import MAX_RECORDED_BYTES
from tlseku.network.segment import ACK, SYN, Segment

SMALL = (10_000, 2_000)
LARGE = pytest.param((200_000, MAX_CONNECTIONS), marks=pytest.mark.long)
"""How many packets, and how many connections the table may hold."""

BYTES_PER_CONNECTION = 4000
"""More than a connection with one short segment costs (some 3,000 bytes as measured), less than a third of the limits."""


class _Deaf:
    """A listener that keeps nothing."""

    def is_start(self, side: int, data: bytes) -> bool:
        return False

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        pass

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        pass

    def defect(self, side: int, reason: str, frame: int) -> None:
        pass

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        pass


def _key(number: int) -> bytes:
    return b"\x0a" + number.to_bytes(3, "big") + b"\xc0\x00\x02\x01" + b"\xc3\x50\x01\xbb"


def _peak(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _fed(segments: Iterator[Segment]) -> Connections:
    table = Connections(_new)
    for frame, one in enumerate(segments):
        table.segment(one, frame, 0)
    return table


def _new(connection: Connection) -> _Deaf:
    return _Deaf()


def _syns(count: int) -> Iterator[Segment]:
    return (segment(0, number, syn=True, key=_key(number)) for number in range(count))


def _one_segment_each(count: int) -> Iterator[Segment]:
    return (segment(0, number, bytes(500), key=_key(number)) for number in range(count))


def _refused(count: int) -> Iterator[Segment]:
    for number in range(count // 2):
        yield segment(0, number, syn=True, key=_key(number))
        yield segment(1, 0, rst=True, key=_key(number))


def _one_port_again_and_again(count: int) -> Iterator[Segment]:
    return (segment(0, number * 7, syn=True) for number in range(count))


def _syn_acks(count: int) -> Iterator[Segment]:
    return (segment(1, number * 7, syn=True, ack=1) for number in range(count))


def _fins(count: int) -> Iterator[Segment]:
    yield segment(0, 1, syn=True)
    yield segment(1, 1, syn=True, ack=2)
    for _ in range(count // 2):
        yield segment(0, 2, fin=True)
        yield segment(1, 2, fin=True)


def _tiny_behind_a_hole(count: int) -> Iterator[Segment]:
    yield segment(0, 0, syn=True)
    for number in range(count):
        yield segment(0, 5 + 2 * (count - number), b"x")


def _tiny_again_and_again(count: int) -> Iterator[Segment]:
    yield segment(0, 0, syn=True)
    for number in range(count):
        yield segment(0, 1 + number % 20_000, b"x")


def _long_over_tiny(count: int) -> Iterator[Segment]:
    yield segment(0, 0, syn=True)
    for number in range(1000):
        yield segment(0, 5 + 2 * number, b"x")
    for _ in range(count // 30):
        yield segment(0, 2, b"x" * 1400)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("flood", "bound"),
    [
        (_syns, None),
        (_one_segment_each, None),
        (_refused, None),
        (_one_port_again_and_again, 1_000_000),
        (_syn_acks, 1_000_000),
        (_fins, 1_000_000),
        (_tiny_behind_a_hole, 3_000_000),
        (_tiny_again_and_again, 1_000_000),
        (_long_over_tiny, 3_000_000),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_memory_has_a_bound(
    flood: Callable[[int], Iterator[Segment]],
    bound: int | None,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count, limit = size
    monkeypatch.setattr(module, "MAX_CONNECTIONS", limit)
    if bound is None:
        bound = limit * BYTES_PER_CONNECTION
    assert _peak(lambda: _fed(flood(count)).close(0, 0)) < bound


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_evicted_connections_are_counted(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    count, limit = size
    monkeypatch.setattr(module, "MAX_CONNECTIONS", limit)
    table = _fed(_syns(count))
    assert table.limits == {"MAX_CONNECTIONS": count - limit}
    assert table.count == count


@pytest.mark.parametrize("size", [pytest.param(20_000), pytest.param(60_000, marks=pytest.mark.long)])
def test_holes_in_many_connections_hold_back_no_more_than_the_limit(size: int) -> None:
    def holes() -> Iterator[Segment]:
        for number in range(2 * MAX_HELD_BYTES // size):
            yield segment(0, 0, syn=True, key=_key(number))
            yield segment(0, 5, bytes(size), key=_key(number))

    tables: list[Connections] = []
    # A stream that was given up keeps what it compares retransmissions with.
    assert _peak(lambda: tables.append(_fed(holes()))) < 2.5 * MAX_HELD_BYTES
    assert tables[0].limits["MAX_HELD_BYTES"] > MAX_HELD_BYTES // size // 2


@pytest.mark.parametrize("count", [10_000, pytest.param(200_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("version", [4, 6])
def test_fragments_have_a_bound(version: int, count: int) -> None:
    if version == 4:
        frame, at = ethernet(ip4(bytes(8), fragment=0x2000)), 26
    else:
        frame, at = ethernet(ip6(b"\x06\x00\x00\x01" + bytes(4) + bytes(8), protocol=44), 0x86DD), 58

    def run() -> None:
        decoder = Decoder()
        for number in range(count):
            other = frame[:at] + number.to_bytes(4, "big") + frame[at + 4 :]
            decoder.decode(1, other, 0, len(other), 0, 0)
        assert decoder.fragments.dropped > count - MAX_WAITING_BYTES // 512 - 1

    assert _peak(run) < 2 * MAX_WAITING_BYTES


@pytest.mark.parametrize(
    "flood",
    [_syns, _refused, _fins, _tiny_behind_a_hole, _tiny_again_and_again, _long_over_tiny, _one_segment_each],
    ids=lambda flood: flood.__name__.strip("_"),
)
def test_time_grows_with_the_number_of_packets_only(
    flood: Callable[[int], Iterator[Segment]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 1_000)

    def seconds(count: int) -> float:
        begin = time.perf_counter()
        _fed(flood(count))
        return time.perf_counter() - begin

    seconds(3_000)
    # Three times the packets, three times the time; nine times would be quadratic. The best of a few: other
    # programs run, too.
    assert any(seconds(9_000) / seconds(3_000) < 5 for _ in range(5))


# The same through the analyzer, which records connections until they can be read as a whole.

HELLO = client_hello()
LONG_HELLO = client_hello(extension(21, bytes(1200)))


def _half_open(count: int, hello: bytes, with_syn: bool = True) -> bytes:
    """A capture of ``count`` connections, each a SYN and what the client says first; nobody answers."""
    frames = []
    for number in range(count):
        ends = (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "192.0.2.1")
        for flags, seq, data in ((SYN, 0, b""), (ACK, 1, hello)):
            if data or (with_syn and flags == SYN):
                packet = ip4(tcp(data, seq=number + seq, ack=0, flags=flags), ends=ends)
                frames.append(wire.Frame(wire.START + number * 1000, ethernet(packet)))
    return wire.pcap(frames)


def _read(content: bytes) -> Summary:
    with open_capture(io.BytesIO(content), "capture") as capture:
        analyzer = Analyzer(only_ends=True, files=capture.names)
        for batch in capture.batches():
            analyzer.feed_batch(batch)
        analyzer.close()
    return analyzer.summary


@pytest.mark.parametrize(
    ("hello", "with_syn"),
    [
        pytest.param(b"", True, id="syn"),
        pytest.param(HELLO, True, id="syn hello"),
        pytest.param(HELLO, False, marks=pytest.mark.long, id="hello"),
    ],
)
def test_recorded_connections_that_were_evicted_are_counted(hello: bytes, with_syn: bool) -> None:
    count = MAX_CONNECTIONS + 500
    summary = _read(_half_open(count, hello, with_syn))
    assert summary.limits == {"MAX_CONNECTIONS": 500}
    assert (summary.connections, summary.flows) == (count, count if hello else 0)


def test_recordings_that_were_given_up_are_counted() -> None:
    """Those are read by streams: nothing is lost with it."""
    size = len(LONG_HELLO) + 2 * (16 + 54)
    count = MAX_RECORDED_BYTES // size
    summary = _read(_half_open(count, LONG_HELLO))
    assert [*summary.limits] == ["MAX_RECORDED_BYTES"]
    # Half of them at most stay.
    assert count // 3 < summary.limits["MAX_RECORDED_BYTES"] < count
    assert (summary.connections, summary.flows) == (count, count)


@pytest.mark.parametrize(
    ("count", "hello"),
    [
        pytest.param(MAX_CONNECTIONS + 500, b"", id="many SYNs"),
        pytest.param(2_000, HELLO, id="some hellos"),
        pytest.param(MAX_CONNECTIONS + 500, HELLO, marks=pytest.mark.long, id="many hellos"),
        pytest.param(10_000, LONG_HELLO, marks=pytest.mark.long, id="long hellos"),
    ],
)
def test_memory_of_recordings_has_a_bound(count: int, hello: bytes) -> None:
    content = _half_open(count, hello)
    bound = min(count, MAX_CONNECTIONS) * (BYTES_PER_CONNECTION + len(hello))
    assert _peak(lambda: _read(content)) < bound
