"""Whether a certificate has one of the names that its peer looks for.

Knows subjectAltName and common name (RFC 6125 section 6.4; the product looks at both, rule RL11) and addresses; must
not know who asks. A name under a wildcard is told apart, since nobody states that the product takes those.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Literal

from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes

NameMatch = Literal["found", "wildcard", "missing", "unreadable"]


def name_match(certificate: Certificate, wanted: Sequence[str]) -> NameMatch:
    """Whether the certificate has any of the names or addresses ``wanted``, in any case. Never raises."""
    if not certificate.readable:
        return "unreadable"
    own = names_of(certificate)
    looked_for = {_folded(name) for name in wanted}
    if looked_for & {_folded(name) for name in own}:
        return "found"
    for name in own:
        if name.startswith("*.") and any(
            other.partition(".")[2] == _folded(name[2:]) for other in looked_for
        ):
            return "wildcard"
    return "missing"


def names_of(certificate: Certificate) -> tuple[str, ...]:
    """The names that a peer may look for: DNS names and addresses of the subjectAltName, then common names."""
    found = [value for kind, value in certificate.san or () if kind in ("dns", "ip")]
    found += [text for kind, text in name_attributes(certificate.subject_der) if kind == "CN"]
    return tuple(dict.fromkeys(found))


def _folded(name: str) -> str:
    text = name.strip().strip("[]")
    try:
        return str(ip_address(text))
    except ValueError:
        return text.rstrip(".").casefold()
