"""The captures in which EAP and OpenVPN carry TLS.

Knows how each is laid out on the wire; must not know TLS. The flights are those of recordings under ``handshakes/``;
the packets around them are written as FreeRADIUS, wpa_supplicant and OpenVPN write them. A server that turns a client
away sends no alert here: that is what these captures are about.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import groupby

import dpkt
from dpkt.ethernet import ETH_TYPE_IP, Ethernet
from handshakes import Transcript
from packets import MICROSECOND, MILLISECOND, SECOND, Host, Packet, Side, datagram, noise, number
from scenes import Scene, at

DIRECTORY = "carried"

_EAP_TLS, _PEAP = 13, 25
_REQUEST, _RESPONSE, _SUCCESS, _FAILURE = 1, 2, 3, 4
_ACCESS_REQUEST, _ACCESS_CHALLENGE = 1, 11
_ANSWERS = {_SUCCESS: 2, _FAILURE: 3}
# FreeRADIUS' fragment_size, and what wpa_supplicant sends at most.
_FRAGMENT = {"server": 1004 - 10, "client": 1398}
_MTU = 1500
_EAPOL = 0x888E
_PAE_GROUP = bytes.fromhex("0180c2000003")

_NAS = Host("192.0.2.10", captures=True)
_RADIUS = Host("198.51.100.20", ttl=62, via="192.0.2.1")
_STATION, _SWITCH = Host("192.0.2.33", captures=True), Host("192.0.2.34")

Spoken = tuple[Side, bytes]


def flights(transcript: Transcript, count: int) -> list[Spoken]:
    """The first flights of a recording, each as one piece."""
    joined = groupby(transcript.flights, key=lambda each: each.sender)
    return [(sender, b"".join(each.data for each in part)) for sender, part in joined][:count]


def _eap(code: int, identifier: int, method: int | None = None, data: bytes = b"") -> bytes:
    body = b"" if method is None else bytes([method]) + data
    return struct.pack(">BBH", code, identifier, 4 + len(body)) + body


def _authentication(said: Sequence[Spoken], method: int, end: int, first: int) -> list[Spoken]:
    """EAP from the identity to the end: each Request is answered before the next one (RFC 3748 section 4.1)."""
    version = bytes([1 if method == _PEAP else 0])
    packets: list[Spoken] = [
        ("server", _eap(_REQUEST, first, 1)),
        ("client", _eap(_RESPONSE, first, 1, b"device-33@example")),
        ("server", _eap(_REQUEST, first + 1, method, bytes([0x20 | version[0]]))),
    ]
    identifier = first + 1
    for sender, flight in said:
        size = _FRAGMENT[sender]
        pieces = [flight[begin : begin + size] for begin in range(0, len(flight), size)]
        for index, piece in enumerate(pieces):
            more = 0x40 if index < len(pieces) - 1 else 0
            # FreeRADIUS tells the length in every piece, wpa_supplicant in the first of several.
            told = sender == "server" or (index == 0 and more)
            length = struct.pack(">I", len(flight)) if told else b""
            data = bytes([more | (0x80 if told else 0) | version[0]]) + length + piece
            if sender == "server":
                if packets[-1][0] == "server":
                    packets.append(("client", _eap(_RESPONSE, identifier, method, version)))
                identifier += 1
                packets.append(("server", _eap(_REQUEST, identifier, method, data)))
            else:
                if index:
                    identifier += 1
                    packets.append(("server", _eap(_REQUEST, identifier, method, version)))
                packets.append(("client", _eap(_RESPONSE, identifier, method, data)))
    if packets[-1][0] == "server":
        packets.append(("client", _eap(_RESPONSE, identifier, method, version)))
    return [*packets, ("server", _eap(end, identifier))]


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes([kind, 2 + len(value)]) + value


def _radius(code: int, identifier: int, eap: bytes, attributes: bytes, label: str) -> bytes:
    pieces = [eap[begin : begin + 253] for begin in range(0, len(eap), 253)]
    # What would be a keyed digest is noise: nobody's secret is known.
    body = (
        attributes
        + b"".join(_attribute(79, piece) for piece in pieces)
        + _attribute(80, noise(f"{label} message authenticator", 16))
    )
    return struct.pack(">BBH", code, identifier, 20 + len(body)) + noise(f"{label} authenticator", 16) + body


def _fragmented(frame: bytes) -> list[bytes]:
    """The frame, or the fragments that its IP packet takes on Ethernet."""
    ethernet = Ethernet(frame)
    packet = ethernet.data
    payload = bytes(packet.data)
    size = (_MTU - 20) // 8 * 8
    if len(payload) <= _MTU - 20:
        return [frame]
    made = []
    for begin in range(0, len(payload), size):
        piece = payload[begin : begin + size]
        more = begin + size < len(payload)
        part = dpkt.ip.IP(
            src=packet.src, dst=packet.dst, p=packet.p, ttl=packet.ttl, id=packet.id, data=piece
        )
        part.mf, part.offset = int(more), begin // 8
        part.len = 20 + len(piece)
        made.append(bytes(Ethernet(dst=ethernet.dst, src=ethernet.src, type=ETH_TYPE_IP, data=part)))
    return made


def _over_radius(
    moment: str, port: int, count: int, *, method: int = _EAP_TLS, end: int = _SUCCESS
) -> Callable[[Transcript], list[Packet]]:
    def packets(transcript: Transcript) -> list[Packet]:
        said = _authentication(flights(transcript, count), method, end, number(f"{moment} eap", 200))
        names = (
            _attribute(1, b"device-33@example")
            + _attribute(4, _NAS.packed)
            + _attribute(32, b"switch-7")
            + _attribute(31, b"02-00-5E-10-00-33")
            + _attribute(30, b"02-00-5E-10-00-07")
        )
        made: list[Packet] = []
        ts, identifier, state = at(moment), 0, b""
        # The first Request stays between switch and station.
        for index, (sender, eap) in enumerate(said[1:]):
            label = f"{moment} {index}"
            if sender == "client":
                ts += 400 * MICROSECOND
                known = names + (_attribute(24, state) if state else b"")
                payload = _radius(_ACCESS_REQUEST, identifier, eap, known, label)
                frame = datagram(_NAS, _RADIUS, port, 1812, payload, number(label, 1 << 16))
            else:
                ts += 2 * MILLISECOND
                code = _ANSWERS.get(eap[0], _ACCESS_CHALLENGE)
                state = noise(f"{label} state", 16)
                told = _attribute(24, state) if code == _ACCESS_CHALLENGE else b""
                payload = _radius(code, identifier, eap, told, label)
                frame = datagram(_RADIUS, _NAS, 1812, port, payload, number(label, 1 << 16))
                identifier += 1
            for part, fragment in enumerate(_fragmented(frame)):
                made.append(Packet(ts + part * 10 * MICROSECOND, fragment))
        return made

    return packets


def _over_link(moment: str, count: int, *, end: int) -> Callable[[Transcript], list[Packet]]:
    def packets(transcript: Transcript) -> list[Packet]:
        said = _authentication(flights(transcript, count), _EAP_TLS, end, number(f"{moment} eap", 200))
        ts = at(moment)
        made = [
            Packet(ts, bytes(Ethernet(dst=_PAE_GROUP, src=_STATION.mac, type=_EAPOL, data=b"\x02\x01\0\0")))
        ]
        for sender, eap in said:
            ts += 300 * MICROSECOND
            source = _STATION if sender == "client" else _SWITCH
            body = struct.pack(">BBH", 2, 0, len(eap)) + eap
            frame = bytes(Ethernet(dst=_PAE_GROUP, src=source.mac, type=_EAPOL, data=body))
            made.append(Packet(ts, frame if source.captures else frame.ljust(60, b"\0")))
        return made

    return packets


def _control_channel(said: Sequence[Spoken], moment: str, hmac: int) -> list[Spoken]:
    """OpenVPN's control channel: resets, then TLS in packets of 1,100 bytes; what was got is acknowledged in turn."""
    sessions = {side: noise(f"{moment} {side} session", 8) for side in ("client", "server")}
    numbers, sent = {"client": 0, "server": 0}, {"client": 0, "server": 0}
    got: dict[str, list[int]] = {"client": [], "server": []}

    def packet(side: Side, opcode: int, payload: bytes | None) -> Spoken:
        other: Side = "server" if side == "client" else "client"
        sent[side] += 1
        protection = b""
        if hmac:
            digest = noise(f"{moment} {side} {sent[side]} hmac", hmac)
            protection = digest + struct.pack(">II", sent[side], at(moment) // SECOND)
        acknowledged, got[side] = got[side], []
        array = struct.pack(f">B{len(acknowledged)}I", len(acknowledged), *acknowledged)
        array += sessions[other] if acknowledged else b""
        body = b""
        if payload is not None:
            body = struct.pack(">I", numbers[side]) + payload
            got[other].append(numbers[side])
            numbers[side] += 1
        return side, bytes([opcode << 3]) + sessions[side] + protection + array + body

    made = [packet("client", 7, b""), packet("server", 8, b"")]
    for sender, flight in said:
        made += [packet(sender, 4, flight[begin : begin + 1100]) for begin in range(0, len(flight), 1100)]
        made.append(packet("server" if sender == "client" else "client", 5, None))
    return made


def _openvpn(
    moment: str, port: int, count: int, *, hmac: int = 0, silent: bool = False
) -> Callable[[Transcript], list[Packet]]:
    def packets(transcript: Transcript) -> list[Packet]:
        said = _control_channel(flights(transcript, count), moment, hmac)
        times = [at(moment) + index * 3 * MILLISECOND for index in range(len(said))]
        if silent:
            # The server has dropped the session; the client sends its last packet again, later each time.
            last = [each for each in said if each[0] == "client" and each[1][0] >> 3 == 4][-1]
            said += [last] * 3
            times += [times[-1] + wait * SECOND for wait in (2, 6, 14)]
        made = []
        for index, ((sender, payload), ts) in enumerate(zip(said, times, strict=True)):
            source, target = (_NAS, _RADIUS) if sender == "client" else (_RADIUS, _NAS)
            near, far = (port, 1194) if sender == "client" else (1194, port)
            ip_id = number(f"{moment} {index}", 1 << 16)
            made.append(Packet(ts, datagram(source, target, near, far, payload, ip_id)))
        return made

    return packets


CARRIED_SCENES = (
    Scene(
        "eap-tls-radius.pcap",
        "EAP-TLS in RADIUS, let in: the client's flight takes datagrams that IP cuts into fragments.",
        "no-eku",
        _over_radius("2026-06-03T07:00:00.200000", 50210, 4),
    ),
    Scene(
        "eap-tls-radius-refused.pcap",
        "A client leaf with serverAuth only: EAP-Failure in Access-Reject right after it, no alert.",
        "wrong-eku-refused",
        _over_radius("2026-06-03T07:10:00.200000", 50211, 3, end=_FAILURE),
    ),
    Scene(
        "peap-radius-rejected.pcap",
        "PEAP: the handshake completes, and Access-Reject is about the method inside.",
        "declined",
        _over_radius("2026-06-03T07:20:00.200000", 50212, 4, method=_PEAP, end=_FAILURE),
    ),
    Scene(
        "eap-tls-eapol.pcap",
        "The same client let in by a switch: EAPOL to the group address from both sides.",
        "no-eku",
        _over_link("2026-06-03T07:30:00.200000", 4, end=_SUCCESS),
    ),
    Scene(
        "openvpn-tls-auth.pcap",
        "OpenVPN over UDP with `--tls-auth` (SHA-1), completed.",
        "no-eku",
        _openvpn("2026-06-03T07:40:00.200000", 50213, 4, hmac=20),
    ),
    Scene(
        "openvpn-refused.pcap",
        "OpenVPN: the server falls silent after the client's Certificate, which the client repeats.",
        "wrong-eku-refused",
        _openvpn("2026-06-03T07:50:00.200000", 50214, 3, silent=True),
    ),
)
"""Every capture of ``carried/``, in the order of the README."""
