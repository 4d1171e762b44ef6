"""What the messages of one connection say: who is the client, what was agreed, in which order things were said.

Knows which side sends which message (RFC 5246 section 7.3, RFC 8446 section 2); must not know how a handshake ended
(``outcome``) nor why something was not seen (``hidden``). Out come ``HandshakeFacts``, found once and then only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from tlseku.errors import Malformed
from tlseku.flow import Role, RoleEvidence
from tlseku.frames.reference import FRAME_BITS
from tlseku.handshake.message_log import MessageLog, SaidCertificate
from tlseku.registry.names import handshake_name
from tlseku.registry.protocol_versions import is_tls13
from tlseku.tls import extensions as ext
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_STATUS,
    CERTIFICATE_VERIFY,
    CLIENT_HELLO,
    CLIENT_KEY_EXCHANGE,
    HELLO_REQUEST,
    HELLO_VERIFY_REQUEST,
    HELLOS,
    NEW_SESSION_TICKET,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
)
from tlseku.tls.hello import TLS13, ClientHello, ServerHello
from tlseku.tls.message import Message

# Messages that only one of the roles sends in clear (RFC 5246 section 7.3).
_SERVER_MESSAGES = frozenset(
    {
        HELLO_REQUEST,
        HELLO_VERIFY_REQUEST,
        SERVER_HELLO,
        NEW_SESSION_TICKET,
        SERVER_KEY_EXCHANGE,
        CERTIFICATE_REQUEST,
        SERVER_HELLO_DONE,
        CERTIFICATE_STATUS,
    }
)
_CLIENT_MESSAGES = frozenset({CLIENT_HELLO, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE})
CLEAR_BEFORE_TLS13 = (_SERVER_MESSAGES | _CLIENT_MESSAGES | {CERTIFICATE}) - HELLOS - {HELLO_REQUEST}
"""Messages that tell of TLS 1.2 or before where they are seen in clear: in TLS 1.3 they are encrypted."""

_NO_CERTIFICATE = 41
_SSL30 = 0x0300
_M = TypeVar("_M", bound=Message)

_KINDS = {
    RECORD_CHANGE_CIPHER_SPEC: "change_cipher_spec",
    RECORD_ALERT: "alert",
    RECORD_ENCRYPTED_ALERT: "alert",
    RECORD_ENCRYPTED_HANDSHAKE: "encrypted_handshake",
    RECORD_APPLICATION_DATA: "application_data",
}


class HandshakeFacts(NamedTuple):
    """What one connection's messages say. Sides are 0 (who sent the connection's first segment) and 1.

    ``file`` is the index of the file in which the connection begins; ``one_file`` says that everything was said in it.
    ``roles`` are those of side 0 and 1, ``unknown`` twice where nothing tells them; ``client_side`` is 0 then.
    ``server_hello`` is the last one in clear. ``version`` is the one agreed on, ``tls13`` whether it is TLS 1.3 or
    later, ``agreed`` whether a ServerHello that is no HelloRetryRequest was seen. ``resumed`` is None where nobody can
    tell. ``said``, ``certificates`` and ``encrypted`` are those of the log in the order of the wire.
    """

    log: MessageLog
    file: int
    one_file: bool
    client_side: int
    role_evidence: RoleEvidence
    roles: tuple[Role, Role]
    client_hello: ClientHello | None
    server_hello: ServerHello | None
    version: int | None
    tls13: bool
    agreed: bool
    resumed: bool | None
    said: list[Message]
    certificates: list[SaidCertificate]
    encrypted: list[Message]


def read_facts(log: MessageLog) -> HandshakeFacts:
    """The facts of a connection in which TLS was recognised. Never raises."""
    file = log.connection.first_frame >> FRAME_BITS
    one_file = all(said.frame >> FRAME_BITS == file for said in log.said)
    client_side, evidence = _client_side(log)
    server_hello = _server_hello(log)
    client_hello = _client_hello(log)
    version = None if server_hello is None else server_hello.version
    # QUIC has no other (RFC 9001 section 4.2).
    tls13 = log.carrier == "quic" or (version is not None and is_tls13(version))
    agreed = server_hello is not None and not server_hello.is_hello_retry_request
    # Where a hole keeps one direction waiting, the other is read first; frames tell the order on the wire.
    return HandshakeFacts(
        log=log,
        file=file,
        one_file=one_file,
        client_side=client_side,
        role_evidence=evidence,
        roles=_roles(client_side, evidence),
        client_hello=client_hello,
        server_hello=server_hello,
        version=version,
        tls13=tls13,
        agreed=agreed,
        resumed=_resumed(log, client_side, client_hello, server_hello) if agreed else None,
        said=_in_order(log.said, log, one_file),
        certificates=_in_order(log.certificates, log, one_file),
        encrypted=_in_order(log.encrypted, log, one_file),
    )


def moment(facts: HandshakeFacts, said: Message) -> int:
    """What to order by: the frame, or the time where frames of several files have no common order."""
    return _moment(said, facts.one_file)


def wire_order(facts: HandshakeFacts, said: Message) -> tuple[int, int]:
    """The same, and inside a frame what was told first, where secrets opened something: a client may send data in the
    frame of its Finished."""
    return moment(facts, said), said.place


def in_order(facts: HandshakeFacts, said: Sequence[_M]) -> list[_M]:
    """Messages of the log in the order of the wire."""
    return _in_order(said, facts.log, facts.one_file)


def _in_order(said: Sequence[_M], log: MessageLog, one_file: bool) -> list[_M]:
    if log.decryptor is None:
        return (
            [*said]
            if _is_in_order(said, one_file)
            else sorted(said, key=lambda each: _moment(each, one_file))
        )
    # What waited for secrets is told late, also behind what came later in the same frame.
    return sorted(said, key=lambda each: (_moment(each, one_file), each.place))


def _is_in_order(said: Sequence[Message], one_file: bool) -> bool:
    # Nearly always, and finding that out costs less than to sort.
    last = -1
    for each in said:
        when = _moment(each, one_file)
        if when < last:
            return False
        last = when
    return True


def shows_records(facts: HandshakeFacts) -> bool:
    """Whether what is encrypted comes in records of TLS 1.3 one by one, so that lengths and order tell something: QUIC
    and DTLS 1.3 have packets of their own, with acknowledgements among them."""
    return facts.log.carrier not in ("dtls", "quic")


def kind_name(kind: int) -> str:
    """The word for a kind of message."""
    return _KINDS.get(kind) or handshake_name(kind)


def began_in_clear(facts: HandshakeFacts) -> bool:
    """Whether anything of the handshake's beginning was seen."""
    log = facts.log
    return bool(log.client_hellos or log.server_hellos or any(log.change_cipher_specs))


