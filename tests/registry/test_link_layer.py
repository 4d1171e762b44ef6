"""Names of link types and EtherTypes."""

from __future__ import annotations

import pytest

from tlseku.network.decode.link import ETHERTYPE_UNKNOWN_LINK, strip
from tlseku.network.decode.rare_links import strip_rare
from tlseku.registry.link_layer import ETHER_TYPES, LINK_TYPES, ether_type_words, link_type_words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (link_type_words(189), "link type 189 (USB, Linux)"),
        (link_type_words(162), "link type 162 (USER15)"),
        (link_type_words(9999), "link type 9999"),
        (ether_type_words(0x888E), "EtherType 0x888e (EAPOL)"),
        (ether_type_words(0x0ABC), "EtherType 0x0abc"),
    ],
)
def test_words(words: str, expected: str) -> None:
    assert words == expected


def test_no_link_type_is_named_as_unread_that_is_read() -> None:
    frame = bytes(64)
    read = {
        number
        for number in range(300)
        if strip(number, frame, 0, 64)[1] != ETHERTYPE_UNKNOWN_LINK
        or strip_rare(number, frame, 0, 64)[1] != ETHERTYPE_UNKNOWN_LINK
    }
    assert {1, 113, 239, 276} <= read
    assert read & set(LINK_TYPES) == set()


def test_numbers_are_ether_types() -> None:
    assert min(ETHER_TYPES) >= 0x0600
    assert max(ETHER_TYPES) <= 0xFFFF
