"""Connections read as a whole give the same flows as those that went through streams, and the same lines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import wire
from tests.recorded import Outcome, outcome
from tests.test_any_cut import CONVERSATIONS, Recut, Sent, packets, segments
from tests.tls.written import application_data, record

CAPTURES = sorted(Path(__file__).resolve().parents[2].joinpath("captures").glob("*.pcap*"))
SHARED = sorted(Path(__file__).resolve().parents[3].joinpath("shared", "captures").glob("*.pcap*"))


def same(content: bytes, local: tuple[str, ...] = ()) -> Outcome:
    """What recording gives, held against what streams give."""
    recorded, played = outcome(content, local=local), outcome(content, recording=False, local=local)
    assert not played.read
    assert recorded.all == played.all
    assert recorded.order == played.order
    for number, line in recorded.by_kind.items():
        assert line == played.all[number]
    return recorded


def capture(
    name: str,
    seed: int,
    *,
    fragment: bool = False,
    disorder: bool = False,
    close: bool = True,
    lost: float = 0.0,
    copies: int = 1,
    cut: bool = True,
) -> bytes:
    """Conversations one after the other, each cut in a way of its own, packets lost at random."""
    draw = random.Random(seed)
    frames = []
    at = wire.START
    for copy in range(copies):
        recut = Recut(CONVERSATIONS[name](), draw, fragment)
        ends = ((wire.CLIENT[0], 20000 + copy), wire.SERVER)
        flights = segments(recut.flights, draw, disorder) if cut else _uncut(recut)
        written, _ = packets(flights, (draw.randrange(2**32), draw.randrange(2**32)), ends, close=close)
        for packet in written:
            at += wire.MILLISECOND
            if draw.random() >= lost:
                frames.append(wire.Frame(at, wire.ethernet(packet)))
    return wire.pcap(frames)


def _uncut(recut: Recut) -> list[list[Sent]]:
    position = [0, 0]
    flights = []
    for side, data in recut.flights:
        flights.append([Sent(side, position[side], data)])
        position[side] += len(data)
    return flights


@pytest.mark.parametrize("path", CAPTURES + SHARED, ids=lambda path: path.name)
def test_every_capture(path: Path) -> None:
    same(path.read_bytes())


@pytest.mark.parametrize("name", ["mutual", "short chain", "declined", "no eku", "tls13", "hello retry"])
def test_ordinary_flows_are_read_as_a_whole_and_concluded_by_kind(name: str) -> None:
    found = same(capture(name, 1, copies=3, cut=False))
    assert (len(found.read), len(found.by_kind), len(found.played)) == (3, 3, 0)


@pytest.mark.parametrize("link", wire.LINKS)
@pytest.mark.parametrize("file", wire.FILES)
def test_whatever_the_link_layer_and_the_format_connections_are_read_as_a_whole(link: str, file: str) -> None:
    content = wire.FILES[file](talk().close().frames(link), wire.LINKS[link][0])
    assert ways(same(content)) == (1, 0)


@pytest.mark.parametrize(
    "interfaces", [("ethernet", "raw"), ("raw", "vlan"), ("gre", "sll"), ("vlan", "ethernet")]
)
@pytest.mark.parametrize("amid", [1, 3, 4, 6, 9])
def test_a_connection_seen_on_two_interfaces(interfaces: tuple[str, str], amid: int) -> None:
    """In turns, or the rest of it, each with its own link layer and its own clock."""
    packets = talk().close().packets
    for second in ([*range(amid, len(packets))], [*range(amid, len(packets), 2)]):
        parts = [
            wire.pcapng(
                [wire.Frame(wire.START + number * wire.MILLISECOND, wire.LINKS[link][1](packets[number]))],
                wire.LINKS[link][0],
                order="<>"[number in second],
                nano=number in second,
            )
            for number in range(len(packets))
            for link in (interfaces[number in second],)
        ]
        assert ways(same(b"".join(parts))) == (1, 0)


@pytest.mark.parametrize("name", ["mutual", "tls13"])
def test_segments_that_come_late_or_twice_are_sorted_in(name: str) -> None:
    """Only repetitions that overlap other segments take streams."""
    flights = []  # type: ignore[var-annotated]
    for (whole,) in _uncut(Recut(CONVERSATIONS[name](), random.Random(5), False)):
        third = len(whole.data) // 3 + 1
        flight = [
            Sent(whole.side, whole.start + at, whole.data[at : at + third])
            for at in range(0, len(whole.data), third)
        ]
        # The very first segment tells what is spoken.
        flights.append([flight[0], *flight[:0:-1], *flight[1:2]] if flights else flight)
    written, _ = packets(flights, (1, 2), (wire.CLIENT, wire.SERVER), close=True)
    frames = [wire.Frame(wire.START + n, wire.ethernet(packet)) for n, packet in enumerate(written)]
    assert len(same(wire.pcap(frames)).read) == 1


@pytest.mark.parametrize("name", ["smtp", "http-connect", "postgresql"])
def test_what_begins_in_clear_text_goes_through_streams(name: str) -> None:
    found = same(capture(name, 1, copies=2))
    assert (len(found.read), len(found.played)) == (0, 2)


def test_what_was_refused_is_concluded_by_kind_as_well() -> None:
    found = same(capture("refused", 1, copies=2, cut=False))
    assert (len(found.read), len(found.by_kind)) == (2, 2)


def test_directions_are_those_of_the_vantage() -> None:
    found = same(capture("mutual", 1, copies=2, cut=False), local=(wire.CLIENT[0],))
    assert '"direction":"outbound","vantage":["192.0.2.10"]' in found.by_kind[1]


CASES = {
    "name": st.sampled_from(sorted(CONVERSATIONS)),
    "seed": st.integers(0, 2**32),
    "fragment": st.booleans(),
    "disorder": st.booleans(),
    "close": st.booleans(),
    "lost": st.sampled_from([0.0, 0.0, 0.02, 0.2]),
    "copies": st.sampled_from([1, 2]),
}


@pytest.mark.slow
@settings(max_examples=300)
@given(**CASES)
def test_any_cut_gives_the_same_either_way(**case: object) -> None:
    same(capture(**case))  # type: ignore[arg-type]


@pytest.mark.long
@settings(max_examples=5000)
@given(**CASES)
def test_any_cut_gives_the_same_either_way_at_length(**case: object) -> None:
    same(capture(**case))  # type: ignore[arg-type]


@pytest.mark.slow
@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), damage=st.integers(1, 6))
def test_damaged_bytes_give_the_same_either_way(seed: int, damage: int) -> None:
    draw = random.Random(seed)
    content = bytearray(capture(draw.choice(sorted(CONVERSATIONS)), seed, copies=2))
    for _ in range(damage):
        # Behind the file header, and not in a record's lengths, where it would end the capture.
        at = draw.randrange(24 + 16 + 14, len(content))
        content[at] = draw.randrange(256)
    same(bytes(content))


@pytest.mark.parametrize("version", [b"\x03\x04", b"\x03\x05", b"\xc9\x03", b"\x03\x02"])
def test_a_version_that_no_extension_tells(version: bytes) -> None:
    """Above TLS 1.2 streams take it for TLS 1.3, in which handshake records are in clear."""
    content = capture("mutual", 1, cut=False)
    server_hello = content.index(b"\x02\x00\x00", content.index(b"\x16\x03\x03")) + 4
    assert content[server_hello : server_hello + 2] == b"\x03\x03"
    same(content[:server_hello] + version + content[server_hello + 2 :])


# What connections do besides talking.

SILENCE = 3600 * wire.SECOND


def pcap_of(*parts: Sequence[bytes] | int) -> bytes:
    """Packets a millisecond apart; a number is a silence in nanoseconds."""
    at = wire.START
    frames = []
    for part in parts:
        if isinstance(part, int):
            at += part
            continue
        for packet in part:
            at += wire.MILLISECOND
            frames.append(wire.Frame(at, wire.ethernet(packet)))
    return wire.pcap(frames)


def talk(name: str = "mutual", isn: tuple[int, int] = (1000, 900_000)) -> wire.Talk:
    """A connection in which everything was said, not closed yet."""
    found = wire.Talk(isn=isn).open()
    turns: Sequence[tuple[int, bytes]] = CONVERSATIONS[name]()  # type: ignore[operator]
    for side, data in turns:
        found.send_in(side, data, 1400)
    return found


def one_packet(of: wire.Talk, side: int, flags: int, *, ahead: int = 0, data: bytes = b"") -> bytes:
    """A packet of ``side``, ``ahead`` bytes beyond what it has sent."""
    seq, ack = of.next_seq[side] + ahead, of.next_seq[1 - side]
    return wire.tcp_packet(of.ends[side], of.ends[1 - side], seq, ack, flags, data)


def ways(found: Outcome) -> tuple[int, int]:
    """How many flows were read as a whole, and how many went through streams."""
    return len(found.read), len(found.played)


def test_a_port_used_again() -> None:
    first, second = talk().close().packets, talk("declined", (5_000_000, 7_000_000)).close().packets
    assert ways(same(pcap_of(first, second))) == (2, 0)
    # A SYN behind a connection of which something may still come takes streams.
    assert ways(same(pcap_of(first[:-2], second))) == (1, 1)
    assert ways(same(pcap_of(first, SILENCE, second))) == (2, 0)
    # Without a FIN only the SYN tells: one packet after an hour does not show that it was silent.
    assert ways(same(pcap_of(talk().packets, second))) == (1, 1)
    assert ways(same(pcap_of(talk().packets, SILENCE, second))) == (1, 1)
    assert ways(same(pcap_of(talk().reset(0).packets, second))) == (1, 1)


def test_a_port_used_again_with_numbers_that_go_on() -> None:
    before = talk().close()
    after = talk("declined", (before.next_seq[0] + 1, before.next_seq[1] + 1)).close()
    same(pcap_of(before.packets, after.packets))
    same(pcap_of(before.packets, 3 * wire.SECOND, after.packets))


def test_two_connections_that_interleave_with_the_end_of_the_one_before() -> None:
    before, after = talk().close().packets, talk("tls13", (5_000_000, 7_000_000)).close().packets
    same(pcap_of(before[:-1], after[:1], before[-1:], after[1:]))
    same(pcap_of(before[:-2], after[:3], before[-2:], after[3:]))


@pytest.mark.parametrize("silence", [0, wire.SECOND, 3 * wire.SECOND, SILENCE])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("closed", [False, True])
def test_a_late_reset(silence: int, side: int, closed: bool) -> None:
    ended = talk().close() if closed else talk()
    found = same(pcap_of(ended.packets, silence, [one_packet(ended, side, wire.RST | wire.ACK)]))
    assert len(found.all) == 1


@pytest.mark.parametrize(
    ("ahead", "is_believed"),
    [(0, True), (5000, True), (-5000, True), (2**24 + 1, False), (-(2**24) - 1, False), (2**31, False)],
)
@pytest.mark.parametrize("side", [0, 1])
def test_a_reset_with_another_number(ahead: int, is_believed: bool, side: int) -> None:
    ended = talk()
    found = same(pcap_of(ended.packets, [one_packet(ended, side, wire.RST, ahead=ahead)]))
    assert ways(found) == ((1, 0) if is_believed else (0, 1))


@pytest.mark.parametrize("at", [1, 2, 3, 4, 6, 9])
@pytest.mark.parametrize("again", [0, 1])
def test_a_syn_again(at: int, again: int) -> None:
    packets = talk().close().packets
    found = same(pcap_of([*packets[:at], packets[again], *packets[at:]]))
    assert len(found.all) in (1, 2)


@pytest.mark.parametrize("at", [1, 2, 4, 6])
def test_a_syn_with_another_number(at: int) -> None:
    packets = talk().close().packets
    for stranger in (wire.Talk(isn=(77, 88)), wire.Talk(isn=(1001, 88)), wire.Talk(isn=(999, 900_001))):
        opened = stranger.open().packets
        same(pcap_of([*packets[:at], opened[0], *packets[at:]]))
        same(pcap_of([*packets[:at], opened[1], *packets[at:]]))


def test_fins_out_of_order() -> None:
    ended = talk("tls13")
    count = len(ended.packets)
    packets = ended.close(1).packets
    first, second, last = packets[count:]
    body = packets[:count]
    assert ways(same(pcap_of(body, [first, second, last]))) == (1, 0)
    for order in (
        [second, first, last],
        [last, second, first],
        [first, last, second],
        [first, first, second],
    ):
        same(pcap_of(body, order))
    # Ahead of the last bytes, of either side.
    for fin in (first, second):
        for early in range(3, count):
            same(pcap_of(body[:early], [fin], body[early:], [first, second, last]))


@pytest.mark.parametrize("lost", range(3, 12))
@pytest.mark.parametrize("late", [None, wire.MILLISECOND, 3 * wire.SECOND])
def test_a_fin_before_a_hole(lost: int, late: int | None) -> None:
    packets = talk().close().packets
    missing = packets.pop(lost)
    found = same(pcap_of(packets) if late is None else pcap_of(packets, late, [missing]))
    assert len(found.all) == 1


@pytest.mark.parametrize("silence", [1, 59, 61, 3600, 3601, 7200])
@pytest.mark.parametrize("at", [1, 3, 5, 8])
def test_silence_amid_a_connection(silence: int, at: int) -> None:
    packets = talk().close().packets
    other = talk("declined").close().packets
    same(pcap_of(packets[:at], silence * wire.SECOND, packets[at:]))
    same(pcap_of(packets, silence * wire.SECOND, other))
    strangers = wire.Talk(client=("192.0.2.99", 4000), isn=(1, 2)).open().packets
    # Time goes on with packets of others.
    same(pcap_of(packets[:at], silence * wire.SECOND, strangers, 61 * wire.SECOND, packets[at:]))


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("size", [100, 1400, 16_000])
@pytest.mark.parametrize("total", [20_000, 26_000, 60_000, 300_000])
def test_application_data_and_then_an_alert(side: int, size: int, total: int) -> None:
    spoken = talk("declined")
    sealed = application_data(size)
    for _ in range(total // size):
        spoken.send_in(side, sealed, 1400)
    for last in (0, 1):
        told = wire.Talk(isn=spoken.isn, packets=[*spoken.packets])
        told.next_seq = [*spoken.next_seq]
        told.send(last, record(21, bytes(26))).close(last)
        assert len(same(pcap_of(told.packets)).all) == 1


@pytest.mark.parametrize("name", ["mutual", "refused", "tls13", "hello retry"])
def test_a_capture_that_ends_amid_the_handshake(name: str) -> None:
    packets = talk(name).close().packets
    for count in range(1, len(packets) + 1):
        found = same(pcap_of(packets[:count]))
        assert len(found.all) == (1 if count > 3 else 0)


@pytest.mark.parametrize("name", ["mutual", "tls13"])
def test_a_capture_that_begins_amid_the_connection(name: str) -> None:
    packets = talk(name).close().packets
    for count in range(1, len(packets)):
        same(pcap_of(packets[count:]))


# Holes, which are values here as they are to streams.


def firsts(packets: Sequence[bytes]) -> set[bytes]:
    """The first packet with bytes of each side (TCP over IPv4)."""
    found: dict[bytes, bytes] = {}
    for packet in packets:
        if len(packet) > 20 + (packet[32] >> 4) * 4:
            found.setdefault(packet[12:16], packet)
    return {*found.values()}


@pytest.mark.parametrize("name", ["mutual", "tls13", "declined"])
@pytest.mark.parametrize("ending", ["reset", "left open"])
def test_a_lost_packet_alone_does_not_take_streams(name: str, ending: str) -> None:
    """But without a side's first bytes, by which they know what it speaks."""
    spoken = talk(name).reset(0) if ending == "reset" else talk(name)
    for lost, missing in enumerate(spoken.packets):
        found = same(pcap_of([*spoken.packets[:lost], *spoken.packets[lost + 1 :]]))
        if lost > 1:
            assert ways(found) == ((0, 1) if missing in firsts(spoken.packets) else (1, 0))


