"""The analyzer: events as they come, bytes from outside, limits, and any bytes at all."""

from __future__ import annotations

import gc
import gzip
import io
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import tlseku
from tests import wire
from tests.dialogues import C, S, ended, flows_in
from tests.tls import written
from tlseku import Analyzer, CaptureError
from tlseku.events import AlertSeen, CertificatePresented, CertificateRequested, Event, FlowEnded
from tlseku.flow import Summary
from tlseku.handshake.vantage import VantageError
from tlseku.output.json.flow_json import flow_to_dict, to_json

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
REFUSED = written.recording("wrong-eku-refused")


def frames_of(turns: tuple[tuple[int, bytes], ...], size: int = 1460) -> list[wire.Frame]:
    talk = wire.Talk().open()
    for side, data in turns:
        talk.send_in(side, data, size)
    return talk.close().frames()


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_feed_returns_events_at_once() -> None:
    analyzer = Analyzer()
    seen = [
        (number, kinds(events))
        for number, frame in enumerate(frames_of(REFUSED), 1)
        if (events := analyzer.feed(frame.ts_ns, 1, frame.data))
    ]
    assert seen == [
        (6, ["CertificatePresented", "CertificateRequested"]),
        (8, ["CertificatePresented"]),
        (9, ["AlertSeen"]),
    ]
    (last,) = analyzer.close()
    assert isinstance(last, FlowEnded)
    assert (last.flow.outcome, last.flow.refused_by) == ("refused", "server")
    assert analyzer.close() == []


def test_events_carry_what_happened() -> None:
    analyzer = Analyzer(local=[wire.CLIENT[0]])
    events = [event for frame in frames_of(REFUSED) for event in analyzer.feed(frame.ts_ns, 1, frame.data)]
    server, asked, client, alert = events
    assert isinstance(server, CertificatePresented)
    assert (server.presented.role, server.presented.verdict, server.presented.direction) == (
        "server",
        "ok",
        "inbound",
    )
    assert isinstance(asked, CertificateRequested)
    assert (asked.request.role, asked.request.frame) == ("server", 6)
    assert isinstance(client, CertificatePresented)
    assert (client.presented.role, client.presented.verdict, client.presented.direction) == (
        "client",
        "wrong",
        "outbound",
    )
    assert isinstance(alert, AlertSeen)
    assert (alert.alert.role, alert.alert.code, alert.alert.frame) == ("server", 43, 9)
    assert [event.flow.number for event in events] == [1] * 4


def test_only_ends() -> None:
    analyzer = Analyzer(only_ends=True)
    assert [
        event for frame in frames_of(REFUSED) for event in analyzer.feed(frame.ts_ns, 1, frame.data)
    ] == []
    assert kinds(analyzer.close()) == ["FlowEnded"]


def test_feed_stream_gives_the_same_flow_as_packets() -> None:
    analyzer = Analyzer()
    events: list[Event] = []
    for number, (side, data) in enumerate(REFUSED):
        ends = (wire.CLIENT, wire.SERVER) if side == C else (wire.SERVER, wire.CLIENT)
        events += analyzer.feed_stream(wire.START + number, *ends, data)
    assert kinds(events) == [
        "CertificatePresented",
        "CertificateRequested",
        "CertificatePresented",
        "AlertSeen",
    ]
    (flow,) = ended(analyzer.feed_stream(wire.START + 9, wire.SERVER, wire.CLIENT, b"", end=True))
    (packets,) = flows_in(frames_of(REFUSED))
    assert [(each.role, each.verdict, each.chain) for each in flow.presented] == [
        (each.role, each.verdict, each.chain) for each in packets.presented
    ]
    assert (flow.outcome, flow.start, flow.end) == ("refused", wire.START, wire.START + 9)
    assert [message.frame for message in flow.messages] == [1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4]
    assert analyzer.close() == []


