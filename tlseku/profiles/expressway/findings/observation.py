"""What captures and logs of a Core and an Edge say of each service, set against what the rules predict.

Knows a prediction, the handshakes between the nodes and both logs; must not know archives or how anything is shown.
Prediction and observation stay two facts. A failure that was seen is also asked *why* it failed: an alert or a phrase
of the log names the part of a certificate that was refused, and confirms or contradicts that part of the prediction.
The client certificate of an SSH tunnel is in no capture, so that only the log can confirm what SV2 predicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tlseku._objects import frozen, short
from tlseku.correlation.evidence import refusing_alert
from tlseku.flow import Flow
from tlseku.output.words import wording
from tlseku.profiles.expressway.findings.between import Handshake, Seen, entry_is_between
from tlseku.profiles.expressway.findings.diagnosis import MOST_EVIDENCE, client_without_purpose
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
    events_of,
    of_ending,
    of_event,
    of_presented,
    of_tunnel,
)
from tlseku.profiles.expressway.logs.failure_words import CAUSES, Cause
from tlseku.profiles.expressway.logs.log_correlation import MATCHES, LogEntry
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.acceptance import NodeWord, PartName
from tlseku.profiles.expressway.rules.predict import Prediction
from tlseku.profiles.expressway.rules.presented_store import label_leaf, label_text
from tlseku.profiles.expressway.rules.service_port import service_of_entry, ssh_word
from tlseku.profiles.expressway.rules.zone import Zone
from tlseku.profiles.expressway.ssh.banner_and_host_key import CLIENT_CERTIFICATE_NOTE
from tlseku.registry.names import alert_name

Verdict = Literal["confirmed", "contradicted", "observed", "follows", "not seen"]


@short
@frozen
class Observed:
    """What was seen of one service. ``reason`` says it in a sentence; ``more`` counts evidence that is not kept."""

    seen: Seen
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()
    more: int = 0


class Shown(NamedTuple):
    """Why something was seen to fail: ``of`` is the node whose certificate was refused, ``parts`` what of it that can
    be, ``said`` the alert or the phrase. ``of`` is ``None`` where that is not shown."""

    of: NodeWord | None
    parts: frozenset[PartName]
    said: str


_ALERT_PARTS: Mapping[int, tuple[PartName, ...]] = {
    42: ("name", "chain", "dates", "key"),
    43: ("purpose", "key"),
    45: ("dates",),
    46: ("purpose", "chain", "dates", "name", "key"),
    48: ("chain",),
}
"""What of a certificate an alert can be about when OpenSSL sends it (see ``policy.alert_senses``)."""

_CAUSE_PARTS: Mapping[Cause, tuple[PartName, ...]] = {
    "purpose": ("purpose",),
    "chain": ("chain",),
    "dates": ("dates",),
    "name": ("name",),
}


@frozen
class Both:
    """Two records and the handshakes of the zone between them; ``ports`` are the zone's."""

    core: NodeRecord
    edge: NodeRecord
    handshakes: tuple[Handshake, ...]
    ports: frozenset[int]

    @property
    def records(self) -> tuple[tuple[NodeWord, NodeRecord, NodeRecord], ...]:
        """Each node by name, with its record and the other's."""
        return ("core", self.core, self.edge), ("edge", self.edge, self.core)


def observe_zone(both: Both, predicted: Zone, notes: list[str]) -> Observed:
    """What was seen of the zone. ``notes`` gets what else a reader should know. Never raises."""
    told = sorted((shake for shake in both.handshakes if shake.seen != "nothing"), key=_last, reverse=True)
    evidence: list[Evidence] = []
    # The last handshake decides, so that it comes first, with what the logs say of it.
    for shake in told:
        for flow in shake.flows:
            evidence += _of_flow(flow, both, notes)
        for record, own in ((both.core, shake.core), (both.edge, shake.edge)):
            evidence += () if own is None else events_of(record, (own,))
    logged = sorted(_logged(both), key=lambda one: one[0], reverse=True)
    evidence += [piece for _, _, _, piece in logged]
    if not told and not logged:
        hidden = len(both.handshakes)
        said = "no capture and no log shows a connection of the zone that went either way"
        if hidden:
            said = f"{wording.counted(hidden, 'handshake')} of the zone, but neither capture nor log shows how it went"
        return Observed("nothing", "not seen", f"{said}{_may_be_filtered(both)}")
    seen: Seen = told[0].seen if told else logged[0][1]
    why = _why(told[0]) if told else logged[0][2]
    reason = _sentence(told, seen) if told else _LOGGED[seen]
    return _held_against(predicted, seen, reason, why if seen == "failed" else None, evidence)


