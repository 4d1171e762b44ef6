"""From everything said in a connection to the flow that users see.

Knows how the facts of a handshake (``facts``), its ending (``outcome``) and what could not be seen (``hidden``) make
a ``Flow``; must not know bytes, nor judge: ``evaluation`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tlseku._objects import maker_of
from tlseku.carriers.outer import WITHOUT_TLS, Outer
from tlseku.flow import Alert, Answer, Defect, Endpoint, Flow, Message, Outcome, Presented, Request
from tlseku.frames.reference import FRAME_BITS, FRAME_MASK
from tlseku.handshake.acceptance import accepted_by_client, accepted_by_server
from tlseku.handshake.after_handshake import after_handshake
from tlseku.handshake.evaluation import Judge, read_extension
from tlseku.handshake.facts import HandshakeFacts, declined_by_alert, in_order, kind_name, moment, read_facts
from tlseku.handshake.hidden import hidden_of, why_not_decrypted, why_unseen
from tlseku.handshake.message_log import MessageLog, SaidCertificate, SaidRequest
from tlseku.handshake.offer import read_offer
from tlseku.handshake.outcome import closed_by, ending_of, hints_of
from tlseku.network.decode.segment import endpoints
from tlseku.policy.own_purposes import own_purpose
from tlseku.policy.verdict import BY_FINGERPRINT, FINGERPRINT
from tlseku.registry.services import service_name
from tlseku.tls import extensions as ext
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_VERIFY,
    FINISHED,
    KEY_UPDATE,
    NEW_SESSION_TICKET,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.message import Message as TlsMessage

FileName = Callable[[int], str]

_new_flow = maker_of(Flow)
_new_message = maker_of(Message)

_BETWEEN = (RECORD_APPLICATION_DATA, NEW_SESSION_TICKET, KEY_UPDATE)
_ANSWERABLE = frozenset({CERTIFICATE, CERTIFICATE_VERIFY, FINISHED})


def build_flow(message_log: MessageLog, judge: Judge, file_name: FileName) -> Flow:
    """The flow of a connection in which TLS was recognised. ``judge`` judges what was presented and asked;
    ``file_name`` gives the name for a file's index."""
    facts = read_facts(message_log)
    after = after_handshake(facts)
    ending = ending_of(facts, after)
    source, destination = (Endpoint(*end) for end in endpoints(message_log.connection.key))
    client, server = (source, destination) if facts.client_side == 0 else (destination, source)
    hello_extensions = () if facts.client_hello is None else facts.client_hello.extensions
    places = _Places(facts, file_name)
    presented = tuple(_presented(facts, judge, places, said) for said in facts.certificates)
    requests = in_order(facts, message_log.requests)
    return _new_flow(
        number=message_log.number,
        file=file_name(facts.file),
        start=message_log.start_ts,
        end=message_log.end_ts,
        client=client,
        server=server,
        direction="unknown",
        vantage=(),
        role_evidence=facts.role_evidence,
        service=service_name(server.port, message_log.starttls),
        version=facts.version,
        cipher=None if facts.server_hello is None else facts.server_hello.cipher_suite,
        sni=read_extension(hello_extensions, ext.SERVER_NAME, ext.server_name),
        alpn=_alpn(facts),
        alpn_offered=read_extension(hello_extensions, ext.ALPN, ext.protocol_names) or (),
        offered=None if facts.client_hello is None else read_offer(hello_extensions),
        resumed=facts.resumed,
        starttls=message_log.starttls,
        presented=presented,
        requests=tuple(_request(facts, judge, places, said, ending.outcome) for said in requests),
        messages=_messages(facts, places),
        alerts=_alerts(facts, places),
        outcome=ending.outcome,
        refused_by=ending.refused_by,
        outcome_basis=ending.basis,
        hidden=hidden_of(facts, ending.outcome),
        defects=_defects(message_log, presented),
        hints=hints_of(facts, ending),
        outcome_evidence=ending.evidence,
        closed_by=closed_by(facts),
        inside_answer=ending.inside_answer,
        client_certificate_accepted=accepted_by_server(facts, after, ending),
        server_certificate_accepted=accepted_by_client(facts, after, ending),
        tcp_stream=None if message_log.connection.tcp_stream < 0 else message_log.connection.tcp_stream,
        carrier=message_log.carrier,
        outer=_outer(message_log.outer),
        peer_evidence=judge.peer_evidence(_of_server(facts, requests)),
    )


