"""What a ClientHello offers, and which certificates of a server it leaves out.

Knows the code points of versions, groups and signature schemes in a hello (RFC 8446 sections 4.2.1, 4.2.3 and 4.2.7);
must not know packets, alerts or how a hello is read. A server whose only certificate has a key or a signature that the
client does not offer to verify has nothing to answer with: it refuses the hello, before any certificate is on the wire.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from tlseku._objects import in_short
from tlseku.policy.causes import KEY_TYPE, SIGNATURE, Cause
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.signature_schemes import (
    ECDSA,
    RSA_PKCS1,
    RSA_PSS_PSS,
    RSA_PSS_RSAE,
    SLH_DSA,
    is_listed,
    schemes_of_key,
)
from tlseku.registry.names import is_grease
from tlseku.x509.certificate import Certificate

TLS12, TLS13 = 0x0303, 0x0304

FAMILIES: Mapping[str, frozenset[int]] = {
    "RSA": RSA_PKCS1 | RSA_PSS_RSAE,
    "RSA-PSS keys": RSA_PSS_PSS,
    "ECDSA": ECDSA,
    "Ed25519": frozenset({0x0807}),
    "Ed448": frozenset({0x0808}),
    "ML-DSA": frozenset({0x0904, 0x0905, 0x0906}),
    "SLH-DSA": SLH_DSA,
}
"""Kinds of keys and signatures of certificates, with the schemes by which a hello takes them."""


class Offer(NamedTuple):
    """``versions``, ``groups``, ``signature_algorithms`` and ``signature_algorithms_cert`` of a ClientHello as code
    points in the order sent, GREASE (RFC 8701) among them; None where the extension is absent or unreadable.
    ``trust_anchors`` are the roots that the client says it has, as OIDs below 1.3.6.1.4.1 (``44947.2.1``;
    draft-ietf-tls-trust-anchor-ids)."""

    versions: tuple[int, ...] | None = None
    groups: tuple[int, ...] | None = None
    signature_algorithms: tuple[int, ...] | None = None
    signature_algorithms_cert: tuple[int, ...] | None = None
    trust_anchors: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return in_short(
            f"Offer(versions={self.versions}, groups={self.groups},"
            f" signature_algorithms={self.signature_algorithms})"
        )

    @property
    def only_tls13(self) -> bool:
        """Whether TLS 1.3 is the only version offered."""
        return self.versions is not None and {each for each in self.versions if not is_grease(each)} == {
            TLS13
        }

    @property
    def for_chains(self) -> tuple[int, ...] | None:
        """The schemes for the signatures of certificates: signature_algorithms where it alone is sent."""
        own = self.signature_algorithms_cert
        return self.signature_algorithms if own is None else own


def left_out(schemes: Collection[int]) -> tuple[str, ...]:
    """The names of ``FAMILIES`` of which a list of schemes has none."""
    return tuple(name for name, codes in FAMILIES.items() if codes.isdisjoint(schemes))


def why_no_certificate_may_fit(offer: Offer) -> tuple[str, ...]:
    """Phrases on what an offer leaves out, each to follow *the client*: schemes, then versions."""
    found = []
    keys = left_out(offer.signature_algorithms or ())
    if offer.signature_algorithms is None:
        found.append("sends no signature_algorithms")
    elif keys:
        found.append(f"offers no scheme of signature_algorithms for {_listed(keys)}")
    if offer.signature_algorithms_cert is not None:
        chains = left_out(offer.signature_algorithms_cert)
        if chains:
            found.append(f"offers no scheme of signature_algorithms_cert for an issuer of {_listed(chains)}")
    if "ML-DSA" not in keys and offer.signature_algorithms is not None:
        found.append(
            "takes ML-DSA, which exists in TLS 1.3 only: a server kept at TLS 1.2 cannot use such a key"
        )
    if offer.only_tls13:
        found.append(
            "offers TLS 1.3 only, which servers that end at TLS 1.2 refuse with 70, coturn and lighttpd with Mbed TLS "
            "with 40"
        )
    return tuple(found)


def unfit_for(offer: Offer, chain: Sequence[Certificate]) -> Iterator[Cause]:
    """What in a server's chain, leaf first, the client does not offer to verify in TLS 1.3. Never raises.

    In TLS 1.2 servers send what they have, and clients take it: nothing is said of that.
    """
    if not chain:
        return
    able, keys = schemes_of_key(chain[0], tls13=True), offer.signature_algorithms
    if able is not None and keys is not None and able.isdisjoint(keys):
        yield Cause(
            KEY_TYPE, f"the client does not offer to verify what an {chain[0].key_algorithm} key signs"
        )
    schemes = offer.for_chains
    if schemes is None:
        return
    for index in issuing_path(chain).indexes:
        certificate = chain[index]
        # Nobody checks the signature that an anchor puts on itself.
        if not certificate.self_issued and is_listed(certificate, frozenset(schemes)) is False:
            signed = f"certificate #{index} is signed with {certificate.signature_algorithm}"
            yield Cause(SIGNATURE, f"{signed}, which the client does not offer to verify", index)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
