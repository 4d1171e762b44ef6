"""Leafs for tests of rules: facts without DER behind them, and real certificates where files are read."""

from __future__ import annotations

import hashlib

from tests.builder import ANY, CLIENT_AUTH, EMAIL, SERVER_AUTH
from tlseku.x509.certificate import Certificate

BOTH = (SERVER_AUTH, CLIENT_AUTH)
S_ONLY = (SERVER_AUTH,)
C_ONLY = (CLIENT_AUTH,)
ANY_ONLY = (ANY,)
OTHER = (EMAIL,)


def leaf(
    eku: tuple[str, ...] | None,
    name: str = "leaf",
    *,
    public: bool | None = None,
    self_issued: bool = False,
    readable: bool = True,
    eku_readable: bool = True,
) -> Certificate:
    """A leaf that lists ``eku``; two of the same name, EKU and issuer are the same certificate."""
    der = f"{name} {eku} {public} {self_issued}".encode()
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        version=3,
        serial=1,
        subject=f"CN={name}",
        issuer="CN=CA",
        subject_der=b"\x30\x01" + der[:1],
        issuer_der=b"\x30\x01\x00",
        eku=eku,
        public_issuer=public,
        self_issued=self_issued,
        readable=readable,
        eku_readable=eku_readable,
    )
