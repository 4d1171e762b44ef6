"""Refusals of the ClientHello itself: a server that has no certificate for this client has nothing else to answer.

Knows what was offered (``policy.offer``) and the alerts by which a server says that nothing fits; must not claim that a
certificate was the reason, since cipher suites, groups and versions have the same alert.
"""

from __future__ import annotations

from tlseku.correlation.statement import Statement
from tlseku.flow import Alert, Flow
from tlseku.policy.causes import SIGNATURE
from tlseku.policy.offer import why_no_certificate_may_fit

NOTHING_FITS = (40, 71)
"""handshake_failure and insufficient_security (RFC 8446 section 6.2)."""

_PROTOCOL_VERSION = 70
_SERVER_HELLO = "server_hello"


def hello_refusal(flow: Flow, alert: Alert | None, what: str) -> Statement | None:
    """What can be said where the server refused in answer to the ClientHello, with ``alert`` or by closing; None where
    that is not what happened. ``what`` says who refused and how."""
    if flow.refused_by != "server" or flow.presented or flow.offered is None:
        return None
    if any(each.kind == _SERVER_HELLO for each in flow.messages):
        return None
    frames = () if alert is None else (alert.frame,)
    if alert is not None and alert.code == _PROTOCOL_VERSION and flow.offered.only_tls13:
        return Statement("refused", f"{what} in answer to the ClientHello, which offers TLS 1.3 only", frames)
    if alert is not None and alert.code not in NOTHING_FITS:
        return None
    text = (
        f"{what} in answer to the ClientHello: nothing that both take was found. The server's certificate can be the "
        "reason: one whose key or signature no scheme of the client fits cannot be sent"
    )
    whys = why_no_certificate_may_fit(flow.offered)
    if whys:
        text += f". The client {'; it '.join(whys)}"
    return Statement("hello_refused", text, frames, (SIGNATURE,), fitting=1)
