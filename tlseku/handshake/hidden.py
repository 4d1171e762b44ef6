"""What of a handshake could not be seen, and why.

Knows what a full, a resumed and an encrypted handshake should show (RFC 5246 section 7.3, RFC 8446 section 2); must
not know what was presented or how it is judged. Out come ``Hidden`` in the order of the handshake, and why single
messages of a side were not seen: absence is a fact only where nothing could have hidden it.
"""

from __future__ import annotations

from tlseku.carriers.outer import WITHOUT_TLS
from tlseku.decryption.cipher_parameters import SECRETS_DO_NOT_FIT, UNSUPPORTED_SUITE
from tlseku.flow import Hidden, Outcome
from tlseku.handshake.after_handshake import close_of, is_before
from tlseku.handshake.facts import HandshakeFacts, began_in_clear, declined_by_alert, is_missing
from tlseku.handshake.following import TABLE_FULL
from tlseku.network.tcp.stream import SEGMENT_LOST, STARTS_MID
from tlseku.tls import extensions as ext
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CLIENT_HELLO,
    CLIENT_KEY_EXCHANGE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from tlseku.tls.hello import ClientHello, ServerHello

_CLOSE_NOTIFY = 0
_USER_CANCELED = 90
_CERTIFICATES = ("server_certificate", "certificate_request", "client_certificate")


def hidden_of(facts: HandshakeFacts, outcome: Outcome) -> tuple[Hidden, ...]:
    """What could not be seen, in the order of the handshake."""
    hidden: list[Hidden] = []
    if facts.log.carrier in WITHOUT_TLS:
        return _unseen_without_tls(facts)
    if facts.client_hello is not None:
        why = _why_inner_unseen(facts, facts.client_hello)
        hidden += [] if why is None else [Hidden("client_hello", why)]
    if facts.resumed:
        hidden += _unseen_in_resumed(facts)
    elif facts.tls13 and (facts.agreed or _goes_on_in_quic(facts)):
        hidden += _unseen_in_tls13(facts, outcome)
    else:
        hidden += _unseen_in_clear(facts, outcome)
    return (*hidden, *_unseen_in_renegotiation(facts))


def why_not_decrypted(facts: HandshakeFacts, side: int) -> str | None:
    """Why what a side says encrypted could not be opened; None where it was, as far as it was seen."""
    decryptor = facts.log.decryptor
    why = "no_secrets" if decryptor is None else decryptor.why_not_decrypted(side)
    return "tls13_encrypted" if why == "no_secrets" and facts.tls13 else why


def why_unseen(facts: HandshakeFacts, side: int, outcome: Outcome) -> str | None:
    """Why a message that should have come from a side was not seen; None if it was simply never sent."""
    log = facts.log
    lost = log.lost[side]
    # The other side's acknowledgements tell of bytes, but not one of them was captured.
    went_on = is_missing(log, side) and log.connection.closed_by == 1 - side
    nothing_seen = not log.connection.payload_seen[side] and (went_on or _was_answered(facts, side))
    if nothing_seen and began_in_clear(facts) and lost in (None, SEGMENT_LOST):
        return "one_direction_only"
    if lost is not None:
        return lost
    if _starts_mid(facts, side) or not began_in_clear(facts):
        return STARTS_MID
    if not _breaks_off(facts, outcome):
        return None
    return TABLE_FULL if log.ended_how == "evicted" else "capture_ends"


def _unseen_without_tls(facts: HandshakeFacts) -> tuple[Hidden, ...]:
    """Which certificate was not seen where those of both sides stand beside TLS, and nothing else is to be seen. A
    server that turns the client away shows none."""
    log = facts.log
    shown = {said.side for said in facts.certificates}
    rejects = log.outer is not None and log.outer.answer == "reject"
    hidden = []
    for what, side in (
        ("server_certificate", 1 - facts.client_side),
        ("client_certificate", facts.client_side),
    ):
        if side in shown or (rejects and side != facts.client_side):
            continue
        why = log.lost[side]
        went_on = why == SEGMENT_LOST or not log.connection.begun_by_syn(side)
        if not log.connection.payload_seen[side] and why in (None, SEGMENT_LOST) and went_on:
            why = "one_direction_only"
        hidden.append(Hidden(what, why or "capture_ends"))
    return tuple(hidden)


