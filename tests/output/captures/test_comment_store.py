"""Comments come back frame by frame, in the order in which they were added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.output.captures.comment_store import CommentStore


@given(st.lists(st.tuples(st.integers(1, 20), st.text(st.characters(exclude_categories=())))))
def test_each_comes_with_its_frame(comments: list[tuple[int, str]]) -> None:
    with CommentStore() as store:
        for frame, text in comments:
            store.add(frame, text)
        for frame in range(1, 21):
            assert store.of(frame) == [text for at, text in comments if at == frame]
        assert store.left_out == 0


def test_frames_that_never_pass_are_passed_over() -> None:
    with CommentStore() as store:
        for frame in (3, 5, 9):
            store.add(frame, f"on {frame}")
        assert [store.of(frame) for frame in (4, 9, 10)] == [[], ["on 9"], []]


def test_too_many_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.captures.comment_store.MAX_COMMENTS", 1)
    with CommentStore() as store:
        store.add(1, "first")
        store.add(1, "second")
        assert (store.of(1), store.left_out) == (["first"], 1)
