"""What in a presented chain a verifier may object to.

Knows certificates, the purposes that roles need, dates and what a CertificateRequest asked for; must not know packets,
alerts or any particular verifier. A cause is a fact about the chain. That it *is* why a peer refused nobody can see, so
that every cause is named, never only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tlseku.policy.effective import broken_at
from tlseku.policy.issuing_path import IssuingPath, issuing_path
from tlseku.policy.purposes import ANY_PURPOSE, Role, in_words, needed_purpose
from tlseku.policy.request_match import Match
from tlseku.policy.validity import chain_validity
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

CauseName = Literal[
    "eku",
    "key_usage",
    "validity",
    "issuer",
    "key_type",
    "signature_algorithm",
    "weak_key_or_hash",
    "name",
    "encoding",
    "no_certificate",
]

EKU: CauseName = "eku"
KEY_USAGE: CauseName = "key_usage"
VALIDITY: CauseName = "validity"
ISSUER: CauseName = "issuer"
KEY_TYPE: CauseName = "key_type"
SIGNATURE: CauseName = "signature_algorithm"
WEAK: CauseName = "weak_key_or_hash"
NAME: CauseName = "name"
ENCODING: CauseName = "encoding"
NO_CERTIFICATE: CauseName = "no_certificate"

CAUSE_OF_CHECK: Mapping[str, CauseName] = {
    "issuer_in_authorities": ISSUER,
    "key_type": KEY_TYPE,
    "signature_algorithm": SIGNATURE,
    "chain_signatures": SIGNATURE,
    "oid_filters": EKU,
}
"""What a request asked for and the chain does not meet, by the name of the check (``policy.request_match``)."""

LEAST_RSA_BITS = 2048
"""CA/Browser Forum Baseline Requirements section 6.1.5; OpenSSL's security level 2 and Java's default say the same."""

_RETIRED_HASH = re.compile(r"md[245]|sha-?1(?!\d)", re.IGNORECASE)
_RSA_SIZE = re.compile(r"RSA\D* (\d+)")


class Cause(NamedTuple):
    """Something in a chain that a verifier may object to: its ``name`` and one plain phrase."""

    name: CauseName
    reason: str


def causes(
    chain: Sequence[Certificate],
    role: Role,
    time: int,
    *,
    matches: Mapping[str, Match] | None = None,
    host: str | None = None,
    complete: bool = True,
    above: Sequence[Certificate] = (),
) -> tuple[Cause, ...]:
    """Everything in a presented chain, leaf first, that a verifier may object to, the EKU first. Never raises.

    ``time`` is when it was presented, in nanoseconds since 1970-01-01 UTC; ``matches`` says how it meets its
    CertificateRequest; ``host`` is the name that the client asked a server for; ``complete`` is False where the list
    was cut. ``above`` are issuers that were not presented and complete the path, in its order: their EKU and dates
    count. Nothing is said of an empty chain or in an unknown role.
    """
    if not chain or role == "unknown":
        return ()
    path = issuing_path(chain)
    known = (*chain, *above)
    known_path = issuing_path(known) if above else path
    found = [
        *_purposes(known, role, known_path),
        *_key_usage(chain[0]),
        *_dates(known, time, known_path),
        *_issuers(chain, path, complete),
        *(_names(chain[0], host) if role == "server" and host is not None else ()),
        *_weaknesses(chain, path),
        *_encoding(chain),
    ]
    for check, match in (matches or {}).items():
        if match.ok is False and check in CAUSE_OF_CHECK:
            found.append(Cause(CAUSE_OF_CHECK[check], match.reason))
    return tuple(found)


def _purposes(
    chain: Sequence[Certificate], role: Literal["client", "server"], path: IssuingPath
) -> Iterator[Cause]:
    leaf, need = chain[0], needed_purpose(role)
    words = eku_name(need)
    depth = broken_at(chain, need, path)
    if leaf.eku == ():
        yield Cause(EKU, "the leaf's EKU is present and empty")
    elif leaf.eku is not None and need not in leaf.eku:
        if ANY_PURPOSE in leaf.eku:
            yield Cause(EKU, f"the leaf allows {words} only through anyExtendedKeyUsage")
        else:
            yield Cause(EKU, f"the leaf lists {in_words(leaf.eku)}, not {words}")
    if depth is not None and depth > 0:
        yield Cause(EKU, f"the EKU of issuer #{depth} does not allow {words}")
    if leaf.eku_duplicate:
        yield Cause(EKU, "the leaf has two EKU extensions")
    if leaf.readable and not leaf.eku_readable:
        yield Cause(EKU, "the leaf's EKU cannot be read")


def _key_usage(leaf: Certificate) -> Iterator[Cause]:
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        listed = ", ".join(leaf.key_usage) or "nothing"
        yield Cause(KEY_USAGE, f"the leaf's key usage lists {listed}, not digitalSignature")


def _dates(chain: Sequence[Certificate], time: int, path: IssuingPath) -> Iterator[Cause]:
    judged = chain_validity(chain, time)
    for index in path.indexes:
        validity = judged.each[index]
        if validity.outcome == "expired":
            yield Cause(VALIDITY, f"certificate #{index} {validity.reason}")
        elif validity.outcome in ("not_yet_valid", "never_valid"):
            yield Cause(VALIDITY, f"certificate #{index} is {validity.reason}")


def _issuers(chain: Sequence[Certificate], path: IssuingPath, complete: bool) -> Iterator[Cause]:
    leaf = chain[0]
    if leaf.self_issued and path.indexes == (0,):
        yield Cause(ISSUER, "the leaf is its own issuer")
    elif complete and len(chain) == 1 and leaf.readable:
        yield Cause(ISSUER, "the leaf came alone, so that the peer must hold its issuer")
    if not path.in_order:
        yield Cause(ISSUER, "the certificates are not in the order of issue")


def _names(leaf: Certificate, host: str) -> Iterator[Cause]:
    if leaf.san is None:
        if leaf.readable and not leaf.defects:
            yield Cause(NAME, f"the leaf has no alternative names, so none is {host}")
    elif not any(_is_name_of(value, host) for kind, value in leaf.san if kind == "dns"):
        yield Cause(NAME, f"no alternative name of the leaf is {host}")


def _is_name_of(pattern: str, host: str) -> bool:
    """RFC 6125 section 6.4: without case, and ``*`` for exactly one label, the first."""
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    first, _, rest = pattern.partition(".")
    return host == pattern or (first == "*" and rest != "" and host.partition(".")[2] == rest)


def _weaknesses(chain: Sequence[Certificate], path: IssuingPath) -> Iterator[Cause]:
    for index in path.indexes:
        certificate = chain[index]
        size = _RSA_SIZE.match(certificate.key_algorithm)
        if size is not None and int(size[1]) < LEAST_RSA_BITS:
            yield Cause(WEAK, f"certificate #{index} has a key of {int(size[1])} bits")
        # Nobody checks the signature that an anchor puts on itself (RFC 5280 section 6.1).
        if not certificate.self_issued and _RETIRED_HASH.search(certificate.signature_algorithm):
            yield Cause(WEAK, f"certificate #{index} is signed with {certificate.signature_algorithm}")


def _encoding(chain: Sequence[Certificate]) -> Iterator[Cause]:
    for index, certificate in enumerate(chain):
        if not certificate.readable:
            yield Cause(ENCODING, f"certificate #{index} cannot be read")
        elif certificate.defects:
            yield Cause(ENCODING, f"certificate #{index} is oddly encoded ({certificate.defects[0]})")
