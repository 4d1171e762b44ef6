"""A Core and an Edge together: what the rules predict of their services, and what captures and logs of both say.

Knows two records, which of them is which, and the prediction; must not know archives or how anything is shown.
Prediction and observation stay two facts: each outcome says whether what was seen confirms or contradicts it. The
client certificate of an SSH tunnel is in no capture, so that only the log can confirm what SV2 predicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tlseku.errors import TlsekuError
from tlseku.flow import Flow
from tlseku.output.words import wording
from tlseku.profiles.expressway.findings.diagnose import (
    MOST_EVIDENCE,
    NodeRole,
    client_without_purpose,
    release_of,
)
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
    events_of,
    of_ending,
    of_event,
    of_presented,
    of_tunnel,
)
from tlseku.profiles.expressway.logs.log_correlation import MATCHES, WINDOW
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.predict import Prediction, predict
from tlseku.profiles.expressway.rules.presented_store import label_leaf, label_text
from tlseku.profiles.expressway.rules.service_port import service_of, service_of_entry, ssh_word
from tlseku.profiles.expressway.ssh.banner_and_host_key import CLIENT_CERTIFICATE_NOTE

Seen = Literal["active", "failed", "nothing"]
Verdict = Literal["confirmed", "contradicted", "observed", "follows", "not seen"]
VERDICTS = {
    "confirmed": "what was seen is what the rules predict",
    "contradicted": "what was seen is not what the rules predict",
    "observed": "the rules leave it open; this is what was seen",
    "follows": "cannot be seen by itself; it follows from the others",
    "not seen": "neither a capture nor a log shows it",
}
"""What observation makes of a prediction."""


class RoleError(TlsekuError):
    """Nobody can tell which of two nodes is the Core and which the Edge."""


class Handshake(NamedTuple):
    """One TLS connection between the nodes as the Core's captures and the Edge's show it, ``None`` where one of them
    does not have it."""

    core: Flow | None
    edge: Flow | None

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flows that there are, the Core's first."""
        return tuple(flow for flow in (self.core, self.edge) if flow is not None)

    @property
    def seen(self) -> Seen:
        """How it went; one side may have lost the end."""
        outcomes = {flow.outcome for flow in self.flows}
        if "refused" in outcomes:
            return "failed"
        return "active" if "completed" in outcomes else "failed" if "aborted" in outcomes else "nothing"


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one service. ``reason`` says it in a sentence; ``more`` counts evidence that is not kept."""

    seen: Seen
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Both nodes. ``told_by`` says how it is known which is which. ``observed`` has the keys of the prediction's
    outcomes."""

    core: NodeRecord
    edge: NodeRecord
    told_by: str
    prediction: Prediction
    handshakes: tuple[Handshake, ...]
    observed: dict[str, Observed]
    notes: tuple[str, ...]


def role_of(record: NodeRecord) -> tuple[NodeRole | None, str]:
    """What a node is, by who begins connections to the zone's and the tunnels' ports; the second is why.

    Who is client is told by handshakes and by what the node says of itself in its log, not by ports.
    """
    said: dict[NodeRole, str] = {}
    for flow in record.flows:
        service = service_of(flow.server)
        if service is not None and flow.direction in ("outbound", "inbound"):
            role: NodeRole = "core" if flow.direction == "outbound" else "edge"
            said.setdefault(role, f"it {_BEGAN[role]} port {flow.server.port} in flow {flow.number}")
    for tunnel in record.ssh:
        own = [end.ip in record.addresses for end in (tunnel.client, tunnel.server)]
        if tunnel.client_known and own[0] is not own[1]:
            role = "core" if own[0] else "edge"
            said.setdefault(role, f"it {_BEGAN[role]} an SSH connection to port {tunnel.server.port}")
    for one in record.events:
        entry = one.entry
        if (
            entry.kind in ("tls_error", "ssl", "ssh")
            and service_of_entry(entry) is not None
            and entry.role is not None
        ):
            role = "core" if entry.role == "client" else "edge"
            what = (
                "SSH tunnels"
                if entry.kind == "ssh"
                else f"port {entry.destination.port if entry.destination else 0}"
            )
            said.setdefault(role, f"it {_BEGAN[role]} {what} in its log, line {entry.line}")
    if len(said) == 1:
        return next(iter(said.items()))
    return (
        None,
        "it is client and server of such connections" if said else "it shows no connection to 7001 or 2222",
    )


_BEGAN: dict[NodeRole, str] = {"core": "is client of", "edge": "is server of"}


