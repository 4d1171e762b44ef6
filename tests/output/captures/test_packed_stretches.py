"""``tlseku.output.captures.packed_stretches``: what comes back is what went in, whoever sends."""

from __future__ import annotations

import pytest

from tlseku.network.decode.segment import key_of, reversed_key
from tlseku.output.captures import packed_stretches
from tlseku.output.captures.handshake_frames import Stretch
from tlseku.output.captures.packed_stretches import PackedStretches

KEY = key_of(("192.0.2.1", 40000), ("198.51.100.7", 443))
OTHER = key_of(("198.51.100.7", 40001), ("192.0.2.1", 443))
LINK = bytes(range(12)) + bytes(4)


def stretch(flow: int, key: bytes = KEY, *frames: int) -> Stretch:
    return Stretch(flow, key, -5, 10**27, 7, frozenset(frames), 32, flow == 2)


def said(stretches: object) -> list[tuple[object, ...]]:
    assert isinstance(stretches, (list, tuple))
    return [(each.flow, *each[2:5], list(each.frames), each.run, each.whole) for each in stretches]


def test_of_a_connection_in_either_direction() -> None:
    kept = PackedStretches()
    kept.add(stretch(1, KEY, 9, 3, 1 << 33))
    kept.add(stretch(2, reversed_key(KEY), 12))
    kept.add(stretch(3))
    expected = [
        (1, -5, 10**27, 7, [3, 9, 1 << 33], 32, False),
        (2, -5, 10**27, 7, [12], 32, True),
        (3, -5, 10**27, 7, [], 32, False),
    ]
    assert said(kept.of(KEY)) == said(kept.of(reversed_key(KEY))) == expected
    assert (kept.of(OTHER), kept.of(OTHER)) == ([], [])


def test_those_of_many_frames_stay_as_they_are() -> None:
    kept = PackedStretches()
    large = stretch(2, KEY, *range(packed_stretches.MOST_FRAMES + 1))
    kept.add(stretch(3))
    kept.add(large)
    kept.add(stretch(1, KEY, *range(packed_stretches.MOST_FRAMES)))
    assert [each.flow for each in kept.of(KEY)] == [1, 2, 3]
    assert kept.of(KEY)[1] is large
    assert [each.flow for each in kept.between(KEY[:-4])] == [1, 2, 3]
    only = PackedStretches()
    only.add(large)
    assert only.between(KEY[:-4]) == only.of(reversed_key(KEY)) == [large]


def test_between_two_addresses() -> None:
    kept = PackedStretches()
    kept.add(stretch(1, OTHER))
    kept.add(stretch(2))
    kept.add(stretch(3, OTHER))
    for ends in (KEY[:-4], OTHER[:-4]):
        assert [each.flow for each in kept.between(ends)] == [1, 2, 3]
    assert kept.between(b"") == []


def test_on_a_link() -> None:
    kept = PackedStretches()
    kept.add_on_link(stretch(1, LINK, 4))
    for address in (LINK[:6], LINK[6:12]):
        assert [each.flow for each in kept.on_link(address)] == [1]
    assert kept.on_link(bytes(6)) == []


def test_few_are_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_stretches, "MOST_RECENT", 1)
    kept = PackedStretches()
    kept.add(stretch(1))
    kept.add(stretch(2, OTHER))
    one = kept.of(KEY)
    assert kept.of(KEY) is one
    assert [each.flow for each in kept.of(OTHER)] == [2]
    again = kept.of(KEY)
    assert again is not one
    assert said(again) == said(one)
