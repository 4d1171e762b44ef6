"""Same bytes, any cut, same events.

One conversation is cut into records and segments any way, its segments shuffled, overlapped and repeated, its sequence
numbers wrapped, over any link layer and file format: the flow must be the same. Frame numbers are held against a
computation of their own: a message's frame is the first one by which all of its sender's bytes up to the end of the
record with its last byte are there.
"""

from __future__ import annotations

import copy
import functools
import io
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlseku
import tlseku.registry.names
from tests import wire
from tests.dialogues import flows_in
from tests.tls import written
from tlseku.flow import Flow
from tlseku.output.json.flow_json import flow_to_dict

SMTP = (
    (1, b"220 mx.example ESMTP\r\n"),
    (0, b"EHLO client.example\r\n"),
    (1, b"250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"),
    (0, b"STARTTLS\r\n"),
    (1, b"220 2.0.0 ready\r\n"),
)
CONNECT = (
    (0, b"CONNECT far.example:443 HTTP/1.1\r\nHost: far.example\r\n\r\n"),
    (1, b"HTTP/1.1 200 Connection established\r\n\r\n"),
)
POSTGRESQL = ((0, bytes.fromhex("0000000804d2162f")), (1, b"S"))


@functools.cache
def retried() -> tuple[tuple[int, bytes], ...]:
    """TLS 1.3 with a HelloRetryRequest, made of the recorded one: both second hellos stand behind a CCS."""
    (_, hello), (_, answer), *rest = written.recording("tls13")
    retry = written.server_hello(
        written.TLS13_CHOSEN, written.extension(51, b"\x00\x17"), random=written.HRR_RANDOM, suite=0x1302
    )
    return ((0, hello), (1, retry + written.CCS), (0, written.CCS + hello), (1, answer), *rest)


CONVERSATIONS: dict[str, Callable[[], Sequence[tuple[int, bytes]]]] = {
    "mutual": lambda: written.recording("scenario1"),
    "short chain": lambda: written.recording("scenario2"),
    "refused": lambda: written.recording("wrong-eku-refused"),
    "declined": lambda: written.recording("declined"),
    "no eku": lambda: written.recording("no-eku"),
    "tls13": lambda: written.recording("tls13"),
    "hello retry": retried,
    "smtp": lambda: (*SMTP, *written.recording("any-eku")),
    "http-connect": lambda: (*CONNECT, *written.recording("declined")),
    "postgresql": lambda: (*POSTGRESQL, *written.recording("test-case-3")),
}


class Expected(NamedTuple):
    """One thing said: ``start`` and ``end`` count bytes of its sender's stream, ``end`` that of the record it ends in;
    ``pieces`` are its handshake bytes."""

    side: int
    kind: str
    start: int
    end: int
    pieces: tuple[tuple[int, int], ...]


KINDS = {20: "change_cipher_spec", 21: "alert", 23: "application_data"}


class Recut:
    """A conversation cut anew into records: the flights' bytes, and what is said where."""

    def __init__(self, turns: Sequence[tuple[int, bytes]], draw: random.Random, fragment: bool) -> None:
        self.flights: list[tuple[int, bytes]] = []
        self.said: list[Expected] = []
        self._draw = draw
        self._fragment = fragment
        self._sizes = [0, 0]
        self._encrypted = [False, False]
        self._application_data = [False, False]
        self._tls13 = any(written.TLS13_CHOSEN in data for _, data in turns)
        for side, data in turns:
            clear_text = data[:1] not in (b"\x14", b"\x15", b"\x16", b"\x17")
            self.flights.append((side, data if clear_text else self._flight(side, data)))
            self._sizes[side] += len(self.flights[-1][1])

    def _flight(self, side: int, data: bytes) -> bytes:
        out = b""
        run: list[written.Record] = []
        for each in written.records_of(data):
            if each.type == 22 and (self._tls13 or not self._encrypted[side]):
                run.append(each)
                continue
            out += self._clear(side, run, len(out))
            run = []
            start = self._sizes[side] + len(out)
            out += each.bytes
            kind = "encrypted_handshake" if each.type == 22 else KINDS[each.type]
            self._encrypted[side] |= each.type == 20
            if each.type != 23 or not self._application_data[side]:
                end = self._sizes[side] + len(out)
                self.said.append(Expected(side, kind, start, end, ((start, end),)))
            self._application_data[side] |= each.type == 23
        return out + self._clear(side, run, len(out))

    def _clear(self, side: int, run: list[written.Record], before: int) -> bytes:
        """The messages of clear handshake records in other records."""
        clear = b"".join(each.content for each in run)
        if not clear:
            return b""
        if self._fragment:
            points = self._draw.sample(
                range(1, len(clear)), min(self._draw.choice((0, 1, 2, 5, 40)), len(clear) - 1)
            )
        else:
            points = [sum(len(each.content) for each in run[:n]) for n in range(1, len(run))]
        edges = [0, *sorted(points), len(clear)]
        out = b""
        places: list[tuple[int, int, int]] = []
        for low, high in pairwise(edges):
            out += written.record(22, clear[low:high], run[0].version)
            begin = self._sizes[side] + before + len(out) - (high - low)
            places.append((low, high, begin))
        at = 0
        while at < len(clear):
            end = at + 4 + int.from_bytes(clear[at + 1 : at + 4], "big")
            pieces = tuple(
                (begin + max(low, at) - low, begin + min(high, end) - low)
                for low, high, begin in places
                if low < end and high > at
            )
            kind = tlseku.registry.names.handshake_name(clear[at])
            shown = next(begin + high - low for low, high, begin in places if low < end <= high)
            self.said.append(Expected(side, kind, pieces[0][0], shown, pieces))
            at = end
        return out