def _of_server(facts: HandshakeFacts, requests: Sequence[SaidRequest]) -> SaidRequest | None:
    """The first request of the server that can be read."""
    asked = (said for said in requests if facts.roles[said.side] == "server" and said.request is not None)
    return next(asked, None)


def _outer(outer: Outer | None) -> Outer | None:
    """What the carrier said, with frames as numbers within their file."""
    if outer is None:
        return None
    frames = (outer.answer_frame, outer.repeated)
    answer, repeated = (None if each is None else each & FRAME_MASK for each in frames)
    return replace(outer, answer_frame=answer, repeated=repeated)


class _Places:
    """Where something was said: frames as numbers within a file, and the file where it is not the flow's."""

    __slots__ = ("_file", "_file_name")

    def __init__(self, facts: HandshakeFacts, file_name: FileName) -> None:
        self._file = facts.file
        self._file_name = file_name

    def frame(self, reference: int) -> int:
        return reference & FRAME_MASK

    def frames(self, references: tuple[int, ...]) -> tuple[int, ...]:
        if len(references) == 1:
            return (references[0] & FRAME_MASK,)
        # A frame whose bytes overlap others may have brought two pieces of one message.
        return tuple(reference & FRAME_MASK for reference in sorted(set(references)))

    def file(self, reference: int) -> str | None:
        file = reference >> FRAME_BITS
        return None if file == self._file else self._file_name(file)


def _messages(facts: HandshakeFacts, places: _Places) -> tuple[Message, ...]:
    return tuple(
        [
            _new_message(
                places.frame(said.frame),
                facts.roles[said.side],
                kind_name(said.kind),
                max(said.kind, -1),
                said.ts_ns,
                places.frames(said.frames),
                places.file(said.frame),
                said.opened,
            )
            for said in facts.said
        ]
    )


def _alerts(facts: HandshakeFacts, places: _Places) -> tuple[Alert, ...]:
    return tuple(
        Alert(
            frame=places.frame(said.frame),
            role=facts.roles[said.side],
            level=said.level,
            code=said.code,
            after=_said_before(facts, said),
            ts=said.ts_ns,
            encrypted=said.level < 0,
            file=places.file(said.frame),
        )
        for said in in_order(facts, facts.log.alerts)
    )


def _said_before(facts: HandshakeFacts, alert: TlsMessage) -> str | None:
    """The last thing that the other side said before an alert, and that the alert can answer.

    TLS 1.3 lets both sides write before the other has judged its certificate (RFC 8446 section 4.4.4): what comes
    between that flight and the alert in answer to it is passed over.
    """
    when = moment(facts, alert)
    before = [said for said in facts.said if said.side != alert.side and moment(facts, said) <= when]
    if facts.tls13 and any(said.kind in _ANSWERABLE for said in before):
        while before[-1].kind in _BETWEEN:
            before.pop()
    if not before:
        return None
    if facts.tls13 and before[-1].kind == RECORD_APPLICATION_DATA and not facts.log.finished[1 - alert.side]:
        # What TLS 1.3 encrypts of a handshake looks like application data from the outside.
        return kind_name(RECORD_ENCRYPTED_HANDSHAKE)
    return kind_name(before[-1].kind)


