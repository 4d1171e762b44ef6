"""How to make the two ends of a connection log their secrets, and which of them a client seems to be.

Knows programs and libraries and how each writes a key log (RFC 9850), and by which order of signature schemes the hello
of a client gives its library away; must not know files or pages. Out comes a line for whoever cannot see a certificate,
and the rows of ``docs/how-to/encrypted.md``, which are the same. A guess is called one: hellos can be made alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tlseku.flow import Flow
from tlseku.policy.offer import FAMILIES, Offer
from tlseku.registry.names import is_grease

PAGE = "docs/how-to/encrypted.md"


class KeyLogAdvice(NamedTuple):
    """``name`` of a program or library, whether it plays ``client``, ``server`` or ``both``, and ``how`` it logs."""

    name: str
    plays: str
    how: str


ADVICE: dict[str, KeyLogAdvice] = {
    "browser": KeyLogAdvice(
        "Chromium, Chrome, Edge", "client", "start it with SSLKEYLOGFILE=FILE or --ssl-key-log-file=FILE"
    ),
    "firefox": KeyLogAdvice("Firefox", "client", "start it with SSLKEYLOGFILE=FILE"),
    "curl": KeyLogAdvice("curl, Python (create_default_context)", "client", "start it with SSLKEYLOGFILE=FILE"),
    "openssl": KeyLogAdvice(
        "OpenSSL, and programs on it",
        "both",
        "curl and Python: SSLKEYLOGFILE=FILE; Node.js: --tls-keylog=FILE; s_client and s_server: -keylogfile FILE;"
        " others: SSL_CTX_set_keylog_callback, or SSLKEYLOGFILE=FILE with OpenSSL 3.5 built with enable-sslkeylog",
    ),
    "node": KeyLogAdvice("Node.js", "both", "start it with --tls-keylog=FILE"),
    "gnutls": KeyLogAdvice("GnuTLS (wget, exim)", "both", "start it with SSLKEYLOGFILE=FILE"),
    "java": KeyLogAdvice(
        "Java",
        "both",
        "start it with -javaagent:extract-tls-secrets.jar=FILE, an agent of its own: Java logs none itself",
    ),
    "go": KeyLogAdvice("Go", "both", "set KeyLogWriter in its tls.Config: no variable of the environment is looked at"),
    "dotnet": KeyLogAdvice(
        ".NET",
        "both",
        "on Linux from .NET 9: the switch System.Net.EnableSslKeyLogging and SSLKEYLOGFILE=FILE; not with Schannel",
    ),
    "nginx": KeyLogAdvice(
        "nginx",
        "server",
        "ssl_key_log FILE in NGINX Plus (1.27.2); else an OpenSSL that logs (see there) and env SSLKEYLOGFILE=FILE",
    ),
    "apache": KeyLogAdvice(
        "Apache httpd", "server", "start it with SSLKEYLOGFILE=FILE (mod_ssl with OpenSSL 1.1.1 or later)"
    ),
    "haproxy": KeyLogAdvice(
        "HAProxy", "server", "tune.ssl.keylog on, and a log-format with the fetches ssl_fc_… (its manual has one)"
    ),
}  # fmt: skip
"""Every way, by a short word, in the order of the page."""

# The first schemes of a hello, without GREASE and without ML-DSA, which new releases put in front. Measured with
# Firefox 153, Go 1.27, Java 25, OpenSSL 3.0 to 4.0 and GnuTLS 3.7.
_FIRST_SCHEMES: tuple[tuple[tuple[int, ...], str], ...] = (
    ((0x0804, 0x0403, 0x0807), "go"),
    ((0x0401, 0x0809, 0x0804), "gnutls"),
    ((0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804), "java"),
    ((0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809), "openssl"),
    ((0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081A), "openssl"),
    ((0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806), "firefox"),
)

_OPENED_BY_SECRETS = ("tls13_encrypted", "renegotiation_encrypted")


def client_seems(offer: Offer | None) -> str | None:
    """The word of ``ADVICE`` for the library whose hello looks like this, None if it is that of none.

    GREASE (RFC 8701) stands for BoringSSL in a browser.
    """
    if offer is None or offer.signature_algorithms is None:
        return None
    if any(map(is_grease, (*(offer.versions or ()), *(offer.groups or ()), *offer.signature_algorithms))):
        return "browser"
    schemes = [code for code in offer.signature_algorithms if code not in FAMILIES["ML-DSA"]]
    return next((word for first, word in _FIRST_SCHEMES if _begins(schemes, first)), None)


def how_to_open(flow: Flow) -> str | None:
    """One line on how to get the secrets of this flow; None where no key log would show more."""
    if not any(hidden.reason in _OPENED_BY_SECRETS for hidden in flow.hidden):
        return None
    word = client_seems(flow.offered)
    if word is None:
        return f"A key log opens it (--keylog FILE): either end can write one, see {PAGE}."
    seems = ADVICE[word]
    return (
        f"A key log opens it (--keylog FILE). The client's hello looks like {seems.name}: {seems.how}."
        f" For the server see {PAGE}."
    )


def rows() -> Iterable[tuple[str, str, str]]:
    """Name, role and way of each, for the page."""
    return ((each.name, each.plays, each.how) for each in ADVICE.values())


def _begins(schemes: Sequence[int], first: Sequence[int]) -> bool:
    return tuple(schemes[: len(first)]) == tuple(first)
