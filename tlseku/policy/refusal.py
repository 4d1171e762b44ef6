"""Why a peer may refuse a chain, and what its alert can mean by it.

Knows the certificate alerts (RFC 5246 section 7.2.2, RFC 8446 section 6.2), what OpenSSL, Go, Java and NSS send for
which failure, and what in a chain a verifier may object to; must not know packets or who refused. A cause is a fact
about the chain; that it *is* the cause nobody can see, so every cause that fits is named, never only one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from tlseku.names import eku_name
from tlseku.policy.effective import broken_at
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.purposes import ANY_PURPOSE, Role, in_words, needed_purpose
from tlseku.policy.request_match import Match
from tlseku.policy.validity import chain_validity
from tlseku.x509.certificate import Certificate

EKU = "eku"
KEY_USAGE = "key_usage"
VALIDITY = "validity"
ISSUER = "issuer"
KEY_TYPE = "key_type"
SIGNATURE = "signature_algorithm"
NAME = "name"
REVOCATION = "revocation"

# What a request asked for and the chain does not meet, by the name of the check.
CAUSE_OF_CHECK = {
    "issuer_in_authorities": ISSUER,
    "key_type": KEY_TYPE,
    "signature_algorithm": SIGNATURE,
    "chain_signatures": SIGNATURE,
    "oid_filters": EKU,
}


class Cause(NamedTuple):
    """Something in a chain that a verifier may object to: its ``name`` and one plain phrase."""

    name: str
    reason: str


class AlertSense(NamedTuple):
    """What an alert can mean: ``senders`` in words, the names of the causes it can ``express``, and those of them
    that a capture never shows (``unseen``, in words)."""

    senders: str
    express: frozenset[str]
    unseen: tuple[str, ...] = ()


_TRUST = "the server or client may not trust the issuer"
_REVOKED = "revocation"
_OWN_RULES = "rules of the peer's own"

# DOMAIN: measured with OpenSSL 3.0, Go 1.19, Java 17, NSS 3.87; OpenSSL's mapping from verification errors is in
# ssl/statem/statem_lib.c (ssl_x509err2alert), Go's in crypto/tls/handshake_server.go.
ALERT_SENSES: Mapping[int, AlertSense] = {
    40: AlertSense(
        "OpenSSL for a client that presents no certificate (TLS 1.2), and anybody for a failed negotiation",
        frozenset({KEY_TYPE, SIGNATURE}),
    ),
    42: AlertSense(
        "Go for every certificate that it cannot verify, and others for a certificate that they find corrupt or weak",
        frozenset({EKU, KEY_USAGE, VALIDITY, ISSUER, KEY_TYPE, SIGNATURE, NAME}),
        (_TRUST, _OWN_RULES),
    ),
    43: AlertSense(
        "OpenSSL for a certificate whose purpose does not fit (its EKU or key usage), and others for a key type "
        "that they do not take",
        frozenset({EKU, KEY_USAGE, KEY_TYPE}),
    ),
    44: AlertSense("anybody for a revoked certificate", frozenset({REVOCATION})),
    45: AlertSense("OpenSSL, Go and NSS for a certificate outside its validity", frozenset({VALIDITY})),
    46: AlertSense(
        "Java and NSS for every certificate that they cannot verify",
        frozenset({EKU, KEY_USAGE, VALIDITY, ISSUER, KEY_TYPE, SIGNATURE, NAME}),
        (_TRUST, _REVOKED, _OWN_RULES),
    ),
    48: AlertSense("OpenSSL and others for an issuer that they do not know", frozenset({ISSUER}), (_TRUST,)),
    49: AlertSense("a peer that takes the certificate but not its owner", frozenset(), (_OWN_RULES,)),
    51: AlertSense("a peer that cannot verify a signature of the handshake", frozenset({KEY_USAGE, SIGNATURE})),
    116: AlertSense("a TLS 1.3 server that requires a certificate and got none", frozenset()),
}
"""The alerts by which a peer refuses a certificate, or that none came."""


def causes(
    chain: Sequence[Certificate],
    role: Role,
    time: int,
    matches: Mapping[str, Match] | None = None,
) -> tuple[Cause, ...]:
    """Everything in a presented chain that a verifier may object to, the EKU first.

    ``time`` is when it was presented, in nanoseconds since 1970-01-01 UTC; ``matches`` what its CertificateRequest
    asked for. Never raises.
    """
    if not chain or role == "unknown":
        return ()
    found = [*_purpose_causes(chain, role), *_date_causes(chain, time)]
    for check, match in (matches or {}).items():
        if match.ok is False and check in CAUSE_OF_CHECK:
            found.append(Cause(CAUSE_OF_CHECK[check], match.reason))
    return tuple(found)


def _purpose_causes(chain: Sequence[Certificate], role: Literal["client", "server"]) -> list[Cause]:
    leaf = chain[0]
    need = needed_purpose(role)
    words = eku_name(need)
    found = []
    if leaf.eku == ():
        found.append(Cause(EKU, "the leaf's EKU is present and empty"))
    elif leaf.eku is not None and need not in leaf.eku:
        if ANY_PURPOSE in leaf.eku:
            found.append(Cause(EKU, f"the leaf allows {words} only through anyExtendedKeyUsage"))
        else:
            found.append(Cause(EKU, f"the leaf lists {in_words(leaf.eku)}, not {words}"))
    else:
        depth = broken_at(chain, need)
        if depth is not None:
            found.append(Cause(EKU, f"issuer #{depth} does not allow {words}"))
    if leaf.eku_duplicate:
        found.append(Cause(EKU, "the leaf has two EKU extensions"))
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        found.append(Cause(KEY_USAGE, "the leaf's key usage lacks digitalSignature"))
    return found


def _date_causes(chain: Sequence[Certificate], time: int) -> list[Cause]:
    judged = chain_validity(chain, time)
    found = []
    for index in issuing_path(chain).indexes:
        validity = judged.each[index]
        if validity.outcome in ("expired", "not_yet_valid", "never_valid"):
            found.append(Cause(VALIDITY, f"certificate #{index} {_was(validity.reason)}"))
    return found


def _was(reason: str) -> str:
    return reason if reason.startswith("expired") else f"is {reason}"
