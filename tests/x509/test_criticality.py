"""The critical flag of an extension, present, absent and in bytes that are no certificate."""

from __future__ import annotations

import pytest

from tests.builder import EKU_OID, build
from tlseku.x509.criticality import SUBJECT_ALT_NAME, is_critical

SAN_VALUE = bytes.fromhex("300b8209") + b"localhost"


def test_marked_and_not_marked() -> None:
    assert is_critical(build(san=("a.example",)).der, SUBJECT_ALT_NAME) is False
    critical = build(san=None, extra=((SUBJECT_ALT_NAME, True, SAN_VALUE),))
    assert is_critical(critical.der, SUBJECT_ALT_NAME) is True
    assert is_critical(build(eku_critical=True).der, EKU_OID) is True


def test_the_first_of_several_counts() -> None:
    twice = build(san=("a.example",), extra=((SUBJECT_ALT_NAME, True, SAN_VALUE),))
    assert is_critical(twice.der, SUBJECT_ALT_NAME) is False


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x03\x02\x01\x05", b"\xff" * 40, build(version=1).der])
def test_no_such_extension_or_no_certificate(der: bytes) -> None:
    assert is_critical(der, SUBJECT_ALT_NAME) is None


def test_every_cut_is_answered() -> None:
    der = build().der
    for end in range(len(der)):
        assert is_critical(der[:end], SUBJECT_ALT_NAME) is None
