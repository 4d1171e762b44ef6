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
LIVE_STACKS = "tests/verifiers/stacks, run with TLS 1.2 and 1.3"
OWN_RUN = "tests/refusals: NSS 3.87 as server"
STANDARD = "RFC 8446 section 6.2"


class Sender(NamedTuple):
    """One row: who sends ``alert`` for which ``causes``; None: it refuses for these and closes without one.

    ``name`` is the software with the version that was seen, ``source`` where that was seen. ``answers`` is the role
    whose certificate it refuses, None for either; ``tls13`` False for TLS 1.2 and before, True for TLS 1.3, None for
    all. ``stacks`` are the TLS libraries that it is about, as ``policy.peer_software`` names them, and so the
    rule-books of these names; ``since`` and ``until`` the first and the last release of these that do so, None where no
    other is known to differ. ``products`` are those rows in which the library leaves it to the program.
    """

    alert: int | None
    name: str
    causes: frozenset[CauseName]
    source: str
    answers: Answered | None = None
    tls13: bool | None = None
    stacks: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    products: bool = False


def _causes(*names: CauseName) -> frozenset[CauseName]:
    return frozenset(names)


_PURPOSE = _causes(EKU, KEY_USAGE)
_ALGORITHMS = _causes(KEY_TYPE, SIGNATURE)
_EVERYTHING = _causes(
    EKU, KEY_USAGE, CA_AS_LEAF, VALIDITY, ISSUER, KEY_TYPE, SIGNATURE, WEAK, NAME, ENCODING, REVOCATION
)
_WANT = _causes(NO_CERTIFICATE)
_OPENSSL = "OpenSSL (Apache httpd, HAProxy, stunnel, Kamailio and most others)"
_ERLANG = "Erlang/OTP 25 (RabbitMQ, EMQX)"
_GO = "Go (Caddy, etcd, Prometheus)"
_JAVA = "Java (Tomcat, Jetty)"
_JAVA_17 = "Java 17 (Tomcat, Jetty)"
_RUSTLS = "rustls (granian, Deno)"
_GNUTLS_HTTP = "GnuTLS (lighttpd, gnutls-serv)"
_GNUTLS_PROGRAMS = "GnuTLS (gnutls-serv, gnutls-cli)"
_BORINGSSL = "BoringSSL (gRPC, Bun)"


def _each_its_own(alert: int, cause: CauseName) -> Iterable[Sender]:
    """certificate_expired and unknown_ca of those that keep them apart."""
    for name, stack in (
        ("OpenSSL", "openssl"),
        ("rustls", "rustls"),
        ("Erlang", "erlang"),
        ("wolfSSL", "wolfssl"),
        ("NSS", "nss"),
    ):
        yield Sender(alert, name, _causes(cause), LIVE_SERVERS, stacks=(stack,))
    yield Sender(alert, "Mbed TLS", _causes(cause), LIVE_SERVERS, tls13=False, stacks=("mbedtls",))
    yield Sender(alert, "Go since 1.21", _causes(cause), LIVE_SERVERS, "client", stacks=("go",), since="1.21")


