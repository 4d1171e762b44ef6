"""Floods: whatever comes, a carrier keeps little, and says which bound was met."""

from __future__ import annotations

import struct
import tracemalloc

import pytest

from tests.carriers.spoken import (
    EAP_TLS,
    NAMES,
    PEER,
    REQUEST,
    RESPONSE,
    SERVER,
    attribute,
    authentication,
    eap,
    flights,
    openvpn,
    over_link,
    over_udp,
    radius,
    radius_packet,
)
from tests.wire import START, Frame
from tlseku import Analyzer, Flow
from tlseku.carriers import carrier, conversation_table
from tlseku.carriers.eap import tls_message
from tlseku.carriers.openvpn import reliable
from tlseku.events import FlowEnded

COMPLETED = flights("no-eku", 4)


def flows_of(analyzer: Analyzer, frames: list[Frame]) -> list[Flow]:
    events = []
    for frame in frames:
        events += analyzer.feed(frame.ts_ns, 1, frame.data)
    events += analyzer.close()
    return [event.flow for event in events if isinstance(event, FlowEnded)]


def endless(number: int, size: int) -> list[tuple[int, bytes]]:
    """An EAP-TLS message of the server that never ends."""
    hello = flights("no-eku", 2)[1][1]
    packets = [(PEER, eap(RESPONSE, 7, 1, b"user"))]
    for index in range(number):
        piece = hello[:size] if index == 0 else bytes(size)
        identifier = (8 + index) & 0xFF
        packets.append((SERVER, eap(REQUEST, identifier, EAP_TLS, b"\x40" + piece)))
        packets.append((PEER, eap(RESPONSE, identifier, EAP_TLS, b"\0")))
    return packets


def test_a_message_without_end_is_a_defect() -> None:
    analyzer = Analyzer(only_ends=True)
    (flow,) = flows_of(analyzer, over_udp(radius(endless(600, 1000))))
    assert f"more than {tls_message.MAX_MESSAGE} bytes in one TLS message of EAP" in [
        d.reason for d in flow.defects
    ]


def test_a_message_of_tiny_pieces_is_bounded_by_their_number() -> None:
    analyzer = Analyzer(only_ends=True)
    (flow,) = flows_of(analyzer, over_udp(radius(endless(tls_message.MAX_PIECES + 20, 16))))
    assert flow.defects[0].reason == f"more than {tls_message.MAX_PIECES} pieces in one TLS message of EAP"


@pytest.mark.parametrize("over", ["radius", "link", "openvpn"])
def test_too_many_conversations_end_the_oldest(over: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_table, "MAX_CONVERSATIONS", 5)
    frames: list[Frame] = []
    for number in range(12):
        start = START + number * 10**9
        said = authentication(COMPLETED[:2], end=None)
        if over == "radius":
            frames += over_udp(radius(said, first=number * 20, state=bytes((number,))), start=start)
        elif over == "link":
            frames += over_link(said, group=False, station=b"\x02\0\0\0\0" + bytes((number,)), start=start)
        else:
            frames += over_udp(openvpn(COMPLETED[:2]), 1194, client=40000 + number, start=start)
    analyzer = Analyzer(only_ends=True)
    assert len(flows_of(analyzer, frames)) == 12
    name = {"radius": "RADIUS", "link": "EAPOL", "openvpn": "OpenVPN"}[over]
    assert dict(analyzer.summary.limits) == {f"{name} MAX_CONVERSATIONS": 7}


def test_bytes_that_wait_are_bounded_for_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_table, "MAX_WAITING_BYTES", 20_000)
    frames: list[Frame] = []
    for number in range(10):
        said = endless(6, 1000)
        frames += over_udp(
            radius(said, first=number * 20, state=bytes((number,))), start=START + number * 10**8
        )
    analyzer = Analyzer(only_ends=True)
    flows_of(analyzer, sorted(frames))
    assert set(analyzer.summary.limits) == {"RADIUS MAX_WAITING_BYTES"}


def test_silence_ends_a_conversation() -> None:
    analyzer = Analyzer(only_ends=True)
    for frame in over_udp(radius(authentication(COMPLETED[:2], end=None))):
        assert analyzer.feed(frame.ts_ns, 1, frame.data) == []
    (event,) = analyzer.advance(START + carrier.IDLE_NS + 10**9)
    assert isinstance(event, FlowEnded)
    assert event.flow.end < START + 10**9
    assert analyzer.close() == []


def test_a_gap_in_packet_ids_is_passed_after_a_while() -> None:
    said = openvpn(COMPLETED, size=48)
    lost = next(n for n, (side, data) in enumerate(said) if side == SERVER and data[0] >> 3 == 4)
    rest = said[:lost] + said[lost + 1 :]
    assert len([None for side, data in rest if side == SERVER]) > reliable.WINDOW
    (flow,) = flows_of(Analyzer(only_ends=True), over_udp(rest))
    assert any(each.reason in ("datagram_lost", "starts_mid_handshake") for each in flow.hidden)


def test_a_flood_of_requests_keeps_little() -> None:
    """Half a million bytes of packets that each begin an authentication, or pretend to go on with one."""
    analyzer = Analyzer(only_ends=True)
    frames = []
    for number in range(4000):
        packet = eap(RESPONSE, number & 0xFF, EAP_TLS, b"\x40" + bytes(40))
        state = attribute(24, struct.pack(">I", number))
        data = radius_packet(
            1, number & 0xFF, packet, *NAMES, state, authenticator=struct.pack(">QQ", number, 1)
        )
        frames += over_udp([(PEER, data)], client=1024 + number, start=START + number * 1000)
    tracemalloc.start()
    for frame in frames:
        analyzer.feed(frame.ts_ns, 1, frame.data)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 4000 * 12_000
    analyzer.close()
