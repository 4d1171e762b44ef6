"""What a peer can mean by an alert that it sends after a certificate.

Knows the certificate alerts (RFC 5246 section 7.2.2, RFC 8446 section 6.2) and which library sends which for what; must
not know certificates or packets. Sources: ``tests/refusals`` with OpenSSL 3.0.19, Go 1.19.8, Java 17.0.15 and NSS 3.87
as servers; ssl/statem/statem_lib.c (x509table) for OpenSSL, which BoringSSL shares; crypto/tls/handshake_server.go for
Go, which tells expired and unknown issuers apart since 1.21. As of 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tlseku.policy.causes import (
    EKU,
    ENCODING,
    ISSUER,
    KEY_TYPE,
    KEY_USAGE,
    NAME,
    SIGNATURE,
    VALIDITY,
    WEAK,
    CauseName,
)


class AlertSense(NamedTuple):
    """What an alert can mean.

    ``senders`` says who sends it for what, to follow "what is sent by"; ``express`` are the causes in a chain that it
    can stand for, ``unseen`` the phrases for those that no capture shows. ``books`` are the rule-books of its senders.
    """

    senders: str
    express: frozenset[CauseName]
    unseen: tuple[str, ...] = ()
    books: tuple[str, ...] = ()


_TRUST = "an issuer that the peer does not trust"
_REVOKED = "revocation"
_OWN_RULES = "a rule of the peer's own"
_ALL: frozenset[CauseName] = frozenset(
    (EKU, KEY_USAGE, VALIDITY, ISSUER, KEY_TYPE, SIGNATURE, WEAK, NAME, ENCODING)
)

ALERT_SENSES: Mapping[int, AlertSense] = {
    40: AlertSense(
        "anybody with whom nothing could be agreed on, and by OpenSSL where an application's own check fails",
        frozenset((KEY_TYPE, SIGNATURE)),
        (_OWN_RULES,),
    ),
    42: AlertSense(
        "Go for nearly everything that it finds wrong with a certificate, by OpenSSL for one that is not yet valid, "
        "too weak or of another name, and by NSS for most that is wrong with the issuers",
        _ALL,
        (_TRUST, _REVOKED, _OWN_RULES),
        ("go",),
    ),
    43: AlertSense(
        "OpenSSL for an EKU or a key usage that does not fit, and by others for a key or signature of a kind that "
        "they do not take",
        frozenset((EKU, KEY_USAGE, KEY_TYPE, SIGNATURE, WEAK)),
        (),
        ("openssl", "boringssl"),
    ),
    44: AlertSense("anybody for a revoked certificate", frozenset(), (_REVOKED,)),
    45: AlertSense(
        "OpenSSL and NSS for a certificate outside its validity, and by OpenSSL for an expired revocation list",
        frozenset((VALIDITY,)),
        ("an expired revocation list", "a clock that differs from the capture's"),
    ),
    46: AlertSense(
        "Java for everything that it finds wrong with a client's certificate, by NSS for an EKU or a key usage that "
        "does not fit, and by OpenSSL for what has no alert of its own",
        _ALL,
        (_TRUST, _REVOKED, _OWN_RULES),
        ("java", "nss"),
    ),
    48: AlertSense(
        "OpenSSL and NSS for an issuer that they do not know, and by OpenSSL for a missing revocation list",
        frozenset((ISSUER,)),
        (_TRUST, "a missing revocation list"),
    ),
    49: AlertSense(
        "a peer that takes the certificate as valid and not its owner as welcome", frozenset(), (_OWN_RULES,)
    ),
    50: AlertSense("a peer that cannot read a message", frozenset((ENCODING,))),
    51: AlertSense(
        "a peer that cannot verify a signature, in the chain or of the handshake",
        frozenset((KEY_USAGE, SIGNATURE)),
        ("a signature that does not verify",),
    ),
}
"""The alerts by which a peer refuses a certificate."""

WITHOUT_CERTIFICATE: Mapping[int, str] = {
    40: "OpenSSL in TLS 1.2",
    42: "Go, Java and NSS in TLS 1.2",
    116: "most servers in TLS 1.3",
}
"""Who sends which alert where a certificate is required and an empty list came."""
