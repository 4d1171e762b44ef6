"""``tlseku.profiles.expressway.rules.presented_store``: SHA-256, then public key, then serial; near serials are hints."""

from __future__ import annotations

import pytest

from tests.builder import Built, build, ca
from tests.profiles.expressway.leafs import BOTH, S_ONLY
from tests.profiles.expressway.pairs import committed, record_of
from tlseku.profiles.expressway.rules.presented_store import StoreLabel, label_leaf, label_text
from tlseku.profiles.expressway.rules.store import Store

CA1 = ca("Synthetic CA1")
SERIAL = 0x46DF76AA000000000029
SERVER = build(subject="server.example", issuer=CA1, eku=S_ONLY, serial=SERIAL)
CLIENT = build(subject="client.example", issuer=CA1, eku=BOTH, serial=0xC1)
RENEWED = build(subject="client.example", issuer=CA1, eku=BOTH, serial=0xC2)
OTHER = build(subject="other.example", issuer=CA1, eku=BOTH, serial=0x99)


def store(built: Built | None) -> Store | None:
    return None if built is None else Store(built.certificate())


ROWS = [
    (SERVER, SERVER, CLIENT, StoreLabel("server store", "sha256")),
    (CLIENT, SERVER, CLIENT, StoreLabel("client store", "sha256")),
    (SERVER, SERVER, SERVER, StoreLabel("both", "sha256")),
    (RENEWED, SERVER, CLIENT, StoreLabel("client store", "public key")),
    (build(subject="x", serial=0xC1), SERVER, CLIENT, StoreLabel("client store", "serial")),
    (CLIENT, RENEWED, CLIENT, StoreLabel("client store", "sha256")),
    (OTHER, SERVER, CLIENT, StoreLabel("other", None)),
    (OTHER, None, CLIENT, StoreLabel("unknown", None)),
    (OTHER, None, None, StoreLabel("unknown", None)),
    (SERVER, SERVER, None, StoreLabel("server store", "sha256")),
    (
        build(subject="y", serial=0x46DF76AA0000000029),
        SERVER,
        CLIENT,
        StoreLabel(
            "other",
            None,
            (
                "the serial is near to that of the server store (only runs of zeros differ in length), which is no match",
            ),
        ),
    ),
]


@pytest.mark.parametrize(("leaf", "server", "client", "label"), ROWS, ids=[str(row[3]) for row in ROWS])
def test_labels(leaf: Built, server: Built | None, client: Built | None, label: StoreLabel) -> None:
    assert label_leaf(leaf.certificate(), store(server), store(client)) == label


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (StoreLabel("client store", "sha256"), "from the client store"),
        (StoreLabel("both", "sha256"), "in both stores"),
        (
            StoreLabel("server store", "public key"),
            "the same public key as in the server store, another certificate",
        ),
        (StoreLabel("other", None, ("a hint",)), "in no store; a hint"),
        (StoreLabel("unknown", None), "not from a store of the bundle, which lacks one"),
    ],
)
def test_words(label: StoreLabel, text: str) -> None:
    assert label_text(label) == text


@pytest.mark.parametrize(
    ("story", "node", "role", "word"),
    [
        ("test-case-1", "core", "client", "both"),
        ("test-case-1", "edge", "server", "both"),
        ("condition-2.1", "core", "client", "client store"),
        ("condition-2.1", "edge", "server", "both"),
    ],
)
def test_only_what_the_node_itself_presented(story: str, node: str, role: str, word: str) -> None:
    (found,) = record_of(committed(story, node)).presented
    assert (found.presented.role, found.label) == (role, StoreLabel(word, "sha256"))  # type: ignore[arg-type]
