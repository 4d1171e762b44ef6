"""``tlseku.profiles.expressway.rules.store``: which certificate of a file is the leaf, and whether trusted CAs reach it."""

from __future__ import annotations

import pytest

from tests.builder import build, ca
from tests.profiles.expressway.leafs import ANY_ONLY, BOTH, C_ONLY, S_ONLY, leaf
from tlseku.profiles.expressway.rules.store import (
    Store,
    lists_client_auth,
    lists_server_auth,
    store_of,
    trust_in,
)
from tlseku.x509.certificate import Certificate

ROOT = ca("Root")
ISSUING = ca("Issuing", issuer=ROOT)
LEAF = build(subject="node.example", issuer=ISSUING).certificate()
OTHER = ca("Other")
SELF = build(subject="self.example", issuer=None).certificate()
R, M, X = ROOT.certificate(), ISSUING.certificate(), OTHER.certificate()


@pytest.mark.parametrize("order", [(LEAF, M, R), (R, M, LEAF), (M, LEAF, R)])
def test_the_leaf_is_what_issued_no_other(order: tuple[Certificate, ...]) -> None:
    store = store_of(order)
    assert store.leaf == LEAF
    assert store.leaves == 1
    assert set(store.others) == {M, R}


def test_of_several_leafs_the_first_counts() -> None:
    store = store_of((LEAF, SELF))
    assert (store.leaf, store.others, store.leaves) == (LEAF, (SELF,), 2)


@pytest.mark.parametrize(
    ("store", "trusted", "expected"),
    [
        (Store(LEAF), (M, R), "direct"),
        (Store(LEAF), (M,), "direct"),
        (Store(LEAF, (M,)), (M, R), "direct"),
        (Store(LEAF, (M,)), (R,), "through an intermediate"),
        (Store(LEAF, (M, R)), (R,), "through an intermediate"),
        (Store(LEAF), (LEAF,), "direct"),
        (Store(SELF), (SELF,), "direct"),
        (Store(LEAF), (R,), "missing"),
        (Store(LEAF, (M,)), (X,), "missing"),
        (Store(LEAF, (M, R)), (X,), "missing"),
        (Store(LEAF), (), "missing"),
        (Store(SELF), (X,), "missing"),
        (Store(LEAF), None, "unknown"),
        (Store(leaf(None, readable=False)), (R,), "unknown"),
    ],
)
def test_trust(store: Store, trusted: tuple[Certificate, ...] | None, expected: str) -> None:
    assert trust_in(store, trusted) == expected


@pytest.mark.parametrize(
    ("certificate", "client", "server"),
    [
        (leaf(BOTH), True, True),
        (leaf(S_ONLY), False, True),
        (leaf(C_ONLY), True, False),
        (leaf(ANY_ONLY), False, False),
        (leaf(()), False, False),
        (leaf(None), False, False),
        (leaf(None, eku_readable=False), None, None),
        (leaf(None, readable=False), None, None),
    ],
)
def test_what_a_leaf_lists(certificate: Certificate, client: bool | None, server: bool | None) -> None:
    assert (lists_client_auth(certificate), lists_server_auth(certificate)) == (client, server)
