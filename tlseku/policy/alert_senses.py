"""What a peer can mean by an alert that it sends after a certificate, or for want of one.

Knows the certificate alerts (RFC 5246 section 7.2.2, RFC 8446 section 6.2) and which software sends which for what, a
row for each with its version and source; must not know certificates or packets. Out come the rows that fit an alert,
the role whose certificate it answers and the protocol version, and from them a phrase and the causes it can stand for.

Why rows and not one phrase an alert: the same fault has another alert in every library (an EKU: 43 with OpenSSL, 42
with Go, 46 with Java, 40 with Erlang), and the same alert another meaning. Which library it was a capture seldom says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

from tlseku.policy.causes import (
    CA_AS_LEAF,
    EKU,
    ENCODING,
    ISSUER,
    KEY_TYPE,
    KEY_USAGE,
    NAME,
    NO_CERTIFICATE,
    REVOCATION,
    SIGNATURE,
    VALIDITY,
    WEAK,
    CauseName,
)
from tlseku.registry.protocol_versions import is_tls13

Answered = Literal["client", "server"]

LIVE_SERVERS = "59 configurations of servers, run with TLS 1.2 and 1.3, 2026-11-29"
LIVE_CLIENTS = "31 clients, run against a server certificate with clientAuth only, 2026-11-29"
FRONTIER = "releases of 2026, run against each other, 2026-11-29"
OPENSSL_SOURCE = "ssl/statem/statem_lib.c (x509table) of OpenSSL 3.0, which BoringSSL shares"
GO_SOURCE = "crypto/tls/handshake_server.go, which tells expired and unknown issuers apart since 1.21"
OWN_RUN = "tests/refusals: NSS 3.87 as server"
STANDARD = "RFC 8446 section 6.2"


class Sender(NamedTuple):
    """One row: who sends ``alert`` for which ``causes``.

    ``name`` is the software with the version that was seen, ``source`` where that was seen. ``answers`` is the role
    whose certificate it refuses, None for either; ``tls13`` False for TLS 1.2 and before, True for TLS 1.3, None for
    all. ``books`` are the rule-books that speak for it, ``stacks`` the TLS libraries that it is about, as
    ``policy.peer_software`` names them.
    """

    alert: int
    name: str
    causes: frozenset[CauseName]
    source: str
    answers: Answered | None = None
    tls13: bool | None = None
    books: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()


def _causes(*names: CauseName) -> frozenset[CauseName]:
    return frozenset(names)


_PURPOSE = _causes(EKU, KEY_USAGE)
_EVERYTHING = _causes(
    EKU, KEY_USAGE, CA_AS_LEAF, VALIDITY, ISSUER, KEY_TYPE, SIGNATURE, WEAK, NAME, ENCODING, REVOCATION
)
_OPENSSL = "OpenSSL (Apache httpd, HAProxy, stunnel, Kamailio and most others)"
_ERLANG = "Erlang/OTP 25 (RabbitMQ, EMQX)"
_SEVEN = ("openssl", "go", "rustls", "erlang", "wolfssl", "mbedtls", "nss")
_FIVE = ("openssl", "go", "java", "erlang", "botan")
_GNUTLS_HTTP = "lighttpd 1.4 with GnuTLS"

SENDERS: tuple[Sender, ...] = (
    Sender(40, _ERLANG, _causes(EKU), LIVE_SERVERS, stacks=("erlang",)),
    Sender(40, "anybody with whom no key or signature could be agreed on", _causes(KEY_TYPE, SIGNATURE), STANDARD),
    Sender(42, "Go (Caddy, etcd, Prometheus)", _EVERYTHING - {VALIDITY, ISSUER}, LIVE_SERVERS, books=("go",),
           stacks=("go",)),
    Sender(42, "Go up to 1.20", _causes(VALIDITY, ISSUER), GO_SOURCE, books=("go",), stacks=("go",)),
    Sender(42, "wolfSSL 5.5", _causes(EKU, KEY_USAGE, ENCODING), LIVE_SERVERS, "client", stacks=("wolfssl",)),
    Sender(42, "Botan 2.19", _EVERYTHING, LIVE_SERVERS, "client", tls13=False, stacks=("botan",)),
    Sender(42, "GnuTLS (exim, gnutls-cli)", _causes(VALIDITY, ISSUER, REVOCATION, WEAK, NAME), LIVE_SERVERS,
           stacks=("gnutls",)),
    Sender(42, "gnutls-cli 3.7", _causes(EKU, KEY_USAGE), LIVE_CLIENTS, "server", stacks=("gnutls",)),
    Sender(42, "Mbed TLS 2.28", _causes(ENCODING), LIVE_SERVERS, stacks=("mbedtls",)),
    Sender(42, "OpenSSL", _causes(VALIDITY, WEAK, NAME, ENCODING), OPENSSL_SOURCE, stacks=("openssl",)),
    Sender(42, "Java 25", _causes(ENCODING), FRONTIER, "server", stacks=("java",)),
    Sender(42, "NSS 3.87", _causes(ISSUER, NAME), OWN_RUN, stacks=("nss",)),
    Sender(43, _OPENSSL, _PURPOSE, LIVE_SERVERS, books=("openssl", "boringssl"), stacks=("openssl",)),
    Sender(43, "rustls (granian, Deno)", _causes(EKU), LIVE_SERVERS, stacks=("rustls",)),
    Sender(43, "Mbed TLS 2.28", _causes(EKU), LIVE_SERVERS, stacks=("mbedtls",)),
    Sender(43, "Java 25", _causes(KEY_TYPE, SIGNATURE, WEAK), FRONTIER, "server", stacks=("java",)),
    Sender(43, "others", _causes(KEY_TYPE, SIGNATURE, WEAK), STANDARD),
    Sender(44, "anybody", _causes(REVOCATION), STANDARD),
    Sender(45, "OpenSSL, Go since 1.21, rustls, Erlang, wolfSSL, Mbed TLS and NSS", _causes(VALIDITY), LIVE_SERVERS,
           stacks=_SEVEN),
    Sender(46, "Java (Tomcat, Jetty)", _EVERYTHING, LIVE_SERVERS, books=("java",), stacks=("java",)),
    Sender(46, "NSS 3.87", _PURPOSE, OWN_RUN, books=("nss",), stacks=("nss",)),
    Sender(46, "rustls", _causes(ENCODING), LIVE_SERVERS, stacks=("rustls",)),
    Sender(46, "OpenSSL", _causes(ENCODING), OPENSSL_SOURCE, stacks=("openssl",)),
    Sender(48, "OpenSSL, Go since 1.21, rustls, Erlang, wolfSSL, Mbed TLS and NSS", _causes(ISSUER), LIVE_SERVERS,
           stacks=_SEVEN),
    Sender(49, _GNUTLS_HTTP, _causes(VALIDITY, ISSUER), LIVE_SERVERS, "client", stacks=("gnutls",)),
    Sender(50, "anybody that cannot read a message", _causes(ENCODING), STANDARD),
    Sender(51, "anybody that cannot verify a signature", _causes(CA_AS_LEAF, KEY_USAGE, SIGNATURE), STANDARD),
    # For want of a certificate.
    Sender(40, "OpenSSL, Go since 1.25, Java 25, Erlang and Botan", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client",
           stacks=_FIVE),
    Sender(42, "Java 17 (Tomcat, Jetty)", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client", stacks=("java",)),
    Sender(42, "Go up to 1.24 and NSS", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client", False, stacks=("go", "nss")),
    Sender(42, "Go 1.19 (etcd, Caddy, Prometheus)", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client", True,
           stacks=("go",)),
    Sender(50, "GnuTLS (exim)", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client", False, stacks=("gnutls",)),
    Sender(116, "rustls (granian, Deno)", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client", False, stacks=("rustls",)),
    Sender(116, "most servers", _causes(NO_CERTIFICATE), LIVE_SERVERS, "client", True),
)  # fmt: skip
"""Every row, by alert. What one library sends for a cause comes before what anybody may."""

UNSEEN: Mapping[int, tuple[str, ...]] = {
    40: ("a rule of the peer's own",),
    42: ("an issuer that the peer does not trust", "revocation", "a rule of the peer's own"),
    44: ("an entry of a revocation list that is wrong or old",),
    45: ("an expired revocation list", "a clock that differs from the capture's"),
    46: ("an issuer that the peer does not trust", "revocation", "a rule of the peer's own"),
    48: ("a missing revocation list",),
    49: (
        "an issuer that the peer does not trust",
        "an owner who is not welcome though the certificate is valid",
    ),
    51: ("a signature that does not verify",),
}
"""What an alert can stand for that no capture shows."""

SAYS_ITSELF: Mapping[int, CauseName] = {44: REVOCATION, 45: VALIDITY, 48: ISSUER}
"""Alerts that name their cause, whatever a capture shows of the chain."""

_WORDS: Mapping[CauseName, str] = {
    EKU: "an EKU",
    KEY_USAGE: "a key usage",
    CA_AS_LEAF: "a CA certificate in the place of the leaf",
    VALIDITY: "a certificate outside its validity",
    ISSUER: "an issuer that it does not trust",
    KEY_TYPE: "a kind of key",
    SIGNATURE: "a signature algorithm",
    WEAK: "a weak key or hash",
    NAME: "a name",
    ENCODING: "an encoding that it cannot read",
    NO_CERTIFICATE: "want of a certificate",
    REVOCATION: "a revoked certificate",
}
_MANY = 4
"""Causes that a phrase names one by one, more are *nearly everything*; senders of which it says each for what."""


class AlertSense(NamedTuple):
    """What an alert can mean where it was sent: the ``senders`` that fit, the causes in a chain that it can stand for
    (``express``), and phrases for what no capture shows (``unseen``)."""

    senders: tuple[Sender, ...]
    express: frozenset[CauseName]
    unseen: tuple[str, ...]

    @property
    def books(self) -> tuple[str, ...]:
        """The rule-books of its senders."""
        return tuple(dict.fromkeys(book for each in self.senders for book in each.books))

    def of_stacks(self, stacks: Collection[str], found: Collection[CauseName] = ()) -> AlertSense | None:
        """What it can mean if one of these libraries sent it; None where no row is about them, or where the rows that
        are speak of none of the causes ``found`` while others do: it is then no such library, or one told otherwise."""
        theirs = tuple(each for each in self.senders if not set(each.stacks).isdisjoint(stacks))
        express = frozenset(name for each in theirs for name in each.causes)
        if not theirs or (not express & set(found) and self.express & set(found)):
            return None
        return AlertSense(theirs, express, self.unseen)

    def phrase(self, found: Collection[CauseName] = ()) -> str:
        """Who sends it for what, to follow *what is sent by*; with ``found`` only those that speak of such causes."""
        speaking = [each for each in self.senders if not each.causes.isdisjoint(found)]
        if not speaking and len(self.senders) > _MANY:
            return f"{_joined([each.name for each in self.senders], 'and')}, by each for other faults"
        parts: dict[str, list[str]] = {}
        for each in speaking or self.senders:
            causes = [name for name in _WORDS if name in each.causes]
            told = [name for name in causes if name in found] or causes
            parts.setdefault(_for_what(told), []).append(each.name)
        return _joined([f"{_joined(names, 'and')} for {what}" for what, names in parts.items()], "or by")


def sense_of(alert: int, answers: Answered, version: int | None) -> AlertSense | None:
    """What ``alert`` can mean in answer to the certificate of that role, None if it does not speak of certificates.

    ``version`` is the ProtocolVersion agreed on, None where it is not known: then rows of all versions fit.
    """
    fitting = tuple(_rows(alert, answers, version, want=False))
    if not fitting:
        return None
    return AlertSense(
        fitting, frozenset(name for each in fitting for name in each.causes), UNSEEN.get(alert, ())
    )


def senders_without_certificate(alert: int, version: int | None, stacks: Collection[str] = ()) -> str | None:
    """Who sends ``alert`` where a client certificate is required and an empty list came; None if nobody does.

    Only those with one of these libraries are named, if any of them does.
    """
    rows = list(_rows(alert, "client", version, want=True))
    rows = [each for each in rows if not set(each.stacks).isdisjoint(stacks)] or rows
    return _joined(list(dict.fromkeys(each.name for each in rows)), "or") if rows else None


def speaks_of_purposes(alert: int) -> bool:
    """Whether an alert says more of purposes than of anything else (43): a rule-book that accepts then contradicts it,
    even where nothing seen explains it."""
    return alert == 43


def speaks_of_certificates(alert: int) -> bool:
    """Whether an alert is about a certificate and nothing else (42 to 46, 48, 116): it then answers one wherever it
    stands, also behind Finished and application data, since in TLS 1.3 both sides write before the other has judged."""
    return alert in (42, 43, 44, 45, 46, 48, 116)


def _rows(alert: int, answers: Answered, version: int | None, *, want: bool) -> Iterable[Sender]:
    for each in SENDERS:
        if each.alert != alert or (NO_CERTIFICATE in each.causes) is not want:
            continue
        if each.answers not in (None, answers):
            continue
        if version is None or each.tls13 is None or each.tls13 is is_tls13(version):
            yield each


def _for_what(causes: Collection[CauseName]) -> str:
    if len(causes) > _MANY:
        return "nearly everything that it finds wrong"
    return _joined([_WORDS[name] for name in causes], "or")


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"
