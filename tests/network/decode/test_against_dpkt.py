"""dpkt as a second opinion: packet by packet, on made frames and on every capture at hand."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.seen import Seen, values
from tlseku.capture import packets
from tlseku.network.decode.common_frame import decode_common_frame
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import Segment

_LINK_LAYERS = {
    0: dpkt.loopback.Loopback,
    1: dpkt.ethernet.Ethernet,
    12: None,
    101: None,
    113: dpkt.sll.SLL,
    276: dpkt.sll2.SLL2,
}
_TUNNEL_PORTS = (4789, 4790, 6081, 8472)


def _ports_and_more(ip: dpkt.ip.IP | dpkt.ip6.IP6, tcp: dpkt.tcp.TCP) -> Seen:
    source, destination = str(ip_address(ip.src)), str(ip_address(ip.dst))
    return Seen(
        (source, tcp.sport), (destination, tcp.dport), tcp.seq, tcp.ack, tcp.flags & 0xFF, bytes(tcp.data), 0
    )


def by_dpkt(linktype: int, frame: bytes) -> Seen | str | None:
    """What dpkt sees: a segment, None if there is none, or "a tunnel" for what it does not look into."""
    layer = _LINK_LAYERS[linktype]
    try:
        if layer is None:
            packet = (dpkt.ip.IP if frame[0] >> 4 == 4 else dpkt.ip6.IP6)(frame)
        else:
            packet = layer(frame)
        ip = None
        while isinstance(packet, dpkt.Packet):
            if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6):
                ip = packet
            if isinstance(packet, dpkt.tcp.TCP) and ip is not None:
                return _ports_and_more(ip, packet)
            if isinstance(packet, dpkt.pppoe.PPPoE):
                # dpkt lets the datagram run on after the end that PPPoE puts to it.
                return "a tunnel"
            if isinstance(packet, dpkt.udp.UDP) and packet.dport in _TUNNEL_PORTS:
                return "a tunnel"
            packet = packet.data
    except (dpkt.Error, IndexError):
        return None
    return None


def _captures(directory: Path) -> list[Path]:
    found = [path for path in directory.iterdir() if path.name.endswith((".pcap", ".pcapng", ".pcap.gz"))]
    assert found
    return sorted(found)


@pytest.mark.parametrize("where", ["own_captures", "shared_captures"])
def test_every_packet_of_every_capture(where: str, request: pytest.FixtureRequest) -> None:
    for capture in _captures(request.getfixturevalue(where)):
        decoder = Decoder()
        compared = 0
        for packet in packets(str(capture)):
            data = packet.data
            missing = max(0, packet.original_length - len(data))
            segment = decoder.decode(packet.linktype, data, 0, len(data), missing, packet.ts_ns)
            walked = Decoder().walk(packet.linktype, data, 0, len(data), missing, packet.ts_ns)
            assert segment == walked, (capture.name, packet.number)
            if packet.linktype == 1:
                sliced = decode_common_frame(data, 0, len(data))
                assert sliced is None or sliced == walked, (capture.name, packet.number)
            expected = by_dpkt(packet.linktype, data)
            if expected == "a tunnel":
                continue
            seen = values(segment) if isinstance(segment, Segment) else None
            if isinstance(seen, Seen):
                assert seen.missing == 0 or len(data) < packet.original_length
                seen = seen._replace(missing=0)
            assert seen == expected, (capture.name, packet.number)
            compared += 1
        assert compared > 0 or capture.name in ("mercury-geneve.pcap", "zeek-pppoe-over-qinq.pcap")


ADDRESSES = st.one_of(
    st.tuples(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4)),
    st.tuples(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16)),
)
PORT, NUMBER = st.integers(0, 0xFFFF), st.integers(0, 2**32 - 1)


@given(
    ADDRESSES,
    st.tuples(PORT, PORT, NUMBER, NUMBER, st.integers(0, 255)),
    st.binary(max_size=100),
    st.sampled_from([b"", b"\x02\x04\x05\xb4", b"\x01\x01\x08\x0a" + bytes(8)]),
    st.sampled_from(["ethernet", "vlan", "raw", "null", "sll", "6in4"]),
    st.binary(max_size=20),
)
def test_made_by_dpkt(
    ends: tuple[bytes, bytes],
    numbers: tuple[int, int, int, int, int],
    payload: bytes,
    options: bytes,
    link: str,
    padding: bytes,
) -> None:
    sport, dport, seq, ack, flags = numbers
    tcp = dpkt.tcp.TCP(sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, opts=options, data=payload)
    tcp.off = (20 + len(options)) // 4
    if len(ends[0]) == 4:
        ip = dpkt.ip.IP(src=ends[0], dst=ends[1], p=6, data=tcp)
        ip.len = len(ip)
        ethertype, family = 0x0800, 2
    else:
        ip = dpkt.ip6.IP6(src=ends[0], dst=ends[1], nxt=6, hlim=64, data=tcp, plen=len(tcp))
        ip.extension_hdrs = {}
        ip.all_extension_headers = []
        ethertype, family = 0x86DD, 24
    datagram = bytes(ip)
    linktype, frame = {
        "ethernet": (1, bytes(12) + ethertype.to_bytes(2, "big") + datagram),
        "vlan": (1, bytes(12) + b"\x81\x00\x00\x05" + ethertype.to_bytes(2, "big") + datagram),
        "raw": (101, datagram),
        "null": (0, family.to_bytes(4, "little") + datagram),
        "sll": (113, bytes(14) + ethertype.to_bytes(2, "big") + datagram),
        "6in4": (
            101,
            bytes(dpkt.ip.IP(p=41 if ethertype == 0x86DD else 4, data=datagram, len=20 + len(datagram))),
        ),
    }[link]
    frame += padding
    expected = by_dpkt(linktype, frame)
    assert isinstance(expected, Seen)
    assert expected.payload == payload
    assert values(Decoder().decode(linktype, frame, 0, len(frame), 0, 0)) == expected
    assert values(Decoder().walk(linktype, frame, 0, len(frame), 0, 0)) == expected