class _Number:
    """As those of NumPy: no int, and as good as one."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_secrets_are_what_is_as_good_as_bytes(
    kind: Callable[[bytes], bytes | bytearray | memoryview],
) -> None:
    (warning,) = Analyzer().add_secrets(kind(b"CLIENT_RANDOM nothing\n"))
    assert str(warning)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_what_is_as_good_as_bytes_and_numbers(
    kind: Callable[[bytes], bytes | bytearray | memoryview],
) -> None:
    packets, streams = Analyzer(), Analyzer()
    for frame in frames_of(REFUSED):
        packets.feed(_Number(frame.ts_ns), _Number(1), kind(frame.data), _Number(len(frame.data)))
    for number, (side, data) in enumerate(REFUSED):
        (here, port), (there, port_there) = (
            (wire.CLIENT, wire.SERVER) if side == C else (wire.SERVER, wire.CLIENT)
        )
        ends = (here, _Number(port)), (there, _Number(port_there))
        streams.feed_stream(
            _Number(wire.START + number), *ends, kind(data), missing=_Number(0), frame=_Number(number + 1)
        )
        streams.advance(_Number(wire.START + number))
    for analyzer in (packets, streams):
        (flow,) = ended(analyzer.close())
        assert [each.verdict for each in flow.presented] == ["ok", "wrong"]


@pytest.mark.parametrize("frame", [5, "text", None, [1]])
def test_what_is_not_bytes_is_a_wrong_call(frame: object) -> None:
    with pytest.raises(TypeError):
        Analyzer().feed(0, 1, frame)  # type: ignore[arg-type]


def test_a_peer_is_named_as_a_socket_does() -> None:
    analyzer = Analyzer()
    near, far = ("fe80::1%eth0", 50000, 0, 2), ("2001:db8::2", 443, 0, 0)
    for number, (side, data) in enumerate(REFUSED):
        ends = (near, far) if side == C else (far, near)
        analyzer.feed_stream(wire.START + number, *ends, data)
    (flow,) = ended(analyzer.close())
    assert (flow.client, flow.server) == (("fe80::1", 50000), ("2001:db8::2", 443))


def test_feed_stream_with_frames_of_its_own_and_bytes_missing() -> None:
    analyzer = Analyzer(only_ends=True)
    (_, hello), (_, flight), *_ = REFUSED
    analyzer.feed_stream(1, wire.CLIENT, wire.SERVER, hello, frame=70)
    analyzer.feed_stream(2, wire.SERVER, wire.CLIENT, flight[:900], missing=100, frame=75)
    analyzer.feed_stream(3, wire.SERVER, wire.CLIENT, flight[1000:], frame=80)
    (flow,) = ended(analyzer.close())
    assert [(message.kind, message.frame) for message in flow.messages] == [
        ("client_hello", 70),
        ("server_hello", 75),
        ("certificate", 75),
        ("server_key_exchange", 80),
        ("certificate_request", 80),
        ("server_hello_done", 80),
    ]
    assert [(each.verdict, each.entries_missing) for each in flow.presented] == [("incomplete", True)]


def test_feed_stream_ends_and_begins_again() -> None:
    analyzer = Analyzer(only_ends=True)
    for _ in range(3):
        for side, data in REFUSED:
            ends = (wire.CLIENT6, wire.SERVER6) if side == C else (wire.SERVER6, wire.CLIENT6)
            analyzer.feed_stream(1, *ends, data)
        assert len(ended(analyzer.feed_stream(2, wire.CLIENT6, wire.SERVER6, b"", end=True))) == 1
    assert (analyzer.summary.connections, analyzer.summary.flows) == (3, 3)


@pytest.mark.parametrize(
    ("source", "destination"),
    [(("here", 1), ("192.0.2.1", 2)), (("192.0.2.1", 1), ("2001:db8::1", 2)), (("", 1), ("", 2))],
)
def test_feed_stream_refuses_what_is_no_address(
    source: tuple[str, int], destination: tuple[str, int]
) -> None:
    with pytest.raises(ValueError):
        Analyzer().feed_stream(1, source, destination, b"x")


def test_streams_that_never_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.network.tcp.byte_streams.MAX_CONNECTIONS", 10)
    analyzer = Analyzer(only_ends=True)
    flows = []
    for port in range(1, 31):
        flows += ended(analyzer.feed_stream(1, ("192.0.2.1", port), wire.SERVER, REFUSED[0][1]))
    assert [flow.number for flow in flows] == list(range(1, 21))
    assert {flow.outcome_basis for flow in flows} == {
        "given up amid the handshake: the table of connections was full"
    }
    assert analyzer.summary.limits == {"MAX_CONNECTIONS": 20}
    assert len(ended(analyzer.close())) == 10


def fed(frames: list[wire.Frame]) -> Analyzer:
    """An analyzer that took these frames, of which no flow ended."""
    analyzer = Analyzer(only_ends=True)
    assert [event for frame in frames for event in analyzer.feed(frame.ts_ns, 1, frame.data)] == []
    return analyzer


LINGER, IDLE, SWEEP = 2 * wire.SECOND, 3600 * wire.SECOND, 60 * wire.SECOND


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_closed_flow_ends_two_seconds_later_without_a_packet(how: str) -> None:
    talk = wire.Talk().open()
    for side, data in REFUSED:
        talk.send_in(side, data, 1460)
    frames = (talk.close() if how == "fin" else talk.reset(S)).frames()
    last = frames[-1].ts_ns
    # Behind the second FIN comes its acknowledgement.
    closed = frames[-2 if how == "fin" else -1].ts_ns
    analyzer = fed(frames)
    assert analyzer.advance(closed + LINGER) == []
    (flow,) = ended(analyzer.advance(closed + LINGER + 1))
    assert (flow.number, flow.outcome, flow.end) == (1, "refused", last)
    assert flow == flows_in(frames)[0]
    assert (analyzer.advance(last + 2 * IDLE), analyzer.close()) == ([], [])


@pytest.mark.parametrize("silent", [1, SWEEP, IDLE - 1, IDLE])
def test_a_flow_that_is_silent_for_an_hour_or_less_goes_on(silent: int) -> None:
    frames = frames_of(REFUSED)[:-3]
    analyzer = fed(frames)
    assert analyzer.advance(frames[-1].ts_ns + silent) == []
    assert kinds(analyzer.close()) == ["FlowEnded"]


def test_a_flow_that_is_silent_for_more_than_an_hour_ends_as_of_its_last_packet() -> None:
    frames = frames_of(REFUSED)[:-3]
    last = frames[-1].ts_ns
    analyzer = fed(frames)
    (flow,) = ended(analyzer.advance(last + IDLE + 1))
    assert (flow.number, flow.outcome, flow.end) == (1, "refused", last)
    assert (analyzer.summary.packets, analyzer.summary.connections, analyzer.close()) == (len(frames), 1, [])
    # What comes then is another connection.
    again = [frame._replace(ts_ns=frame.ts_ns + 2 * IDLE) for frame in frames]
    assert [event for frame in again for event in analyzer.feed(frame.ts_ns, 1, frame.data)] == []
    assert [each.number for each in ended(analyzer.close())] == [2]


def test_silence_is_looked_for_once_a_minute() -> None:
    frames = frames_of(REFUSED)[:-3]
    last = frames[-1].ts_ns
    analyzer = fed(frames)
    assert analyzer.advance(last + IDLE) == []
    assert analyzer.advance(last + IDLE + SWEEP - 1) == []
    assert kinds(analyzer.advance(last + IDLE + SWEEP)) == ["FlowEnded"]


def test_a_flow_that_speaks_again_is_not_silent() -> None:
    frames = frames_of(REFUSED)
    early, late = frames[:6], [frame._replace(ts_ns=frame.ts_ns + IDLE - SWEEP) for frame in frames[6:-3]]
    analyzer = fed(early)
    assert analyzer.advance(early[-1].ts_ns + IDLE - SWEEP) == []
    assert [event for frame in late for event in analyzer.feed(frame.ts_ns, 1, frame.data)] == []
    assert analyzer.advance(late[-1].ts_ns + IDLE - SWEEP) == []
    assert [each.outcome for each in ended(analyzer.close())] == ["refused"]


def test_time_never_runs_back() -> None:
    frames = frames_of(REFUSED)
    analyzer = fed(frames)
    for ts_ns in (-1, 0, 1, frames[0].ts_ns, frames[-1].ts_ns):
        assert analyzer.advance(ts_ns) == []
    assert kinds(analyzer.advance(frames[-1].ts_ns + IDLE)) == ["FlowEnded"]
    # Another connection whose packets are older than the time that was told.
    assert [event for frame in frames for event in analyzer.feed(frame.ts_ns, 1, frame.data)] == []
    assert analyzer.advance(frames[-1].ts_ns + IDLE) == []
    assert kinds(analyzer.close()) == ["FlowEnded"]


def test_time_without_anything_is_nothing() -> None:
    analyzer = Analyzer()
    assert [analyzer.advance(ts_ns) for ts_ns in (0, wire.START, wire.START + 2 * IDLE)] == [[], [], []]
    assert (analyzer.summary, analyzer.close()) == (Summary(files=1), [])


def test_bytes_in_order_that_fall_silent_end_without_a_call_for_them() -> None:
    analyzer = Analyzer(only_ends=True)
    other = ("192.0.2.99", 999)
    for number, (side, data) in enumerate(REFUSED):
        ends = (wire.CLIENT, wire.SERVER) if side == C else (wire.SERVER, wire.CLIENT)
        analyzer.feed_stream(wire.START + number, *ends, data, frame=10 + number)
    analyzer.feed_stream(wire.START + IDLE, other, wire.SERVER, REFUSED[0][1])
    last = wire.START + len(REFUSED) - 1
    assert analyzer.advance(last + IDLE) == []
    (flow,) = ended(analyzer.advance(last + IDLE + 1))
    assert (flow.client.port, flow.outcome, flow.end) == (wire.CLIENT[1], "refused", last)
    (flow,) = ended(analyzer.close())
    assert (flow.client.port, flow.outcome) == (other[1], "incomplete")
    analyzer.feed_stream(last + 3 * IDLE, wire.CLIENT, wire.SERVER, REFUSED[0][1])
    assert [each.number for each in ended(analyzer.close())] == [3]


def test_what_a_late_secret_opened_comes_with_time_too() -> None:
    turns = list(written.recording("tls13"))
    keys = (CAPTURES / "tls13.keys").read_bytes()
    analyzer = Analyzer()
    analyzer.add_secrets(b"")
    for side, data in turns:
        ends = (wire.CLIENT, wire.SERVER) if side == C else (wire.SERVER, wire.CLIENT)
        assert analyzer.feed_stream(wire.START, *ends, data) == []
    analyzer.add_secrets(keys)
    assert kinds(analyzer.advance(0))[:3] == ["CertificateRequested", *["CertificatePresented"] * 2]


def test_a_wrong_vantage_is_told_at_once() -> None:
    with pytest.raises(VantageError, match=r"'10\.0\.0' is neither an IP address nor a network"):
        Analyzer(local=["10.0.0"])


def test_bytes_given_in_order_are_counted() -> None:
    analyzer = Analyzer()
    analyzer.feed_stream(1, wire.CLIENT, wire.SERVER, b"12345")
    analyzer.feed_stream(2, wire.SERVER, wire.CLIENT, b"123", end=True)
    assert analyzer.summary.bytes == 8


def test_summary_counts_what_was_read_and_passed_over() -> None:
    analyzer = Analyzer()
    frames = frames_of(REFUSED)
    for frame in frames:
        analyzer.feed(frame.ts_ns, 1, frame.data)
    analyzer.feed(1, 1, b"\xff" * 60)
    analyzer.feed(1, 1, b"")
    analyzer.feed(1, 9999, b"abc")
    summary = analyzer.summary
    assert (summary.packets, summary.bytes) == (
        len(frames) + 3,
        sum(len(frame.data) for frame in frames) + 63,
    )
    assert (summary.files, summary.connections, summary.flows) == (1, 1, 1)
    assert sum(summary.skipped.values()) == 3


def test_given_up_fragments_are_in_the_limits() -> None:
    analyzer = Analyzer()
    packet = wire.tcp_packet(wire.CLIENT, wire.SERVER, 1, payload=b"x" * 1000)
    head, minute = bytearray(packet[:420]), 61 * wire.SECOND
    head[2:4], head[6:8] = (420).to_bytes(2, "big"), b"\x20\x00"
    for number in range(3):
        head[4:6] = number.to_bytes(2, "big")
        analyzer.feed(number * minute, 101, bytes(head))
    assert analyzer.summary.limits == {"fragment LIFETIME_NS": 2}
    assert analyzer.summary.skipped == {"fragment of an IP datagram": 3}


def test_repr() -> None:
    (flow,) = flows_in(frames_of(REFUSED))
    assert repr(flow) == "<Flow 1 192.0.2.10:51000 -> 198.51.100.20:8443 refused [server ok, client wrong]>"
    flows = tlseku.read(io.BytesIO(wire.pcap(frames_of(REFUSED))))
    assert repr(flows) == "<Flows: 1 of 12 packets>"


LINKTYPES = [0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 166, 219, 228, 229, 258, 276, 147, 65535, -1]


def drain(analyzer: Analyzer) -> None:
    """Every event can be printed."""
    for flow in ended(analyzer.close()):
        to_json(flow_to_dict(flow))
        repr(flow)


def test_feed_takes_any_bytes(seeded: random.Random) -> None:
    analyzer = Analyzer()
    for _ in range(6000):
        data = seeded.randbytes(seeded.choice((0, 1, 13, 14, 20, 34, 54, 60, 120)))
        analyzer.feed(
            seeded.randrange(1 << 62), seeded.choice(LINKTYPES), data, seeded.choice((None, 0, 9, 1 << 20))
        )
    drain(analyzer)
    assert analyzer.summary.packets == 6000


@pytest.mark.parametrize("link", sorted(wire.LINKS))
def test_feed_takes_damaged_packets(link: str, seeded: random.Random) -> None:
    frames = [frame.data for frame in frames_of_link(REFUSED, link)]
    for _ in range(12):
        analyzer = Analyzer()
        for frame in frames:
            damaged = bytearray(frame)
            for _ in range(seeded.choice((0, 0, 1, 3))):
                damaged[seeded.randrange(len(damaged))] = seeded.randrange(256)
            end = seeded.choice((len(damaged), len(damaged), seeded.randrange(len(damaged))))
            analyzer.feed(seeded.randrange(10**18), wire.LINKS[link][0], bytes(damaged[:end]), len(damaged))
        drain(analyzer)


def frames_of_link(turns: tuple[tuple[int, bytes], ...], link: str) -> list[wire.Frame]:
    talk = wire.Talk().open()
    for side, data in turns:
        talk.send_in(side, data, 600)
    return talk.close().frames(link)


@pytest.mark.parametrize("name", ["scenario2", "wrong-eku-refused", "declined", "tls13"])
def test_feed_stream_takes_damaged_tls(name: str, seeded: random.Random) -> None:
    for _ in range(150):
        analyzer = Analyzer()
        for side, data in written.recording(name):
            damaged = bytearray(data)
            for _ in range(seeded.choice((0, 1, 2, 9))):
                damaged[seeded.randrange(min(len(damaged), 2500))] = seeded.randrange(256)
            ends = (wire.CLIENT, wire.SERVER) if side == C else (wire.SERVER, wire.CLIENT)
            low = seeded.randrange(len(damaged))
            analyzer.feed_stream(1, *ends, bytes(damaged[:low]), missing=seeded.choice((0, 0, 1, 5000)))
            analyzer.feed_stream(2, *ends, bytes(damaged[low:]))
        drain(analyzer)


@pytest.mark.parametrize("kind", sorted(wire.FILES))
def test_scan_of_damaged_files(kind: str, seeded: random.Random) -> None:
    whole = wire.FILES[kind](frames_of(REFUSED), 1)
    errors = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(seeded.choice((1, 1, 2, 20))):
            at = seeded.randrange(seeded.choice((40, len(damaged))))
            damaged[at] = seeded.randrange(256)
        try:
            for flow in tlseku.scan(
                io.BytesIO(bytes(damaged[: seeded.choice((len(damaged), seeded.randrange(len(damaged))))]))
            ):
                to_json(flow_to_dict(flow))
        except CaptureError:
            errors += 1
    assert errors < 60


def test_scan_of_random_bytes(seeded: random.Random) -> None:
    starts = [
        b"",
        b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\xc3\xd4",
        b"\x0a\x0d\x0d\x0a",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
    ]
    for _ in range(400):
        content = seeded.choice(starts) + seeded.randbytes(seeded.randrange(200))
        try:
            assert list(tlseku.scan(io.BytesIO(content))) == []
        except CaptureError:
            continue


def test_a_gzip_that_breaks_off_gives_what_stands_before() -> None:
    packed = gzip.compress(wire.pcap(frames_of(REFUSED) * 3), mtime=0)
    running = tlseku.scan(io.BytesIO(packed[:-30]))
    assert [flow.outcome for flow in running][:1] == ["refused"]
    assert len(running.warnings) == 1


def test_memory_is_bounded_by_what_is_live() -> None:
    """Thousands of handshakes one after the other, and floods within one, leave nothing behind."""
    analyzer = Analyzer(only_ends=True)
    tracemalloc.start()
    try:
        for port in range(1, 400):
            for side, data in REFUSED:
                ends = ((("192.0.2.1", port), wire.SERVER), (wire.SERVER, ("192.0.2.1", port)))[side]
                analyzer.feed_stream(port, *ends, data)
            analyzer.feed_stream(port, ("192.0.2.1", port), wire.SERVER, b"", end=True)
            if port == 100:
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        assert grown < 500_000
        server = (wire.SERVER, ("192.0.2.1", 500))
        analyzer.feed_stream(1, *reversed(server), REFUSED[0][1])  # type: ignore[arg-type, call-arg]
        analyzer.feed_stream(1, *server, written.server_hello())
        flood = written.record(22, written.message(11, written.certificate_body(b"\x30" * 16000)))
        for _ in range(2000):
            analyzer.feed_stream(2, *server, flood)
        assert tracemalloc.get_traced_memory()[0] - before < 10_000_000
    finally:
        tracemalloc.stop()


def test_one_direction_that_never_says_anything_readable_is_bounded(seeded: random.Random) -> None:
    """A text that could be the beginning of SMTP for ever is given up after the longest clear text."""
    analyzer = Analyzer(only_ends=True)
    tracemalloc.start()
    try:
        for _ in range(4000):
            analyzer.feed_stream(1, wire.CLIENT, wire.SERVER, b"EHLO x\r\n" * 100)
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()
    assert analyzer.close() == []


@pytest.mark.long
def test_feed_takes_any_bytes_at_length(seeded: random.Random) -> None:
    frames = [frame.data for link in wire.LINKS for frame in frames_of_link(REFUSED, link)]
    for _ in range(400):
        analyzer = Analyzer()
        for _ in range(150):
            damaged = bytearray(seeded.choice(frames))
            for _ in range(seeded.randrange(6)):
                damaged[seeded.randrange(len(damaged))] = seeded.randrange(256)
            analyzer.feed(seeded.randrange(1 << 62), seeded.choice(LINKTYPES), bytes(damaged))
        drain(analyzer)