def make_pair(first: NodeRecord, second: NodeRecord, role: NodeRole | None = None) -> Pair:
    """Put two nodes together; ``role`` is what the first one is, ``None``: find out. Raises ``RoleError``."""
    told_by = "as told"
    if role is None:
        (one, why), (other, why_other) = role_of(first), role_of(second)
        if one is not None and one == other:
            raise RoleError(f"both nodes look like the {one.capitalize()}: {why}; {why_other}; say --role")
        role = one if one is not None else None if other is None else "edge" if other == "core" else "core"
        if role is None:
            raise RoleError(f"nobody can tell which node is the Core: {why}; {why_other}; say --role")
        told_by = (
            f"the {role.capitalize()}: {why}"
            if one is not None
            else f"the {(other or '').capitalize()}: {why_other}"
        )
    core, edge = (first, second) if role == "core" else (second, first)
    notes: list[str] = []
    release, other_release = release_of(core), release_of(edge)
    if release.has_two_stores is not other_release.has_two_stores:
        notes.append(
            f"the Core runs {release}, the Edge {other_release}: the rules of {other_release} are taken for both"
        )
    prediction = predict(_node(core), _node(edge), edge.snapshot.mode, other_release)
    handshakes = tuple(_handshakes(core, edge))
    zone = _zone(core, edge, prediction, handshakes, notes)
    tunnels = _tunnels(core, edge, prediction)
    follows = Observed(
        "nothing", "follows", f"zone {_outcome(zone)}, tunnels {_outcome(tunnels)}: no capture shows a login"
    )
    observed = {
        "uc_zone": zone,
        "ssh_tunnels": tunnels,
        "mra": follows,
        "webrtc": follows,
        "far_end": _far_end(core, edge, prediction),
    }
    return Pair(core, edge, told_by, prediction, handshakes, observed, tuple(notes))


def _node(record: NodeRecord) -> Node:
    client, server = record.snapshot.client, record.snapshot.server
    return Node(None if client is None else client.leaf, None if server is None else server.leaf)


def _handshakes(core: NodeRecord, edge: NodeRecord) -> Iterator[Handshake]:
    waiting = [flow for flow in edge.flows if service_of(flow.server) == "uc_zone"]
    for flow in core.flows:
        if service_of(flow.server) != "uc_zone":
            continue
        same = next((other for other in waiting if _is_same(flow, other)), None)
        if same is not None:
            waiting.remove(same)
        if same is not None or _is_between(flow, core, edge):
            yield Handshake(flow, same)
    yield from (Handshake(None, flow) for flow in waiting if _is_between(flow, core, edge))


def _is_same(one: Flow, other: Flow) -> bool:
    ends = (one.client, one.server) == (other.client, other.server)
    return ends and one.start - WINDOW <= other.end and other.start - WINDOW <= one.end


def _is_between(flow: Flow, core: NodeRecord, edge: NodeRecord) -> bool:
    # A node whose addresses are not known (or that is behind a NAT) cannot be told from others of its kind.
    is_core = not core.addresses or flow.client.ip in core.addresses
    return is_core and (not edge.addresses or flow.server.ip in edge.addresses)


def _zone(
    core: NodeRecord,
    edge: NodeRecord,
    prediction: Prediction,
    handshakes: tuple[Handshake, ...],
    notes: list[str],
) -> Observed:
    told = sorted((shake for shake in handshakes if shake.seen != "nothing"), key=_last, reverse=True)
    evidence: list[Evidence] = []
    # The last handshake decides, so that it comes first, with what the logs say of it.
    for shake in told:
        for flow in shake.flows:
            evidence += _of_flow(flow, core, edge, notes)
        for record, own in ((core, shake.core), (edge, shake.edge)):
            evidence += () if own is None else events_of(record, (own,))
    logged = sorted(_logged(core, edge), key=lambda one: one[0], reverse=True)
    evidence += [piece for _, _, piece in logged]
    if not told and not logged:
        return Observed(
            "nothing", "not seen", "no capture and no log shows a connection of the zone that went either way"
        )
    seen: Seen = told[0].seen if told else logged[0][1]
    reason = _sentence(told, seen) if told else _LOGGED[seen]
    return _compared(prediction.uc_zone.outcome, seen, reason, evidence)


_LOGGED: dict[Seen, str] = {
    "failed": "no capture shows it; the last that the log tells of the zone is a TLS error",
    "active": "no capture shows it; the last that the log tells of the zone is a SIP message that came through",
}


def _logged(core: NodeRecord, edge: NodeRecord) -> Iterator[tuple[int, Seen, Evidence]]:
    """Events of the zone that belong to no flow: when, what they mean."""
    for record in (core, edge):
        for one in record.events:
            entry = one.entry
            if one.flows or service_of_entry(entry) != "uc_zone":
                continue
            piece = of_event(one)
            piece = piece._replace(text=f"{piece.text} ({MATCHES[one.match]})")
            if entry.kind in ("tls_error", "ssl"):
                yield entry.time or 0, "failed", piece
            elif entry.kind in ("sip_sent", "sip_received"):
                yield entry.time or 0, "active", piece


