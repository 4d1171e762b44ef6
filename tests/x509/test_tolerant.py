"""``tlseku.x509.tolerant``: what asn1crypto still reads, fact by fact."""

from __future__ import annotations

import pytest
from asn1crypto.parser import emit

from tests.builder import CLIENT_AUTH, EKU_OID, SERVER_AUTH, Built, build, eku_value
from tlseku.x509.refusal import Refused
from tlseku.x509.tolerant import LARGEST, read_with_asn1crypto

BOTH = (SERVER_AUTH, CLIENT_AUTH)


@pytest.mark.parametrize(
    ("built", "eku", "readable", "duplicate"),
    [
        (build(), BOTH, True, False),
        (build(eku=None), None, True, False),
        (build(eku=()), (), True, False),
        (build(version=1), None, True, False),
        (build(extra=[(EKU_OID, False, eku_value("1.2.3"))]), BOTH, True, True),
        (build(eku=(), extra=[(EKU_OID, False, eku_value("1.2.3"))]), (), True, True),
        (build(eku=None, extra=[(EKU_OID, False, b"zz")]), None, False, False),
        (build(eku=None, extra=[(EKU_OID, False, bytes.fromhex("3003060180"))]), None, False, False),
        (build(eku=None, extra=[(EKU_OID, False, bytes.fromhex("30810406022a03"))]), ("1.2.3",), True, False),
        (build(extra=[("1.2.3", False, b""), ("1.2.3", False, b"")]), BOTH, True, False),
    ],
)
def test_eku(built: Built, eku: tuple[str, ...] | None, readable: bool, duplicate: bool) -> None:
    read = read_with_asn1crypto(built.der)
    assert (read.eku, read.eku_readable, read.eku_duplicate) == (eku, readable, duplicate)
    assert (read.serial, read.subject) == (0x1234, "CN=leaf.example")


@pytest.mark.parametrize(
    ("oid", "argument", "what"),
    [
        ("2.5.29.17", {"san": None}, "subject alternative name"),
        ("2.5.29.15", {"key_usage": None}, "key usage"),
        ("2.5.29.19", {"ca": None}, "basic constraints"),
        ("2.5.29.14", {"key_ids": False}, "subject key identifier"),
        ("2.5.29.35", {"key_ids": False}, "authority key identifier"),
        ("2.5.29.37", {"eku": None}, "extended key usage"),
    ],
)
def test_an_unreadable_extension_is_named_and_the_rest_is_kept(
    oid: str, argument: dict[str, object], what: str
) -> None:
    read = read_with_asn1crypto(build(extra=[(oid, False, b"\x05zz")], **argument).der)  # type: ignore[arg-type]
    assert [defect.split(":")[0] for defect in read.defects] == [f"{what} cannot be read"]
    assert read.serial == 0x1234
    assert read.eku == (None if oid == EKU_OID else BOTH)
    assert read.eku_readable is (oid != EKU_OID)


def test_a_repeated_extension_is_named() -> None:
    read = read_with_asn1crypto(build(extra=[("2.5.29.19", True, b"\x30\x00"), ("1.2", False, b"")] * 2).der)
    assert read.defects == ("basic constraints appears twice",) * 2 + ("extension 1.2 appears twice",)
    assert read.basic_ca is False


def test_explicit_defaults_and_odd_names() -> None:
    odd = build(
        ca=None,
        san=None,
        extra=[
            ("2.5.29.19", True, bytes.fromhex("3003010100")),
            ("2.5.29.17", False, bytes.fromhex("300f8703010203a3008202c3a48102ff40")),
        ],
    )
    read = read_with_asn1crypto(odd.der)
    assert read.basic_ca is False
    assert read.san == (("ip", "#010203"), ("other", "#a300"), ("dns", "ä"), ("email", "#ff40"))
    assert read.defects == ()


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x00", b"\x02\x01\x05", b"\x30\x02\x30\x00"])
def test_refuses(der: bytes) -> None:
    with pytest.raises(Refused):
        read_with_asn1crypto(der)


def test_a_certificate_may_be_large_but_not_endless() -> None:
    room = LARGEST - len(build(extra=[("1.2.3", False, b"")]).der) - 12
    assert read_with_asn1crypto(build(extra=[("1.2.3", False, bytes(room))]).der).defects == ()
    with pytest.raises(Refused, match="more than the 65536"):
        read_with_asn1crypto(build(extra=[("1.2.3", False, bytes(LARGEST))]).der)


def test_an_endless_oid_costs_no_time() -> None:
    endless = bytes(emit(0, 1, 16, emit(0, 0, 6, b"\x2b" + b"\x81" * 60000 + b"\x01")))
    with pytest.raises(Refused, match="without end"):
        read_with_asn1crypto(build(eku=None, extra=[(EKU_OID, False, endless)]).der)


@pytest.mark.parametrize("year", [b"00000101000000Z", b"99999999999999Z"])
def test_a_date_that_does_not_exist(year: bytes) -> None:
    der = build().der
    place = der.index(b"\x17\x0d260101")
    old = der[place : place + 30]
    assert old[15:17] == b"\x17\x0d"
    new = b"\x18\x0f" + year[:15] + old[15:]
    # Two octets more: the lengths of validity, body and certificate grow with it.
    changed = bytearray(der.replace(bytes([0x30, 30]) + old, bytes([0x30, 32]) + new))
    changed[2:4] = (int.from_bytes(der[2:4], "big") + 2).to_bytes(2, "big")
    changed[6:8] = (int.from_bytes(der[6:8], "big") + 2).to_bytes(2, "big")
    read = read_with_asn1crypto(bytes(changed))
    assert read.not_before is None
    assert read.not_after == 20819 * 86_400_000_000_000
    assert [defect.split(":")[0] for defect in read.defects] == ["start of validity cannot be read"]
