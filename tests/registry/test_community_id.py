"""Community IDs are those of the specification's own library, and the same for both directions."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import communityid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.registry.community_id import TCP, UDP, community_id

PORTS = st.integers(0, 65535)
ENDS_V4 = st.tuples(st.ip_addresses(v=4).map(str), PORTS)
ENDS_V6 = st.tuples(st.ip_addresses(v=6).map(str), PORTS)
PAIRS = st.tuples(ENDS_V4, ENDS_V4) | st.tuples(ENDS_V6, ENDS_V6)


def of_the_library(protocol: int, one: tuple[str, int], other: tuple[str, int]) -> str:
    ends = communityid.FlowTuple(protocol, one[0], other[0], one[1], other[1])
    return str(communityid.CommunityID().calc(ends))


@pytest.mark.parametrize(
    ("protocol", "one", "other", "text"),
    [
        # The examples of https://github.com/corelight/community-id-spec/tree/master/baseline.
        (TCP, ("128.232.110.120", 34855), ("66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (UDP, ("192.168.1.52", 54585), ("8.8.8.8", 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    ],
)
def test_values_of_the_specification(
    protocol: int, one: tuple[str, int], other: tuple[str, int], text: str
) -> None:
    assert community_id(protocol, one, other) == text
    assert community_id(protocol, other, one) == text


@given(st.sampled_from([TCP, UDP]), PAIRS)
def test_equal_to_the_library(protocol: int, pair: tuple[tuple[str, int], tuple[str, int]]) -> None:
    one, other = pair
    assert community_id(protocol, one, other) == of_the_library(protocol, one, other)
    assert community_id(protocol, one, other) == community_id(protocol, other, one)


@pytest.mark.parametrize("port", [0, 1, 255, 256, 65535])
def test_one_address_talks_to_itself(port: int) -> None:
    one, other = ("127.0.0.1", port), ("127.0.0.1", 443)
    assert community_id(TCP, one, other) == of_the_library(TCP, one, other)


@pytest.mark.parametrize(
    "other",
    [("02:00:00:00:00:01", 0), ("", 0), ("host.example", 1), ("::1", 1), ("10.0.0.256", 1), ("1.2.3", 4)],
)
def test_none_without_two_addresses_of_one_family(other: tuple[str, int]) -> None:
    assert community_id(TCP, ("10.0.0.1", 1), other) is None
    assert community_id(TCP, other, ("10.0.0.1", 1)) is None


def test_spellings_of_an_address_are_one() -> None:
    here, there = ("2001:db8::1", 1), (str(IPv6Address("2001:db8::2")), 2)
    assert community_id(TCP, ("2001:DB8:0:0:0:0:0:1", 1), there) == community_id(TCP, here, there)
    assert community_id(TCP, (str(IPv4Address(1)), 1), (str(IPv4Address(2)), 2)) is not None
