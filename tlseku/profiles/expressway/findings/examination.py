"""Some bundles examined together: each node, every pair of a Core and an Edge, and the peers of each cluster.

Knows records and who makes what of them; must not know archives or how anything is shown. Out comes an ``Examination``:
nothing that was given is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tlseku._objects import frozen, short
from tlseku.profiles.expressway.findings.cluster import differences
from tlseku.profiles.expressway.findings.diagnose import diagnose
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis, NodeRole
from tlseku.profiles.expressway.findings.pair import Pair, pair_of, roles_of
from tlseku.profiles.expressway.findings.roles import RoleError, role_of
from tlseku.profiles.expressway.node.node_record import NodeRecord


@short
class Examined(NamedTuple):
    """One bundle that was examined: its ``path`` as named, what it holds and what is wrong. ``role`` is ``None`` if
    nobody knows it, ``role_reason`` says why it is taken to be that. ``warnings`` are about the archive."""

    path: str
    record: NodeRecord
    role: NodeRole | None
    role_reason: str
    diagnoses: tuple[Diagnosis, ...]
    warnings: tuple[str, ...]


@short
@frozen
class Examination:
    """All ``nodes`` in the order given, the ``pairs`` of each Core with each Edge, and what differs between peers
    (``cluster``)."""

    nodes: tuple[Examined, ...]
    pairs: tuple[Pair, ...] = ()
    cluster: tuple[Diagnosis, ...] = ()


Found = tuple[str, NodeRecord, tuple[str, ...]]
"""The path of a bundle as named, one node of it, and what to be warned of."""


def examine(
    found: Sequence[Found], told: NodeRole | None = None, time: int | None = None, pairs_wanted: bool = True
) -> Examination:
    """Examine nodes. ``told`` is what the first one is, ``time`` when dates are judged.

    ``pairs_wanted`` says that there must be a Core and an Edge among several nodes; else several peers of one kind are
    examined each by itself. Raises ``RoleError`` where several nodes are no Core and Edge."""
    if len(found) == 1:
        return Examination((_alone(*found[0], told),))
    records = [record for _, record, _ in found]
    try:
        roles, told_by = roles_of(records, told)
        if len(set(roles)) == 1:
            reasons = "; ".join(role_of(record)[1] for record in records)
            both = "both nodes look" if len(found) == 2 else "all nodes look"
            raise RoleError(f"{both} like the {roles[0].capitalize()}: {reasons}; say --role")
    except RoleError:
        if pairs_wanted:
            raise
        nodes = tuple(_alone(*one, told) for one in found)
        return Examination(nodes, (), tuple(_differences(records, [node.role for node in nodes])))
    edges = [record for record, role in zip(records, roles, strict=True) if role == "edge"]
    cores = [record for record, role in zip(records, roles, strict=True) if role == "core"]
    modes = {edge.snapshot.mode for edge in edges}
    mode = modes.pop() if len(modes) == 1 else "unknown"
    nodes = tuple(
        Examined(path, record, role, told_by, diagnose(record, role, mode), warnings)
        for (path, record, warnings), role in zip(found, roles, strict=True)
    )
    pairs = tuple(pair_of(core, edge, told_by, time) for core in cores for edge in edges)
    return Examination(nodes, pairs, tuple(_differences(records, roles)))


def _alone(path: str, record: NodeRecord, warnings: tuple[str, ...], told: NodeRole | None) -> Examined:
    role, why = (told, "as told") if told is not None else role_of(record)
    return Examined(path, record, role, why, diagnose(record, role), warnings)


def _differences(records: Sequence[NodeRecord], roles: Sequence[NodeRole | None]) -> Iterator[Diagnosis]:
    for role in _ROLES:
        yield from differences(role, [one for one, its in zip(records, roles, strict=True) if its == role])


_ROLES: tuple[NodeRole, ...] = ("core", "edge")
