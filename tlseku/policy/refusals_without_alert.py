"""Who refuses a certificate without an alert: by closing, after a handshake that completed, or inside.

Knows which software was seen to do what, a row for each with its version and source; must not know certificates or
packets. The absence of an alert is no acceptance: a third of the servers that were run send none.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from tlseku.policy.alert_senses import LIVE_CLIENTS, LIVE_SERVERS, Answered

How = Literal["closes", "closes_after_handshake", "answers_inside", "rejects", "falls_silent"]
"""It closes or resets the connection in the handshake; after both Finished, without a byte of application data; it
completes the handshake and refuses in the application's own protocol; it answers in the protocol around TLS alone
(EAP-Failure); or it says nothing more."""


class Quiet(NamedTuple):
    """One row: software ``name`` refuses the certificate of the role ``answers`` so, as ``source`` saw it. ``stack`` is
    its TLS library, as ``policy.peer_software`` names it, for servers."""

    name: str
    answers: Answered
    how: How
    source: str = LIVE_SERVERS
    stack: str = ""


QUIET: tuple[Quiet, ...] = (
    Quiet("Node", "client", "closes", stack="openssl"),
    Quiet("Bun", "client", "closes", stack="boringssl"),
    Quiet("Deno", "client", "closes", stack="rustls"),
    Quiet("gRPC", "client", "closes", stack="boringssl"),
    Quiet("BIND (DNS over TLS)", "client", "closes", stack="openssl"),
    Quiet("FreeRADIUS (RadSec)", "client", "closes", stack="openssl"),
    Quiet("Python's asyncio (uvicorn, hypercorn)", "client", "closes", stack="openssl"),
    Quiet("ocserv", "client", "closes", stack="gnutls"),
    Quiet("slapd", "client", "closes_after_handshake", stack="gnutls"),
    Quiet("rsyslog with GnuTLS", "client", "closes_after_handshake", stack="gnutls"),
    Quiet("unbound", "client", "closes_after_handshake", stack="openssl"),
    Quiet("nginx (HTTP 400)", "client", "answers_inside", stack="openssl"),
    Quiet("Dovecot (IMAP NO)", "client", "answers_inside", stack="openssl"),
    Quiet("PostgreSQL (FATAL 28000)", "client", "answers_inside", stack="openssl"),
    Quiet("Postfix (SMTP 421)", "client", "answers_inside", stack="openssl"),
    Quiet("Prosody (XMPP stream error)", "client", "answers_inside", stack="openssl"),
    Quiet("ejabberd (SASL failure)", "client", "answers_inside", stack="openssl"),
    Quiet("MariaDB (error 1045)", "client", "answers_inside", stack="openssl"),
    Quiet("FreeRADIUS", "client", "rejects", stack="openssl"),
    Quiet("hostapd", "client", "rejects", stack="openssl"),
    Quiet("OpenVPN", "client", "falls_silent", stack="openssl"),
    Quiet("gRPC", "server", "closes", LIVE_CLIENTS),
    Quiet("Bun", "server", "closes", LIVE_CLIENTS),
    Quiet("Node", "server", "closes", LIVE_CLIENTS),
    Quiet("s2n", "server", "closes", LIVE_CLIENTS),
    Quiet("curl_cffi", "server", "closes_after_handshake", LIVE_CLIENTS),
    Quiet("Node in TLS 1.2", "server", "closes_after_handshake", LIVE_CLIENTS),
)
"""Every row."""


def quiet_names(answers: Answered, *how: How, stacks: Collection[str] = ()) -> str:
    """The software that refuses the certificate of that role in one of these ways: ``a, b and c``.

    Only that with one of these TLS libraries, if there is any; "" where nobody was seen to do so.
    """
    rows = [each for each in QUIET if each.answers == answers and each.how in how]
    rows = [each for each in rows if each.stack in stacks] or rows
    names = list(dict.fromkeys(each.name for each in rows))
    if not names:
        return ""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
