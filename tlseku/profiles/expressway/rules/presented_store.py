"""From which store of the node a presented certificate comes.

Knows that a certificate is the same by its SHA-256, and that one with the same public key or serial number points to
a store though it is another; must not know flows of other nodes or rules. A serial that is only near is a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Literal, NamedTuple

from tlseku._objects import short
from tlseku.flow import Flow, Presented
from tlseku.profiles.expressway.rules.store import Store
from tlseku.x509.certificate import Certificate
from tlseku.x509.serial import near_miss

StoreWord = Literal["client store", "server store", "both", "other", "unknown"]
MatchedBy = Literal["sha256", "public key", "serial"]


class StoreLabel(NamedTuple):
    """Where a leaf comes from. ``store`` is ``other`` if neither store has it, ``unknown`` if a store that could have
    it is not in the bundle. ``by`` says what agrees, the strongest first; ``None`` where nothing does. ``hints`` are
    serial numbers that nearly agree, which is no match."""

    store: StoreWord
    by: MatchedBy | None
    hints: tuple[str, ...] = ()


@short
class OwnPresented(NamedTuple):
    """A chain that the node itself presented in ``flow``, and the store that its leaf comes from."""

    flow: Flow
    presented: Presented
    leaf: Certificate
    label: StoreLabel


def label_leaf(leaf: Certificate, server: Store | None, client: Store | None) -> StoreLabel:
    """Say which store a presented leaf comes from; a store that is not there is ``None``. Never raises.

    SHA-256 decides; only if it agrees with neither store the public key is compared, and then the serial number as an
    integer.
    """
    for by, read in _COMPARED:
        value = read(leaf)
        in_server = server is not None and value is not None and value == read(server.leaf)
        in_client = client is not None and value is not None and value == read(client.leaf)
        if in_server or in_client:
            word: StoreWord = (
                "both" if in_server and in_client else "server store" if in_server else "client store"
            )
            return StoreLabel(word, by)
    hints = tuple(_hints(leaf, (("server store", server), ("client store", client))))
    return StoreLabel("unknown" if server is None or client is None else "other", None, hints)


def own_presented(
    flows: Iterable[Flow], server: Store | None, client: Store | None
) -> Iterator[OwnPresented]:
    """All that the node presented, as seen from the vantage of ``flows``. Empty lists and cut ones have no leaf."""
    for flow in flows:
        for presented in flow.presented:
            if presented.direction in ("outbound", "local") and presented.chain:
                leaf = presented.chain[0]
                yield OwnPresented(flow, presented, leaf, label_leaf(leaf, server, client))


def label_text(label: StoreLabel) -> str:
    """A label in a phrase, such as ``from the client store``, with what agrees if it is not the very same one."""
    where = "both stores" if label.store == "both" else f"the {label.store}"
    if label.store == "unknown":
        said = "not from a store of the bundle, which lacks one"
    elif label.store == "other":
        said = "in no store"
    elif label.by != "sha256":
        said = f"the same {label.by} as in {where}, another certificate"
    else:
        said = f"{'in' if label.store == 'both' else 'from'} {where}"
    return "; ".join((said, *label.hints))


_COMPARED: tuple[tuple[MatchedBy, Callable[[Certificate], object]], ...] = (
    ("sha256", attrgetter("sha256")),
    ("public key", attrgetter("spki_sha256")),
    ("serial", attrgetter("serial")),
)


def _hints(leaf: Certificate, stores: Iterable[tuple[str, Store | None]]) -> Iterator[str]:
    for name, store in stores:
        if store is None or leaf.serial is None or store.leaf.serial is None:
            continue
        near = near_miss(leaf.serial, store.leaf.serial)
        if near is not None:
            yield f"the serial is near to that of the {name} ({near}), which is no match"
