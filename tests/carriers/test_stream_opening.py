"""Which carrier a TCP connection is for, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.kerberos import as_rep, as_req, krb_error
from tests.carriers.spoken import flights, openvpn
from tlseku.carriers.stream_opening import (
    begins_carrier,
    carrier_amid_stream,
    carrier_in_stream,
    may_be_amid_carrier,
)
from tlseku.network.decode.segment import KERBEROS, NOT_TCP, OPENVPN


def framed(packet: bytes, size: int) -> bytes:
    return len(packet).to_bytes(size, "big") + packet


SAID = openvpn(flights("no-eku", 4))
RESET, ANSWER, HELLO = (framed(data, 2) for _, data in SAID[:3])
AS_REQ, AS_REP = framed(as_req(bytes(300)), 4), framed(as_rep(bytes(300)), 4)


@pytest.mark.parametrize(
    ("data", "carrier"),
    [
        (RESET, OPENVPN),
        (ANSWER, OPENVPN),
        (RESET + HELLO, OPENVPN),
        (AS_REQ, KERBEROS),
        (AS_REP, KERBEROS),
        (AS_REQ[:40], KERBEROS),
        # Not the first of its kind, an error, too little, another length.
        (HELLO, NOT_TCP),
        (framed(krb_error(25), 4), NOT_TCP),
        (RESET[:-1], NOT_TCP),
        (RESET[:2], NOT_TCP),
        (AS_REQ[:4], NOT_TCP),
        (b"\0\0" + AS_REQ[2:3] + b"\xff" + AS_REQ[4:], NOT_TCP),
        (b"", NOT_TCP),
        (b"\0", NOT_TCP),
        (bytes(100), NOT_TCP),
        # What else is told by its first bytes begins otherwise.
        (b"\x16\x03\x01\x02\x00\x01", NOT_TCP),
        (b"SSH-2.0-OpenSSH_9.2\r\n", NOT_TCP),
        (b"EHLO client.example\r\n", NOT_TCP),
    ],
)
def test_what_begins_a_stream(data: bytes, carrier: int) -> None:
    assert carrier_in_stream(data) == carrier
    assert begins_carrier(data) == (carrier != NOT_TCP)


@pytest.mark.parametrize(
    ("data", "carrier", "may_be"),
    [
        (HELLO, OPENVPN, True),
        (HELLO + RESET, OPENVPN, True),
        (b"\x09" + HELLO[1:], NOT_TCP, False),
        (b"\x08\x01" + bytes(2049), NOT_TCP, False),
        (b"", NOT_TCP, False),
        (HELLO[:2], NOT_TCP, False),
        (b"\x16\x03\x01\x02\x00\x01", NOT_TCP, False),
        (AS_REQ, NOT_TCP, False),
    ],
)
def test_what_stands_amid_a_stream(data: bytes, carrier: int, may_be: bool) -> None:
    assert carrier_amid_stream(data) == carrier
    assert may_be_amid_carrier(data) == may_be


def test_the_middle_of_a_message_only_may_be() -> None:
    """No record begins in it, and it acknowledges nothing."""
    session, nobody, number = bytes(range(1, 9)), b"\0", b"\0\0\0\x05"
    middle = framed(b"\x20" + session + nobody + number + b"more of a message", 2)
    assert (carrier_amid_stream(middle), may_be_amid_carrier(middle)) == (NOT_TCP, True)


@given(st.binary(max_size=80))
def test_nothing_is_raised(data: bytes) -> None:
    assert carrier_in_stream(data) in (NOT_TCP, OPENVPN, KERBEROS)
    assert carrier_amid_stream(data) in (NOT_TCP, OPENVPN)
    assert may_be_amid_carrier(data) in (True, False)
