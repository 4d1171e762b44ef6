"""Datagrams that may carry TLS, or certificates beside it: which carrier they are for.

Knows what the first bytes of QUIC, DTLS, RADIUS, OpenVPN, IKE and Kerberos look like; must not read any of them. Out
comes an integer of ``segment``: the kind of the datagram, or ``NOT_TCP``. A kind takes a header that fits and not a
port alone; what no header tells (QUIC after its handshake) stays ``NOT_TCP``. Every UDP packet comes by here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku.network.decode.segment import DTLS, IKE, KERBEROS, NOT_TCP, OPENVPN, QUIC, RADIUS, STUN

if TYPE_CHECKING:
    from mypy_extensions import i64

_UDP_HEADER: Final = 8
# RFC 8446 section 5.1 and RFC 9147: change_cipher_spec to ACK.
_FIRST_CONTENT_TYPE: Final = 20
_LAST_CONTENT_TYPE: Final = 26
# DTLS 1.0, DTLS 1.2 (which 1.3 keeps in clear records), and what OpenSSL sent before RFC 4347.
_DTLS_VERSIONS: Final = frozenset({0xFEFF, 0xFEFD, 0x0100})
_DTLS_RECORD_HEADER: Final = 13
# RFC 5415 section 4.2: in front of DTLS.
_CAPWAP_PREAMBLE: Final = 0x01000000
# RFC 8489 section 5: behind type and length.
_STUN_COOKIE: Final = 0x2112A442
# RFC 2865, RFC 2866 and RFC 5176, with the ports in use before them. Accounting (1813, 1646) carries no EAP.
_RADIUS_PORTS: Final = frozenset({1812, 1645})
_RADIUS_CODES: Final = frozenset({1, 2, 3, 11})
_RADIUS_HEADER: Final = 20
_EAP_MESSAGE: Final = 79
_OPENVPN_PORT: Final = 1194
# Opcode in the high five bits: P_CONTROL_HARD_RESET_CLIENT_V1 to P_CONTROL_WKC_V1 (openvpn, src/openvpn/ssl_pkt.h).
_OPENVPN_FIRST: Final = 1
_OPENVPN_LAST: Final = 11
# opcode and key id, session id, length of the acknowledgements
_OPENVPN_HEADER: Final = 10
# Hard resets of version 2 with key 0, by which a conversation is known on any port: their size, without and with the
# session id that the server's acknowledges, tells whether an HMAC is in them, or they are encrypted (tls-crypt).
_OPENVPN_RESETS: Final = frozenset({0x38, 0x40, 0x50})
_OPENVPN_CLIENT_RESET: Final = 14
_OPENVPN_ACKNOWLEDGED: Final = 12
# --tls-auth: HMACs of SHA-1, SHA-256, SHA-512, MD5, SHA-224 and SHA-384, then packet id and time.
_OPENVPN_AUTHENTICATED: Final = frozenset({28, 40, 72, 24, 36, 56})
_OPENVPN_WRAPPED_RESET: Final = 54
_OPENVPN_WRAPPED_V3: Final = 0x50
# APPLICATION 10 and 11 (RFC 4120 section 5.4), of so many bytes that certificates may be in them.
_KERBEROS_TAGS: Final = frozenset({0x6A, 0x6B})
_TWO_BYTE_LENGTH: Final = 0x82
_SEQUENCE: Final = 0x30
_KERBEROS_HEADER: Final = 8
# First bytes behind which one of the headers above may stand, on any port.
_TELLING_BYTES: Final = _RADIUS_CODES | _OPENVPN_RESETS | _KERBEROS_TAGS
_IKE_PORT: Final = 500
_IKE_NAT_PORT: Final = 4500
_IKE_HEADER: Final = 28
_IKE_VERSIONS: Final = frozenset({0x10, 0x20})
# RFC 9000 section 15, RFC 9369 section 3.1. Version Negotiation (0) carries nothing.
_QUIC_VERSIONS: Final = frozenset({1, 0x6B3343CF})
_QUIC_DRAFTS: Final = 0xFF0000
_MVFST: Final = 0xFACEB0
# "Q046", "T051".
_GOOGLE: Final = frozenset({0x51, 0x54})
# RFC 9000 section 17.2: connection ids have at most 20 bytes.
_QUIC_LONGEST_ID: Final = 20


def carrier_in_udp(data: bytes, udp: i64, end: i64) -> int:
    """What a datagram carries that may hold certificates; ``NOT_TCP`` if nothing that is known by its header.

    ``data[udp:end]`` is the UDP header and what was captured behind it, at least as long as its length says.
    """
    payload: i64 = udp + _UDP_HEADER
    size: i64 = end - payload
    if size < _OPENVPN_HEADER:
        return NOT_TCP
    first: i64 = data[payload]
    if first >= 0xC0 and _is_quic(data, payload):
        return QUIC
    if _FIRST_CONTENT_TYPE <= first <= _LAST_CONTENT_TYPE and _is_dtls(data, payload, size):
        return DTLS
    if first <= 1:
        # STUN tells that DTLS beside it is that of WebRTC.
        if _four(data, payload + 4) == _STUN_COOKIE:
            return STUN
        if _four(data, payload) == _CAPWAP_PREAMBLE and _is_dtls(data, payload + 4, size - 4):
            return DTLS
    source: i64 = data[udp] << 8 | data[udp + 1]
    destination: i64 = data[udp + 2] << 8 | data[udp + 3]
    if first in _TELLING_BYTES:
        at_home: bool = _either(source, destination, _RADIUS_PORTS)
        kind = _by_header(data, payload, udp_payload_end(data, udp, end) - payload, at_home)
        if kind != NOT_TCP:
            return kind
    if source in (_IKE_PORT, _IKE_NAT_PORT) or destination in (_IKE_PORT, _IKE_NAT_PORT):
        return IKE if _is_ike(data, payload, size) else NOT_TCP
    if source == _OPENVPN_PORT or destination == _OPENVPN_PORT:
        return OPENVPN if _OPENVPN_FIRST <= first >> 3 <= _OPENVPN_LAST else NOT_TCP
    return NOT_TCP


def udp_payload_end(data: bytes, udp: i64, end: i64) -> i64:
    """Where a UDP datagram ends that begins at ``udp``, padding left out; ``end`` where its length makes no sense."""
    length: i64 = data[udp + 4] << 8 | data[udp + 5] if end - udp >= _UDP_HEADER else 0
    return udp + length if _UDP_HEADER <= length <= end - udp else end


def _by_header(data: bytes, payload: i64, size: i64, at_home: bool) -> int:
    """What is known by its whole header; ``at_home`` says that a port is one of RADIUS."""
    first: i64 = data[payload]
    if first in _OPENVPN_RESETS:
        return OPENVPN if is_openvpn_reset(data, payload, size) else NOT_TCP
    if first in _KERBEROS_TAGS:
        return KERBEROS if is_kerberos(data, payload, size, size) else NOT_TCP
    # Accounting has other ports, and no EAP; passwords are no business of ours.
    is_radius = _is_radius(data, payload, size) and (at_home or _has_eap(data, payload, size))
    return RADIUS if is_radius else NOT_TCP


def _either(source: i64, destination: i64, ports: frozenset[int]) -> bool:
    return source in ports or destination in ports


def _four(data: bytes, at: i64) -> i64:
    return data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]


def _is_quic(data: bytes, payload: i64) -> bool:
    """Whether a long header begins here (RFC 9000 section 17.2), of a version in use."""
    version: i64 = _four(data, payload + 1)
    if version not in _QUIC_VERSIONS and version >> 8 != _QUIC_DRAFTS and not _is_named(version):
        return False
    return data[payload + 5] <= _QUIC_LONGEST_ID


def _is_named(version: i64) -> bool:
    """Whether a version is reserved (RFC 9000 section 15), one of Google's before the standard, or of mvfst."""
    if version & 0x0F0F0F0F == 0x0A0A0A0A or version >> 8 == _MVFST:
        return True
    return version >> 24 in _GOOGLE and version & 0xF0F0F0 == 0x303030


