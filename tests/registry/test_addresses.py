"""``tlseku.registry.addresses`` against the standard library."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.registry.addresses import address_text


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        ("c0000201", "192.0.2.1"),
        ("00000000", "0.0.0.0"),
        ("ffffffff", "255.255.255.255"),
        ("0" * 32, "::"),
        ("0" * 31 + "1", "::1"),
        ("20010db8" + "0" * 24, "2001:db8::"),
        ("20010db8000000000001000000000001", "2001:db8::1:0:0:1"),
        ("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"),
        ("00010000000000020000000000000003", "1:0:0:2::3"),
        ("fe8000000000000002005efffe000101", "fe80::200:5eff:fe00:101"),
        ("20010db885a308d313198a2e03707344", "2001:db8:85a3:8d3:1319:8a2e:370:7344"),
    ],
)
def test_text(packed: str, text: str) -> None:
    assert address_text(bytes.fromhex(packed)) == text


GROUPS = st.lists(st.sampled_from([0, 0, 0, 1, 0x10, 0x100, 0xFFFF]), min_size=8, max_size=8)


@given(
    st.binary(min_size=16, max_size=16)
    | GROUPS.map(lambda each: b"".join(n.to_bytes(2, "big") for n in each))
)
def test_any_address_of_ipv6(packed: bytes) -> None:
    assert address_text(packed) == str(IPv6Address(packed))


@given(st.binary(min_size=4, max_size=4))
def test_any_address_of_ipv4(packed: bytes) -> None:
    assert address_text(packed) == str(IPv4Address(packed))


@pytest.mark.parametrize("tail", ["ffff01020304", "ffff00000000", "000001020304"])
def test_ipv4_inside_ipv6(tail: str) -> None:
    packed = bytes(10) + bytes.fromhex(tail)
    assert address_text(packed) == str(IPv6Address(packed))


@pytest.mark.parametrize("length", [0, 3, 5, 15, 17])
def test_other_lengths_are_no_addresses(length: int) -> None:
    with pytest.raises(ValueError, match="address"):
        address_text(bytes(length))
