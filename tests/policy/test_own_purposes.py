"""``tlseku.policy.own_purposes``: what protocols beside TLS look for."""

from __future__ import annotations

import pytest

from tlseku.policy.own_purposes import own_purpose
from tlseku.policy.purposes import CLIENT_AUTH, SERVER_AUTH, Role

PKINIT, KDC, SMARTCARD, IKE = (
    "1.3.6.1.5.2.3.4",
    "1.3.6.1.5.2.3.5",
    "1.3.6.1.4.1.311.20.2.2",
    "1.3.6.1.5.5.7.3.17",
)


@pytest.mark.parametrize(
    ("carrier", "role", "eku", "name"),
    [
        ("kerberos", "client", (PKINIT,), "pkinitClientAuth"),
        ("kerberos", "client", (CLIENT_AUTH, SMARTCARD), "msSmartcardLogon"),
        ("kerberos", "server", (SERVER_AUTH, KDC), "pkinitKDC"),
        ("ike", "client", (IKE,), "ipsecIKE"),
        ("ike", "server", ("1.3.6.1.5.5.7.3.6",), "ipsecTunnel"),
    ],
)
def test_listed(carrier: str, role: Role, eku: tuple[str, ...], name: str) -> None:
    said = own_purpose(carrier, role, eku)
    assert said is not None
    assert said.startswith(f"leaf lists {name}, which ")


@pytest.mark.parametrize(
    ("carrier", "role", "eku"),
    [
        ("tcp", "client", (PKINIT,)),
        ("eap-radius", "client", (PKINIT,)),
        ("kerberos", "client", None),
        ("kerberos", "client", ()),
        ("kerberos", "client", (CLIENT_AUTH,)),
        ("kerberos", "client", (KDC,)),
        ("kerberos", "server", (PKINIT,)),
        ("kerberos", "unknown", (PKINIT,)),
        ("ike", "client", (PKINIT,)),
    ],
)
def test_not_listed(carrier: str, role: Role, eku: tuple[str, ...] | None) -> None:
    assert own_purpose(carrier, role, eku) is None