def _sentence(told: Sequence[Handshake], seen: Seen) -> str:
    both = sum(shake.core is not None and shake.edge is not None for shake in told)
    flow = told[0].flows[0]
    how = "completed" if seen == "active" else "was refused" if flow.outcome == "refused" else "broke off"
    if flow.outcome == "refused" and flow.refused_by is not None:
        how += f" by the {'Edge' if flow.refused_by == 'server' else 'Core'}"
    if client_without_purpose(flow) is not None:
        how += ", the Core's client leaf lacking clientAuth"
    count = "the handshake" if len(told) == 1 else f"the last of {len(told)} handshakes"
    sides = (
        ""
        if not both
        else ", seen on both sides"
        if both == len(told)
        else f", {both} of them seen on both sides"
    )
    return f"{count} {how}{sides}"


def _last(shake: Handshake) -> int:
    return max(flow.end for flow in shake.flows)


def _of_flow(flow: Flow, core: NodeRecord, edge: NodeRecord, notes: list[str]) -> Iterator[Evidence]:
    for presented in flow.presented:
        owner, name = (core, "Core") if presented.role == "client" else (edge, "Edge")
        stores = owner.snapshot.server, owner.snapshot.client
        if not presented.chain or presented.role == "unknown":
            yield of_presented(flow, presented)
            continue
        label = label_leaf(presented.chain[0], *stores)
        yield of_presented(flow, presented, f"{name}: {label_text(label)}")
        expected = owner.snapshot.client if presented.role == "client" else owner.snapshot.server
        if expected is not None and expected.leaf.sha256 != presented.chain[0].sha256:
            place = "client" if presented.role == "client" else "server"
            said = f"the {name} presents another certificate than the one of its {place} store that is predicted from"
            if said not in notes:
                notes.append(said)
    yield of_ending(flow)


def _tunnels(core: NodeRecord, edge: NodeRecord, prediction: Prediction) -> Observed:
    evidence: list[Evidence] = []
    words: list[tuple[int, str]] = []
    for record in (core, edge):
        for one in record.events:
            if one.entry.kind != "ssh" or one.entry.detail is None:
                continue
            evidence.append(of_event(one))
            word = ssh_word(one.entry.detail)
            # Other failures, such as a time-out, have reasons of their own.
            if word != "other":
                words.append((one.entry.time or 0, word))
    shown = [piece for record in (core, edge) for one in record.ssh if (piece := of_tunnel(one)) is not None]
    if not words:
        said = "neither a capture nor a log shows a tunnel"
        if evidence:
            said = "the log tells of the tunnels, but of no refusal and of no login"
        elif shown:
            said = "captures show SSH connections, but not how they went"
        return Observed(
            "nothing", "not seen", f"{said}. {CLIENT_CERTIFICATE_NOTE}", *_kept([*evidence, *shown])
        )
    last = max(words, key=lambda one: one[0])[1]
    seen: Seen = "failed" if last == "denied" else "active"
    how = "refused" if last == "denied" else "let in"
    return _compared(
        prediction.ssh_tunnels.outcome,
        seen,
        f"the log says that the tunnel is {how}. {CLIENT_CERTIFICATE_NOTE}",
        [*evidence, *shown],
    )


def _far_end(core: NodeRecord, edge: NodeRecord, prediction: Prediction) -> Observed:
    flows = [
        flow
        for flow in edge.flows
        if flow.direction == "outbound"
        and flow.server.ip not in core.addresses
        and flow.outcome in ("completed", "refused")
        and any(one.role == "client" and one.chain for one in flow.presented)
    ]
    if not flows:
        return Observed(
            "nothing", "not seen", "no capture of the Edge has a far end that asked for its certificate"
        )
    refused = sum(flow.outcome == "refused" for flow in flows)
    evidence = [
        piece
        for flow in flows
        for piece in (
            *(of_presented(flow, one) for one in flow.presented if one.role == "client"),
            of_ending(flow),
        )
    ]
    seen: Seen = "failed" if refused == len(flows) else "active"
    taken = wording.counted(len(flows) - refused, "handshake")
    reason = f"far ends took the Edge's certificate in {taken} and refused in {refused}"
    predicted = {"yes": "active", "no": "failed"}.get(prediction.far_end.outcome, "undetermined")
    return _compared(predicted, seen, reason, evidence)


def _compared(predicted: str, seen: Seen, reason: str, evidence: Iterable[Evidence]) -> Observed:
    verdict: Verdict = (
        "observed" if predicted == "undetermined" else "confirmed" if predicted == seen else "contradicted"
    )
    return Observed(seen, verdict, reason, *_kept(evidence))


def _kept(evidence: Iterable[Evidence]) -> tuple[tuple[Evidence, ...], int]:
    found = tuple(dict.fromkeys(evidence))
    return found[:MOST_EVIDENCE], max(len(found) - MOST_EVIDENCE, 0)


def _outcome(observed: Observed) -> str:
    return "not seen" if observed.seen == "nothing" else f"seen {observed.seen}"
