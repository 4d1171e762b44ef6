"""Whether the key of one certificate made the signature of another.

Knows ``cryptography``'s check of signatures (RFC 5280 section 6.1.3 a 1); must not know paths, trust or dates. Nothing
of the library leaves this module. Names and key identifiers only say who may have issued; this says who did.
"""

from __future__ import annotations

import functools
import warnings


def signed_by(der: bytes, issuer_der: bytes) -> bool | None:
    """Whether ``issuer_der``'s key signed ``der``; ``None`` where nobody can tell: a certificate that the library does
    not read, or an algorithm that it does not have. Never raises."""
    # Bundles hold the same few certificates many times over.
    return _checked(der, issuer_der)


@functools.lru_cache(maxsize=1024)
def _checked(der: bytes, issuer_der: bytes) -> bool | None:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            issuer = x509.load_der_x509_certificate(issuer_der)
            x509.load_der_x509_certificate(der).verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None
    return True