SENDERS: tuple[Sender, ...] = (
    Sender(40, _ERLANG, _causes(EKU), LIVE_SERVERS, stacks=("erlang",)),
    Sender(40, _ERLANG, _ALGORITHMS, LIVE_STACKS, tls13=False, stacks=("erlang",)),
    Sender(40, "anybody with whom no key or signature could be agreed on", _ALGORITHMS, STANDARD),
    Sender(42, _GO, _EVERYTHING - {VALIDITY, ISSUER}, LIVE_SERVERS, "client", stacks=("go",)),
    Sender(42, "Go up to 1.20", _causes(VALIDITY, ISSUER), GO_SOURCE, "client", stacks=("go",), until="1.20"),
    Sender(42, "Go", _EVERYTHING, LIVE_STACKS, "server", stacks=("go",)),
    Sender(42, "wolfSSL 5.5", _causes(EKU, KEY_USAGE, ENCODING), LIVE_SERVERS, stacks=("wolfssl",)),
    Sender(42, "Botan 2.19", _EVERYTHING, LIVE_SERVERS, tls13=False, stacks=("botan",)),
    Sender(42, "GnuTLS (exim, gnutls-cli)", _causes(VALIDITY, ISSUER, REVOCATION, WEAK, NAME), LIVE_SERVERS,
           stacks=("gnutls",), products=True),
    Sender(42, "gnutls-cli 3.7", _PURPOSE, LIVE_CLIENTS, "server", stacks=("gnutls",), products=True),
    Sender(42, "Mbed TLS 2.28", _causes(ENCODING, SIGNATURE), LIVE_STACKS, tls13=False, stacks=("mbedtls",)),
    Sender(42, "OpenSSL", _causes(VALIDITY, WEAK, NAME, ENCODING), OPENSSL_SOURCE, stacks=("openssl",)),
    Sender(42, "Java", _causes(ENCODING), LIVE_STACKS, stacks=("java",)),
    Sender(42, "Erlang/OTP 25", _causes(ISSUER), LIVE_STACKS, stacks=("erlang",)),
    Sender(42, "Erlang/OTP 25", _causes(SIGNATURE), LIVE_STACKS, tls13=False, stacks=("erlang",)),
    Sender(42, "NSS 3.87", _causes(ISSUER, NAME), OWN_RUN, stacks=("nss",)),
    Sender(42, "NSS 3.87", _causes(EKU, SIGNATURE, KEY_TYPE), LIVE_STACKS, stacks=("nss",)),
    Sender(43, _OPENSSL, _PURPOSE, LIVE_SERVERS, stacks=("openssl",)),
    Sender(43, _RUSTLS, _causes(EKU), LIVE_SERVERS, stacks=("rustls",)),
    Sender(43, "Mbed TLS 2.28", _PURPOSE, LIVE_STACKS, tls13=False, stacks=("mbedtls",)),
    Sender(43, "Java 25", _causes(KEY_TYPE, SIGNATURE, WEAK), FRONTIER, "server", stacks=("java",), since="25"),
    Sender(43, "others", _causes(KEY_TYPE, SIGNATURE, WEAK), STANDARD),
    Sender(44, "anybody", _causes(REVOCATION), STANDARD),
    *_each_its_own(45, VALIDITY),
    Sender(45, "Java 17", _causes(VALIDITY), LIVE_STACKS, "server", False, stacks=("java",), until="17"),
    Sender(45, "Java 25", _causes(VALIDITY), LIVE_STACKS, "server", stacks=("java",), since="25"),
    Sender(46, _JAVA, _EVERYTHING, LIVE_SERVERS, "client", stacks=("java",)),
    Sender(46, "Java", _EVERYTHING - {VALIDITY}, LIVE_STACKS, "server", stacks=("java",)),
    Sender(46, "Java 17", _causes(VALIDITY), LIVE_STACKS, "server", True, stacks=("java",), until="17"),
    Sender(46, "others", _causes(VALIDITY), STANDARD, "server"),
    Sender(46, "NSS 3.87", _PURPOSE | {CA_AS_LEAF}, LIVE_STACKS, stacks=("nss",)),
    Sender(46, "rustls", _causes(ENCODING, CA_AS_LEAF), LIVE_SERVERS, stacks=("rustls",)),
    Sender(46, "OpenSSL", _causes(ENCODING), OPENSSL_SOURCE, stacks=("openssl",)),
    Sender(47, "Bun", _causes(KEY_USAGE), LIVE_STACKS, tls13=True, stacks=("boringssl",), products=True),
    *_each_its_own(48, ISSUER),
    Sender(48, "Go", _causes(SIGNATURE), LIVE_STACKS, "client", stacks=("go",)),
    Sender(49, _GNUTLS_HTTP, _causes(VALIDITY, ISSUER), LIVE_SERVERS, "client", stacks=("gnutls",), products=True),
    Sender(50, "Go", _causes(ENCODING), LIVE_STACKS, stacks=("go",)),
    Sender(50, "anybody that cannot read a message", _causes(ENCODING), STANDARD),
    Sender(51, "rustls", _ALGORITHMS, LIVE_STACKS, stacks=("rustls",)),
    Sender(51, "anybody that cannot verify a signature", _causes(CA_AS_LEAF, KEY_USAGE, SIGNATURE), STANDARD),
    Sender(80, _GNUTLS_PROGRAMS, _causes(KEY_USAGE), LIVE_STACKS, stacks=("gnutls",), products=True),
    Sender(80, "Botan 2.19", _ALGORITHMS, LIVE_STACKS, "server", False, stacks=("botan",)),
    # For want of a certificate.
    Sender(40, "OpenSSL", _WANT, LIVE_SERVERS, "client", False, stacks=("openssl",)),
    Sender(40, "Go since 1.25", _WANT, LIVE_SERVERS, "client", False, stacks=("go",), since="1.25"),
    Sender(40, "Java 25", _WANT, LIVE_SERVERS, "client", False, stacks=("java",), since="25"),
    Sender(40, "Erlang", _WANT, LIVE_SERVERS, "client", False, stacks=("erlang",)),
    Sender(40, "Botan", _WANT, LIVE_SERVERS, "client", False, stacks=("botan",)),
    Sender(40, "Bun", _WANT, LIVE_SERVERS, "client", False, stacks=("boringssl",), products=True),
    Sender(42, _JAVA_17, _WANT, LIVE_SERVERS, "client", stacks=("java",), until="17"),
    Sender(42, "Go up to 1.24", _WANT, LIVE_SERVERS, "client", False, stacks=("go",), until="1.24"),
    Sender(42, "NSS", _WANT, OWN_RUN, "client", False, stacks=("nss",)),
    Sender(42, "Go 1.19 (etcd, Caddy, Prometheus)", _WANT, LIVE_SERVERS, "client", True, stacks=("go",), until="1.19"),
    Sender(50, "GnuTLS (exim, gnutls-serv)", _WANT, LIVE_SERVERS, "client", False, stacks=("gnutls",), products=True),
    Sender(116, _RUSTLS, _WANT, LIVE_SERVERS, "client", stacks=("rustls",)),
    Sender(116, "OpenSSL", _WANT, LIVE_SERVERS, "client", True, stacks=("openssl",)),
    Sender(116, "Go since 1.24", _WANT, LIVE_SERVERS, "client", True, stacks=("go",), since="1.24"),
    Sender(116, "Java 25", _WANT, LIVE_SERVERS, "client", True, stacks=("java",), since="25"),
    Sender(116, "Erlang", _WANT, LIVE_SERVERS, "client", True, stacks=("erlang",)),
    Sender(116, "wolfSSL", _WANT, LIVE_SERVERS, "client", True, stacks=("wolfssl",)),
    Sender(116, "NSS", _WANT, LIVE_STACKS, "client", True, stacks=("nss",)),
    Sender(116, "GnuTLS (exim, gnutls-serv)", _WANT, LIVE_STACKS, "client", True, stacks=("gnutls",), products=True),
    Sender(116, "Bun", _WANT, LIVE_SERVERS, "client", True, stacks=("boringssl",), products=True),
    Sender(116, "most servers", _WANT, STANDARD, "client", True),
    # Without an alert; products that leave out theirs are those of refusals_without_alert.py.
    Sender(None, _BORINGSSL, _causes(EKU, KEY_USAGE, VALIDITY, ISSUER), LIVE_SERVERS, stacks=("boringssl",)),
    Sender(None, "wolfSSL 5.5", _WANT, LIVE_SERVERS, "client", False, stacks=("wolfssl",)),
    Sender(None, "Mbed TLS 2.28", _WANT, LIVE_SERVERS, "client", False, stacks=("mbedtls",)),
)  # fmt: skip
"""Every row, by alert. What one library sends for a cause comes before what anybody may. The rule-books of libraries
have their alerts from here."""

