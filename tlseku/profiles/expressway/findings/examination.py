"""Some bundles examined together: each node, every pair of a Core and an Edge, and the peers of each cluster.

Knows records and who makes what of them; must not know archives or how anything is shown. Out comes an ``Examination``:
nothing that was given is left out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tlseku.profiles.expressway.findings.cluster import differences
from tlseku.profiles.expressway.findings.diagnose import Diagnosis, NodeRole, diagnose
from tlseku.profiles.expressway.findings.pair import Pair, pair_of, roles_of
from tlseku.profiles.expressway.findings.roles import RoleError, role_of
from tlseku.profiles.expressway.node.node_record import NodeRecord


class Examined(NamedTuple):
    """One bundle that was examined: its ``path`` as named, what it holds and what is wrong. ``role`` is ``None`` if
    nobody knows it, ``role_reason`` says why it is taken to be that. ``warnings`` are about the archive."""

    path: str
    record: NodeRecord
    role: NodeRole | None
    role_reason: str
    diagnoses: tuple[Diagnosis, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """All ``nodes`` in the order given, the ``pairs`` of each Core with each Edge, and what differs between peers
    (``cluster``)."""

    nodes: tuple[Examined, ...]
    pairs: tuple[Pair, ...] = ()
    cluster: tuple[Diagnosis, ...] = ()


def examine(
    found: Sequence[tuple[str, NodeRecord, tuple[str, ...]]],
    told: NodeRole | None = None,
    time: int | None = None,
) -> Examination:
    """Examine nodes: (path, record, warnings) of each. ``told`` is what the first one is, ``time`` when dates are
    judged. Raises ``RoleError`` where several nodes are no Core and Edge."""
    if len(found) == 1:
        path, record, warnings = found[0]
        role, why = (told, "as told") if told is not None else role_of(record)
        return Examination((Examined(path, record, role, why, diagnose(record, role), warnings),))
    roles, told_by = roles_of([record for _, record, _ in found], told)
    cores = [record for (_, record, _), role in zip(found, roles, strict=True) if role == "core"]
    edges = [record for (_, record, _), role in zip(found, roles, strict=True) if role == "edge"]
    if not cores or not edges:
        reasons = "; ".join(role_of(record)[1] for _, record, _ in found)
        both = "both nodes look" if len(found) == 2 else "all nodes look"
        raise RoleError(f"{both} like the {roles[0].capitalize()}: {reasons}; say --role")
    modes = {edge.snapshot.mode for edge in edges}
    mode = modes.pop() if len(modes) == 1 else "unknown"
    nodes = tuple(
        Examined(path, record, role, told_by, diagnose(record, role, mode), warnings)
        for (path, record, warnings), role in zip(found, roles, strict=True)
    )
    pairs = tuple(pair_of(core, edge, told_by, time) for core in cores for edge in edges)
    return Examination(nodes, pairs, (*differences("core", cores), *differences("edge", edges)))
