"""``tlseku.network.tcp.lookup_cache``: the same connections as by their keys, whoever came in between."""

from __future__ import annotations

import gc
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.network.decode.segment import key_of, reversed_key
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.lookup_cache import SLOTS, LookupCache

ONE = key_of(("192.0.2.1", 40000), ("198.51.100.9", 443))
SIX = key_of(("2001:db8::1", 40000), ("2001:db8::2", 443))
ITSELF = key_of(("127.0.0.1", 7), ("127.0.0.1", 7))


class Table:
    """Connections by both of their keys, as ``ConnectionTable`` keeps them."""

    def __init__(self) -> None:
        self.table: dict[bytes, Connection] = {}
        self.lookup_cache = LookupCache(self.table)

    def add(self, key: bytes) -> Connection:
        connection = Connection(key, 1, 0)
        self.table[key] = self.table[connection.reverse] = connection
        return connection

    def remove(self, connection: Connection) -> None:
        del self.table[connection.key]
        self.table.pop(connection.reverse, None)
        self.lookup_cache.forget(connection)

    def find(self, key: bytes) -> Connection | None:
        # Bytes before and behind, as in a packet.
        packet = b"before." + key + bytes(8)
        return (
            self.lookup_cache.of_ipv4(packet, 7) if len(key) == 12 else self.lookup_cache.of_ipv6(packet, 7)
        )

    def side(self, key: bytes) -> int:
        assert self.find(key) is self.table[key]
        return self.lookup_cache.side


@pytest.mark.parametrize("key", [ONE, SIX])
def test_cleared_it_holds_none(key: bytes) -> None:
    table = Table()
    connection = table.add(key)
    assert table.side(key) == 0
    table.table.clear()
    holders = len(gc.get_referrers(connection))
    table.lookup_cache.clear()
    assert len(gc.get_referrers(connection)) == holders - 1
    assert table.find(key) is None


@pytest.mark.parametrize("key", [ONE, SIX])
def test_both_directions_again_and_again(key: bytes) -> None:
    table = Table()
    assert table.find(key) is None
    table.add(key)
    back = reversed_key(key)
    assert [table.side(each) for each in (key, key, back, back, key)] == [0, 0, 1, 1, 0]


def test_a_port_that_talks_to_itself_is_side_0() -> None:
    table = Table()
    table.add(ITSELF)
    assert [table.side(ITSELF), table.side(ITSELF)] == [0, 0]


@pytest.mark.parametrize("key", [ONE, SIX])
def test_one_that_is_gone_is_not_found(key: bytes) -> None:
    table = Table()
    first = table.add(key)
    assert table.find(key) is first
    table.remove(first)
    assert table.find(key) is None
    second = table.add(reversed_key(key))
    assert table.find(key) is second
    assert table.lookup_cache.side == 1


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key_of(("198.51.100.9", 40000), ("192.0.2.1", 443)), id="addresses turned"),
        pytest.param(key_of(("192.0.2.1", 443), ("198.51.100.9", 40000)), id="ports turned"),
        pytest.param(key_of(("192.0.2.1", 40001), ("198.51.100.9", 443)), id="another port"),
        pytest.param(key_of(("192.0.2.2", 40000), ("198.51.100.9", 443)), id="another host"),
    ],
)
def test_what_looks_like_it_is_another(key: bytes) -> None:
    table = Table()
    table.add(ONE)
    assert table.side(ONE) == 0
    assert table.find(key) is None
    table.add(key)
    assert [table.side(each) for each in (key, ONE, reversed_key(key), reversed_key(ONE))] == [0, 0, 1, 1]


def test_more_than_there_are_places(seeded: random.Random) -> None:
    table = Table()
    keys = [
        key_of((f"10.0.{number >> 8}.{number & 255}", 1000 + number), ("10.9.9.9", 443))
        for number in range(2 * SLOTS)
    ] + [key_of((f"2001:db8::{number:x}", 5), ("2001:db8::", 443)) for number in range(1, SLOTS)]
    for key in keys:
        table.add(key)
    for _ in range(2):
        seeded.shuffle(keys)
        for key in keys:
            assert table.side(key) == 0
            assert table.side(reversed_key(key)) == 1


ENDS = st.tuples(st.sampled_from(["10.0.0.1", "10.0.0.2", "1.0.0.10", "10.0.1.0"]), st.integers(1, 3))


@given(st.lists(st.tuples(st.booleans(), ENDS, ENDS), max_size=30))
def test_any_course(course: list[tuple[bool, tuple[str, int], tuple[str, int]]]) -> None:
    table = Table()
    for adds, one, other in course:
        key = key_of(one, other)
        found = table.find(key)
        assert found is table.table.get(key)
        if found is not None:
            assert table.lookup_cache.side == (0 if key == found.key else 1)
        if adds and found is None:
            table.add(key)
        elif not adds and found is not None:
            table.remove(found)
