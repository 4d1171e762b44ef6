"""Peers of one kind beside each other: whether checking mode, release and certificates of a cluster are alike.

Knows records of several Cores or several Edges; must not know archives or how anything is shown. Each peer of a cluster
has a bundle of its own (rule RL6), and a caller may meet any of them, so that what differs is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tlseku.policy.purposes import in_words
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis, NodeRole, release_of
from tlseku.profiles.expressway.findings.evidence import of_members
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.store import Store


def differences(role: NodeRole, records: Sequence[NodeRecord]) -> Iterator[Diagnosis]:
    """What differs between peers of a cluster, one diagnosis a matter. Nothing for a single node. Never raises."""
    if len(records) < 2:
        return
    for what, of, to_do in _MATTERS:
        said = [(record.snapshot.host or "unknown host", of(record)) for record in records]
        if len({value for _, value in said}) < 2:
            continue
        listed = ", ".join(f"{value} on {host}" for host, value in said)
        evidence = tuple(piece for record in records for piece in of_members(record, "xconf", "client store"))
        text = f"the peers of the {role.capitalize()} cluster differ in {what}: {listed}"
        yield Diagnosis("caution", ("RL6",), text, to_do, evidence[:10])


def _mode(record: NodeRecord) -> str:
    if not record.snapshot.has_mode:
        return "none"
    return {"on": "On", "off": "Off", "unknown": "not known"}[record.snapshot.mode]


def _release(record: NodeRecord) -> str:
    return f"{release_of(record)}{'' if record.snapshot.release is not None else ' (assumed)'}"


def _of_store(store: Store | None) -> str:
    if store is None:
        return "no certificate"
    purposes = "no EKU" if store.leaf.eku is None else in_words(store.leaf.eku)
    return f"{purposes} from {store.leaf.issuer or 'an unreadable issuer'}"


def _client(record: NodeRecord) -> str:
    return _of_store(record.snapshot.client)


def _server(record: NodeRecord) -> str:
    return _of_store(record.snapshot.server)


_MATTERS: tuple[tuple[str, Callable[[NodeRecord], str], str], ...] = (
    ("checking mode", _mode, "set the same checking mode on every peer"),
    ("release", _release, "bring every peer to the same release"),
    (
        "client certificate",
        _client,
        "give every peer a client certificate with the same purposes, from one CA",
    ),
    (
        "server certificate",
        _server,
        "give every peer a server certificate with the same purposes, from one CA",
    ),
)