def _unseen_in_resumed(facts: HandshakeFacts) -> list[Hidden]:
    """A resumed handshake has no Certificate; TLS 1.3 may still ask after it, where nobody can see it."""
    hidden = [Hidden("server_certificate", "resumed"), Hidden("client_certificate", "resumed")]
    if facts.tls13 and why_not_decrypted(facts, 1 - facts.client_side) is not None:
        hidden.append(Hidden("certificate_request", "resumed"))
    return hidden


def _unseen_in_renegotiation(facts: HandshakeFacts) -> list[Hidden]:
    """What a later handshake under the protection of the first one may have shown."""
    log = facts.log
    # The first encrypted message of a side behind each handshake in clear is its Finished, unless that was opened.
    later = any(log.encrypted_handshakes[side] > _finished_unread(facts, side) for side in (0, 1))
    if not later or facts.tls13 or any(log.mid_stream) or _follows_close(facts):
        return []
    why = [why_not_decrypted(facts, side) for side in (0, 1)]
    known = next((word for word in why if word in (UNSUPPORTED_SUITE, SECRETS_DO_NOT_FIT)), None)
    return [Hidden(what, known or "renegotiation_encrypted") for what in _CERTIFICATES]


def _finished_unread(facts: HandshakeFacts, side: int) -> int:
    """How many encrypted handshake messages of a side are a Finished of a handshake that was seen in clear. There is
    more than one such handshake where the ports were taken again and the capture has no SYN of it."""
    log = facts.log
    hellos = [said.hello for said in log.server_hellos if not said.opened]
    begun = sum(isinstance(hello, ServerHello) and not hello.is_hello_retry_request for hello in hellos)
    read = 0 if log.decryptor is None else log.decryptor.finished[side]
    return max(max(begun, 1) - read, 0)


def _follows_close(facts: HandshakeFacts) -> bool:
    """Whether the later encrypted handshake messages come behind the end of the connection, whose ports were then taken
    for another one without a SYN in the capture."""
    close = close_of(facts)
    if close is None:
        return False
    records = [each for each in facts.said if each.kind == RECORD_ENCRYPTED_HANDSHAKE]
    before = [each for each in records if is_before(facts, each, close)]
    return all(sum(each.side == side for each in before) <= _finished_unread(facts, side) for side in (0, 1))


def _unseen_in_tls13(facts: HandshakeFacts, outcome: Outcome) -> list[Hidden]:
    """What was encrypted after the ServerHello and not opened."""
    log = facts.log
    client, server = facts.client_side, 1 - facts.client_side
    kinds = {(said.side, said.kind) for said in facts.said}
    # A compressed chain comes in a message of another type.
    kinds |= {(said.side, CERTIFICATE) for said in facts.certificates}
    hidden = []
    if not log.server_hellos:
        hidden.append(Hidden("server_hello", why_unseen(facts, server, outcome) or "tls13_encrypted"))
    for what, side, kind in (
        ("server_certificate", server, CERTIFICATE),
        ("certificate_request", server, CERTIFICATE_REQUEST),
        ("client_certificate", client, CERTIFICATE),
    ):
        why = log.unread_certificates[side] if kind == CERTIFICATE else None
        if why is None and (side, kind) not in kinds and not log.finished[side]:
            # Where early data may be, a record that does not open says little; the other side says more.
            why = why_not_decrypted(facts, side) or why_not_decrypted(facts, 1 - side)
            why = why or why_unseen(facts, side, outcome)
        if why is not None:
            hidden.append(Hidden(what, why))
    return hidden


def _goes_on_in_quic(facts: HandshakeFacts) -> bool:
    """Whether a handshake in QUIC went on behind the hellos, though the server's was not seen."""
    return facts.log.carrier == "quic" and bool(facts.encrypted or any(facts.log.finished))


