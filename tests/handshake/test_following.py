"""``tlseku.handshake.following``: how much is enough."""

from __future__ import annotations

import pytest

from tlseku.handshake.following import (
    MAX_FOLLOWED,
    MAX_FOLLOWED_ALONE,
    MAX_FOLLOWED_OPENED,
    Following,
    why_cut,
)


@pytest.mark.parametrize(
    ("over", "opens", "limit"),
    [
        (True, False, MAX_FOLLOWED),
        (False, False, MAX_FOLLOWED_ALONE),
        (True, True, MAX_FOLLOWED_OPENED),
        (False, True, MAX_FOLLOWED_OPENED),
    ],
)
def test_one_byte_more_than_the_limit_is_enough(over: bool, opens: bool, limit: int) -> None:
    following = Following()
    assert not following.is_enough(limit - 1, over, opens)
    assert not following.is_enough(1, over, opens)
    assert following.is_enough(1, over, opens)


def test_the_limit_is_that_of_the_moment() -> None:
    following = Following()
    assert not following.is_enough(MAX_FOLLOWED + 1, False, False)
    assert following.is_enough(1, True, False)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("capture", "capture_ends"),
        ("evicted", "table_full"),
        ("idle", "capture_ends"),
        ("fin", "connection_ended"),
        ("rst", "connection_ended"),
        ("reused", "connection_ended"),
    ],
)
def test_why_a_message_is_cut(how: str, why: str) -> None:
    assert why_cut(how) == why
