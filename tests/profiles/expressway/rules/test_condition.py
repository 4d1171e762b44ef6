"""``tlseku.profiles.expressway.rules.condition``: which condition four leafs amount to, and which they do not."""

from __future__ import annotations

import pytest

from tests.profiles.expressway.leafs import ANY_ONLY, BOTH, C_ONLY, S_ONLY, leaf
from tlseku.policy.rule_books import Mode
from tlseku.profiles.expressway.rules.condition import Condition, Node, case_of, condition_of

Eku = tuple[str, ...] | None


def nodes(core: tuple[Eku, Eku], edge: tuple[Eku, Eku], same: str = "") -> tuple[Node, Node]:
    """Two nodes by what their client and server leafs list; ``same`` has ``c`` and ``e`` for one leaf in both stores."""
    return (
        Node(leaf(core[0], "core c"), leaf(core[1], "core c" if "c" in same else "core s")),
        Node(leaf(edge[0], "edge c"), leaf(edge[1], "edge c" if "e" in same else "edge s")),
    )


@pytest.mark.parametrize(
    ("core", "edge", "same", "expected"),
    [
        ((S_ONLY, S_ONLY), (S_ONLY, S_ONLY), "", "2"),
        ((S_ONLY, S_ONLY), (S_ONLY, S_ONLY), "ce", "2"),
        ((BOTH, S_ONLY), (S_ONLY, S_ONLY), "", "2.1"),
        ((BOTH, S_ONLY), (S_ONLY, S_ONLY), "e", "2.1"),
        ((BOTH, BOTH), (BOTH, BOTH), "", "3"),
        ((BOTH, BOTH), (BOTH, BOTH), "c", "3"),
        ((BOTH, BOTH), (BOTH, BOTH), "e", "3"),
        ((BOTH, BOTH), (BOTH, BOTH), "ce", "1"),
        ((BOTH, BOTH), (S_ONLY, S_ONLY), "", "4"),
        ((BOTH, BOTH), (S_ONLY, S_ONLY), "e", "4"),
        ((BOTH, BOTH), (S_ONLY, S_ONLY), "ce", "4"),
        ((S_ONLY, S_ONLY), (BOTH, BOTH), "ce", "1"),
        ((None, None), (None, None), "ce", "1"),
        ((C_ONLY, C_ONLY), (BOTH, BOTH), "ce", "1"),
    ],
)
def test_is_a_condition(core: tuple[Eku, Eku], edge: tuple[Eku, Eku], same: str, expected: Condition) -> None:
    assert condition_of(*nodes(core, edge, same)) == expected


@pytest.mark.parametrize(
    ("core", "edge", "same"),
    [
        ((S_ONLY, BOTH), (S_ONLY, S_ONLY), ""),
        ((S_ONLY, S_ONLY), (BOTH, S_ONLY), ""),
        ((S_ONLY, S_ONLY), (S_ONLY, BOTH), ""),
        ((BOTH, S_ONLY), (BOTH, S_ONLY), ""),
        ((BOTH, S_ONLY), (BOTH, BOTH), "e"),
        ((C_ONLY, S_ONLY), (S_ONLY, S_ONLY), ""),
        ((None, S_ONLY), (S_ONLY, S_ONLY), ""),
        ((ANY_ONLY, S_ONLY), (S_ONLY, S_ONLY), ""),
        (((), S_ONLY), (S_ONLY, S_ONLY), ""),
        ((None, None), (None, None), "c"),
    ],
)
def test_is_none(core: tuple[Eku, Eku], edge: tuple[Eku, Eku], same: str) -> None:
    assert condition_of(*nodes(core, edge, same)) is None


def test_a_public_leaf_is_none_of_an_internal_ca() -> None:
    core, edge = nodes((BOTH, S_ONLY), (S_ONLY, S_ONLY))
    assert condition_of(Node(leaf(BOTH, public=True), core.server), edge) is None
    assert condition_of(Node(leaf(BOTH, public=False), core.server), edge) == "2.1"
    assert condition_of(Node(leaf(BOTH), leaf(S_ONLY, public=False)), edge) == "2.1"


def test_a_store_that_is_not_known() -> None:
    core, edge = nodes((S_ONLY, S_ONLY), (S_ONLY, S_ONLY), "ce")
    assert condition_of(Node(core.client, None), edge) is None
    assert condition_of(core, Node(None, edge.server)) is None
    assert condition_of(Node(), Node()) is None
    assert not Node().same_in_both


@pytest.mark.parametrize(
    ("condition", "mode", "expected"),
    [
        ("2", "on", "test case 1"),
        ("2", "unknown", "test case 1"),
        ("2", "off", "test case 2"),
        ("2.1", "on", None),
        ("1", "off", None),
        (None, "on", None),
    ],
)
def test_test_cases(condition: Condition | None, mode: Mode, expected: str | None) -> None:
    assert case_of(condition, mode) == expected
