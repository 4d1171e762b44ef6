from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.network.decode import segment

ENDS4 = (("10.0.0.1", 65535), ("10.0.0.2", 0))
ENDS6 = (("2001:db8::1", 443), ("::1", 1))


@pytest.mark.parametrize(
    ("ends", "key"),
    [
        (ENDS4, bytes.fromhex("0a0000010a000002ffff0000")),
        (ENDS6, bytes.fromhex("20010db8000000000000000000000001" + "00" * 15 + "01" + "01bb0001")),
    ],
)
def test_key_and_endpoints(ends: tuple[tuple[str, int], tuple[str, int]], key: bytes) -> None:
    assert segment.key_of(*ends) == key
    assert segment.endpoints(key) == ends
    assert segment.endpoints(segment.reversed_key(key)) == (ends[1], ends[0])


@given(st.sampled_from([12, 36]).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_reversed_twice_is_the_same(key: bytes) -> None:
    assert segment.reversed_key(segment.reversed_key(key)) == key
    assert segment.key_of(*segment.endpoints(key)) == key


@pytest.mark.parametrize(
    "ends", [(ENDS4[0], ENDS6[0]), (("10.0.0", 1), ENDS4[0]), (("host.example", 1), ENDS4[0])]
)
def test_refuses_what_is_no_pair_of_addresses(ends: tuple[tuple[str, int], tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match=r"version|address"):
        segment.key_of(*ends)


def test_every_reason_has_its_words() -> None:
    reasons = [
        value
        for name, value in vars(segment).items()
        # Of STUN nothing is left unread.
        if name.isupper() and name[0] != "_" and name not in "FIN SYN RST PSH ACK STUN"
    ]
    numbers = sorted(value for value in reasons if isinstance(value, int))
    assert numbers == sorted(segment.SKIP_REASONS)
    assert len(set(segment.SKIP_REASONS.values())) == len(numbers)
