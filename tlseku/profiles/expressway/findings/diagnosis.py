"""One thing to know about a node, and what several kinds of findings ask of a record.

Knows levels, rules, evidence and cures as words; must not know how anything is found out.
"""

from __future__ import annotations

from typing import Literal

from tlseku._objects import frozen, short
from tlseku.flow import Flow, Presented
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
)
from tlseku.profiles.expressway.logs.log_fields import moment
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.release import X15_5, Release
from tlseku.profiles.expressway.rules.store import lists_client_auth
from tlseku.profiles.expressway.rules.store_check import Level

NodeRole = Literal["core", "edge"]


MOST_EVIDENCE = 10
"""Pieces of evidence of one diagnosis that are kept; the others are counted."""


SIP_PORTS = (5061, 5062)
"""SIP TLS and SIP mutual TLS; traversal zones have ports of their own."""


EKU_CURE = "upload a certificate that lists clientAuth to the client store of the node that connects"


ONE_STORE_CURE = "give the Core a certificate that lists serverAuth and clientAuth"


EDGE_OFF = ", or set the checking mode of the Edge to Off, which does not help the SSH tunnels (SV2)"


@short
@frozen
class Diagnosis:
    """One thing to know. ``rules`` are ids, the deciding one first, and empty for plain facts such as expiry;
    ``to_do`` is ``None`` where nothing is to be done. ``more`` counts evidence beyond ``MOST_EVIDENCE``."""

    level: Level
    rules: tuple[str, ...]
    text: str
    to_do: str | None
    evidence: tuple[Evidence, ...] = ()
    more: int = 0


def release_of(record: NodeRecord) -> Release:
    """The release of a node; x15.5 is taken where no file says it."""
    return X15_5 if record.snapshot.release is None else record.snapshot.release


def snapshot_time(record: NodeRecord) -> int | None:
    """When the snapshot was taken, in nanoseconds since 1970-01-01, by the names of its files; the zone is not told,
    which is good enough for days."""
    if record.snapshot.time is None:
        return None
    day, _, time = record.snapshot.time.partition("_")
    return moment(f"{day} {time.replace('_', ':')}")


def client_without_purpose(flow: Flow) -> Presented | None:
    """The client Certificate message of a flow whose leaf has an EKU without clientAuth; ``None`` if there is none."""
    for presented in flow.presented:
        if presented.role == "client" and presented.chain:
            leaf = presented.chain[0]
            if lists_client_auth(leaf) is False and leaf.eku is not None:
                return presented
    return None