def observe_tunnels(both: Both, prediction: Prediction) -> Observed:
    """What was seen of the SSH tunnels. Never raises."""
    evidence: list[Evidence] = []
    words: list[tuple[int, str]] = []
    for _, record, _ in both.records:
        for one in record.events:
            if one.entry.kind != "ssh" or one.entry.detail is None:
                continue
            evidence.append(of_event(one))
            word = ssh_word(one.entry.detail)
            if word != "other":
                words.append((one.entry.time or 0, word))
    tunnels = [tunnel for _, record, _ in both.records for tunnel in record.ssh]
    shown = [piece for tunnel in tunnels if (piece := of_tunnel(tunnel)) is not None]
    if not words:
        said = "neither a capture nor a log shows a tunnel"
        if evidence:
            said = "the log tells of the tunnels, but of no refusal and of no login"
        elif shown:
            said = "captures show SSH connections, but not how they went"
        reason = f"{said}. {CLIENT_CERTIFICATE_NOTE}"
        return Observed("nothing", "not seen", reason, *_kept([*evidence, *shown]))
    last = max(words, key=lambda one: one[0])[1]
    if last == "down":
        reason = (
            "the log says that the tunnel is down: its port was not reached, which is no refusal of a certificate and"
            " neither confirms nor contradicts SV2"
        )
        verdict: Verdict = "contradicted" if prediction.ssh_tunnels.outcome == "active" else "observed"
        return Observed("failed", verdict, reason, *_kept([*evidence, *shown]))
    seen: Seen = "failed" if last == "denied" else "active"
    how = "refused" if last == "denied" else "let in"
    reason = f"the log says that the tunnel is {how}. {CLIENT_CERTIFICATE_NOTE}"
    return _compared(prediction.ssh_tunnels.outcome, seen, reason, [*evidence, *shown])


def observe_far_end(both: Both, prediction: Prediction) -> Observed:
    """What far ends made of the Edge's client certificate. Never raises."""
    flows = [
        flow
        for flow in both.edge.flows
        if flow.direction == "outbound"
        and flow.server.ip not in both.core.addresses
        and flow.outcome in ("completed", "refused")
        and any(one.role == "client" and one.chain for one in flow.presented)
    ]
    if not flows:
        return Observed(
            "nothing", "not seen", "the Edge's captures have no far end that asked for its certificate"
        )
    refused = sum(flow.outcome == "refused" for flow in flows)
    evidence: list[Evidence] = []
    for flow in flows:
        evidence += (of_presented(flow, one) for one in flow.presented if one.role == "client")
        evidence.append(of_ending(flow))
    seen: Seen = "failed" if refused == len(flows) else "active"
    taken = wording.counted(len(flows) - refused, "handshake")
    reason = f"far ends took the Edge's certificate in {taken} and refused in {refused}"
    predicted = {"yes": "active", "no": "failed"}.get(prediction.far_end.outcome, "undetermined")
    return _compared(predicted, seen, reason, evidence)


def outcome_text(observed: Observed) -> str:
    """``not seen``, ``seen active``, ``seen failed``."""
    return "not seen" if observed.seen == "nothing" else f"seen {observed.seen}"


_LOGGED: dict[Seen, str] = {
    "failed": "no capture shows it; the last that the log tells of the zone is a TLS error",
    "active": "no capture shows it; the last that the log tells of the zone is a SIP message that came through",
}


def _may_be_filtered(both: Both) -> str:
    if not (both.core.captures or both.edge.captures):
        return ""
    return "; it may have been filtered out: captures can be limited to hosts and ports"


def _logged(both: Both) -> Iterator[tuple[int, Seen, Shown | None, Evidence]]:
    """Events of the zone that belong to no flow: when, what they mean, and why it failed."""
    for name, record, other in both.records:
        for one in record.events:
            entry = one.entry
            if one.flows or service_of_entry(entry, both.ports) != "uc_zone":
                continue
            if not entry_is_between(entry, record, other):
                continue
            piece = of_event(one)
            piece = piece._replace(text=f"{piece.text} ({MATCHES[one.match]})")
            if entry.kind in ("tls_error", "ssl"):
                yield entry.time or 0, "failed", _shown_by_log(name, entry), piece
            elif entry.kind in ("sip_sent", "sip_received"):
                yield entry.time or 0, "active", None, piece


