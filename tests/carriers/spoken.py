"""Dialogues of TLS as EAP, RADIUS, EAPOL and OpenVPN carry them, made of recorded flights.

Knows how each carrier wraps bytes; must not know what a test expects. Side 0 is the TLS client everywhere. Out come
frames, one a packet, a millisecond apart.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import groupby

from tests.network.frames import ethernet, ip4, ip6, udp
from tests.tls import written
from tests.wire import MILLISECOND, START, Frame
from tlseku import Flow

PEER, SERVER = 0, 1
Said = tuple[int, bytes]

REQUEST, RESPONSE, SUCCESS, FAILURE = 1, 2, 3, 4
EAP_TLS, TTLS, PEAP, FAST, TEAP = 13, 21, 25, 43, 55
IDENTITY = b"user@lab.example"
NAS4, RADIUS4 = "192.0.2.1", "198.51.100.7"
NAS6, RADIUS6 = "2001:db8::1", "2001:db8::7"
STATION, ACCESS_POINT = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")
GROUP = bytes.fromhex("0180c2000003")


def flights(name: str, number: int) -> list[Said]:
    """The first flights of a recording: three are a refusal or the middle of a handshake, four are whole."""
    joined = groupby(written.recording(name), key=lambda each: each[0])
    return [(side, b"".join(data for _, data in part)) for side, part in joined][:number]


def eap(code: int, identifier: int, method: int | None = None, data: bytes = b"") -> bytes:
    """An EAP packet (RFC 3748 section 4)."""
    body = b"" if method is None else bytes((method,)) + data
    return struct.pack(">BBH", code, identifier, 4 + len(body)) + body


def pieces(data: bytes, size: int, lengths: str = "first", version: int = 0) -> list[bytes]:
    """The type data of the packets that a TLS message takes; ``lengths`` is ``first``, ``all`` or ``none``."""
    cut = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    made = []
    for index, piece in enumerate(cut):
        more = 0x40 if index < len(cut) - 1 else 0
        told = lengths == "all" or (lengths == "first" and index == 0 and len(cut) > 1)
        length = struct.pack(">I", len(data)) if told else b""
        made.append(bytes((more | (0x80 if told else 0) | version,)) + length + piece)
    return made


def authentication(
    said: Sequence[Said],
    *,
    method: int = EAP_TLS,
    size: int = 1000,
    lengths: str = "first",
    version: int = 0,
    end: int | None = SUCCESS,
    first: int = 7,
) -> list[Said]:
    """All packets of EAP, from the identity to Success or Failure; one at a time, each Request with a new identifier."""
    number = first
    packets = [
        (SERVER, eap(REQUEST, number, 1)),
        (PEER, eap(RESPONSE, number, 1, IDENTITY)),
    ]
    number += 1
    packets.append((SERVER, eap(REQUEST, number & 0xFF, method, bytes((0x20 | version,)))))
    empty = bytes((version,))
    for index, (side, data) in enumerate(said):
        for at, piece in enumerate(pieces(data, size, lengths, version)):
            if side == SERVER:
                if packets[-1][0] == SERVER:
                    packets.append((PEER, eap(RESPONSE, number & 0xFF, method, empty)))
                number += 1
                packets.append((SERVER, eap(REQUEST, number & 0xFF, method, piece)))
            else:
                if at:
                    number += 1
                    packets.append((SERVER, eap(REQUEST, number & 0xFF, method, empty)))
                packets.append((PEER, eap(RESPONSE, number & 0xFF, method, piece)))
        del index
    if end is not None:
        if packets[-1][0] == SERVER:
            packets.append((PEER, eap(RESPONSE, number & 0xFF, method, empty)))
        packets.append((SERVER, eap(end, number & 0xFF)))
    return packets


def attribute(kind: int, value: bytes) -> bytes:
    """A RADIUS attribute (RFC 2865 section 5)."""
    return bytes((kind, 2 + len(value))) + value


def radius_packet(
    code: int, identifier: int, packet: bytes | None, *attributes: bytes, authenticator: bytes | None = None
) -> bytes:
    """A RADIUS packet with EAP in attributes of at most 253 bytes (RFC 3579 section 3.1)."""
    parts = [] if packet is None else [packet[at : at + 253] for at in range(0, len(packet), 253)]
    body = b"".join((*attributes, *(attribute(79, part) for part in parts)))
    authenticator = bytes((identifier,)) * 16 if authenticator is None else authenticator
    return struct.pack(">BBH", code, identifier & 0xFF, 20 + len(body)) + authenticator + body


NAMES = (
    attribute(1, IDENTITY),
    attribute(32, b"switch-1"),
    attribute(31, b"02-00-00-00-00-0A"),
    attribute(30, b"02-00-00-00-00-0B:lab"),
)


def radius(
    packets: Iterable[Said], *, names: Sequence[bytes] = NAMES, first: int = 0, state: bytes = b"state"
) -> list[Said]:
    """The same in RADIUS: what the peer says in an Access-Request, what it is told in Challenge, Accept or Reject."""
    said: list[Said] = []
    identifier, challenge = first, b""
    for side, packet in packets:
        if side == PEER:
            known = (attribute(24, challenge),) if challenge else ()
            said.append((PEER, radius_packet(1, identifier, packet, *names, *known)))
        elif said:
            code = {SUCCESS: 2, FAILURE: 3}.get(packet[0], 11)
            challenge = state + bytes((identifier,))
            states = (attribute(24, challenge),) if code == 11 else ()
            said.append((SERVER, radius_packet(code, identifier, packet, *states)))
            identifier = (identifier + 1) & 0xFF
    return said


def over_udp(
    said: Iterable[Said],
    port: int = 1812,
    *,
    client: int = 50000,
    ipv6: bool = False,
    start: int = START,
    ends: tuple[str, str] | None = None,
) -> list[Frame]:
    """Each packet as a UDP datagram in a frame."""
    made = []
    near, far = ends or ((NAS6, RADIUS6) if ipv6 else (NAS4, RADIUS4))
    for index, (side, payload) in enumerate(said):
        ports = (client, port) if side == PEER else (port, client)
        addresses = (near, far) if side == PEER else (far, near)
        datagram = udp(payload, ports[1], sport=ports[0])
        if ipv6:
            packet = ethernet(ip6(datagram, protocol=17, ends=addresses), 0x86DD)
        else:
            packet = ethernet(ip4(datagram, protocol=17, ends=addresses))
        made.append(Frame(start + index * MILLISECOND, packet))
    return made


def over_link(
    said: Iterable[Said],
    *,
    group: bool = True,
    station: bytes = STATION,
    access_point: bytes = ACCESS_POINT,
    tag: bytes = b"",
    start: int = START,
) -> list[Frame]:
    """Each packet as an EAPOL frame; ``tag`` stands in front of the EtherType (a VLAN's)."""
    made = []
    for index, (side, packet) in enumerate(said):
        source, other = (station, access_point) if side == PEER else (access_point, station)
        eapol = struct.pack(">BBH", 2, 0, len(packet)) + packet
        frame = (GROUP if group else other) + source + tag + b"\x88\x8e" + eapol
        made.append(Frame(start + index * MILLISECOND, frame))
    return made


CLIENT_SESSION, SERVER_SESSION = b"client-1", b"server-1"
HMACS = {"": 0, "sha1": 20, "sha256": 32, "sha512": 64, "md5": 16}


def openvpn(
    said: Sequence[Said],
    *,
    size: int = 1100,
    hmac: str = "",
    key_id: int = 0,
    data: bool = False,
    sessions: tuple[bytes, bytes] = (CLIENT_SESSION, SERVER_SESSION),
) -> list[Said]:
    """The control channel of OpenVPN: resets, then TLS in packets of ``size`` bytes, each acknowledged by what follows."""
    numbers = [0, 0]
    sent = [0, 0]
    acks: list[list[int]] = [[], []]

    def packet(side: int, opcode: int, payload: bytes = b"", *, bare: bool = False) -> Said:
        sent[side] += 1
        protection = b""
        if hmac:
            protection = bytes(range(1, HMACS[hmac] + 1)) + struct.pack(">II", sent[side], START // 10**9)
        told = acks[side][-8:]
        acks[side].clear()
        array = bytes((len(told),)) + b"".join(struct.pack(">I", each) for each in told)
        array += sessions[1 - side] if told else b""
        number = b""
        if not bare:
            number = struct.pack(">I", numbers[side])
            acks[1 - side].append(numbers[side])
            numbers[side] += 1
        return side, bytes((opcode << 3 | key_id,)) + sessions[side] + protection + array + number + payload

    made = [packet(PEER, 7 if key_id == 0 else 3), packet(SERVER, 8 if key_id == 0 else 3)]
    for side, flight in said:
        for at in range(0, len(flight), size):
            made.append(packet(side, 4, flight[at : at + size]))
        made.append(packet(1 - side, 5, bare=True))
    if data:
        made += [(side, bytes((9 << 3 | key_id, 0, 0, 1)) + bytes(40)) for side in (PEER, SERVER)]
    return made


def facts(flow: Flow) -> tuple[object, ...]:
    """What a flow says, without frames and times."""
    return (
        [(each.role, [c.sha256 for c in each.chain], each.verdict) for each in flow.presented],
        [(each.role, each.answer) for each in flow.requests],
        [(each.role, each.kind) for each in flow.messages],
        [(each.role, each.code) for each in flow.alerts],
        flow.outcome,
        flow.refused_by,
        flow.outcome_basis,
        flow.hidden,
        [each.reason for each in flow.defects],
    )