def test_what_is_lost_behind_the_handshake_is_concluded_by_kind() -> None:
    parts = []
    for port in (4000, 4001):
        spoken = wire.Talk(client=(wire.CLIENT[0], port)).open()
        for side, data in CONVERSATIONS["mutual"]():
            spoken.send_in(side, data, 1400)
        for _ in range(6):
            spoken.send(1, application_data(1000))
        del spoken.packets[-3]
        parts.append(spoken.packets)
    found = same(pcap_of(*parts))
    assert (len(found.read), len(found.by_kind)) == (2, 2)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("length", [1, 30])
@pytest.mark.parametrize("closed", [False, True])
def test_an_overlap_does_not_take_streams(side: int, length: int, closed: bool) -> None:
    spoken = talk()
    sent = b"".join(data for sender, data in CONVERSATIONS["mutual"]() if sender == side)
    again = one_packet(spoken, side, wire.ACK, ahead=-length, data=sent[-length:])
    different = one_packet(spoken, side, wire.ACK, ahead=-length, data=bytes([sent[-1] ^ 1]) * length)
    packets = [*spoken.packets]
    ending = spoken.close().packets[len(packets) :] if closed else []
    assert ways(same(pcap_of(packets, [again], ending))) == (1, 0)
    # A single byte may be a keep-alive probe, whose content is arbitrary; more is a contradiction.
    assert ways(same(pcap_of(packets, [different], ending))) == ((1, 0) if length == 1 else (0, 1))