UNUSUAL = frozenset({47, 80})
"""Alerts that are about something else, but for those who send them where their cause is there."""

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
        """The rule-books of its senders, which have the names of their libraries."""
        return tuple(
            dict.fromkeys(book for each in self.senders if not each.products for book in each.stacks)
        )

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
        if not speaking and len({each.causes for each in self.senders}) > _MANY:
            names = dict.fromkeys(each.name for each in self.senders)
            return f"{_joined(list(names), 'and')}, by each for other faults"
        parts: dict[str, list[str]] = {}
        for each in speaking or self.senders:
            causes = [name for name in _WORDS if name in each.causes]
            told = [name for name in causes if name in found] or causes
            parts.setdefault(_for_what(told), []).append(each.name)
        whose = {what: _joined(list(dict.fromkeys(names)), "and") for what, names in parts.items()}
        return _joined([f"{names} for {what}" for what, names in whose.items()], "or by")


def sense_of(
    alert: int, answers: Answered, version: int | None, found: Collection[CauseName] = ()
) -> AlertSense | None:
    """What ``alert`` can mean in answer to the certificate of that role, None if it does not speak of certificates.

    ``version`` is the ProtocolVersion agreed on, None where it is not known: then rows of all versions fit. One of
    ``UNUSUAL`` speaks of a certificate only where a cause for which it is sent is among those ``found``.
    """
    fitting = tuple(
        each
        for each in _rows(alert, answers, version, want=False)
        if alert not in UNUSUAL or not each.causes.isdisjoint(found)
    )
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
    names = list(dict.fromkeys(each.name for each in rows))
    if len(names) > _MANY:
        names = [each.name for each in rows if not each.stacks] or names
    return _joined(names, "or") if rows else None


def senders_of(book: str) -> tuple[Sender, ...]:
    """The rows about the library whose rule-book has this name, but for those that are of its products."""
    return tuple(each for each in SENDERS if book in each.stacks and not each.products)


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
