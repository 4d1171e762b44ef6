"""``tlseku.x509.walk``: serial and EKU by position, held against cryptography."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from asn1crypto.parser import emit
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import CLIENT_AUTH, EKU_OID, SERVER_AUTH, Built, build, eku_value
from tests.x509.samples import damage, good
from tlseku.x509.pyca import read_with_cryptography
from tlseku.x509.refusal import Refused
from tlseku.x509.walk import walk

BOTH = (SERVER_AUTH, CLIENT_AUTH)


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (build(), (0x1234, BOTH)),
        (build(eku=None), (0x1234, None)),
        (build(eku=()), (0x1234, ())),
        (build(eku=(CLIENT_AUTH,), eku_critical=True), (0x1234, (CLIENT_AUTH,))),
        (build(serial=0), (0, BOTH)),
        (build(serial=-129), (-129, BOTH)),
        (build(serial=2**160), (2**160, BOTH)),
        (build(version=1), (0x1234, None)),
        (build(version=2), (0x1234, None)),
        (build(eku=(), extra=[(EKU_OID, False, eku_value(CLIENT_AUTH))]), (0x1234, ())),
        (build(eku=None, extra=[(EKU_OID, True, eku_value("2.999.5"))]), (0x1234, ("2.999.5",))),
    ],
)
def test_reads(built: Built, expected: tuple[int, tuple[str, ...] | None]) -> None:
    found = walk(built.der)
    assert (found.serial, found.eku, found.eku_read, found.problem) == (*expected, True, None)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        b"\x30\x03\x02\x01\x05",
        build().der[:-1],
        build(eku=None, extra=[(EKU_OID, False, b"")]).der,
        build(eku=None, extra=[(EKU_OID, False, b"\x30\x00\x00")]).der,
        build(eku=None, extra=[(EKU_OID, False, b"\x31\x00")]).der,
        build(eku=None, extra=[(EKU_OID, False, b"\x30\x03\x02\x01\x05")]).der,
        build(eku=None, extra=[(EKU_OID, False, b"\x30\x81\x04\x06\x02\x2a\x03")]).der,
    ],
    ids=lambda _: "",
)
def test_refuses(der: bytes) -> None:
    assert walk(der).problem is not None


def test_an_unreadable_eku_leaves_the_rest() -> None:
    found = walk(build(eku=None, extra=[(EKU_OID, True, b"zz")]).der)
    assert (found.eku, found.eku_read, found.eku_critical, found.eku_count) == (None, False, True, 1)
    assert (found.serial, found.basic_ca, found.signature_oid) == (0x1234, False, "1.2.840.10045.4.3.2")
    assert found.problem is not None


def test_a_second_eku_is_counted_and_not_taken() -> None:
    found = walk(build(eku=(SERVER_AUTH,), extra=[(EKU_OID, False, eku_value(CLIENT_AUTH))]).der)
    assert (found.eku, found.eku_count) == ((SERVER_AUTH,), 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3000", (False, None)),
        ("30030101ff", (True, None)),
        ("30060101ff020103", (True, 3)),
        ("3003010100", (False, None)),
        ("3006010100020100", (False, 0)),
        ("30060101ff0201ff", (None, None)),
        ("30080101ff020300ffff", (True, 65535)),
        ("300a0101ff02050080000000", (None, None)),
        ("30030101fe", (None, None)),
        ("3000ff", (None, None)),
    ],
)
def test_basic_constraints(value: str, expected: tuple[bool | None, int | None]) -> None:
    found = walk(build(ca=None, extra=[("2.5.29.19", True, bytes.fromhex(value))]).der)
    assert (found.basic_ca, found.path_len) == expected
    assert found.eku == BOTH
    assert (found.problem is None) == (expected[0] is not None)


def test_unique_identifiers_are_stepped_over() -> None:
    extensions = emit(2, 1, 3, emit(0, 1, 16, b""))
    time = b"\x17\x0d260101000000Z"
    sequence = b"\x30\x00"
    body = b"\x02\x01\x07" + sequence * 2 + emit(0, 1, 16, time * 2) + sequence * 2
    tail = emit(0, 1, 16, b"\x06\x01\x2a") + b"\x03\x01\x00"
    for unique, well in (
        (b"", True),
        (b"\x81\x01\x00", True),
        (b"\x82\x01\x00", True),
        (b"\x81\x01\x00\x82\x01\x00", True),
        (b"\x81\x01\x00" + extensions, True),
        (b"\x82\x01\x00\x81\x01\x00", False),
        (extensions + b"\x82\x01\x00", False),
        (b"\x83\x01\x00", False),
        (b"\x00\x00", False),
    ):
        der = emit(0, 1, 16, emit(0, 1, 16, body + unique) + tail)
        assert (walk(der).problem is None) is well
        if well:
            assert (walk(der).serial, walk(der).eku) == (7, None)


def agree_with_cryptography(der: bytes) -> bool:
    try:
        strict = read_with_cryptography(der)
    except Refused as refused:
        if "not where they belong" in str(refused):
            pytest.fail(f"cryptography accepts what the walk refuses: {der.hex()}")
        return False
    found = walk(der)
    assert (found.serial, found.eku) == (strict.serial, strict.eku)
    assert (found.version, found.not_before, found.not_after) == (
        strict.version,
        strict.not_before,
        strict.not_after,
    )
    assert (found.basic_ca, found.path_len) == (strict.basic_ca, strict.path_len)
    assert found.eku_critical == strict.eku_critical
    return True


@pytest.mark.parametrize("number", range(len(good())))
def test_agrees_on_good_certificates(number: int) -> None:
    assert agree_with_cryptography(good()[number])


def test_agrees_on_damaged_certificates(seeded: random.Random) -> None:
    certificates = good()
    accepted = sum(agree_with_cryptography(damage(seeded.choice(certificates), seeded)) for _ in range(2000))
    assert accepted > 200


@pytest.mark.long
def test_agrees_on_many_damaged_certificates(seeded: random.Random) -> None:
    certificates = good()
    for _ in range(100_000):
        agree_with_cryptography(damage(seeded.choice(certificates), seeded))


@given(st.binary(max_size=200))
def test_never_raises(data: bytes) -> None:
    problem = walk(data).problem
    assert problem is None or 0 <= problem.offset <= len(data)


def test_every_cut_is_refused() -> None:
    der = build().der
    for length in range(len(der)):
        assert walk(der[:length]).serial is None


def test_source_needs_no_library(project: Path) -> None:
    for module in ("der", "walk"):
        source = (project / "tlseku" / "x509" / f"{module}.py").read_text(encoding="utf-8")
        assert "cryptography." not in source
        assert "asn1crypto" not in source
