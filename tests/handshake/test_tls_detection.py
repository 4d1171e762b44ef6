"""First bytes by which a connection is given up at once, and that streams come to the same with the same bytes."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import wire
from tests.engines import recording_engine
from tests.recorded import outcome
from tests.test_starttls_dialogues import DIALOGUES, HANDSHAKE
from tlseku.capture import open_capture
from tlseku.handshake.engine import Engine
from tlseku.handshake.tls_detection import TlsDetection, is_nothing
from tlseku.network.tcp.connection import WATCHED, Connection
from tlseku.tls.starttls import clear_text_protocols

REQUEST = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
NOTHING = (
    REQUEST,
    b"POST /submit HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.6p1 Debian\r\n",
    b"\x00\x00\x00\x85\xffSMBr\x00\x00\x00\x00\x18\x53\xc8\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\x17\x03\x03\x00\x40" + bytes(40),
    b"\x16\x01\x00\x00\x40" + bytes(40),
    b"\x16\x03\x03\xff\xff" + bytes(40),
    bytes(24),
)
SOMETHING = (
    b"",
    REQUEST[:23],
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"RFB 003.008\n and something that follows it",
    b"GET / HTTP/1.1\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n",
    b"EHLO client.example.org and so on\r\n",
    b"220 mx.example.org ESMTP service ready\r\n",
    b"LHLO client.example.org and so on\r\n",
    b"a001 CAPABILITY and whatever follows\r\n",
    b"* OK IMAP4rev1 service ready and so on\r\n",
    b"+OK POP3 service ready and so on and on\r\n",
    b"CAPABILITIES and something that follows\r\n",
    b"USER somebody and something that follows\r\n",
    b"NICK somebody and something that follows\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n",
    b"CONNECT example.org:443 HTTP",
    b"HTTP/1.1 200 Connection established\r\n",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    b"PROXY UNKNOWN and no end of the line",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12),
    b"<?xml version='1.0'?><stream:stream",
    b"<stream:stream xmlns='jabber:client'>",
    b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037",
    b"\x00\x00\x00\x08\x04\xd2\x16\x2f" + bytes(20),
    b"\x20\x00\x00\x01\x85\xae\x7f\x00" + bytes(20),
    b"\x4a\x00\x00\x00\x0a5.7.1-log and something",
    b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00" + bytes(8),
    b"\x12\x01\x00\x2f\x00\x00\x01\x00" + bytes(39),
    b"\x04\x01\x00\x2f\x00\x00\x01\x00" + bytes(39),
    b"\x05\x01\x00" + bytes(24),
    b"\x16\x03\x01\x02\x00\x01" + bytes(40),
    b"\x15\x03\x01\x00\x02\x02\x28" + bytes(40),
    b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10" + bytes(37),
    b"any words, and then a hello: \x16\x03\x01\x00\x40\x01" + bytes(40),
)


@pytest.mark.parametrize("data", NOTHING)
def test_must_be_given_up(data: bytes) -> None:
    assert is_nothing(data)


@pytest.mark.parametrize("data", SOMETHING)
def test_must_not_be_given_up(data: bytes) -> None:
    assert not is_nothing(data)


@pytest.mark.parametrize("name", sorted(DIALOGUES))
@pytest.mark.parametrize("side", [0, 1])
def test_no_protocol_that_turns_to_tls_is_given_up(name: str, side: int) -> None:
    said = b"".join(data for sender, data in DIALOGUES[name][1] if sender == side)
    for size in range(len(said) + 1):
        assert not is_nothing(said[:size])


def _gives_up(data: bytes) -> bool:
    """Whether ``recognition`` gives up a connection that a SYN began and side 0 goes on with ``data``."""
    connection = Connection(bytes(12), 1, 0)
    unexpected = lambda *_: pytest.fail("this speaks TLS, and is whole")  # noqa: E731
    connection.listen(TlsDetection(connection, unexpected, unexpected))  # type: ignore[arg-type]
    connection.streams[0].syn(999)
    connection.streams[1].syn(8999)
    connection.streams[0].segment(1000, data, 0, 1, 0)
    return connection.muted and connection.watched


@pytest.mark.parametrize("data", NOTHING)
def test_streams_give_it_up_too(data: bytes) -> None:
    assert _gives_up(data)


WORDS = st.sampled_from([*NOTHING, *SOMETHING, *(each.client.pattern for each in clear_text_protocols())])


@given(words=WORDS, cut=st.integers(0, 40), more=st.binary(max_size=60), at=st.integers(0, 60))
def test_streams_give_up_whatever_is_given_up(words: bytes, cut: int, more: bytes, at: int) -> None:
    for data in (words[:cut] + more, words[:at] + more[:1] + words[at + 1 :], more + words):
        if is_nothing(data):
            assert _gives_up(data)


# The connection in the table.


def _state(connection: Connection) -> tuple[object, ...]:
    return (
        *(getattr(connection, name) for name in ("disposition", "muted", "watched", "ended", "payload_seen")),
        *(getattr(connection, name) for name in ("syn_side", "reset_by", "closed_by", "closed_ts")),
        *(getattr(connection, name) for name in ("first_ts", "last_ts", "first_frame", "last_frame")),
        [
            (each.anchor, each.anchored, each.started_by_syn, each.position, each.acknowledged, each.end)
            + (each.fin_seen, each.muted, each.limit_reached, each.waiting)
            for each in connection.streams
        ],
    )


def _engines(content: bytes) -> list[Engine]:
    """The capture read with and without recording, and not closed."""
    found = []
    for recording in (True, False):
        with open_capture(io.BytesIO(content), "capture") as capture:
            engine = recording_engine()
            if not recording:
                engine._connections.stop_recording()
            for batch in capture.batches():
                engine.feed_batch(batch)
            # What is recorded yet has no state that can be compared.
            engine._connections.stop_recording()
        found.append(engine)
    return found


def _http(isn: tuple[int, int] = (1000, 900_000)) -> wire.Talk:
    talk = wire.Talk(isn=isn).open().send(0, REQUEST)
    talk.ack(1).send(1, b"HTTP/1.1 200 OK\r\n\r\n").send(1, bytes(20_000)).ack(0)
    return talk.send(0, REQUEST).send(1, b"HTTP/1.1 200 OK\r\n\r\n")


def _pcap(packets: list[bytes], step: int = wire.MILLISECOND) -> bytes:
    return wire.pcap(
        [wire.Frame(wire.START + n * step, wire.ethernet(each)) for n, each in enumerate(packets)]
    )


def _same_state(content: bytes) -> list[Connection]:
    recorded, played = _engines(content)
    assert recorded.summary == played.summary
    tables = [[*engine._connections.table.items()] for engine in (recorded, played)]
    assert [key for key, _ in tables[0]] == [key for key, _ in tables[1]]
    assert [_state(each) for _, each in tables[0]] == [_state(each) for _, each in tables[1]]
    return [each for _, each in tables[0]]


def test_a_request_ends_the_interest() -> None:
    recorded = _engines(_pcap(_http().packets))[0]
    connection = next(iter(recorded._connections.table.values()))
    # Streams of a played one have a listener until it ends.
    assert (connection.disposition, connection.listener) == (WATCHED, None)


@pytest.mark.parametrize("end", ["none", "fin", "server's fin", "rst", "late", "syn", "next", "silence"])
def test_the_state_is_that_of_streams(end: str) -> None:
    talk = _http()
    packets = talk.packets
    for count in range(1, len(packets) + 1):
        _same_state(_pcap(packets[:count]))
    if end in ("fin", "late", "next", "silence"):
        talk.close()
    elif end == "server's fin":
        talk.close(1)
    elif end == "rst":
        talk.reset(1)
    elif end == "syn":
        packets.append(packets[0])
    _same_state(_pcap(packets))
    if end == "late":
        packets += [packets[3], packets[7], packets[0], packets[1]]
    if end == "next":
        packets += _http((5_000_000, 7_000_000)).close().packets
    _same_state(_pcap(packets))
    _same_state(_pcap(packets, wire.SECOND))
    if end == "silence":
        _same_state(_pcap(packets, 3601 * wire.SECOND))


@pytest.mark.parametrize("seed", range(120))
def test_lost_repeated_and_disordered_packets(seed: int) -> None:
    draw = random.Random(seed)
    packets = [*_http().close().packets, *_http((5_000_000, 7_000_000)).reset(0).packets]
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(min(len(packets), 8) if draw.random() < 0.6 else len(packets))
        how = draw.randrange(3)
        if how == 0:
            del packets[at]
        elif how == 1:
            packets.insert(draw.randrange(len(packets)), packets[at])
        else:
            packets.insert(draw.randrange(max(at - 3, 0), at + 3), packets.pop(at))
    _same_state(_pcap(packets))


@pytest.mark.parametrize(
    ("side", "ack"), [(0, 900_001), (0, 900_002), (0, 899_000), (1, 1001), (1, 1002), (1, 5000)]
)
def test_what_is_acknowledged_before_anything_was_said(side: int, ack: int) -> None:
    talk = wire.Talk().open()
    ends = talk.ends
    seq = talk.next_seq[side]
    talk.packets.append(wire.tcp_packet(ends[side], ends[1 - side], seq, ack, wire.ACK))
    talk.send(0, REQUEST).ack(1)
    connections = _same_state(_pcap(talk.packets))
    recorded = _engines(_pcap(talk.packets))[0]._connections.table
    assert connections
    was_played = ack not in (900_001, 1001)
    assert (next(iter(recorded.values())).listener is not None) is was_played


@pytest.mark.parametrize("name", sorted(DIALOGUES))
@pytest.mark.parametrize("size", [1, 5, 30, 1400])
@pytest.mark.parametrize("order", ["in order", "reversed"])
def test_what_turns_to_tls_is_never_given_up(name: str, size: int, order: str) -> None:
    """Not even in the smallest pieces, or with the first of them out of order."""
    talk = wire.Talk().open()
    for side, data in DIALOGUES[name][1]:
        before = len(talk.packets)
        talk.send_in(side, data, size)
        if order == "reversed":
            talk.packets[before:] = talk.packets[: before - 1 : -1]
    for side, data in HANDSHAKE:
        talk.send_in(side, data, 1400)
    talk.close()
    recorded, played = (outcome(_pcap(talk.packets), recording=recording) for recording in (True, False))
    assert recorded.all == played.all
    assert len(recorded.all) == 1
