"""QUIC's versions: which are read, which are named."""

from __future__ import annotations

import pytest

from tlseku.carriers.quic.versions import HANDSHAKE, INITIAL, RETRY, ZERO_RTT, is_read, packet_type
from tlseku.registry.quic_versions import V1, V2, is_quic_version, quic_version_name


@pytest.mark.parametrize(
    ("version", "name", "read", "known"),
    [
        (1, "1", True, True),
        (0x6B3343CF, "2", True, True),
        (0xFF00001D, "draft-29", True, True),
        (0xFF000022, "draft-34", True, True),
        (0xFF00001C, "draft-28", False, True),
        (0xFF000023, "draft-35", False, True),
        (0x1A2A3A4A, "reserved 0x1a2a3a4a", False, True),
        (0x51303530, "Google QUIC Q050", False, True),
        (0x54303531, "Google QUIC T051", False, True),
        (0xFACEB002, "mvfst draft-27", False, True),
        (0, "version negotiation", False, True),
        (2, "0x00000002", False, False),
        (0x51303578, "0x51303578", False, False),
        (0xFFFFFFFF, "0xffffffff", False, False),
    ],
)
def test_versions(version: int, name: str, read: bool, known: bool) -> None:
    assert (quic_version_name(version), is_read(version), is_quic_version(version)) == (name, read, known)


def test_version_2_has_other_types() -> None:
    """RFC 9369 section 3.2."""
    assert [packet_type(V1, bits) for bits in range(4)] == [INITIAL, ZERO_RTT, HANDSHAKE, RETRY]
    assert [packet_type(V2, bits) for bits in range(4)] == [RETRY, INITIAL, ZERO_RTT, HANDSHAKE]