def _presented(facts: HandshakeFacts, judge: Judge, places: _Places, said: SaidCertificate) -> Presented:
    presented = judge.presented(
        said,
        facts.roles[said.side],
        places.frame(said.frame),
        places.frames(said.frames),
        places.file(said.frame),
        _renegotiates(facts, said),
    )
    if facts.log.carrier in WITHOUT_TLS and presented.chain:
        own = own_purpose(facts.log.carrier, presented.role, presented.chain[0].eku)
        if own is not None and presented.verdict not in ("incomplete", "unreadable"):
            # Rule-books are those of TLS.
            return replace(presented, verdict="ok", reason=own, broken_at=None, rule_books={})
    if not _is_known_by_fingerprint(facts, presented):
        return presented
    return replace(presented, verdict=FINGERPRINT, reason=BY_FINGERPRINT, broken_at=None, rule_books={})


def _is_known_by_fingerprint(facts: HandshakeFacts, presented: Presented) -> bool:
    """Whether a certificate is one of DTLS-SRTP or WebRTC: both ends make theirs up, and each is told the fingerprint
    of the other's in the signalling (RFC 5763 section 5, RFC 8827 section 6.5)."""
    if facts.log.carrier != "dtls" or len(presented.chain) != 1 or not presented.chain[0].self_issued:
        return False
    hello, outer = facts.client_hello, facts.log.outer
    if hello is not None and ext.find(hello.extensions, ext.USE_SRTP) is not None:
        return True
    return outer is not None and outer.beside_stun


def _request(
    facts: HandshakeFacts, judge: Judge, places: _Places, said: SaidRequest, outcome: Outcome
) -> Request:
    answer = _answering(facts, said)
    return judge.request(
        said,
        facts.roles[said.side],
        places.frame(said.frame),
        places.file(said.frame),
        _renegotiates(facts, said),
        _answer(facts, said, answer, outcome),
        answer,
        facts.version,
    )


def _renegotiates(facts: HandshakeFacts, said: SaidCertificate | SaidRequest) -> bool:
    """Whether it belongs to a handshake under the protection of an earlier one."""
    return said.opened and not facts.tls13


def _answer(
    facts: HandshakeFacts, request: SaidRequest, said: SaidCertificate | None, outcome: Outcome
) -> Answer:
    """What came in answer to a request; ``said`` is the Certificate that answers it."""
    answering = 1 - request.side
    if said is not None:
        return "presented" if said.message.certificates or not said.message.whole else "empty"
    if declined_by_alert(facts, answering):
        return "empty"
    if facts.log.unread_certificates[answering] is not None:
        return "hidden"
    if request.opened and why_not_decrypted(facts, answering) is not None:
        return "hidden"
    return "none" if why_unseen(facts, answering, outcome) is None else "hidden"


def _answering(facts: HandshakeFacts, request: SaidRequest) -> SaidCertificate | None:
    """The Certificate that answers a request."""
    # There is one handshake in clear a connection, so a chain from the asked side is the answer, also where the
    # capture delivers the request after it. Of those opened, TLS 1.3 names the request that each one answers.
    answers = [said for said in facts.certificates if said.side == 1 - request.side]
    if not request.opened:
        return next((said for said in answers if not said.opened), None)
    if facts.tls13:
        context = None if request.request is None else request.request.request_context
        return next((said for said in answers if said.message.request_context == context), None)
    asked = moment(facts, request)
    return next((said for said in answers if said.opened and moment(facts, said) >= asked), None)


def _alpn(facts: HandshakeFacts) -> str | None:
    if facts.server_hello is None:
        return None
    # TLS 1.3 answers in the EncryptedExtensions, the versions before in the ServerHello.
    extensions = facts.log.negotiated or facts.server_hello.extensions
    chosen = read_extension(extensions, ext.ALPN, ext.protocol_names)
    return chosen[0] if chosen else None


def _defects(log: MessageLog, presented: tuple[Presented, ...]) -> tuple[Defect, ...]:
    defects = [
        Defect(layer, reason, None if frame is None else frame & FRAME_MASK)
        for layer, reason, frame in log.defects
    ]
    for each in presented:
        for index, certificate in enumerate(each.chain):
            defects += [
                Defect("x509", f"{each.role} certificate #{index}: {what}", each.frame)
                for what in certificate.defects
            ]
    return tuple(defects)