def _why(shake: Handshake) -> Shown | None:
    for flow in shake.flows:
        alert = refusing_alert(flow)
        if alert is not None:
            of: NodeWord = "core" if alert.role == "server" else "edge"
            said = (
                f"alert {alert_name(alert.code)} ({alert.code}) of the {'Edge' if of == 'core' else 'Core'}"
            )
            return Shown(of, frozenset(_ALERT_PARTS.get(alert.code, ())), said)
    found = [shown for name, one in shake.errors if (shown := _shown_by_log(name, one.entry)) is not None]
    return next((shown for shown in found if shown.parts), found[0] if found else None)


def _shown_by_log(name: NodeWord, entry: LogEntry) -> Shown | None:
    failure = entry.failure
    if failure is None or failure.by is None:
        return None
    peer: NodeWord = "edge" if name == "core" else "core"
    of = peer if failure.by == "node" else name
    parts = () if failure.cause is None else _CAUSE_PARTS.get(failure.cause, ())
    if failure.cause is None and failure.alert is not None:
        parts = _ALERT_PARTS.get(failure.alert, ())
    said = f'"{(entry.detail or "")[:200]}" in the log of the {name.capitalize()}'
    return Shown(of, frozenset(parts), said)


def _held_against(
    predicted: Zone, seen: Seen, reason: str, why: Shown | None, evidence: Iterable[Evidence]
) -> Observed:
    found = _compared(predicted.outcome, seen, reason, evidence)
    if why is None or why.of is None or not why.parts:
        return found
    told = f"{why.said} is about {_in_words(why)}"
    if predicted.outcome != "failed":
        return Observed(found.seen, found.verdict, f"{reason}; {told}", found.evidence, found.more)
    wrong = [part for part in predicted.parts if part.level == "wrong"]
    fitting = [part for part in wrong if part.of == why.of and part.name in why.parts]
    if fitting:
        rules = " ".join(dict.fromkeys(rule for part in fitting for rule in part.rules[:1]))
        said = f"{reason}; {why.said} confirms it for {_in_words(why, fitting[0].name)} [{rules}]"
        return Observed(found.seen, "confirmed", said, found.evidence, found.more)
    said = f"{reason}, but for another reason than the rules predict: {told}"
    return Observed(found.seen, "contradicted", said, found.evidence, found.more)


def _in_words(why: Shown, only: PartName | None = None) -> str:
    whose = f"the {'' if why.of is None else why.of.capitalize()}'s certificate"
    names = [only] if only is not None else sorted(why.parts)
    words = {
        "purpose": CAUSES["purpose"],
        "chain": CAUSES["chain"],
        "dates": CAUSES["dates"],
        "name": CAUSES["name"],
    }
    listed = " or ".join(words.get(name, f"its {name}") for name in names)
    return f"{whose}: {listed}"


def _sentence(told: Sequence[Handshake], seen: Seen) -> str:
    both = sum(shake.core is not None and shake.edge is not None for shake in told)
    flow = told[0].flows[0]
    how = "completed" if seen == "active" else "was refused" if flow.outcome == "refused" else "broke off"
    if seen == "failed" and flow.outcome not in ("refused", "aborted"):
        how = "is hidden, and failed by the log"
    if flow.outcome == "refused" and flow.refused_by is not None:
        how += f" by the {'Edge' if flow.refused_by == 'server' else 'Core'}"
    if client_without_purpose(flow) is not None:
        how += ", the Core's client leaf lacking clientAuth"
    count = "the handshake" if len(told) == 1 else f"the last of {len(told)} handshakes"
    sides = ""
    if both:
        sides = ", seen on both sides" if both == len(told) else f", {both} of them seen on both sides"
    return f"{count} {how}{sides}"


def _last(shake: Handshake) -> int:
    return max(flow.end for flow in shake.flows)


def _of_flow(flow: Flow, both: Both, notes: list[str]) -> Iterator[Evidence]:
    for presented in flow.presented:
        owner, name = (both.core, "Core") if presented.role == "client" else (both.edge, "Edge")
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


def _compared(predicted: str, seen: Seen, reason: str, evidence: Iterable[Evidence]) -> Observed:
    verdict: Verdict = (
        "observed" if predicted == "undetermined" else "confirmed" if predicted == seen else "contradicted"
    )
    return Observed(seen, verdict, reason, *_kept(evidence))


def _kept(evidence: Iterable[Evidence]) -> tuple[tuple[Evidence, ...], int]:
    found = tuple(dict.fromkeys(evidence))
    return found[:MOST_EVIDENCE], max(len(found) - MOST_EVIDENCE, 0)
