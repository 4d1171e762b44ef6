"""``tlseku.profiles.expressway.rules.release``: releases as people and the product write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release, read_release


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("15.5", (15, 5, 0)),
        ("x15.5", (15, 5, 0)),
        ("X15.5.0", (15, 5, 0)),
        ("15.5.1", (15, 5, 1)),
        (" X15.4.2 ", (15, 4, 2)),
        ('"X15.5.0"', (15, 5, 0)),
        ("x8.11.4", (8, 11, 4)),
        ("X14.3.7", (14, 3, 7)),
        ("X8.11.4PreAlpha2", (8, 11, 4)),
        ("X15.5.0 (Test SW)", (15, 5, 0)),
        ("15.5.1.7", (15, 5, 1)),
        ("15.5-b3", (15, 5, 0)),
        ("X15.5beta", (15, 5, 0)),
        ("16.0", (16, 0, 0)),
    ],
)
def test_reads(text: str, release: tuple[int, int, int]) -> None:
    assert read_release(text) == Release(*release)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "15",
        "x15",
        "15.",
        "15.x",
        "xx15.5",
        "v15.5",
        "-15.5",
        "15,5",
        "15 5",
        "155555.5",
        "15.55555",
        "latest",
    ],
)
def test_is_no_release(text: str) -> None:
    assert read_release(text) is None


@pytest.mark.parametrize(
    ("release", "generation", "two_stores"),
    [
        ((8, 11), "15.3 or earlier", False),
        ((15, 0), "15.3 or earlier", False),
        ((15, 3, 9), "15.3 or earlier", False),
        ((15, 4), "15.4", False),
        ((15, 4, 9), "15.4", False),
        ((15, 5), "15.5 or later", True),
        ((15, 5, 1), "15.5 or later", True),
        ((15, 10), "15.5 or later", True),
        ((16, 0), "15.5 or later", True),
    ],
)
def test_generations(release: tuple[int, ...], generation: str, two_stores: bool) -> None:
    found = Release(*release)
    assert (found.generation, found.has_two_stores) == (generation, two_stores)


def test_words_and_order() -> None:
    assert [str(X15_4), str(X15_5), str(Release(15, 5, 1))] == ["x15.4", "x15.5", "x15.5.1"]
    assert Release(15, 10) > X15_5 > X15_4 > Release(8, 11, 4)


@given(st.text(max_size=30))
def test_any_text_is_read_or_not(text: str) -> None:
    release = read_release(text)
    assert release is None or read_release(str(release)) == release
