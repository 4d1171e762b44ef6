"""What in a presented chain a verifier may object to.

Knows certificates, the purposes that roles need, dates and what a CertificateRequest asked for; must not know packets,
alerts or any particular verifier. A cause is a fact about the chain. That it *is* why a peer refused nobody can see, so
that every cause is named, never only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from tlseku.policy.issuing_path import IssuingPath, issuing_path
from tlseku.policy.purposes import ANY_PURPOSE, Role, in_words, needed_purpose
from tlseku.policy.request_match import Match
from tlseku.policy.validity import all_in_time, validity_at
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate
from tlseku.x509.criticality import SUBJECT_ALT_NAME, is_critical
from tlseku.x509.name_comparison import EMPTY_NAME

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
    "ca_as_leaf",
    "revocation",
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
CA_AS_LEAF: CauseName = "ca_as_leaf"
REVOCATION: CauseName = "revocation"
"""Nothing in a chain shows it: only an alert can say it."""
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

ROOT_READERS = "OpenSSL, Go and Bun"
"""Verifiers that look at the EKU of the root too; Java, GnuTLS, NSS, gRPC, rustls, Erlang, wolfSSL and Botan do not
(59 configurations of servers, 2026-11-29)."""

_OLD_VERSIONS = (1, 2)
_ROOT_READERS = f", at which {ROOT_READERS} look though it is the root's"
_RETIRED_HASH = re.compile(r"md[245]|sha-?1(?!\d)", re.IGNORECASE)
_RSA_SIZE = re.compile(r"RSA\D* (\d+)")


class Cause(NamedTuple):
    """Something in a chain that a verifier may object to: its ``name``, one plain phrase, and the index of the
    certificate that it is about (0 is the leaf)."""

    name: CauseName
    reason: str
    at: int = 0


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
    displaced = list(_displaced_leaf(chain, role))
    if displaced:
        # What else #0 lacks is what no CA certificate has; the chain of the true leaf was never looked at.
        return (*displaced, *_dates(known, time, known_path))
    found = [
        *_purposes(known, role, known_path),
        *_key_usage(chain[0]),
        *_dates(known, time, known_path),
        *(_names(chain[0], host) if role == "server" and host is not None else ()),
        *_weaknesses(chain, path),
        *_encoding(chain),
        # Last, since a leaf straight below a root comes alone and is none the worse for it.
        *_issuers(chain, path, complete),
    ]
    for check, match in (matches or {}).items():
        if match.ok is False and check in CAUSE_OF_CHECK:
            found.append(Cause(CAUSE_OF_CHECK[check], match.reason))
    return tuple(found)


def purposes_fit(
    chain: Sequence[Certificate], role: Literal["client", "server"], above: Sequence[Certificate] = ()
) -> bool:
    """Whether every certificate of a chain, and those ``above``, allow the purpose of ``role`` or restrict nothing: no
    path through them then has a cause of the name ``EKU``. Never raises.

    Most chains fit, and this costs a hundredth of ``causes``.
    """
    need = needed_purpose(role)
    leaf = chain[0]
    if leaf.eku_duplicate or not leaf.eku_readable:
        return False
    for certificates in (chain, above):
        for each in certificates:
            if each.eku is not None and need not in each.eku:
                return False
    return True


def root_unseen(chain: Sequence[Certificate], above: Sequence[Certificate] = ()) -> bool:
    """Whether the issuing path of a chain, with what completes it, ends below a root, whose EKU is then not known."""
    if not chain:
        return False
    path = issuing_path((*chain, *above))
    return path.anchor is None and not chain[path.indexes[0]].self_issued


def _displaced_leaf(chain: Sequence[Certificate], role: Role) -> Iterator[Cause]:
    """A CA certificate where the leaf belongs, with a certificate that is no CA behind it (RFC 8446 section 4.4.2)."""
    if not chain[0].is_ca:
        return
    for index, certificate in enumerate(chain):
        if certificate.readable and certificate.basic_ca is not True:
            own = certificate.subject or "without a subject"
            yield Cause(
                CA_AS_LEAF,
                f"#0 is a CA certificate ({chain[0].subject}), the {role}'s own ({own}) stands at #{index}",
            )
            return


def _purposes(
    chain: Sequence[Certificate], role: Literal["client", "server"], path: IssuingPath
) -> Iterator[Cause]:
    leaf, need = chain[0], needed_purpose(role)
    words = eku_name(need)
    if leaf.eku == ():
        yield Cause(EKU, "the leaf's EKU is present and empty")
    elif leaf.eku is not None and need not in leaf.eku:
        if ANY_PURPOSE in leaf.eku:
            yield Cause(EKU, f"the leaf allows {words} only through anyExtendedKeyUsage")
        else:
            yield Cause(EKU, f"the leaf lists {in_words(leaf.eku)}, not {words}")
    yield from (
        Cause(EKU, f"{restriction}{_ROOT_READERS if index == path.anchor else ''}", index)
        for index in path.indexes[1:]
        for restriction in _issuer_purposes(chain[index].eku, need, index, path.anchor)
    )
    if leaf.eku_duplicate:
        yield Cause(EKU, "the leaf has two EKU extensions")
    if leaf.readable and not leaf.eku_readable:
        yield Cause(EKU, "the leaf's EKU cannot be read")


def _issuer_purposes(eku: tuple[str, ...] | None, need: str, index: int, anchor: int | None) -> Iterator[str]:
    # Verifiers that nest EKUs ask of an issuer what they ask of a leaf, except that none is no restriction.
    if eku is None or need in eku:
        return
    which = f"root #{index}" if index == anchor else f"issuer #{index}"
    if eku == ():
        yield f"the EKU of {which} is present and empty"
    elif ANY_PURPOSE in eku:
        yield f"{which} allows {eku_name(need)} only through anyExtendedKeyUsage"
    else:
        yield f"the EKU of {which} does not allow {eku_name(need)}"


def _key_usage(leaf: Certificate) -> Iterator[Cause]:
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        listed = ", ".join(leaf.key_usage) or "nothing"
        yield Cause(KEY_USAGE, f"the leaf's key usage lists {listed}, not digitalSignature")


def _dates(chain: Sequence[Certificate], time: int, path: IssuingPath) -> Iterator[Cause]:
    if all_in_time(chain, time):
        return
    for index in path.indexes:
        validity = validity_at(chain[index], time)
        if validity.outcome == "expired":
            yield Cause(VALIDITY, f"certificate #{index} {validity.reason}", index)
        elif validity.outcome in ("not_yet_valid", "never_valid"):
            yield Cause(VALIDITY, f"certificate #{index} is {validity.reason}", index)


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
        size = _rsa_bits(certificate.key_algorithm)
        if size is not None and size < LEAST_RSA_BITS:
            yield Cause(WEAK, f"certificate #{index} has a key of {size} bits", index)
        # Nobody checks the signature that an anchor puts on itself (RFC 5280 section 6.1).
        if not certificate.self_issued and _has_retired_hash(certificate.signature_algorithm):
            yield Cause(WEAK, f"certificate #{index} is signed with {certificate.signature_algorithm}", index)


# All certificates of a capture have a handful of algorithms.
@lru_cache(maxsize=64)
def _rsa_bits(key_algorithm: str) -> int | None:
    size = _RSA_SIZE.match(key_algorithm)
    return None if size is None else int(size[1])


@lru_cache(maxsize=64)
def _has_retired_hash(signature_algorithm: str) -> bool:
    return _RETIRED_HASH.search(signature_algorithm) is not None


def _encoding(chain: Sequence[Certificate]) -> Iterator[Cause]:
    if chain[0].subject_der == EMPTY_NAME and is_critical(chain[0].der, SUBJECT_ALT_NAME) is False:
        yield Cause(
            ENCODING,
            "the leaf has an empty subject and alternative names that are not marked critical, which RFC 5280 section "
            "4.2.1.6 forbids and Java cannot read",
        )
    if chain[0].readable and chain[0].version in _OLD_VERSIONS:
        yield Cause(
            ENCODING, f"the leaf is of version {chain[0].version}, which rustls and Botan do not take"
        )
    for index, certificate in enumerate(chain):
        if not certificate.readable:
            yield Cause(ENCODING, f"certificate #{index} cannot be read", index)
        elif certificate.defects:
            yield Cause(ENCODING, f"certificate #{index} is oddly encoded ({certificate.defects[0]})", index)
