"""Hostile captures: memory has a bound and time grows with the number of packets only."""

from __future__ import annotations

import io
import itertools
import random
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from tests import wire
from tests.engines import new_engine
from tests.network.frames import ethernet, ip4, ip6, tcp
from tests.network.heard import segment
from tests.tls.written import certificate, chain_of, client_hello, extension, handshake, message, server_hello
from tests.work import LINEAR, counted_in_pure, growth
from tlseku.capture import open_capture
from tlseku.events import FlowEnded
from tlseku.flow import Summary
from tlseku.handshake.engine import Engine
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.fragments import MAX_WAITING_BYTES
from tlseku.network.decode.segment import ACK, SYN, Segment
from tlseku.network.tcp import connection_table
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import CONNECTION_COST, STREAMS_COST, Connection
from tlseku.network.tcp.connection_table import MAX_TABLE_BYTES, PACKS_ABOVE
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.given_up import MAX_GIVEN_UP
from tlseku.network.tcp.out_of_order_budget import MAX_HELD_BYTES
from tlseku.network.tcp.recorder import MAX_RECORDED_BYTES
from tlseku.network.tcp.recording import MAX_PACKETS

pytestmark = pytest.mark.slow

SMALL = (10_000, 4_000_000)
LARGE = pytest.param((200_000, MAX_TABLE_BYTES), marks=pytest.mark.long)
"""How many packets, and how many bytes the table may take."""

