"""Who refuses a certificate without an alert: by closing, after a handshake that completed, or inside.

Knows which software was seen to do what, a row for each with its version and source; must not know certificates or
packets. The absence of an alert is no acceptance: a third of the servers that were run send none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from tlseku.policy.alert_senses import LIVE_CLIENTS, LIVE_SERVERS, Answered

How = Literal["closes", "closes_after_handshake", "answers_inside", "rejects", "falls_silent"]
"""It closes or resets the connection in the handshake; after both Finished, without a byte of application data; it
completes the handshake and refuses in the application's own protocol; it answers in the protocol around TLS alone
(EAP-Failure); or it says nothing more."""


class Quiet(NamedTuple):
    """One row: software ``name`` refuses the certificate of the role ``answers`` so, as ``source`` saw it."""

    name: str
    answers: Answered
    how: How
    source: str = LIVE_SERVERS


QUIET: tuple[Quiet, ...] = (
    Quiet("Node", "client", "closes"),
    Quiet("Bun", "client", "closes"),
    Quiet("Deno", "client", "closes"),
    Quiet("gRPC", "client", "closes"),
    Quiet("BIND (DNS over TLS)", "client", "closes"),
    Quiet("FreeRADIUS (RadSec)", "client", "closes"),
    Quiet("Python's asyncio (uvicorn, hypercorn)", "client", "closes"),
    Quiet("ocserv", "client", "closes"),
    Quiet("slapd", "client", "closes_after_handshake"),
    Quiet("rsyslog with GnuTLS", "client", "closes_after_handshake"),
    Quiet("unbound", "client", "closes_after_handshake"),
    Quiet("nginx (HTTP 400)", "client", "answers_inside"),
    Quiet("Dovecot (IMAP NO)", "client", "answers_inside"),
    Quiet("PostgreSQL (FATAL 28000)", "client", "answers_inside"),
    Quiet("Postfix (SMTP 421)", "client", "answers_inside"),
    Quiet("Prosody (XMPP stream error)", "client", "answers_inside"),
    Quiet("ejabberd (SASL failure)", "client", "answers_inside"),
    Quiet("MariaDB (error 1045)", "client", "answers_inside"),
    Quiet("FreeRADIUS", "client", "rejects"),
    Quiet("hostapd", "client", "rejects"),
    Quiet("OpenVPN", "client", "falls_silent"),
    Quiet("gRPC", "server", "closes", LIVE_CLIENTS),
    Quiet("Bun", "server", "closes", LIVE_CLIENTS),
    Quiet("Node", "server", "closes", LIVE_CLIENTS),
    Quiet("s2n", "server", "closes", LIVE_CLIENTS),
    Quiet("curl_cffi", "server", "closes_after_handshake", LIVE_CLIENTS),
    Quiet("Node in TLS 1.2", "server", "closes_after_handshake", LIVE_CLIENTS),
)
"""Every row."""


def quiet_names(answers: Answered, *how: How) -> str:
    """The software that refuses the certificate of that role in one of these ways: ``a, b and c``."""
    names = list(dict.fromkeys(_rows(answers, how)))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _rows(answers: Answered, how: tuple[How, ...]) -> Iterable[str]:
    return (each.name for each in QUIET if each.answers == answers and each.how in how)
