"""What a CertificateRequest asked for, against the chain that came.

Knows the rules for the answer of RFC 5246 sections 7.4.4 and 7.4.6, RFC 8446 sections 4.4.2.3 and 4.2.5, and RFC 8422
section 5.5; must not know packets or how either message was read. Out comes one ``Match`` a check, always under the
same five names; a check whose question the request does not ask is met.

These are facts about two messages. A peer may take a chain that fails a check, and refuse one that passes them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from tlseku._objects import frozen
from tlseku.errors import Malformed
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.purposes import ANY_PURPOSE, NAMED, in_words
from tlseku.policy.signature_schemes import is_listed, schemes_of_key
from tlseku.registry.names import certificate_type_name, signature_scheme_name
from tlseku.registry.protocol_versions import is_tls13
from tlseku.x509.certificate import Certificate
from tlseku.x509.extension_value import key_usage_in, purposes_in
from tlseku.x509.name_comparison import folded_name, names_nobody

CHECKS = ("issuer_in_authorities", "key_type", "signature_algorithm", "chain_signatures", "oid_filters")
"""The names of the checks, in order."""


_Name = TypeVar("_Name", bytes, str)

EKU = "2.5.29.37"
KEY_USAGE = "2.5.29.15"

_KEY_TYPES: Mapping[str, frozenset[int]] = {
    "rsa": frozenset({1}),
    "rsa-pss": frozenset({1}),
    "dsa": frozenset({2}),
    "ec": frozenset({64}),
    "ed25519": frozenset({64}),
    "ed448": frozenset({64}),
    "ml-dsa": frozenset(),
}
"""Key family to the ClientCertificateTypes that sign with it. Edwards curves go under ecdsa_sign (RFC 8422 section
5.5); ML-DSA exists in TLS 1.3 only."""

_FIXED_ECDH = frozenset({65, 66})


@frozen
class Match:
    """One check: ``ok`` True met, False not met, None cannot be told; ``reason`` one plain phrase."""

    ok: bool | None
    reason: str


class Asked(NamedTuple):
    """What a request asks for: code points, DER Names, (dotted OID, DER value) pairs; None where the message has none.

    ``version`` is the ProtocolVersion, ``None`` if unknown.
    """

    certificate_types: tuple[int, ...] | None = None
    signature_algorithms: tuple[int, ...] | None = None
    authorities: tuple[bytes, ...] = ()
    oid_filters: tuple[tuple[str, bytes], ...] = ()
    signature_algorithms_cert: tuple[int, ...] | None = None
    version: int | None = None

    @property
    def tls13(self) -> bool:
        """Whether the rules of TLS 1.3 hold; of an unknown version the form of the message tells."""
        return self.certificate_types is None if self.version is None else is_tls13(self.version)


def match_request(
    asked: Asked,
    chain: Sequence[Certificate],
    *,
    complete: bool = True,
    certificate_verify: int | None = None,
) -> dict[str, Match]:
    """Hold a presented chain, leaf first, against a request: a ``Match`` for each name of ``CHECKS``. Never raises.

    ``complete`` is False where the certificate_list was cut. ``certificate_verify`` is the SignatureScheme of the
    CertificateVerify, if known. An empty chain answers nothing: the result is then empty.
    """
    if not chain:
        return {}
    return {
        "issuer_in_authorities": _authorities(asked, chain, complete),
        "key_type": _key_type(asked, chain[0]),
        "signature_algorithm": _signature_algorithm(asked, chain[0], certificate_verify),
        "chain_signatures": _chain_signatures(asked, chain, complete),
        "oid_filters": _oid_filters(asked.oid_filters, chain[0]),
    }


def _authorities(asked: Asked, chain: Sequence[Certificate], complete: bool) -> Match:
    wanted = {der for der in asked.authorities if not names_nobody(der)}
    if not wanted:
        return Match(True, "the request names no CA, so that any will do")
    path = issuing_path(chain)
    found = _first_under(wanted, chain, path.indexes, _as_it_is)
    if found is not None:
        return Match(True, found)
    folded = {folded_name(der) for der in wanted}
    found = _first_under(folded, chain, path.indexes, folded_name)
    if found is not None:
        return Match(True, f"{found}, but for case, blanks or string type, which some peers do not overlook")
    many = "the CA" if len(wanted) == 1 else f"one of the {len(wanted):,} CAs"
    if _first_under(folded, chain, path.strangers, folded_name) is not None:
        return Match(None, f"only a certificate that issued nothing in the chain is under {many} named")
    if not complete or any(not certificate.readable for certificate in chain):
        return Match(None, f"no certificate that can be read is issued by {many} named")
    reason = f"no certificate of the chain is issued by {many} named"
    if not chain[path.indexes[-1]].self_issued:
        reason += "; the chain stops below its root, which may be named"
    return Match(False, reason)


def _as_it_is(name: bytes) -> bytes:
    return name


def _first_under(
    wanted: set[_Name], chain: Sequence[Certificate], indexes: Iterable[int], form: Callable[[bytes], _Name]
) -> str | None:
    for index in indexes:
        certificate = chain[index]
        for der, said in ((certificate.issuer_der, "is issued by"), (certificate.subject_der, "is")):
            if not names_nobody(der) and form(der) in wanted:
                return f"certificate #{index} {said} a CA that the request names"
    return None


def _key_type(asked: Asked, leaf: Certificate) -> Match:
    types = asked.certificate_types
    if types is None:
        return Match(True, "the request names no key types")
    if not types:
        return Match(None, "the request lists no key type, which TLS does not allow")
    fitting = _KEY_TYPES.get(leaf.key_type)
    if fitting is None:
        return Match(None, f"which type an {leaf.key_algorithm} key belongs to is not known")
    listed = [code for code in types if code in fitting]
    if listed:
        return Match(
            True, f"the leaf's key ({leaf.key_algorithm}) is of type {certificate_type_name(listed[0])}"
        )
    if leaf.key_type == "ec" and not _FIXED_ECDH.isdisjoint(types):
        # RFC 8422 section 5.5 retired these; whether such a key may agree instead of sign is not ours to say.
        return Match(None, "the request lists fixed ECDH only, which is not judged here")
    names = _list(certificate_type_name(code) for code in types)
    return Match(
        False, f"the leaf's key ({leaf.key_algorithm}) is of no type that the request lists: {names}"
    )


def _signature_algorithm(asked: Asked, leaf: Certificate, used: int | None) -> Match:
    algorithms = asked.signature_algorithms
    if algorithms is None:
        if asked.tls13:
            return Match(None, "the request lacks the signature algorithms that TLS 1.3 demands")
        return Match(True, "the request names no signature algorithms")
    if used is not None:
        name = signature_scheme_name(used)
        if used in algorithms:
            return Match(True, f"the CertificateVerify is signed with {name}, which the request lists")
        return Match(False, f"the CertificateVerify is signed with {name}, which the request does not list")
    able = schemes_of_key(leaf, tls13=asked.tls13)
    if able is None:
        return Match(None, f"what an {leaf.key_algorithm} key can sign with is not known")
    listed = [code for code in algorithms if code in able]
    if listed:
        return Match(
            True, f"the leaf's key ({leaf.key_algorithm}) can sign with {signature_scheme_name(listed[0])}"
        )
    names = _list(signature_scheme_name(code) for code in algorithms)
    version = "TLS 1.3" if asked.tls13 else "TLS 1.2"
    return Match(
        False,
        f"the leaf's key ({leaf.key_algorithm}) can sign in {version} with none of the algorithms listed: {names}",
    )


def _chain_signatures(asked: Asked, chain: Sequence[Certificate], complete: bool) -> Match:
    algorithms = asked.signature_algorithms_cert
    if algorithms is None:
        algorithms = asked.signature_algorithms
    if algorithms is None:
        return Match(True, "the request names no signature algorithms")
    listed = frozenset(algorithms)
    unknown: Match | None = None
    for index, certificate in enumerate(chain):
        # A self-signed certificate is not verified as part of the chain (RFC 8446 section 4.4.2.2).
        if certificate.self_issued:
            continue
        listing = is_listed(certificate, listed)
        said = f"certificate #{index} is signed with {certificate.signature_algorithm}"
        if listing is False:
            return Match(False, f"{said}, which the request does not list")
        if listing is None and unknown is None:
            unknown = Match(None, f"{said}, and whether the request lists that cannot be told")
    if unknown is None and not complete:
        unknown = Match(None, "the chain is cut, and what is there is signed as the request lists")
    return unknown or Match(True, "every certificate is signed with an algorithm that the request lists")


def _oid_filters(filters: Sequence[tuple[str, bytes]], leaf: Certificate) -> Match:
    if not filters:
        return Match(True, "the request has no OID filters")
    each = [_oid_filter(oid, value, leaf) for oid, value in filters]
    missed = [match for match in each if match.ok is False] or [match for match in each if match.ok is None]
    if missed:
        return Match(missed[0].ok, "; ".join(dict.fromkeys(_shortened([match.reason for match in missed]))))
    return Match(True, "the leaf has everything that the OID filters name")


def _oid_filter(oid: str, value: bytes, leaf: Certificate) -> Match:
    if oid == EKU:
        return _eku_filter(value, leaf)
    if oid == KEY_USAGE:
        return _key_usage_filter(value, leaf)
    return Match(None, f"the filter for {oid} is not interpreted")


def _eku_filter(value: bytes, leaf: Certificate) -> Match:
    try:
        wanted = () if value == b"" else purposes_in(value)
    except Malformed:
        return Match(None, "the filter for extendedKeyUsage cannot be read")
    if ANY_PURPOSE in wanted:
        return Match(
            None, "the filter for extendedKeyUsage names anyExtendedKeyUsage, which RFC 8446 forbids"
        )
    if not leaf.readable or not leaf.eku_readable:
        return Match(None, "the leaf's extended key usage cannot be read")
    if leaf.eku is None:
        what = f"extendedKeyUsage ({in_words(wanted)})" if wanted else "extendedKeyUsage"
        return Match(False, f"the filter demands {what} and the leaf has none")
    lacking = [purpose for purpose in wanted if purpose not in leaf.eku]
    if not lacking:
        return Match(True, "the leaf lists the purposes that the filter names")
    stands = " (anyExtendedKeyUsage does not stand in for it)" if ANY_PURPOSE in leaf.eku else ""
    return Match(False, f"the filter demands {in_words(lacking)}, which the leaf does not list{stands}")


def _key_usage_filter(value: bytes, leaf: Certificate) -> Match:
    try:
        wanted = () if value == b"" else key_usage_in(value)
    except Malformed:
        return Match(None, "the filter for keyUsage cannot be read")
    if leaf.key_usage is None:
        if leaf.defects or not leaf.readable:
            # The extension may be there and unreadable: only a certificate without defects proves that it is not.
            return Match(None, "the leaf's key usage cannot be read")
        what = f"keyUsage ({_list(wanted)})" if wanted else "keyUsage"
        return Match(False, f"the filter demands {what} and the leaf has none")
    lacking = [bit for bit in wanted if bit not in leaf.key_usage]
    if lacking:
        return Match(False, f"the filter demands the key usage {_list(lacking)}, which the leaf lacks")
    return Match(True, "the leaf has the key usage that the filter names")


def _list(items: Iterable[str]) -> str:
    return ", ".join(_shortened(list(items))) or "nothing"


def _shortened(items: list[str]) -> list[str]:
    if len(items) <= NAMED:
        return items
    return [*items[: NAMED - 1], f"{len(items) - NAMED + 1:,} more"]