MANY = MAX_TABLE_BYTES // CONNECTION_COST
"""More connections than the table has room for."""


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

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        pass

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        pass

    def held(self) -> int:
        return 0

    def pack(self, compressor: Compressor) -> int:
        return 0


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
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", limit)
    if bound is None:
        # Beside the table it is known who was given up, at some sixty bytes each.
        bound = limit + 60 * min(count, 2 * MAX_GIVEN_UP)
    assert _peak(lambda: _fed(flood(count)).close(0, 0)) < bound


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_evicted_connections_are_counted(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    count, limit = size
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", limit)
    table = _fed(_syns(count))
    # Between three quarters and all of the room is taken.
    taken, cost = count - table.limits["MAX_TABLE_BYTES"], CONNECTION_COST + STREAMS_COST
    assert limit * 3 // 4 // cost <= taken <= limit // cost
    assert table.count == count


def test_a_flood_of_syns_drives_out_no_handshake() -> None:
    """Neither those under way nor those that go on amid the flood."""
    flight = [(SYN, 0, b""), (ACK, 1, HELLO)]
    syns = iter(range(3 * MANY))
    frames: list[wire.Frame] = []

    def flood(count: int) -> None:
        for number in itertools.islice(syns, count):
            packet = ip4(
                tcp(b"", seq=number, flags=SYN),
                ends=(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "192.0.2.1"),
            )
            frames.append(wire.Frame(wire.START + len(frames) * 1000, ethernet(packet)))

    for number in range(20):
        flood(2 * MANY // 20)
        for flags, seq, data in flight:
            packet = ip4(
                tcp(data, seq=seq, ack=0, flags=flags), ends=("192.0.2.7", f"192.0.2.{100 + number}")
            )
            frames.append(wire.Frame(wire.START + len(frames) * 1000, ethernet(packet)))
            flood(100)
    content = wire.pcap(frames, 1)
    with open_capture(io.BytesIO(content)) as capture:
        engine = new_engine(capture.names, only_ends=True)
        flows = [
            event.flow
            for batch in capture.batches()
            for event in engine.feed_batch(batch)
            if isinstance(event, FlowEnded)
        ]
        flows += [event.flow for event in engine.close() if isinstance(event, FlowEnded)]
    assert {flow.outcome_basis for flow in flows} == {"the capture ends amid the handshake"}
    assert len(flows) == 20
    assert engine.summary.limits["MAX_TABLE_BYTES"] > MANY


def test_a_handshake_that_was_given_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 40 * (CONNECTION_COST + len(HELLO)))
    with open_capture(io.BytesIO(_half_open(100, HELLO))) as capture:
        engine = new_engine(capture.names, only_ends=True)
        flows = [
            event.flow
            for batch in capture.batches()
            for event in engine.feed_batch(batch)
            if isinstance(event, FlowEnded)
        ]
        flows += [event.flow for event in engine.close() if isinstance(event, FlowEnded)]
    given_up = [flow for flow in flows if flow.number <= engine.summary.limits["MAX_TABLE_BYTES"]]
    assert 0 < len(given_up) < len(flows) == 100
    for flow in given_up:
        assert (flow.outcome, flow.outcome_basis) == (
            "unknown",
            "given up amid the handshake: the table of connections was full",
        )
        assert {hidden.reason for hidden in flow.hidden} == {"table_full"}
        assert {hidden.what for hidden in flow.hidden} >= {
            "server_hello",
            "server_certificate",
            "certificate_request",
            "client_certificate",
        }


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
        assert sum(decoder.fragments.limits.values()) > count - MAX_WAITING_BYTES // 512 - 1

    assert _peak(run) < 2 * MAX_WAITING_BYTES


@counted_in_pure
@pytest.mark.parametrize(
    "flood",
    [_syns, _refused, _fins, _tiny_behind_a_hole, _tiny_again_and_again, _long_over_tiny, _one_segment_each],
    ids=lambda flood: flood.__name__.strip("_"),
)
def test_work_grows_with_the_number_of_packets_only(
    flood: Callable[[int], Iterator[Segment]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # More connections than there is room for, from the smaller number on.
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 300_000)
    assert growth(lambda count: lambda: _fed(flood(count)), 1_000) < LINEAR


# The same through the engine, which records connections until they can be read as a whole.

HELLO = client_hello()
LONG_HELLO = client_hello(extension(21, bytes(1200)))


LINKS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "ethernet": (1, ethernet),
    "raw": wire.LINKS["raw"],
}
"""Plain frames, which are fast_path, and others, which are decoded."""

every_link = pytest.mark.parametrize("link", LINKS)


def _half_open(
    count: int, hello: bytes, with_syn: bool = True, link: str = "ethernet", *, noise: int = 0
) -> bytes:
    """A capture of ``count`` connections, each a SYN and what the client says first; nobody answers. The last bytes of
    that are ``noise``, different in each, which nothing makes shorter."""
    linktype, wrapped = LINKS[link]
    frames = []
    seeded = random.Random(count)
    for number in range(count):
        hello = hello[: len(hello) - noise] + seeded.randbytes(noise)
        ends = (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "192.0.2.1")
        for flags, seq, data in ((SYN, 0, b""), (ACK, 1, hello)):
            if data or (with_syn and flags == SYN):
                packet = ip4(tcp(data, seq=number + seq, ack=0, flags=flags), ends=ends)
                frames.append(wire.Frame(wire.START + number * 1000, wrapped(packet)))
    return wire.pcap(frames, linktype)


def _read(content: bytes, after_batch: Callable[[Engine], None] = lambda _: None) -> Summary:
    with open_capture(io.BytesIO(content), "capture") as capture:
        engine = new_engine(capture.names, only_ends=True, keep_flows=True)
        for batch in capture.batches():
            engine.feed_batch(batch)
            engine.take_ended()
            after_batch(engine)
        while engine.end_some():
            engine.take_ended()
        engine.close()
    return engine.summary


@pytest.mark.parametrize(
    ("hello", "with_syn"),
    [
        pytest.param(b"", True, id="syn"),
        pytest.param(HELLO, True, id="syn hello"),
        pytest.param(HELLO, False, marks=pytest.mark.long, id="hello"),
    ],
)
@every_link
def test_recorded_connections_that_were_evicted_are_counted(hello: bytes, with_syn: bool, link: str) -> None:
    count = MANY + 500
    summary = _read(_half_open(count, hello, with_syn, link))
    assert [*summary.limits] == ["MAX_TABLE_BYTES"]
    assert MANY // 16 <= summary.limits["MAX_TABLE_BYTES"] < count
    # One whose SYN was given up begins anew with its hello.
    assert count <= summary.connections <= count + 10
    assert summary.flows == (count if hello else 0)


@every_link
def test_recordings_that_were_given_up_are_counted(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those are read by streams: nothing is lost with it."""
    # As streams they take more.
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 4 * MAX_RECORDED_BYTES)
    monkeypatch.setattr(connection_table, "PACKS_ABOVE", 4 * MAX_RECORDED_BYTES)
    size = len(_half_open(1, LONG_HELLO, link=link)) - 24
    count = MAX_RECORDED_BYTES // size + 1
    summary = _read(_half_open(count, LONG_HELLO, link=link, noise=1200))
    assert [*summary.limits] == ["MAX_RECORDED_BYTES"]
    # Half of them at most stay.
    assert count // 3 < summary.limits["MAX_RECORDED_BYTES"] < count
    assert (summary.connections, summary.flows) == (count, count)


def _most_recorded(content: bytes) -> int:
    """What all recordings take together, at the most."""
    most = 0

    def look(engine: Engine) -> None:
        nonlocal most
        connections = set(engine._connections.table.values())
        most = max(most, sum(each.recording.cost() for each in connections if each.recording is not None))

    _read(content, look)
    return most


@every_link
def test_recordings_have_a_bound(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payload of a few packets costs less than what was read."""
    # With less room they are packed before.
    monkeypatch.setattr(connection_table, "PACKS_ABOVE", 4 * MAX_RECORDED_BYTES)
    content = _half_open(MAX_RECORDED_BYTES // 1000, LONG_HELLO, link=link)
    assert MAX_RECORDED_BYTES * 3 // 4 < _most_recorded(content) < MAX_RECORDED_BYTES


@pytest.mark.long
@every_link
def test_recordings_of_tiny_segments_have_a_bound(link: str) -> None:
    """One byte a packet costs twice what was read of it, at the most."""
    linktype, wrapped = LINKS[link]
    frames = []
    for number in range(MAX_RECORDED_BYTES // 56 // (MAX_PACKETS - 1)):
        ends = (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "192.0.2.1")
        said = [(SYN, 0, b""), (ACK, 1, HELLO)]
        said += [(ACK, 1 + len(HELLO) + at, b"\x17") for at in range(MAX_PACKETS - 3)]
        for flags, seq, data in said:
            packet = ip4(tcp(data, seq=seq, ack=0, flags=flags), ends=ends)
            frames.append(wire.Frame(wire.START, wrapped(packet)))
    assert MAX_RECORDED_BYTES // 2 < _most_recorded(wire.pcap(frames, linktype)) < 2 * MAX_RECORDED_BYTES


@every_link
@pytest.mark.parametrize(
    ("count", "hello"),
    [
        pytest.param(MANY + 500, b"", id="many SYNs"),
        pytest.param(2_000, HELLO, id="some hellos"),
        pytest.param(MANY + 500, HELLO, marks=pytest.mark.long, id="many hellos"),
        pytest.param(10_000, LONG_HELLO, marks=pytest.mark.long, id="long hellos"),
    ],
)
def test_memory_of_recordings_has_a_bound(count: int, hello: bytes, link: str) -> None:
    content = _half_open(count, hello, link=link)
    # Beside the table, the engine has a batch and flows that ended: a quarter of the table is given up at once.
    bound = MAX_TABLE_BYTES * 8 // 5
    # Rule-books and what else is read once count for nobody.
    _read(_half_open(1, hello, link=link))
    assert _peak(lambda: _read(content)) < bound


def _never_ending(count: int) -> bytes:
    """Handshakes with certificates on both sides, all at once, of connections that go on when the capture ends. Four
    kilobytes each; a quarter of it is noise, as are keys and signatures."""
    noise = random.Random(count)
    server, client = (certificate(*chain_of("scenario1", side)[:1]) for side in (1, 0))
    frames = []
    turns: list[tuple[int, Callable[[], bytes]]] = [
        (0, lambda: client_hello(random=noise.randbytes(32))),
        (1, lambda: server_hello(random=noise.randbytes(32)) + server),
        (1, lambda: handshake(message(12, noise.randbytes(330)), message(14, b""))),
        (0, lambda: client + handshake(message(16, noise.randbytes(256)), message(15, noise.randbytes(260)))),
    ]
    sent = [[1, 1] for _ in range(count)]
    for step in range(-2, len(turns)):
        for number in range(count):
            ends = (f"10.0.{number >> 8}.{number & 255}", "192.0.2.1")
            side, data, flags = max(step, -2) == -1, b"", SYN | ACK if step == -1 else SYN
            seqs = [0, 0] if step < 0 else sent[number]
            if step >= 0:
                side, data, flags = bool(turns[step][0]), turns[step][1](), ACK
            sport, dport = (443, 40_000) if side else (40_000, 443)
            segment = tcp(
                data, seq=seqs[side], ack=sent[number][not side], flags=flags, sport=sport, dport=dport
            )
            frames.append(
                wire.Frame(
                    wire.START + step * 1_000_000_000,
                    ethernet(ip4(segment, ends=ends[::-1] if side else ends)),
                )
            )
            sent[number][side] += len(data)
    return wire.pcap(frames, 1)


NEVER_ENDING = 4_000
"""Handshakes at once that are read whole: more than any server has."""


@pytest.mark.parametrize(
    "part",
    [pytest.param(16, id="small"), pytest.param(1, marks=pytest.mark.long, id="large")],
)
def test_connections_that_never_end_are_packed_before_any_is_given_up(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, room, packs_above = NEVER_ENDING // part, MAX_TABLE_BYTES // part, PACKS_ABOVE // part
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", room)
    monkeypatch.setattr(connection_table, "PACKS_ABOVE", packs_above)
    content = _never_ending(count)
    # As they came they would take more than there is room for.
    assert len(content) > room
    _read(_never_ending(1))
    read: list[Summary] = []
    # Beside the table, the engine has batches and what it concludes.
    assert _peak(lambda: read.append(_read(content))) < 2 * packs_above + (4 << 20)
    assert (read[0].limits, read[0].flows) == ({}, count)
