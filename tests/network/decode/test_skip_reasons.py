"""The words for frames without a segment: named by number, and bounded."""

from __future__ import annotations

import pytest

from tlseku.network.decode.segment import (
    NOT_IP,
    NOT_TCP,
    SKIP_REASONS,
    TRUNCATED_HEADERS,
    UNKNOWN_LINK_TYPE,
    number_of,
    numbered,
    reason_of,
)
from tlseku.network.decode.skip_reasons import MOST_NAMED, skip_words, skipped_in_words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (NOT_IP, "not IP"),
        (numbered(NOT_IP, 0x0806), "not IP"),
        (numbered(NOT_IP, 0x88CC), "not IP"),
        (numbered(NOT_IP, 0x888E), "EtherType 0x888e (EAPOL)"),
        (numbered(NOT_IP, 0xABCD), "EtherType 0xabcd"),
        (NOT_TCP, "not TCP"),
        (numbered(UNKNOWN_LINK_TYPE, 0), "unknown link type 0"),
        (numbered(UNKNOWN_LINK_TYPE, 189), "unknown link type 189 (USB, Linux)"),
        (TRUNCATED_HEADERS, "headers cut by the snaplen"),
    ],
)
def test_words(code: int, words: str) -> None:
    assert skip_words(code) == words


def test_reason_and_number_stand_beside_each_other() -> None:
    for reason in SKIP_REASONS:
        code = numbered(reason, 0x1FFFF)
        assert (reason_of(code), number_of(code)) == (reason, 0xFFFF)


def test_what_has_the_same_words_is_counted_together() -> None:
    counts = {NOT_TCP: 5, numbered(NOT_IP, 0x0806): 2, NOT_IP: 3, numbered(NOT_IP, 0x888E): 12}
    assert list(skipped_in_words(counts).items()) == [
        ("not IP", 5),
        ("EtherType 0x888e (EAPOL)", 12),
        ("not TCP", 5),
    ]


def test_rare_types_among_many_are_counted_together() -> None:
    counts = {numbered(NOT_IP, 0xA000 + at): 100 - at for at in range(20)}
    counts |= {numbered(UNKNOWN_LINK_TYPE, 150 + at): 1 for at in range(10)}
    words = skipped_in_words(counts)
    assert len(words) == 2 * (MOST_NAMED + 1)
    assert words["EtherType 0xa000"] == 100
    assert words["other EtherTypes"] == sum(100 - at for at in range(MOST_NAMED, 20))
    assert words["other unknown link types"] == 2
