"""Which condition and which test case of the vendor's document a pair of nodes amounts to.

Knows the conditions 1, 2, 2.1, 3 and 4 as what the EKUs of the four stores list; must not know outcomes. Whether an
issuer is public is asked only where somebody told: then a public leaf cannot stand where an internal CA must.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tlseku._objects import frozen
from tlseku.policy.rule_books.context import Mode
from tlseku.profiles.expressway.rules.store import Store, lists_client_auth, lists_server_auth
from tlseku.x509.certificate import Certificate

Condition = Literal["1", "2", "2.1", "3", "4"]

_S, _B = "S", "S+C"
_PATTERNS: Mapping[Condition, tuple[str, str, str, str]] = {
    "2": (_S, _S, _S, _S),
    "2.1": (_B, _S, _S, _S),
    "4": (_B, _B, _S, _S),
    "3": (_B, _B, _B, _B),
}
"""What the Core's client, the Core's server, the Edge's client and the Edge's server leaf list."""


@frozen
class Node:
    """A node as far as its peer meets it: the leaf of each store, ``None`` where it is not known. Before x15.5 both are
    the same one.

    ``client_above`` and ``server_above`` are what else the stores' files hold. ``trusted`` is its ca.pem, ``None`` if
    it is not known; ``expects`` are the names that it looks for in its peer's certificate, none if they are not known.
    """

    client: Certificate | None = None
    server: Certificate | None = None
    client_above: tuple[Certificate, ...] = ()
    server_above: tuple[Certificate, ...] = ()
    trusted: tuple[Certificate, ...] | None = None
    expects: tuple[str, ...] = ()

    @property
    def same_in_both(self) -> bool:
        """Whether both stores are known to hold the same certificate (rule ST6)."""
        return (
            self.client is not None and self.server is not None and self.client.sha256 == self.server.sha256
        )


def node_of(
    client: Store | None,
    server: Store | None,
    trusted: tuple[Certificate, ...] | None = None,
    expects: tuple[str, ...] = (),
) -> Node:
    """The node that two stores make; a store that is not there is ``None``."""
    return Node(
        client=None if client is None else client.leaf,
        server=None if server is None else server.leaf,
        client_above=() if client is None else client.others,
        server_above=() if server is None else server.others,
        trusted=trusted,
        expects=expects,
    )


def condition_of(core: Node, edge: Node) -> Condition | None:
    """Name the condition, ``None`` if it is none of them or a store is not known.

    The same certificate in both stores of both nodes is condition 1, with two exceptions, in which no upgrade but an
    upload by rule UP2 explains it: all leaves are serverAuth-only (2), or the Edge's are (4).
    """
    leaves = (core.client, core.server, edge.client, edge.server)
    found = tuple(None if leaf is None else _lists(leaf) for leaf in leaves)
    for name, pattern in _PATTERNS.items():
        if name == "3" and core.same_in_both and edge.same_in_both:
            return "1"
        if found == pattern and not _public_where_internal(leaves, pattern):
            return name
    return "1" if core.same_in_both and edge.same_in_both else None


def case_of(condition: Condition | None, edge_mode: Mode) -> str | None:
    """Name the vendor's test case: 1 and 2 are condition 2 with the checking mode On (or not known) and Off."""
    if condition != "2":
        return None
    return "test case 2" if edge_mode == "off" else "test case 1"


def _lists(leaf: Certificate) -> str | None:
    client, server = lists_client_auth(leaf), lists_server_auth(leaf)
    if client is None or not server:
        return None
    return _B if client else _S


def _public_where_internal(leaves: tuple[Certificate | None, ...], pattern: tuple[str, ...]) -> bool:
    return any(
        leaf is not None and leaf.public_issuer is True and listed == _B
        for leaf, listed in zip(leaves, pattern, strict=True)
    )