def _is_dtls(data: bytes, payload: i64, size: i64) -> bool:
    """Whether a record of DTLS 1.0 or 1.2 begins here (RFC 6347 section 4.1)."""
    if size < _DTLS_RECORD_HEADER or not _FIRST_CONTENT_TYPE <= data[payload] <= _LAST_CONTENT_TYPE:
        return False
    return data[payload + 1] << 8 | data[payload + 2] in _DTLS_VERSIONS


def _is_radius(data: bytes, payload: i64, size: i64) -> bool:
    """Whether this is Access-Request, -Accept, -Reject or -Challenge (RFC 2865 section 3)."""
    return size >= _RADIUS_HEADER and data[payload + 2] << 8 | data[payload + 3] >= _RADIUS_HEADER


def _has_eap(data: bytes, payload: i64, size: i64) -> bool:
    """Whether attributes follow up to the very end of a RADIUS packet, one of them EAP-Message (RFC 3579)."""
    if data[payload + 2] << 8 | data[payload + 3] != size:
        return False
    end: i64 = payload + size
    at: i64 = payload + _RADIUS_HEADER
    found = False
    while at + 2 <= end:
        length: i64 = data[at + 1]
        if length < 2:
            return False
        found = found or data[at] == _EAP_MESSAGE
        at += length
    return found and at == end


