"""What a ClientHello offers, read from its extensions.

Knows which extensions hold it; must not know what anybody makes of it (``policy.offer``)."""

from __future__ import annotations

from typing import Final

from tlseku.errors import Malformed
from tlseku.policy.offer import Offer
from tlseku.tls import extensions as ext
from tlseku.tls.extensions import Extensions

# Extension type to the size of the length before its code points.
_SIZES: Final = {
    ext.SUPPORTED_VERSIONS: 1,
    ext.SUPPORTED_GROUPS: 2,
    ext.SIGNATURE_ALGORITHMS: 2,
    ext.SIGNATURE_ALGORITHMS_CERT: 2,
}


def read_offer(extensions: Extensions) -> Offer:
    """The offer in the extensions of a ClientHello. Never raises: what cannot be read is None."""
    return Offer(
        versions=_codes(extensions, ext.SUPPORTED_VERSIONS),
        groups=_codes(extensions, ext.SUPPORTED_GROUPS),
        signature_algorithms=_codes(extensions, ext.SIGNATURE_ALGORITHMS),
        signature_algorithms_cert=_codes(extensions, ext.SIGNATURE_ALGORITHMS_CERT),
        trust_anchors=_trust_anchors(extensions),
    )


def _trust_anchors(extensions: Extensions) -> tuple[str, ...] | None:
    content = ext.find(extensions, ext.TRUST_ANCHORS)
    if content is None:
        return None
    try:
        return ext.trust_anchor_ids(content)
    except Malformed:
        return None


def _codes(extensions: Extensions, kind: int) -> tuple[int, ...] | None:
    content = ext.find(extensions, kind)
    if content is None:
        return None
    try:
        return ext.code_points(content, _SIZES[kind], "an offer")
    except Malformed:
        return None