class Sent(NamedTuple):
    """One packet to come: the sender, the place of its payload in the sender's stream, and the payload."""

    side: int
    start: int
    data: bytes


def segments(flights: Sequence[tuple[int, bytes]], draw: random.Random, disorder: bool) -> list[list[Sent]]:
    """Each flight as segments in the order of the capture."""
    out = []
    position = [0, 0]
    for side, data in flights:
        count = draw.choice((0, 0, 1, 2, 4, 12, 30))
        points = draw.sample(range(1, len(data)), min(count, len(data) - 1)) if len(data) > 1 else []
        edges = [0, *sorted(points), len(data)]
        pieces = []
        for first, last in pairwise(edges):
            low, high = first, last
            if disorder and draw.random() < 0.3:
                low, high = max(0, low - draw.randrange(60)), min(len(data), high + draw.randrange(60))
            pieces.append(Sent(side, position[side] + low, data[low:high]))
        if disorder:
            pieces += [piece for piece in pieces if draw.random() < 0.15]
            window = draw.choice((1, 1, 2, 4, 8, 50))
            order = sorted(range(len(pieces)), key=lambda index: index + draw.uniform(0, window))
            pieces = [pieces[index] for index in order]
        out.append(pieces)
        position[side] += len(data)
    return out


def packets(
    flights: list[list[Sent]], isn: tuple[int, int], ends: tuple, *, close: bool
) -> tuple[list[bytes], list]:
    """IP datagrams from SYN to FIN, and of each what it carries (None: nothing)."""
    talk = wire.Talk(*ends, isn=isn).open()  # type: ignore[misc]
    carried: list[Sent | None] = [None] * 3
    reached = [0, 0]
    for flight in flights:
        for sent in flight:
            talk.packets.append(
                wire.tcp_packet(
                    ends[sent.side],
                    ends[1 - sent.side],
                    isn[sent.side] + 1 + sent.start,
                    isn[1 - sent.side] + 1 + reached[1 - sent.side],
                    wire.ACK,
                    sent.data,
                )
            )
            carried.append(sent)
        reached[flight[0].side] = max(sent.start + len(sent.data) for sent in flight)
    if close:
        talk.next_seq = [isn[0] + 1 + reached[0], isn[1] + 1 + reached[1]]
        talk.close()
    return talk.packets, carried


def arrivals(carried: Sequence[Sent | None], side: int) -> list[int]:
    """For each byte of a side's stream, the first frame that carried it."""
    first: dict[int, int] = {}
    for frame, sent in enumerate(carried, 1):
        if sent is not None and sent.side == side:
            for at in range(sent.start, sent.start + len(sent.data)):
                first.setdefault(at, frame)
    return [first[at] for at in range(len(first))]


def expected_messages(
    recut: Recut, carried: Sequence[Sent | None]
) -> list[tuple[str, str, int, tuple[int, ...]]]:
    """(role, kind, completing frame, carrying frames) of everything said, by counting bytes."""
    carrier = [arrivals(carried, 0), arrivals(carried, 1)]
    by_then: list[list[int]] = []
    for frames in carrier:
        highest, reached = 0, []
        for frame in frames:
            highest = max(highest, frame)
            reached.append(highest)
        by_then.append(reached)
    out = []
    for said in recut.said:
        frame = by_then[said.side][said.end - 1]
        frames = {carrier[said.side][at] for low, high in said.pieces for at in range(low, high)}  # type: ignore[assignment]
        whole = frames if said.kind in written_kinds else {frame}
        out.append(("server" if said.side else "client", said.kind, frame, tuple(sorted(whole))))
    return out


written_kinds = frozenset(tlseku.registry.names.HANDSHAKE_TYPES.values())


def timeless(flow: Flow) -> dict[str, object]:
    """The flow without what must change: times, frames, file, addresses."""
    known = dict(flow_to_dict(flow))
    for key in ("start", "end", "file", "client", "server", "flow"):
        del known[key]
    for key in ("presented", "requests", "messages", "alerts", "defects", "statements"):
        known[key] = [
            {name: value for name, value in each.items() if name not in ("frame", "frames", "file", "time")}
            for each in known[key]  # type: ignore[attr-defined]
        ]
    return known


@functools.cache
def plain(name: str) -> dict[str, object]:
    """What the conversation gives uncut, a segment a flight, closed in the same way."""
    talk = wire.Talk().open()
    for side, data in CONVERSATIONS[name]():
        talk.send(side, data)
    (flow,) = flows_in(talk.close().frames())
    return timeless(flow)


