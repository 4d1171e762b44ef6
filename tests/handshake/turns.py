"""Turns of handshakes written byte by byte, from which the tests of ``tlseku.handshake`` put dialogues together."""

from __future__ import annotations

from tests import wire
from tests.dialogues import C, S
from tests.tls import written
from tests.tls.written import (
    CCS,
    CERTIFICATE_VERIFY,
    CLIENT_KEY_EXCHANGE,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    TLS13_CHOSEN,
    TLS13_OFFERED,
    application_data,
    certificate,
    client_hello,
    extension,
    finished,
    handshake,
    message,
    request_body,
    server_hello,
)
from tlseku.flow import Flow, Hidden

LEAF = written.chain_of("scenario2", 0)[0]
CH, SH = (C, client_hello(written.sni(b"a.example"), written.alpn(b"h2", b"sip"))), (S, server_hello())
CERT = (S, certificate(LEAF))
DONE = (S, handshake(SERVER_HELLO_DONE))
SKE = (S, handshake(SERVER_KEY_EXCHANGE))
REQUEST = (S, handshake(message(13, request_body())))
CKE = (C, handshake(CLIENT_KEY_EXCHANGE))
C_FIN, S_FIN = (C, CCS + finished()), (S, CCS + finished())
NO_CERT = (C, certificate())
C_CERT = (C, certificate(LEAF))
VERIFY = (C, handshake(CERTIFICATE_VERIFY))
DATA = ((C, application_data()), (S, application_data()))
TICKET = (S, handshake(message(4, b"\0\0\0\x05\0\x04tick")))
FULL = (CH, SH, CERT, SKE, DONE, CKE, C_FIN, S_FIN)

CH13 = (C, client_hello(TLS13_OFFERED, session_id=b"i" * 32))
SH13 = (S, server_hello(TLS13_CHOSEN, session_id=b"i" * 32, suite=0x1301))
SH13_PSK = (S, server_hello(TLS13_CHOSEN, extension(41, b"\0\0"), session_id=b"i" * 32, suite=0x1301))
HRR = (S, server_hello(TLS13_CHOSEN, random=written.HRR_RANDOM, suite=0x1301))
FLIGHT13 = (S, CCS + application_data(90) + application_data(900))
FIN13 = (C, CCS + application_data(69))
HIDDEN13 = [
    ("server_certificate", "tls13_encrypted"),
    ("certificate_request", "tls13_encrypted"),
    ("client_certificate", "tls13_encrypted"),
]


def packets_of(turns: tuple[tuple[int, bytes], ...]) -> wire.Talk:
    """Each turn as one segment of a connection that was opened by its client."""
    talk = wire.Talk().open()
    for side, data in turns:
        talk.send(side, data)
    return talk


def why_hidden(hidden: Hidden) -> tuple[str, str]:
    """What was hidden, and why."""
    return hidden.what, hidden.reason


def ends(flow: Flow) -> tuple[str, str]:
    """The addresses of client and server."""
    return flow.client.ip, flow.server.ip
