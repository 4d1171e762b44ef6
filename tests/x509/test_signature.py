"""``tlseku.x509.signature``: who really signed."""

from __future__ import annotations

import pytest

from tests.builder import build, ca
from tlseku.x509.signature import signed_by

CA = ca("Signer")
OTHER_KEY = ca("Signer", owner="somebody else")
LEAF = build(subject="a.example", issuer=CA)


def test_the_issuer_signed() -> None:
    assert signed_by(LEAF.der, CA.der) is True
    assert signed_by(CA.der, CA.der) is True


def test_an_issuer_of_the_same_name_did_not() -> None:
    assert signed_by(LEAF.der, OTHER_KEY.der) is False


@pytest.mark.parametrize(
    ("der", "issuer"),
    [(b"", CA.der), (LEAF.der, b"junk"), (LEAF.der, LEAF.der), (LEAF.der[:-9], CA.der)],
)
def test_what_nobody_can_tell(der: bytes, issuer: bytes) -> None:
    assert signed_by(der, issuer) is None
