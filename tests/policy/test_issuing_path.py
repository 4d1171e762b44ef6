"""``tlseku.policy.issuing_path``: who issued whom among what was presented."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given

from tests.builder import build, ca
from tests.policy.chains import CHAINS, UNREADABLE, facts
from tests.work import LINEAR, counted_in_pure, growth
from tlseku.policy.issuing_path import LONGEST_PATH, IssuingPath, issuing_path
from tlseku.x509.certificate import Certificate

LEAF = facts("leaf", "I")
ISSUER = facts("I", "R")
ROOT = facts("R", "R")
STRANGER = facts("X", "Y")


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([], IssuingPath((), None, (), True)),
        ([LEAF], IssuingPath((0,), None, (), True)),
        ([LEAF, ISSUER], IssuingPath((0, 1), None, (), True)),
        ([LEAF, ISSUER, ROOT], IssuingPath((0, 1, 2), 2, (), True)),
        ([LEAF, ROOT, ISSUER], IssuingPath((0, 2, 1), 1, (), False)),
        ([LEAF, STRANGER, ISSUER], IssuingPath((0, 2), None, (1,), False)),
        ([LEAF, ISSUER, STRANGER], IssuingPath((0, 1), None, (2,), True)),
        ([LEAF, STRANGER], IssuingPath((0,), None, (1,), True)),
        ([LEAF, ROOT], IssuingPath((0,), None, (1,), True)),
        ([ROOT], IssuingPath((0,), None, (), True)),
        ([ROOT, ROOT], IssuingPath((0,), None, (1,), True)),
        ([LEAF, ISSUER, ISSUER], IssuingPath((0, 1), None, (2,), True)),
        ([facts("A", "B"), facts("B", "A")], IssuingPath((0, 1), None, (), True)),
        ([UNREADABLE, ISSUER], IssuingPath((0,), None, (1,), True)),
        ([LEAF, UNREADABLE, ISSUER], IssuingPath((0, 2), None, (1,), False)),
        ([LEAF, facts("I", "I")], IssuingPath((0, 1), 1, (), True)),
    ],
)
def test_paths(chain: list[Certificate], expected: IssuingPath) -> None:
    assert issuing_path(chain) == expected


@pytest.mark.parametrize(
    ("leaf_names", "issuer_has", "is_issuer"),
    [(b"1", b"1", True), (b"1", None, True), (None, b"1", True), (b"1", b"2", False), (b"", b"1", False)],
)
def test_key_identifiers(leaf_names: bytes | None, issuer_has: bytes | None, is_issuer: bool) -> None:
    chain = [facts("leaf", "I", issuer_key=leaf_names), facts("I", "R", own_key=issuer_has)]
    assert issuing_path(chain).indexes == ((0, 1) if is_issuer else (0,))


def test_a_confirmed_key_identifier_is_preferred_to_the_order() -> None:
    leaf = facts("leaf", "I", issuer_key=b"2")
    chain = [leaf, facts("I", "R"), facts("I", "Q", own_key=b"1"), facts("I", "P", own_key=b"2")]
    assert issuing_path(chain) == IssuingPath((0, 3), None, (1, 2), False)


def test_a_change_of_keys_is_not_the_top() -> None:
    old = facts("R", "R", own_key=b"1", issuer_key=b"1")
    new_by_old = facts("R", "R", own_key=b"2", issuer_key=b"1")
    chain = [facts("leaf", "R", issuer_key=b"2"), new_by_old, old]
    assert issuing_path(chain) == IssuingPath((0, 1, 2), 2, (), True)


@pytest.mark.parametrize("spelling", ["Example  CA", "EXAMPLE CA", "example ca"])
def test_names_match_by_value_in_another_encoding(spelling: str) -> None:
    chain = [facts("leaf", "Example CA"), facts(spelling, "R", encoding="other ")]
    assert issuing_path(chain).indexes == (0, 1)


def test_names_that_differ_do_not_match() -> None:
    assert issuing_path([facts("leaf", "Example CA"), facts("ExampleCA", "R")]).indexes == (0,)


def test_empty_names_identify_nobody() -> None:
    empty = Certificate(
        der=b"", sha256="", subject="", issuer="", subject_der=b"\x30\x00", issuer_der=b"\x30\x00"
    )
    assert issuing_path([empty, empty]).indexes == (0,)


def test_a_path_is_followed_to_its_bound() -> None:
    chain = [facts(str(number), str(number + 1)) for number in range(LONGEST_PATH + 5)]
    path = issuing_path(chain)
    assert (path.indexes, path.cut, len(path.strangers)) == (tuple(range(LONGEST_PATH)), True, 5)
    path = issuing_path(chain[:LONGEST_PATH])
    assert (len(path.indexes), path.cut) == (LONGEST_PATH, False)


@counted_in_pure
def test_a_long_chain_costs_little() -> None:
    def path(length: int) -> Callable[[], object]:
        chain = [facts("A", "B")] + [facts("B", "B2", own_key=b"1") for _ in range(length)]
        chain += [facts("B2", "B") for _ in range(length)]
        assert len(issuing_path(chain).indexes) == LONGEST_PATH
        return partial(issuing_path, chain)

    assert growth(path, 500) < LINEAR


@pytest.mark.parametrize(
    ("chain", "more", "expected"),
    [
        ([LEAF], [ISSUER, ROOT], IssuingPath((0, 1, 2), 2, (), True)),
        ([LEAF, ISSUER], [ROOT], IssuingPath((0, 1, 2), 2, (), True)),
        ([LEAF, ROOT], [ISSUER], IssuingPath((0, 2, 1), 1, (), True)),
        ([LEAF, STRANGER, ROOT], [ISSUER], IssuingPath((0, 3, 2), 2, (1,), False)),
        ([LEAF, ISSUER, facts("R", "Old")], [ROOT], IssuingPath((0, 1, 3), 3, (2,), True)),
        ([LEAF, ISSUER], [facts("I", "Q"), facts("Q", "Q")], IssuingPath((0, 1), None, (), True)),
        ([LEAF], [STRANGER], IssuingPath((0,), None, (), True)),
        ([], [ROOT], IssuingPath((), None, (), True)),
        ([ROOT], [ROOT], IssuingPath((0,), None, (), True)),
    ],
)
def test_what_was_not_presented_goes_on_behind(
    chain: list[Certificate], more: list[Certificate], expected: IssuingPath
) -> None:
    assert issuing_path(chain, more) == expected


def test_constraining_leaves_out_leaf_and_anchor() -> None:
    assert issuing_path([LEAF, ROOT, ISSUER]).constraining == (2,)
    assert issuing_path([LEAF, ISSUER]).constraining == (1,)
    assert issuing_path([ROOT]).constraining == ()
    assert issuing_path([]).constraining == ()


def test_built_certificates() -> None:
    root = ca("Root")
    other = ca("Issuing", issuer=root, owner="another key")
    issuing = ca("Issuing", issuer=root)
    leaf = build(issuer=issuing)
    chain = [built.certificate() for built in (leaf, root, other, issuing)]
    assert issuing_path(chain) == IssuingPath((0, 3, 1), 1, (2,), False)


@given(CHAINS)
def test_properties(chain: list[Certificate]) -> None:
    path = issuing_path(chain)
    assert sorted(path.indexes + path.strangers) == list(range(len(chain)))
    assert path.indexes[:1] == ((0,) if chain else ())
    assert path.anchor is None or (path.anchor == path.indexes[-1] != 0 and chain[path.anchor].self_issued)
    for lower, upper in zip(path.indexes, path.indexes[1:], strict=False):
        assert chain[lower].issuer_der == chain[upper].subject_der
