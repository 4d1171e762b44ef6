"""Turns of TLS 1.2 dialogues with built certificates, for the tests of what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import get_args

from tests import builder
from tests.builder import CLIENT_AUTH, SERVER_AUTH, Built, build
from tests.dialogues import C, S, flow_of
from tests.tls import written
from tests.tls.written import (
    CCS,
    alert,
    certificate,
    client_hello,
    finished,
    handshake,
    message,
    request_body,
)
from tlseku.flow import Alert, Flow, Outcome, OutcomeEvidence, Role

ROOT = builder.ca("Test Root", serial=1)
SERVER_CA = builder.ca("Server CA", issuer=ROOT, eku=(SERVER_AUTH,), serial=2)
OLD = datetime(2025, 1, 1, tzinfo=timezone.utc)
EARLIER = datetime(2024, 1, 1, tzinfo=timezone.utc)

GOOD = build(issuer=ROOT)
WRONG = build(issuer=ROOT, eku=(SERVER_AUTH,))
ANY = build(issuer=ROOT, eku=(builder.ANY,))
EXPIRED = build(issuer=ROOT, not_before=EARLIER, not_after=OLD)
WRONG_AND_EXPIRED = build(issuer=ROOT, eku=(SERVER_AUTH,), not_before=EARLIER, not_after=OLD)
WRONG_AND_KEY_USAGE = build(issuer=ROOT, eku=(SERVER_AUTH,), key_usage=("nonRepudiation",))
RESTRICTED = build(issuer=SERVER_CA)
CLIENT_ONLY = build(issuer=ROOT, eku=(CLIENT_AUTH,))

Turn = tuple[int, bytes]

CH: Turn = (C, client_hello(written.sni(b"leaf.example")))
CH_OTHER_NAME: Turn = (C, client_hello(written.sni(b"other.example")))
SH: Turn = (S, written.server_hello())
SKE: Turn = (S, handshake(written.SERVER_KEY_EXCHANGE))
REQUEST: Turn = (S, handshake(message(13, request_body())))
DONE: Turn = (S, handshake(written.SERVER_HELLO_DONE))
CKE: Turn = (C, handshake(written.CLIENT_KEY_EXCHANGE))
VERIFY: Turn = (C, handshake(written.CERTIFICATE_VERIFY))
C_FIN: Turn = (C, CCS + finished())
S_FIN: Turn = (S, CCS + finished())
NO_CERT: Turn = (C, certificate())


def shown(side: int, *chain: Built) -> Turn:
    """A Certificate message."""
    return side, certificate(*(each.der for each in chain))


def alerts(side: int, code: int, level: int = 2) -> Turn:
    """An alert in clear."""
    return side, alert(level, code)


SERVER: Turn = shown(S, GOOD, ROOT)
ASKED: tuple[Turn, ...] = (CH, SH, SERVER, SKE, REQUEST, DONE)


def presenting(*chain: Built) -> tuple[Turn, ...]:
    """Everything up to the client's Finished, with that chain for a certificate."""
    return (*ASKED, shown(C, *chain), CKE, VERIFY, C_FIN)


def flow_refused_later(chain: Sequence[Built], role: str, code: int, after: str) -> Flow:
    """A handshake of TLS 1.3 with that chain from the client, which ``role`` refuses behind a message ``after``.

    As a key log shows it. Where the client refuses, only the server's chain stands in the flow.
    """
    flow = flow_of(*presenting(*chain), S_FIN)
    (side,) = [each for each in get_args(Role) if each == role]
    last = flow.messages[-1]
    alert = Alert(last.frame + 1, side, 2, code, after, last.ts + 1)
    presented = [each for each in flow.presented if role == "server" or each.role == "server"]
    return replace(
        flow,
        version=0x0304,
        outcome="refused",
        refused_by=side,
        alerts=(alert,),
        presented=tuple(presented),
        outcome_basis="an alert",
        outcome_evidence="alert",
    )


def taken(flow: Flow) -> Flow:
    """The flow as if both sides had answered with application data: each accepted what the other presented."""
    return replace(
        flow,
        outcome="completed",
        outcome_evidence="application_data",
        client_certificate_accepted=True,
        server_certificate_accepted=True,
    )


def silent(
    flow: Flow, outcome: Outcome, evidence: OutcomeEvidence, role: Role, inside: str | None = None
) -> Flow:
    """The flow as if ``role`` had ended it so, without an alert that can be read."""
    return replace(
        flow,
        outcome=outcome,
        outcome_evidence=evidence,
        refused_by=None if outcome == "closed_after" else role,
        closed_by=role,
        inside_answer=inside,
        outcome_basis="as the test says",
        hints=(),
    )