def is_missing(log: MessageLog, side: int) -> bool:
    """Whether nothing that a side sent was captured, not even what opens or closes a connection."""
    connection = log.connection
    return not (
        connection.payload_seen[side]
        or connection.begun_by_syn(side)
        or side in (connection.closed_by, connection.reset_by)
        or connection.ends_at(side) >= 0
    )


def declined_by_alert(facts: HandshakeFacts, side: int) -> bool:
    """How a client without certificate says so in SSL 3.0 (RFC 6101 section 5.4.2)."""
    return any(said.side == side and said.code == _NO_CERTIFICATE for said in facts.log.alerts)


def offers_tls13(hello: ClientHello) -> bool:
    """Whether a ClientHello offers TLS 1.3; one whose list of versions cannot be read does not."""
    try:
        return hello.offers_tls13
    except Malformed:
        return False


def offers_only_tls13(hello: ClientHello) -> bool:
    """Whether a ClientHello offers TLS 1.3 and no older version (RFC 8446 section 4.2.1)."""
    try:
        content = ext.find(hello.extensions, ext.SUPPORTED_VERSIONS)
        offered = () if content is None else ext.code_points(content, 1, "supported_versions")
    except Malformed:
        return False
    return TLS13 in offered and not any(_SSL30 <= version < TLS13 for version in offered)


def _moment(said: Message, one_file: bool) -> int:
    return said.frame if one_file else said.ts_ns


def _client_side(log: MessageLog) -> tuple[int, RoleEvidence]:
    """Who is the TLS client, by the messages; never by a port."""
    if log.client_hellos:
        return log.client_hellos[0].side, "client_hello"
    if log.server_hellos:
        return 1 - log.server_hellos[0].side, "server_hello"
    for said in log.said:
        if said.kind == CLIENT_HELLO:
            return said.side, "client_hello"
        if said.kind == SERVER_HELLO:
            return 1 - said.side, "server_hello"
        if said.kind in _SERVER_MESSAGES:
            return 1 - said.side, "message_order"
        if said.kind in _CLIENT_MESSAGES:
            return said.side, "message_order"
    if log.client_side >= 0:
        return log.client_side, "message_order"
    if log.connection.syn_side >= 0:
        return log.connection.syn_side, "syn"
    return 0, "unknown"


def _roles(client_side: int, evidence: RoleEvidence) -> tuple[Role, Role]:
    if evidence == "unknown":
        # The first sender stands first, and nobody is given a role.
        return "unknown", "unknown"
    return ("client", "server") if client_side == 0 else ("server", "client")


def _client_hello(log: MessageLog) -> ClientHello | None:
    for said in log.client_hellos:
        if isinstance(said.hello, ClientHello):
            return said.hello
    return None


def _server_hello(log: MessageLog) -> ServerHello | None:
    """The last ServerHello in clear: one that was opened belongs to a renegotiation."""
    for said in reversed(log.server_hellos):
        if isinstance(said.hello, ServerHello) and not said.opened:
            return said.hello
    return None


def _resumed(
    log: MessageLog, client_side: int, client_hello: ClientHello | None, server_hello: ServerHello | None
) -> bool | None:
    """RFC 5246 section 7.4.1.3 (session id), RFC 5077 section 3.4 (ticket), RFC 8446 section 2.2 (PSK)."""
    if server_hello is None:
        return None
    if is_tls13(server_hello.version):
        return ext.find(server_hello.extensions, ext.PRE_SHARED_KEY) is not None
    server = 1 - client_side
    kinds = [said.kind for said in log.said if said.side == server and not said.opened]
    # A resumed handshake has none of these.
    if CERTIFICATE in kinds or SERVER_KEY_EXCHANGE in kinds or SERVER_HELLO_DONE in kinds:
        return False
    if RECORD_CHANGE_CIPHER_SPEC in kinds and log.lost[server] is None:
        return True
    session_id = server_hello.session_id
    if session_id and client_hello is not None and session_id == client_hello.session_id:
        return True
    return None
