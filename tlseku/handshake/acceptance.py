"""Whether each side accepted the other's certificate: what it did afterwards, never that a handshake completed.

Knows that application data after a certificate show that its judge goes on, and that an answer before a close may be a
refusal (nginx, Dovecot and others judge inside); must not know why anything was refused.
"""

from __future__ import annotations

from tlseku.handshake.after_handshake import MAX_PAUSE_NS, AfterHandshake, close_of
from tlseku.handshake.facts import HandshakeFacts
from tlseku.handshake.outcome import Ending
from tlseku.network.decode.segment import endpoints
from tlseku.registry.services import service_name
from tlseku.tls.handshake_types import CERTIFICATE, CLIENT_KEY_EXCHANGE

MANY_RECORDS = 30
"""Records of application data with which no server refuses: nearly as many as are remembered of a side."""

_JUDGES_INSIDE = frozenset(
    {
        "imap",
        "imaps",
        "ldap",
        "ldaps",
        "mysql",
        "pop3",
        "pop3s",
        "postgresql",
        "smtp",
        "smtps",
        "submission",
        "xmpp",
    }
    | {"xmpp-client", "xmpp-server"}
)


def accepted_by_client(facts: HandshakeFacts, after: AfterHandshake | None, ending: Ending) -> bool | None:
    """Whether the client accepted the server's certificate; None where nothing tells, or none was shown."""
    client = facts.client_side
    if facts.resumed or facts.role_evidence == "unknown":
        return None
    if ending.refused_by == "client":
        seen = any(said.side != client for said in facts.certificates)
        return False if seen or facts.tls13 else None
    if _let_in(facts):
        return True
    return True if after is not None and after.client_data else None


def accepted_by_server(facts: HandshakeFacts, after: AfterHandshake | None, ending: Ending) -> bool | None:
    """Whether the server accepted what the client presented, or that it presented nothing; None where nothing tells, or
    where nothing was asked for."""
    if facts.resumed or facts.role_evidence == "unknown":
        return None
    if ending.refused_by == "server":
        return False if ending.outcome == "refused_inside" or _client_flight_seen(facts, after) else None
    if _let_in(facts) and facts.log.requests:
        return True
    if ending.outcome != "completed" or after is None or after.asked is False:
        return None
    return True if after.client_data and _answered(facts, after) else None


def _let_in(facts: HandshakeFacts) -> bool:
    """Whether the carrier says that the client was let in: both sides went through with it (RFC 5216 section 2.1)."""
    outer = facts.log.outer
    return outer is not None and outer.answer == "accept"


def _client_flight_seen(facts: HandshakeFacts, after: AfterHandshake | None) -> bool:
    client = facts.client_side
    if after is not None:
        return True
    return any(said.side == client and said.kind in (CERTIFICATE, CLIENT_KEY_EXCHANGE) for said in facts.said)


def _answered(facts: HandshakeFacts, after: AfterHandshake) -> bool:
    """Whether the server's data answer the client's, and are no refusal as far as can be told."""
    if not after.server_data:
        return False
    server = 1 - facts.client_side
    if any(facts.log.inside):
        # The answer was read, and refuses nothing that is known.
        return bool(facts.log.inside[server])
    if may_judge_inside(service_name(_server_port(facts), None), facts.log.starttls):
        return False
    close = close_of(facts)
    if close is None or close.side != server or len(after.server_data) >= MANY_RECORDS:
        return True
    return close.ts_ns - after.server_data[-1].ts_ns > MAX_PAUSE_NS


def may_judge_inside(service: str | None, starttls: str | None) -> bool:
    """Whether servers of the ``service`` usual on a port, or behind the protocol that came before TLS, often judge a
    client certificate inside, and may leave it to the client to close: encrypted answers of theirs show no acceptance.
    """
    return service in _JUDGES_INSIDE or starttls in _JUDGES_INSIDE


def _server_port(facts: HandshakeFacts) -> int:
    return endpoints(facts.log.connection.key)[1 - facts.client_side][1]
