"""What a Core and an Edge will do together, from their certificates, trusted CAs, the checking mode and the releases.

Knows which judgements make a prediction; must not know files or packets, nor how each is reached (``zone``,
``services``). Out comes a ``Prediction`` whose every outcome names the rules that it follows from, the deciding one
first. What nobody states is ``undetermined``, never guessed.
"""

from __future__ import annotations

from dataclasses import replace

from tlseku._objects import frozen, short
from tlseku.policy.rule_books import Mode
from tlseku.profiles.expressway.rules.condition import Condition, Node, case_of, condition_of
from tlseku.profiles.expressway.rules.release import X15_5, Release
from tlseku.profiles.expressway.rules.services import Service, far_end, mra, on_both
from tlseku.profiles.expressway.rules.zone import Zone, tunnels_between, zone_between


@short
@frozen
class Prediction:
    """All that follows for a pair. ``release`` is the Core's. ``edge_mode`` is as told; ``mode_assumed`` says that On
    was taken for it (CM7). ``notes``, one line each, say what else to know, such as releases that differ.

    ``test_case`` is the vendor's test case that this amounts to. ``far_end`` is about the Edge as TLS client, such as
    to Webex: what the far end checks is not known here, so that it is ``yes`` at best where nothing stands against it.
    """

    release: Release
    edge_release: Release
    edge_mode: Mode
    mode_assumed: bool
    condition: Condition | None
    test_case: str | None
    uc_zone: Zone
    ssh_tunnels: Zone
    mra: Service
    webrtc: Service
    far_end: Service
    notes: tuple[str, ...] = ()


def predict(
    core: Node,
    edge: Node,
    edge_mode: Mode = "unknown",
    release: Release = X15_5,
    *,
    edge_release: Release | None = None,
    time: int | None = None,
) -> Prediction:
    """Predict the services between a Core (TLS and SSH client) and an Edge (server). Never raises.

    A leaf that is not known (``None``) makes what depends on it undetermined. ``release`` is the Core's and, unless
    ``edge_release`` says otherwise, the Edge's. Before x15.5 there is one store and no checking mode: the server leaf
    of such a node is what it presents in either role, and its mode plays no part. ``time``, in nanoseconds since
    1970-01-01 UTC, is when dates are judged, ``None``: not at all.
    """
    core_release, other = release, release if edge_release is None else edge_release
    core, edge = _as_presented(core, core_release), _as_presented(edge, other)
    zone = zone_between(core, edge, edge_mode, (core_release, other), time)
    tunnels = tunnels_between(core, edge, core_release)
    both_new = core_release.has_two_stores and other.has_two_stores
    condition = condition_of(core, edge) if both_new else None
    works = on_both(zone, tunnels)
    return Prediction(
        release=core_release,
        edge_release=other,
        edge_mode=edge_mode,
        mode_assumed=other.has_two_stores and edge_mode == "unknown",
        condition=condition,
        test_case=case_of(condition, edge_mode),
        uc_zone=zone,
        ssh_tunnels=tunnels,
        mra=mra(works, edge.server, core_release, other),
        webrtc=works,
        far_end=far_end(edge.client, other, time),
        notes=_notes(core_release, other),
    )


def _notes(core: Release, edge: Release) -> tuple[str, ...]:
    if core == edge:
        return ()
    return (
        f"the releases differ, the Core runs {core} and the Edge {edge}: both must run the same one; each is judged by"
        " the rules of its own",
    )


def _as_presented(node: Node, release: Release) -> Node:
    # Before x15.5 the one certificate is used in either role (rule ST1).
    if release.has_two_stores:
        return node
    if node.server is None:
        return replace(node, server=node.client, server_above=node.client_above)
    return replace(node, client=node.server, client_above=node.server_above)
