"""Purposes of protocols that show certificates beside TLS, and have their own for them.

Knows what each asks for in place of clientAuth and serverAuth; must not know packets. Where a leaf lists one of these,
it is made for that protocol, and whether it keeps clientAuth does not matter to it. Where it lists none, nobody knows
what the peer looks at, and it is judged as TLS would: some KDCs and gateways are content with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tlseku.policy.purposes import Role
from tlseku.registry.names import eku_name

_PKINIT_CLIENT, _PKINIT_KDC = "1.3.6.1.5.2.3.4", "1.3.6.1.5.2.3.5"
# [MS-PKCA] section 3.1.5.2.1.1
_SMARTCARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
_IPSEC_IKE = "1.3.6.1.5.5.7.3.17"
# What RFC 4945 found in use, and deprecates.
_IPSEC = ("1.3.6.1.5.5.7.3.5", "1.3.6.1.5.5.7.3.6", "1.3.6.1.5.5.7.3.7")


class _Own(NamedTuple):
    protocol: str
    source: str
    client: frozenset[str]
    server: frozenset[str]


_OWN: Mapping[str, _Own] = {
    "kerberos": _Own(
        "PKINIT",
        "RFC 4556 sections 3.2.2 and 3.2.4",
        frozenset({_PKINIT_CLIENT, _SMARTCARD_LOGON}),
        frozenset({_PKINIT_KDC}),
    ),
    "ike": _Own(
        "IKE",
        "RFC 4945 section 5.1.3.12",
        frozenset({_IPSEC_IKE, *_IPSEC}),
        frozenset({_IPSEC_IKE, *_IPSEC}),
    ),
}


def own_purpose(carrier: str, role: Role, eku: Iterable[str] | None) -> str | None:
    """Which purpose of a leaf the carrier looks for in this role, in words with the source; None if it lists none."""
    own = _OWN.get(carrier)
    if own is None or eku is None or role == "unknown":
        return None
    looked_for = own.client if role == "client" else own.server
    listed = [eku_name(oid) for oid in eku if oid in looked_for]
    return f"leaf lists {listed[0]}, which {own.protocol} looks for ({own.source})" if listed else None