def _why_inner_unseen(facts: HandshakeFacts, hello: ClientHello) -> str | None:
    """Why the hello is not all that the client said: it is an outer one, or may be; None where it is the only one.

    A server that chose an older version has taken the outer hello as it is: the extension is one of TLS 1.3. So has
    one whose handshake opens with the secrets of this hello's random, since those of an inner one have its own.
    """
    decryptor = facts.log.decryptor
    if decryptor is not None and decryptor.inner_session:
        return "ech_accepted"
    if any(facts.log.finished) or not ext.may_be_outer_hello(hello.extensions):
        return None
    return "ech" if facts.version is None or facts.tls13 else None


def _unseen_in_clear(facts: HandshakeFacts, outcome: Outcome) -> list[Hidden]:
    """What a full handshake in clear should show and this one does not."""
    log = facts.log
    client, server = facts.client_side, 1 - facts.client_side
    from_client, from_server = (
        {said.kind for said in log.said if said.side == side} for side in (client, server)
    )
    why_client, why_server = (why_unseen(facts, side, outcome) for side in (client, server))

    # The server's flight: whole where its end was seen and its beginning was not cut off.
    begun_seen = log.lost[server] is None and not _starts_mid(facts, server)
    flight_seen = SERVER_HELLO_DONE in from_server and begun_seen
    unread = log.unread_certificates
    chain_unseen = CERTIFICATE not in from_server and not flight_seen
    cut_request = next((said.cut for said in log.requests if said.cut is not None), None)
    request_unseen = CERTIFICATE_REQUEST not in from_server and not flight_seen and why_server is not None

    # The client's answer is missed only where it was asked, or may have been.
    answer_unseen = CERTIFICATE not in from_client and (request_unseen or bool(log.requests))
    if declined_by_alert(facts, client):
        answer_unseen = False
    if answer_unseen and why_client is None and _may_be_encrypted(facts, from_client):
        why_client = why_server

    unseen = (
        ("client_hello", not log.client_hellos, why_client),
        ("server_hello", not log.server_hellos, why_server),
        (
            "server_certificate",
            chain_unseen or unread[server] is not None,
            unread[server] or why_server,
        ),
        ("certificate_request", request_unseen or cut_request is not None, cut_request or why_server),
        (
            "client_certificate",
            answer_unseen or unread[client] is not None,
            unread[client] or why_client,
        ),
    )
    return [Hidden(what, reason) for what, is_unseen, reason in unseen if is_unseen and reason is not None]


def _may_be_encrypted(facts: HandshakeFacts, from_client: set[int]) -> bool:
    """Whether the client may have answered in TLS 1.3: the ServerHello is not there, and the client went on."""
    return (
        facts.server_hello is None
        and CLIENT_KEY_EXCHANGE not in from_client
        and bool(from_client & {RECORD_CHANGE_CIPHER_SPEC, RECORD_APPLICATION_DATA})
    )


def _breaks_off(facts: HandshakeFacts, outcome: Outcome) -> bool:
    """Whether the capture ended before the handshake did, as far as can be told."""
    log = facts.log
    if outcome not in ("incomplete", "unknown") or log.ended_how in ("fin", "rst", "reused"):
        return False
    return all(log.connection.ends_at(each) < 0 for each in (0, 1))


def _starts_mid(facts: HandshakeFacts, side: int) -> bool:
    """Whether the capture starts behind the beginning of what a side said."""
    log = facts.log
    if log.mid_stream[side] or log.connection.begun_by_syn(side):
        return log.mid_stream[side]
    return not any(said.kind in (CLIENT_HELLO, SERVER_HELLO) for said in log.said)


def _was_answered(facts: HandshakeFacts, side: int) -> bool:
    """Whether what the other side says shows that this one spoke, though nothing of it was captured."""
    kinds = {said.kind for said in facts.log.said if said.side == 1 - side}
    # Whoever complains was told something.
    complains = any(
        alert.side == 1 - side and alert.code not in (_CLOSE_NOTIFY, _USER_CANCELED)
        for alert in facts.log.alerts
        if alert.kind == RECORD_ALERT
    )
    return complains or bool(
        kinds
        & {SERVER_HELLO, CERTIFICATE, CLIENT_KEY_EXCHANGE, RECORD_CHANGE_CIPHER_SPEC, RECORD_APPLICATION_DATA}
    )
