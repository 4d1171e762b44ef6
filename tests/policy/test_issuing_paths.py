"""``tlseku.policy.issuing_paths``: every way from the leaf upwards, the first one first."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.policy.chains import CHAINS, CLIENT, SERVER, UNREADABLE, facts
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.issuing_paths import MOST_PATHS, issuing_paths, top_of
from tlseku.x509.certificate import Certificate

LEAF = facts("leaf", "I")
OPEN, NARROW = facts("I", "R"), facts("I", "R", (SERVER,))
OTHER = facts("I", "Q", (CLIENT,))
ROOT = facts("R", "R")
CROSS = facts("R", "Q")


@pytest.mark.parametrize(
    ("chain", "more", "expected"),
    [
        ([], [], [()]),
        ([LEAF], [], [(0,)]),
        ([LEAF, OPEN, ROOT], [], [(0, 1, 2)]),
        ([LEAF, NARROW, OPEN], [], [(0, 1), (0, 2)]),
        ([LEAF, OPEN, NARROW], [], [(0, 1), (0, 2)]),
        # The same certificate twice is one.
        ([LEAF, OPEN, OPEN], [], [(0, 1)]),
        ([LEAF, OPEN, CROSS, ROOT], [], [(0, 1, 2), (0, 1, 3)]),
        ([LEAF, NARROW, OPEN, CROSS, ROOT], [], [(0, 1, 3), (0, 1, 4), (0, 2, 3), (0, 2, 4)]),
        # A root that is known comes before what was presented.
        ([LEAF, OPEN, CROSS], [ROOT], [(0, 1, 3), (0, 1, 2)]),
        ([LEAF, UNREADABLE, UNREADABLE, OPEN], [], [(0, 3)]),
        ([facts("A", "B"), facts("B", "A"), facts("B", "A", (SERVER,))], [], [(0, 1), (0, 2)]),
        (
            [facts("L", "I", issuer_key=b"1"), facts("I", "R", own_key=b"1"), facts("I", "S", own_key=b"2")],
            [],
            [(0, 1)],
        ),
    ],
)
def test_paths(chain: list[Certificate], more: list[Certificate], expected: list[tuple[int, ...]]) -> None:
    assert [path.indexes for path in issuing_paths(chain, more)] == expected


def test_what_each_path_says_of_the_others() -> None:
    first, second = issuing_paths([LEAF, OPEN, CROSS, ROOT])
    assert (first.anchor, first.strangers, first.in_order) == (None, (3,), True)
    assert (second.anchor, second.strangers, second.in_order) == (3, (2,), False)


def test_paths_hang_together_by_what_must_be_trusted() -> None:
    chain = [LEAF, NARROW, OPEN, OTHER]
    tops = [top_of(chain, path) for path in issuing_paths(chain)]
    assert tops[0] == tops[1] != tops[2]


def test_hostile_lists_have_a_bound() -> None:
    layers = [facts(f"N{level}", f"N{level + 1}", (f"1.2.{at}",)) for level in range(12) for at in range(12)]
    paths = issuing_paths([facts("leaf", "N0"), *layers])
    assert len(paths) == MOST_PATHS


@given(CHAINS, CHAINS)
def test_the_first_is_the_issuing_path_and_none_comes_twice(
    chain: list[Certificate], more: list[Certificate]
) -> None:
    paths = issuing_paths(chain, more)
    assert paths[0] == issuing_path(chain, more)
    assert len({path.indexes for path in paths}) == len(paths) <= MOST_PATHS
    for path in paths:
        known = [*chain, *more]
        for below, above in zip(path.indexes, path.indexes[1:], strict=False):
            assert (known[above].subject or "").casefold() == (known[below].issuer or "").casefold()
