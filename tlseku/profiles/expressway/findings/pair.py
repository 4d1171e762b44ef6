"""A Core and an Edge together: what the rules predict of their services, and what captures and logs of both say.

Knows two records, which of them is which, and the prediction; must not know archives or how anything is shown. Each
outcome says whether what was seen confirms or contradicts it. MRA and WebRTC never work beside a zone or tunnels that
were seen to fail, whatever the rules say of the certificates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address

from tlseku._objects import frozen, short
from tlseku.policy.validity import DAY
from tlseku.profiles.expressway.findings.between import (
    Handshake,
    handshakes_between,
    has_evidence,
    signs_of_a_pair,
)
from tlseku.profiles.expressway.findings.diagnosis import NodeRole, release_of, snapshot_time
from tlseku.profiles.expressway.findings.observation import (
    Both,
    Observed,
    observe_far_end,
    observe_tunnels,
    observe_zone,
    outcome_text,
)
from tlseku.profiles.expressway.findings.roles import RoleError, role_of
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.condition import Node, node_of
from tlseku.profiles.expressway.rules.predict import Prediction, predict
from tlseku.profiles.expressway.rules.services import Service
from tlseku.profiles.expressway.settings.zones import ZoneSetting

UNRELATED = "no sign that these belong together: no address, name or certificate in common"


@short
@frozen
class Pair:
    """Both nodes. ``told_by`` says how it is known which is which. ``observed`` has the keys of the prediction's
    outcomes. ``related`` is False where nothing says that the bundles belong together: then nothing of one is held
    against the other's captures and log."""

    core: NodeRecord
    edge: NodeRecord
    told_by: str
    prediction: Prediction
    handshakes: tuple[Handshake, ...]
    observed: dict[str, Observed]
    notes: tuple[str, ...]
    related: bool = True


def roles_of(records: Sequence[NodeRecord], told: NodeRole | None = None) -> tuple[tuple[NodeRole, ...], str]:
    """What each of some nodes is, and how that is known. ``told`` is what the first one is: it goes before what is
    found out. Nodes of which nobody knows are what the others are not. Raises ``RoleError`` if nobody knows of any."""
    found = [role_of(record) for record in records]
    known: list[NodeRole | None] = [role for role, _ in found]
    told_by = "as told"
    if told is not None:
        known[0] = told
        if len(known) == 2:
            known[1] = _OTHER[told]
    else:
        index = next((number for number, role in enumerate(known) if role is not None), None)
        if index is None:
            reasons = "; ".join(dict.fromkeys(why for _, why in found))
            raise RoleError(f"nobody can tell which node is the Core: {reasons}; say --role")
        told_by = f"the {(known[index] or '').capitalize()}: {found[index][1]}"
    certain = {role for role in known if role is not None}
    missing: NodeRole = "edge" if certain == {"core"} else "core"
    return tuple(_filled(role, missing) for role in known), told_by


def _filled(role: NodeRole | None, missing: NodeRole) -> NodeRole:
    return missing if role is None else role


_OTHER: Mapping[NodeRole, NodeRole] = {"core": "edge", "edge": "core"}


def pair_of(core: NodeRecord, edge: NodeRecord, told_by: str, time: int | None = None) -> Pair:
    """Predict and observe a Core and an Edge. Never raises."""
    notes: list[str] = []
    related = not (has_evidence(core) and has_evidence(edge)) or any(signs_of_a_pair(core, edge))
    days = [one for one in (snapshot_time(core), snapshot_time(edge)) if one is not None]
    if not related:
        notes.append(UNRELATED)
    if len(days) == 2 and abs(days[0] - days[1]) >= DAY:
        notes.append(f"the bundles were made {abs(days[0] - days[1]) // DAY} days apart")
    when = max(days, default=None) if time is None else time
    prediction = predict(
        _node(core, "core"),
        _node(edge, "edge"),
        edge.snapshot.mode,
        release_of(core),
        edge_release=release_of(edge),
        time=when,
    )
    ports = core.zone_ports | edge.zone_ports
    both = Both(core, edge, handshakes_between(core, edge, ports) if related else (), ports)
    notes += _ports_that_differ(core, edge)
    observed = _observed(both, prediction, notes) if related else dict.fromkeys(_KEYS, _NOT_HELD)
    prediction = _without_what_failed(prediction, observed)
    return Pair(core, edge, told_by, prediction, both.handshakes, observed, tuple(notes), related)


_KEYS = ("uc_zone", "ssh_tunnels", "mra", "webrtc", "far_end")
_NOT_HELD = Observed("nothing", "not seen", UNRELATED)


def _observed(both: Both, prediction: Prediction, notes: list[str]) -> dict[str, Observed]:
    zone = observe_zone(both, prediction.uc_zone, notes)
    tunnels = observe_tunnels(both, prediction)
    said = f"zone {outcome_text(zone)}, tunnels {outcome_text(tunnels)}; a login itself is in no capture"
    follows = Observed("nothing", "follows", said)
    return {
        "uc_zone": zone,
        "ssh_tunnels": tunnels,
        "mra": follows,
        "webrtc": follows,
        "far_end": observe_far_end(both, prediction),
    }


def _without_what_failed(prediction: Prediction, observed: dict[str, Observed]) -> Prediction:
    names = {"uc_zone": "Unified Communications zone", "ssh_tunnels": "SSH tunnels"}
    failed = [name for key, name in names.items() if observed[key].seen == "failed"]
    if not failed:
        return prediction

    def changed(service: Service) -> Service:
        if service.outcome == "no":
            return service
        said = f"seen failed: {' and '.join(failed)}, whatever the rules say of the certificates"
        return Service("no", tuple(dict.fromkeys(("SV3", *service.rules))), said, service.to_do)

    return replace(prediction, mra=changed(prediction.mra), webrtc=changed(prediction.webrtc))


def _ports_that_differ(core: NodeRecord, edge: NodeRecord) -> list[str]:
    ports = [
        {zone.port for zone in _zones(record, side) if zone.port is not None}
        for record, side in ((core, "client"), (edge, "server"))
    ]
    if not all(ports) or ports[0] & ports[1]:
        return []
    told = [", ".join(map(str, sorted(each))) for each in ports]
    return [f"the Core's zone goes to SIP port {told[0]}, the Edge's is on {told[1]}: they never meet"]


def _node(record: NodeRecord, role: NodeRole) -> Node:
    snapshot = record.snapshot
    return node_of(snapshot.client, snapshot.server, snapshot.trusted, tuple(_expects(record, role)))


def _expects(record: NodeRecord, role: NodeRole) -> Iterable[str]:
    """The names that a node looks for in its peer's certificate, as its zones are configured."""
    found: dict[str, None] = {}
    for zone in _zones(record, "client" if role == "core" else "server"):
        if zone.verify is False:
            continue
        if zone.subject_name:
            found[zone.subject_name] = None
        elif role == "core":
            found.update(dict.fromkeys(peer for peer in zone.peers if not _is_address(peer)))
    return found


def _zones(record: NodeRecord, side: str) -> list[ZoneSetting]:
    zones = [zone for zone in record.snapshot.zones if zone.side == side]
    return [zone for zone in zones if zone.is_unified_communications] or zones


def _is_address(text: str) -> bool:
    # Nobody states that a zone by address looks for that address in the certificate.
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
