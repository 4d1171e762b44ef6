"""Whether a request names the default trust store: a server that was never told whom to trust.

Knows names of CAs, and those of the public roots that are installed; must not know where a request comes from. A server
that names a hundred public CAs trusts each of them with its clients, and most probably trusts none of those that its
clients have: it was to have a file of its own, and does not use it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from tlseku.errors import CertificateFileError
from tlseku.x509.name_comparison import folded_name, names_nobody

FEWEST = 50
"""Names of public CAs that make a default store; those of a company that trusts public CAs on purpose are fewer."""


def names_of_default_store(authorities: Sequence[bytes]) -> int:
    """How many of these DER Names are those of public roots, where they are the most of many; else 0. Never raises.

    Without installed roots nobody can tell, and the answer is 0.
    """
    if len(authorities) < FEWEST:
        return 0
    known = _public_names()
    public = sum(1 for name in authorities if not names_nobody(name) and folded_name(name) in known)
    return public if public >= FEWEST and 2 * public > len(authorities) else 0


@functools.cache
def _public_names() -> frozenset[str]:
    from tlseku.x509.root_stores import installed_roots  # few requests name so many

    try:
        roots = installed_roots()
    except (CertificateFileError, OSError):
        return frozenset()
    return frozenset(folded_name(each.certificate.subject_der) for each in roots)
