"""``tlseku.policy.bundle``: the chains of a file, in whatever order they stand in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import Built, build, ca
from tests.policy.chains import CERTIFICATES, UNREADABLE, facts
from tlseku.policy.bundle import chains_in
from tlseku.x509.certificate import Certificate

ROOT = ca("Root")
ISSUING = ca("Issuing", issuer=ROOT)
LEAF = build(issuer=ISSUING)
OTHER_LEAF = build(subject="other.example", issuer=ISSUING)
LONELY = build(subject="lonely.example", issuer="Somebody")


@pytest.mark.parametrize(
    ("file", "chains"),
    [
        ([LEAF], [((0,), False, True)]),
        ([ROOT], [((0,), True, True)]),
        ([LEAF, ISSUING], [((0, 1), False, True)]),
        ([LEAF, ISSUING, ROOT], [((0, 1, 2), True, True)]),
        ([ROOT, ISSUING, LEAF], [((2, 1, 0), True, False)]),
        ([LEAF, ROOT, ISSUING], [((0, 2, 1), True, False)]),
        ([LEAF, LEAF, ISSUING], [((0, 2), False, False)]),
        ([LONELY, LEAF, ISSUING, ROOT], [((0,), False, True), ((1, 2, 3), True, True)]),
        ([LEAF, OTHER_LEAF, ISSUING], [((0, 2), False, False), ((1, 2), False, True)]),
        ([ISSUING, ROOT], [((0, 1), True, True)]),
        ([], []),
    ],
)
def test_chains(file: list[Built], chains: list[tuple[tuple[int, ...], bool, bool]]) -> None:
    certificates = [built.certificate() for built in file]
    found = chains_in(certificates)
    assert [(one.places, one.ends_in_root, one.in_order) for one in found] == chains
    for one in found:
        assert [certificates[place].der for place in one.places] == [each.der for each in one.chain]


def test_roots_of_a_store_are_leaves_each() -> None:
    roots = [ca(f"Root {number}").certificate() for number in range(5)]
    assert [one.places for one in chains_in(roots)] == [(0,), (1,), (2,), (3,), (4,)]


def test_a_circle_has_a_leaf_too() -> None:
    assert [one.places for one in chains_in([facts("a", "b"), facts("b", "a")])] == [(0, 1)]


def test_what_cannot_be_read_stands_alone() -> None:
    assert [one.places for one in chains_in([UNREADABLE, LEAF.certificate()])] == [(0,), (1,)]


@given(st.lists(CERTIFICATES, max_size=8))
def test_every_certificate_has_its_place(certificates: list[Certificate]) -> None:
    found = chains_in(certificates)
    assert bool(found) == bool(certificates)
    for one in found:
        assert len(set(one.places)) == len(one.places) == len(one.chain)
        assert [certificates[place].der for place in one.places] == [each.der for each in one.chain]
    assert len({one.places[0] for one in found}) == len(found)