def only_flow(content: bytes) -> Flow:
    flows = tlseku.read(io.BytesIO(content))
    assert len(flows) == 1, flows
    return flows[0]


def check(
    name: str, seed: int, link: str, kind: str, *, fragment: bool, disorder: bool, wrap: bool, six: bool
) -> None:
    draw = random.Random(seed)
    recut = Recut(CONVERSATIONS[name](), draw, fragment)
    flights = segments(recut.flights, draw, disorder)
    isn = (2**32 - draw.randrange(1, 3000), 2**32 - draw.randrange(1, 6000)) if wrap else (7, 4_000_000)
    ends = (wire.CLIENT6, wire.SERVER6) if six else (wire.CLIENT, wire.SERVER)
    written_packets, carried = packets(flights, isn, ends, close=True)
    linktype, wrapped = wire.LINKS[link]
    frames = [
        wire.Frame(wire.START + index * wire.MILLISECOND, wrapped(packet))
        for index, packet in enumerate(written_packets)
    ]
    flow = only_flow(wire.FILES[kind](frames, linktype))
    assert timeless(flow) == plain(name)
    assert (flow.client.ip, flow.server.ip) == (ends[0][0], ends[1][0])
    assert [
        (message.role, message.kind, message.frame, message.frames) for message in flow.messages
    ] == expected_messages(recut, carried)


CASES = {
    "name": st.sampled_from(sorted(CONVERSATIONS)),
    "seed": st.integers(0, 2**32),
    "link": st.sampled_from(sorted(wire.LINKS)),
    "kind": st.sampled_from(sorted(wire.FILES)),
    "fragment": st.booleans(),
    "disorder": st.booleans(),
    "wrap": st.booleans(),
    "six": st.booleans(),
}


@settings(max_examples=600)
@given(**CASES)
def test_same_bytes_any_cut_same_events(**case: object) -> None:
    check(**case)  # type: ignore[arg-type]


@pytest.mark.long
@settings(max_examples=5000)
@given(**CASES)
def test_same_bytes_any_cut_same_events_at_length(**case: object) -> None:
    check(**case)  # type: ignore[arg-type]


@pytest.mark.parametrize("link", sorted(wire.LINKS))
def test_every_link_layer(link: str) -> None:
    check("short chain", 1, link, "pcap-le", fragment=True, disorder=True, wrap=True, six=False)
    check("short chain", 2, link, "pcapng", fragment=True, disorder=True, wrap=False, six=True)


@pytest.mark.parametrize("kind", sorted(wire.FILES))
def test_every_file_format(kind: str) -> None:
    check("declined", 3, "ethernet", kind, fragment=True, disorder=True, wrap=True, six=False)


@pytest.mark.parametrize("name", sorted(CONVERSATIONS))
def test_byte_by_byte(name: str) -> None:
    recut = Recut(CONVERSATIONS[name](), random.Random(0), False)
    position = [0, 0]
    flights = []
    for side, data in recut.flights:
        flights.append([Sent(side, position[side] + at, data[at : at + 1]) for at in range(len(data))])
        position[side] += len(data)
    written_packets, carried = packets(flights, (1, 2), (wire.CLIENT, wire.SERVER), close=True)
    flow = only_flow(
        wire.pcap([wire.Frame(wire.START + n, wire.ethernet(p)) for n, p in enumerate(written_packets)])
    )
    assert timeless(flow) == plain(name)
    assert [(m.role, m.kind, m.frame, m.frames) for m in flow.messages] == expected_messages(recut, carried)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", ["mutual", "refused", "declined", "tls13", "smtp", "http-connect"])
def test_flights_that_overtake_each_other(name: str, seed: int) -> None:
    """Where a capture delivers the two directions out of step, order tells nothing, and the facts stay."""
    draw = random.Random(seed)
    recut = Recut(CONVERSATIONS[name](), draw, True)
    flights = segments(recut.flights, draw, False)
    written_packets, _ = packets(flights, (1, 2), (wire.CLIENT, wire.SERVER), close=True)
    middle = written_packets[3:-3]
    order = sorted(range(len(middle)), key=lambda index: index + draw.uniform(0, 6))
    mixed = [*written_packets[:3], *(middle[index] for index in order), *written_packets[-3:]]
    flow = timeless(
        only_flow(wire.pcap([wire.Frame(wire.START + n, wire.ethernet(p)) for n, p in enumerate(mixed)]))
    )
    wanted = copy.deepcopy(plain(name))
    for known in (flow, wanted):
        for each in known["alerts"]:  # type: ignore[attr-defined]
            del each["after"]
        for key in ("messages", "alerts", "presented"):
            known[key] = sorted(map(str, known[key]))  # type: ignore[call-overload]
    if name == "tls13":
        # The order of encrypted records is all that its outcome rests on.
        for known in (flow, wanted):
            del known["outcome"], known["outcome_basis"], known["outcome_evidence"]
            del known["client_certificate_accepted"], known["server_certificate_accepted"]
    assert flow == wanted
