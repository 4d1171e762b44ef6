"""What one certificate store of a node holds, and whether the trusted CAs reach up to it.

Knows the certificates of a store's file and issuing paths; must not know rules, releases or files. A store is one leaf
and what else its file has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.policy.bundle import chains_in
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.purposes import CLIENT_AUTH, SERVER_AUTH
from tlseku.x509.certificate import Certificate

Trust = Literal["direct", "through an intermediate", "missing", "unknown"]


@short
@frozen
class Store:
    """``leaf`` is the certificate that the node presents, ``others`` what else the file has, ``leaves`` how many
    certificates of it could be the leaf (the first is taken)."""

    leaf: Certificate
    others: tuple[Certificate, ...] = ()
    leaves: int = 1


def store_of(certificates: Sequence[Certificate]) -> Store:
    """The store that a file of at least one certificate makes: the first that issued no other is the leaf."""
    chains = chains_in(certificates)
    leaf = chains[0].chain[0]
    return Store(leaf, tuple(one for one in certificates if one.der != leaf.der), len(chains))


def trust_in(store: Store, trusted: Sequence[Certificate] | None) -> Trust:
    """Whether the issuer of a store's leaf is among the ``trusted`` CAs, ``None`` meaning that nobody knows them.

    By name and key identifier; no signature is checked. ``through an intermediate``: the store's own file has the
    issuer, and above that comes a trusted one. A self-signed leaf must be trusted itself.
    """
    if trusted is None or not store.leaf.readable:
        return "unknown"
    if any(one.der == store.leaf.der for one in trusted):
        return "direct"
    # Trusted ones first, so that an issuer that is in both places counts as trusted.
    offered = (store.leaf, *trusted, *store.others)
    first_other = 1 + len(trusted)
    path = issuing_path(offered).indexes[1:]
    if path and path[0] < first_other:
        return "direct"
    if any(index < first_other for index in path):
        return "through an intermediate"
    return "missing"


def lists_client_auth(leaf: Certificate) -> bool | None:
    """Whether the EKU lists clientAuth; ``None`` where it cannot be read. No EKU extension lists nothing."""
    return _lists(leaf, CLIENT_AUTH)


def lists_server_auth(leaf: Certificate) -> bool | None:
    """Whether the EKU lists serverAuth; ``None`` where it cannot be read. No EKU extension lists nothing."""
    return _lists(leaf, SERVER_AUTH)


def _lists(leaf: Certificate, purpose: str) -> bool | None:
    if not leaf.readable or not leaf.eku_readable:
        return None
    return leaf.eku is not None and purpose in leaf.eku
