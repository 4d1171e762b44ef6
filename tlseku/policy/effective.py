"""What remains of the leaf's purposes once every presented issuer has had its say.

Knows the nesting of EKUs that most verifiers apply (Microsoft, OpenSSL, Go, NSS in part; RFC 5280 itself does not
ask for it, section 4.2.1.12); must not know which verifier is looking: that is for the rule-books. Out come the
purposes, and the depth that breaks a given one.

Rules: only certificates in the issuing path count. No EKU restricts nothing, and neither does an issuer that lists
anyExtendedKeyUsage. A self-issued certificate at the top is taken as the trust anchor and does not constrain, as
verifiers take no constraints from anchors (RFC 5280 section 6.1.1 d). An issuer whose EKU cannot be read does not
restrict either; ``unread`` names it. A leaf that lists anyExtendedKeyUsage below a restricting issuer keeps what
that issuer allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlseku.policy.issuing_path import IssuingPath, issuing_path
from tlseku.policy.issuing_paths import issuing_paths
from tlseku.policy.purposes import ANY_PURPOSE, permits
from tlseku.x509.certificate import Certificate


class Effective(NamedTuple):
    """The purposes that a chain is good for.

    ``purposes`` are dotted OIDs in the leaf's order, ``None`` where nothing restricts, ``()`` where nothing
    remains. ``path`` is the issuing path that was followed, ``unread`` the path's indexes (0 is the leaf) of
    certificates that may restrict and cannot be read: those in the path with an unreadable EKU, and any that is
    unreadable as a whole.
    """

    purposes: tuple[str, ...] | None
    path: IssuingPath
    unread: tuple[int, ...]


def effective_eku(chain: Sequence[Certificate], more: Sequence[Certificate] = ()) -> Effective:
    """Intersect the EKU of the leaf with that of every issuer known above it. Never raises.

    ``more`` completes the path with certificates that were not presented, as in ``issuing_path``. An empty chain is
    restricted by nothing: ``purposes`` is ``None``.
    """
    path = issuing_path(chain, more)
    known = (*chain, *more)
    purposes = chain[0].eku if chain else None
    for index in path.constraining:
        purposes = narrowed(purposes, known[index].eku)
    in_path = {*path.indexes[:1], *path.constraining}
    unread = tuple(
        index
        for index, certificate in enumerate(known)
        if not certificate.readable or (index in in_path and not certificate.eku_readable)
    )
    return Effective(purposes, path, unread)


def broken_at(
    chain: Sequence[Certificate],
    purpose: str,
    path: IssuingPath | None = None,
    more: Sequence[Certificate] = (),
) -> int | None:
    """The index in the path of the lowest certificate that does not allow ``purpose``, ``None`` if all do.

    0 is the leaf; an index behind the chain is one of ``more``. It is ``None`` exactly where ``effective_eku`` permits
    the purpose. ``path`` saves finding the path again. Never raises.
    """
    if path is None:
        path = issuing_path(chain, more)
    known = (*chain, *more)
    for index in (*path.indexes[:1], *path.constraining):
        if not permits(known[index].eku, purpose):
            return index
    return None


def narrowed(purposes: tuple[str, ...] | None, issuer: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What is left of ``purposes`` below an issuer with this EKU; ``None`` is no restriction in either."""
    if issuer is None or ANY_PURPOSE in issuer:
        return purposes
    if purposes is None:
        return tuple(dict.fromkeys(issuer))
    allowed = dict.fromkeys(issuer)
    kept = [purpose for purpose in purposes if purpose in allowed]
    if ANY_PURPOSE in purposes:
        kept.extend(allowed)
    return tuple(dict.fromkeys(kept))


def way_around(
    chain: Sequence[Certificate], purpose: str, more: Sequence[Certificate] = ()
) -> tuple[int, ...] | None:
    """The issuers of another path of a chain, on which all allow ``purpose`` where one of the first path does not; None
    where there is none, or none is needed. Never raises.

    Verifiers that try every issuer take it, others refuse the chain for the first path.
    """
    if broken_at(chain, purpose, more=more) is None:
        return None
    for path in issuing_paths(chain, more)[1:]:
        if broken_at(chain, purpose, path, more) is None:
            return path.constraining
    return None


def numbered(indexes: Sequence[int]) -> str:
    """``#2, #3``: certificates of a path in words; a path without issuers is that of the root alone."""
    return ", ".join(f"#{index}" for index in indexes) or "the root alone"