def is_openvpn_reset(data: bytes, payload: i64, size: i64) -> bool:
    """Whether this is the first packet of either side of OpenVPN: a packet id of 0 at its end, or tls-crypt."""
    if size < _OPENVPN_CLIENT_RESET or data[payload] not in _OPENVPN_RESETS:
        return False
    from_server: bool = data[payload] == 0x40
    plain: i64 = _OPENVPN_CLIENT_RESET + (_OPENVPN_ACKNOWLEDGED if from_server else 0)
    extra: i64 = size - plain
    if (extra == 0 or extra in _OPENVPN_AUTHENTICATED) and data[payload] != _OPENVPN_WRAPPED_V3:
        acks_at: i64 = payload + size - plain + 9
        if data[acks_at] == (1 if from_server else 0) and _four(data, payload + size - 4) == 0:
            return True
    # Encrypted: the packet id 1 and a time behind the session id.
    wrapped: i64 = size - (_OPENVPN_ACKNOWLEDGED if from_server else 0)
    return (
        wrapped == _OPENVPN_WRAPPED_RESET
        or (data[payload] == _OPENVPN_WRAPPED_V3 and size > _OPENVPN_WRAPPED_RESET)
    ) and _four(data, payload + 9) == 1


def is_kerberos(data: bytes, payload: i64, size: i64, length: i64) -> bool:
    """Whether an AS-REQ or AS-REP of ``length`` bytes begins here, of which ``size`` are there."""
    return (
        size >= _KERBEROS_HEADER
        and data[payload] in _KERBEROS_TAGS
        and data[payload + 1] == _TWO_BYTE_LENGTH
        and data[payload + 2] << 8 | data[payload + 3] == length - 4
        and data[payload + 4] == _SEQUENCE
        and data[payload + 5] == _TWO_BYTE_LENGTH
        and data[payload + 6] << 8 | data[payload + 7] == length - 8
    )


def _is_ike(data: bytes, payload: i64, size: i64) -> bool:
    """Whether an IKE header begins here (RFC 7296 section 3.1), behind the four zero bytes of RFC 3948, if any."""
    if size >= _IKE_HEADER + 4 and _four(data, payload) == 0:
        payload += 4
        size -= 4
    return (
        size >= _IKE_HEADER
        and data[payload + 17] in _IKE_VERSIONS
        and _four(data, payload + 24) >= _IKE_HEADER
    )
