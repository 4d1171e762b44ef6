"""``tlseku.profiles.expressway.rules.expected_name``: the names that a peer looks for."""

from __future__ import annotations

import pytest

from tests.builder import build
from tests.profiles.expressway.leafs import BOTH, leaf
from tlseku.profiles.expressway.rules.expected_name import name_match, names_of

NAMED = build(
    subject="cn.example", san=("expe.example", "cluster.example", "10.1.2.3", "2001:db8::1")
).certificate()
WILD = build(subject="*.wild.example", san=None).certificate()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("expe.example",), "found"),
        (("EXPE.Example.",), "found"),
        (("cn.example",), "found"),
        (("10.1.2.3",), "found"),
        (("[2001:DB8:0::1]",), "found"),
        (("other.example", "cluster.example"), "found"),
        (("other.example",), "missing"),
        (("expe.example.org",), "missing"),
        (("10.1.2.4",), "missing"),
        (("expe",), "missing"),
    ],
)
def test_names(wanted: tuple[str, ...], found: str) -> None:
    assert name_match(NAMED, wanted) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("a.wild.example", "wildcard"), ("a.b.wild.example", "missing"), ("wild.example", "missing")],
)
def test_a_wildcard_is_told_apart(wanted: str, found: str) -> None:
    assert name_match(WILD, (wanted,)) == found


def test_unreadable() -> None:
    assert name_match(leaf(BOTH, readable=False), ("a",)) == "unreadable"


def test_names_in_order() -> None:
    assert names_of(NAMED) == ("expe.example", "cluster.example", "10.1.2.3", "2001:db8::1", "cn.example")
