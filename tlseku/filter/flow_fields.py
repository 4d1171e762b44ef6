"""The fields of flows: ends, protocol, what each side presented, what was asked, how it ended.

Knows ``tlseku.flow``; must not know expressions. The names follow Wireshark where it has the thing, ``tls.client.…``
and ``tls.server.…`` are about the side that plays this role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

from tlseku.correlation import ABOUT, ClientCertificateState, client_certificate_state, correlate
from tlseku.filter.field import Field, Subject
from tlseku.filter.kinds import (
    ADDRESS,
    BOOLEAN,
    CIPHER,
    HOST,
    NAME,
    NUMBER,
    PURPOSE,
    TEXT,
    TIME,
    VERSION,
    Kind,
    Value,
    code,
    one_of,
)
from tlseku.flow import (
    Answer,
    Carrier,
    CarrierAnswer,
    Direction,
    Endpoint,
    Flow,
    Outcome,
    OutcomeEvidence,
    Outer,
    Presented,
    Role,
    RoleEvidence,
)
from tlseku.policy.peer_software.stack_names import STACK_NAMES
from tlseku.policy.verdict import VerdictWord
from tlseku.registry import names
from tlseku.registry.addresses import is_link_address
from tlseku.registry.eap_methods import EAP_METHODS


def _words(of: object) -> Kind:
    """The kind of a field whose values are the words of a ``Literal``."""
    return one_of(*get_args(of))


_ROLE = _words(Role)
_VERDICT = _words(VerdictWord)


def _of_flow(name: str, kind: Kind, meaning: str, values: Callable[[Flow], Iterable[Value]]) -> Field:
    return Field(name, kind, meaning, lambda subject: values(subject.flow))


def _one(name: str, kind: Kind, meaning: str, value: Callable[[Flow], Value | None]) -> Field:
    """A field of one value, absent where that is None."""
    return Field(name, kind, meaning, lambda subject: _maybe(value(subject.flow)))


def _outer(name: str, kind: Kind, meaning: str, value: Callable[[Outer], Value | None]) -> Field:
    """A field of what the carrier says around TLS."""
    return _of_flow(name, kind, meaning, lambda flow: () if flow.outer is None else _maybe(value(flow.outer)))


def _carried(name: str, *carriers: str) -> Field:
    """A field that is there, and true, where one of these carriers brought TLS: ``-Y eap`` as in Wireshark."""
    meaning = f"there where {' or '.join(carriers)} brought TLS"
    return _of_flow(name, BOOLEAN, meaning, lambda flow: (1,) if flow.carrier in carriers else ())


def _maybe(value: Value | None) -> tuple[Value, ...]:
    # A truth is 0 or 1 in expressions.
    return () if value is None else (int(value) if isinstance(value, bool) else value,)


def _offered(flow: Flow, part: str) -> tuple[int, ...]:
    codes = None if flow.offered is None else flow.offered._asdict()[part]
    return () if codes is None else tuple(codes)


def _addresses(flow: Flow, *ends: Endpoint) -> list[str]:
    """The IP addresses of these ends, of both if none are given."""
    return [end.ip for end in ends or (flow.client, flow.server) if not is_link_address(end.ip)]


def _of_link(flow: Flow) -> list[str]:
    return [end.ip for end in (flow.client, flow.server) if is_link_address(end.ip)]


def _ports(flow: Flow, transport: str, *ends: Endpoint) -> list[int]:
    """The ports of these ends, if they are ports of this protocol."""
    return [end.port for end in ends] if flow.transport == transport else []


def _of_ports(transport: str) -> tuple[Field, ...]:
    def of(name: str, whose: str, ends: Callable[[Flow], Iterable[Endpoint]]) -> Field:
        meaning = f"port of {whose}, over {transport.upper()}"
        return _of_flow(
            f"{transport}.{name}", NUMBER, meaning, lambda flow: _ports(flow, transport, *ends(flow))
        )

    return (
        of("port", "either side", lambda flow: (flow.client, flow.server)),
        of("srcport", "the TLS client", lambda flow: (flow.client,)),
        of("dstport", "the TLS server", lambda flow: (flow.server,)),
    )


def _chains(
    role: str | None, values: Callable[[Presented], Iterable[Value]]
) -> Callable[[Subject], Iterable[Value]]:
    def every(subject: Subject) -> Iterable[Value]:
        for presented in subject.flow.presented:
            # Which is quicker to get than what the flow alone says.
            if role in (None, presented.judged.role):
                yield from values(presented)

    return every


def _presented(prefix: str, role: str | None, whose: str) -> tuple[Field, ...]:
    def of(name: str, kind: Kind, meaning: str, values: Callable[[Presented], Iterable[Value]]) -> Field:
        return Field(f"{prefix}.{name}", kind, meaning, _chains(role, values))

    number = f"certificates in the chain of {whose}; 0: an empty list was sent"
    left = f"purposes that CA certificates leave to the leaf of {whose}"
    taken = f"chain index that takes the needed purpose from {whose}; 0 is the leaf"
    return (
        of("verdict", _VERDICT, f"verdict on the chain of {whose}", lambda p: (p.verdict,)),
        of("frame", NUMBER, f"frame that completes the Certificate of {whose}", lambda p: (p.frame,)),
        of("chain_length", NUMBER, number, lambda p: (len(p.chain),)),
        of("effective_eku", PURPOSE, left, lambda p: p.effective_eku or ()),
        of("broken_at", NUMBER, taken, lambda p: _maybe(p.broken_at)),
    )


FLOW_FIELDS: tuple[Field, ...] = (
    _one("flow.number", NUMBER, "number of the flow, from 1", lambda flow: flow.number),
    _one("flow.file", TEXT, "capture that it begins in", lambda flow: flow.file),
    _one("flow.start", TIME, "time of its first packet", lambda flow: flow.start),
    _one("flow.end", TIME, "time of its last packet", lambda flow: flow.end),
    _one("flow.direction", _words(Direction), "as seen from our side (--local)", lambda flow: flow.direction),
    _one("flow.carrier", _words(Carrier), "what brought the TLS records", lambda flow: flow.carrier),
    _one(
        "tcp.stream",
        NUMBER,
        "as Wireshark counts it in this file; absent for merged captures",
        lambda flow: flow.tcp_stream,
    ),
    _one("communityid", TEXT, "Community ID, version 1, seed 0", lambda flow: flow.community_id),
    _of_flow("flow.vantage", ADDRESS, "hosts of our side that take part", lambda flow: flow.vantage),
    _one(
        "flow.role_evidence",
        _words(RoleEvidence),
        "what tells client from server",
        lambda flow: flow.role_evidence,
    ),
    _one("flow.service", NAME, "usual service of the server's port", lambda flow: flow.service),
    _one("flow.outcome", _words(Outcome), "how the handshake ended", lambda flow: flow.outcome),
    _one("flow.refused_by", _ROLE, "side that refused", lambda flow: flow.refused_by),
    _one("flow.closed_by", _ROLE, "side whose FIN or RST came first", lambda flow: flow.closed_by),
    _one(
        "flow.outcome_evidence",
        _words(OutcomeEvidence),
        "what tells the outcome",
        lambda flow: flow.outcome_evidence,
    ),
    _one(
        "flow.inside_answer",
        TEXT,
        "refusing answer inside, where it could be read",
        lambda flow: flow.inside_answer,
    ),
    _one(
        "tls.client.accepted",
        BOOLEAN,
        "whether the server accepted what the client presented; absent where nothing tells",
        lambda flow: flow.client_certificate_accepted,
    ),
    _one(
        "tls.server.accepted",
        BOOLEAN,
        "whether the client accepted what the server presented; absent where nothing tells",
        lambda flow: flow.server_certificate_accepted,
    ),
    _outer("eap.type", code(EAP_METHODS), "EAP method that carries TLS", lambda outer: outer.method),
    _outer("eap.identity", TEXT, "what the EAP peer calls itself in clear", lambda outer: outer.identity),
    _outer("radius.nas_identifier", TEXT, "the NAS, by name or address", lambda outer: outer.nas),
    _outer(
        "radius.calling_station_id",
        TEXT,
        "the device that wants in, as the NAS calls it",
        lambda outer: outer.calling_station,
    ),
    _outer("radius.called_station_id", TEXT, "where it wants in", lambda outer: outer.called_station),
    _outer(
        "flow.outer.answer",
        _words(CarrierAnswer),
        "whether the carrier let the client in",
        lambda outer: outer.answer,
    ),
    _outer(
        "flow.outer.wrapping", TEXT, "what protects OpenVPN's control channel", lambda outer: outer.wrapping
    ),
    _carried("eap", "eap-radius", "eapol"),
    _carried("radius", "eap-radius"),
    _carried("eapol", "eapol"),
    _carried("openvpn", "openvpn"),
    _carried("dtls", "dtls"),
    _carried("quic", "quic"),
    _of_flow("ip.addr", ADDRESS, "address of either side", _addresses),
    _of_flow("ip.src", ADDRESS, "address of the TLS client", lambda flow: _addresses(flow, flow.client)),
    _of_flow("ip.dst", ADDRESS, "address of the TLS server", lambda flow: _addresses(flow, flow.server)),
    _of_flow(
        "ipv6.addr",
        ADDRESS,
        "address of either side, if it is IPv6",
        lambda flow: [ip for ip in _addresses(flow) if ":" in ip],
    ),
    _of_flow("eth.addr", TEXT, "address of either side on its link, where there is no IP", _of_link),
    *_of_ports("tcp"),
    *_of_ports("udp"),
    _of_flow(
        "frame.number",
        NUMBER,
        "frames that carried handshake messages or alerts",
        lambda flow: flow.message_frames,
    ),
    _of_flow(
        "tls.handshake.type",
        code(names.HANDSHAKE_TYPES),
        "types of the handshake messages seen",
        lambda flow: [each.type for each in flow.messages if each.type >= 0],
    ),
    _one("tls.version", VERSION, "version agreed on", lambda flow: flow.version),
    _of_flow(
        "tls.cipher",
        CIPHER,
        "cipher suite",
        lambda flow: () if flow.cipher is None else (names.cipher_suite_name(flow.cipher),),
    ),
    _one("tls.sni", HOST, "server name that the client asks for", lambda flow: flow.sni),
    _one("tls.alpn", TEXT, "application protocol that the server chose", lambda flow: flow.alpn),
    _of_flow(
        "tls.alpn_offered",
        TEXT,
        "application protocols that the client offers",
        lambda flow: flow.alpn_offered,
    ),
    _of_flow(
        "tls.offered.version",
        VERSION,
        "versions in the client's supported_versions",
        lambda flow: _offered(flow, "versions"),
    ),
    _of_flow(
        "tls.offered.group",
        code(names.GROUPS),
        "groups that the client offers",
        lambda flow: _offered(flow, "groups"),
    ),
    _of_flow(
        "tls.offered.signature_algorithm",
        code(names.SIGNATURE_SCHEMES),
        "signature schemes that the client verifies",
        lambda flow: _offered(flow, "signature_algorithms"),
    ),
    _of_flow(
        "tls.offered.signature_algorithm_cert",
        code(names.SIGNATURE_SCHEMES),
        "those that it verifies in certificates, where it lists them apart",
        lambda flow: _offered(flow, "signature_algorithms_cert"),
    ),
    _of_flow(
        "tls.offered.trust_anchor",
        TEXT,
        "roots that the client says it has, as OIDs below 1.3.6.1.4.1",
        lambda flow: () if flow.offered is None else flow.offered.trust_anchors or (),
    ),
    _one(
        "tls.resumed",
        BOOLEAN,
        "whether the session was resumed; absent where nobody can tell",
        lambda flow: flow.resumed,
    ),
    _one("tls.starttls", NAME, "clear-text protocol that came before TLS", lambda flow: flow.starttls),
    *_presented("tls", None, "either side"),
    *_presented("tls.client", "client", "the client"),
    *_presented("tls.server", "server", "the server"),
    _one(
        "tls.client.state",
        _words(ClientCertificateState),
        "state of the client's certificate",
        client_certificate_state,
    ),
    _of_flow(
        "tls.request.role",
        _ROLE,
        "side that asks for a certificate",
        lambda flow: [r.role for r in flow.requests],
    ),
    _of_flow(
        "tls.request.frame",
        NUMBER,
        "frame of a CertificateRequest",
        lambda flow: [r.frame for r in flow.requests],
    ),
    _of_flow(
        "tls.request.answer",
        _words(Answer),
        "what came of it",
        lambda flow: [r.answer for r in flow.requests],
    ),
    _of_flow(
        "tls.request.authority",
        TEXT,
        "CA names in it, as RFC 4514 writes them",
        lambda flow: [name for request in flow.requests for name in request.authority_names],
    ),
    _of_flow(
        "tls.alert",
        code(names.ALERTS),
        "alerts that can be read",
        lambda flow: [alert.code for alert in flow.alerts if alert.code >= 0],
    ),
    _of_flow(
        "tls.alert.level",
        code(names.ALERT_LEVELS),
        "levels of the alerts",
        lambda flow: [alert.level for alert in flow.alerts if alert.level >= 0],
    ),
    _of_flow(
        "tls.alert.role",
        _ROLE,
        "sides that sent an alert",
        lambda flow: [alert.role for alert in flow.alerts],
    ),
    _of_flow(
        "tls.alert.frame", NUMBER, "frames of the alerts", lambda flow: [alert.frame for alert in flow.alerts]
    ),
    _of_flow(
        "tls.statement",
        one_of(*ABOUT),
        "what the flow adds up to (docs/statements.md)",
        lambda flow: [statement.about for statement in correlate(flow)],
    ),
    _of_flow(
        "peer_software",
        one_of(*STACK_NAMES),
        "TLS library that the server likely has, by its request (docs/products.md)",
        lambda flow: () if flow.peer_software is None else flow.peer_software.stacks,
    ),
    _of_flow("tls.hidden", NAME, "what could not be seen", lambda flow: [each.what for each in flow.hidden]),
    _of_flow(
        "tls.hidden.reason",
        NAME,
        "why it could not be seen",
        lambda flow: [each.reason for each in flow.hidden],
    ),
    _of_flow(
        "tls.defect",
        TEXT,
        "what is wrong with the bytes",
        lambda flow: [each.reason for each in flow.defects],
    ),
)
"""Every field of a flow, in the order of the documentation."""
