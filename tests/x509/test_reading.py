"""``tlseku.x509.reading``: three readers that agree, and no bytes that raise."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import tracemalloc
import warnings
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import ANY, CLIENT_AUTH, EKU_OID, EMAIL, SERVER_AUTH, Built, build, eku_value
from tests.x509.samples import damage, good
from tlseku.x509.certificate import Certificate
from tlseku.x509.pyca import read_with_cryptography
from tlseku.x509.reading import MOST_DEFECTS, read_by_walking, read_certificate
from tlseku.x509.refusal import Refused
from tlseku.x509.tolerant import read_with_asn1crypto
from tlseku.x509.walk import walk

STEPPED_OVER = {"key_usage", "san", "authority_key_id"}
"""Fields that the walk leaves alone."""


def differences(one: Certificate, other: Certificate, but: set[str]) -> dict[str, tuple[object, object]]:
    return {
        field.name: (getattr(one, field.name), getattr(other, field.name))
        for field in fields(Certificate)
        if field.name not in but and getattr(one, field.name) != getattr(other, field.name)
    }


def assert_three_readers_agree(der: bytes) -> None:
    strict = read_with_cryptography(der)
    assert differences(strict, read_with_asn1crypto(der), {"defects"}) == {}
    assert differences(strict, read_by_walking(der), {"defects"} | STEPPED_OVER) == {}


@pytest.mark.parametrize("number", range(len(good())))
def test_three_readers_agree_on_good_certificates(number: int) -> None:
    assert_three_readers_agree(good()[number])
    assert read_certificate(good()[number]).defects == ()


PURPOSES = st.sampled_from([SERVER_AUTH, CLIENT_AUTH, EMAIL, ANY, "1.2.3", "2.999.5"])
USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyCertSign",
    "cRLSign",
)


@given(
    eku=st.none() | st.lists(PURPOSES, min_size=1, max_size=5),
    eku_critical=st.booleans(),
    usage=st.none() | st.sets(st.sampled_from(USAGES)),
    constraints=st.sampled_from([(None, None), (False, None), (True, None), (True, 0), (True, 300)]),
    serial=st.integers(-(2**170), 2**170),
    san=st.none()
    | st.lists(st.sampled_from(["a.example", "192.0.2.9", "2001:db8::9"]), min_size=1, max_size=3),
    key_ids=st.booleans(),
    key=st.sampled_from(["ec", "p384", "ed25519", "ed448"]),
)
def test_three_readers_agree_on_any_combination(
    eku: list[str] | None,
    eku_critical: bool,
    usage: set[str] | None,
    constraints: tuple[bool | None, int | None],
    serial: int,
    san: list[str] | None,
    key_ids: bool,
    key: str,
) -> None:
    built = build(
        eku=eku,
        eku_critical=eku_critical,
        key_usage=None if usage is None else tuple(usage),
        ca=constraints[0],
        path_len=constraints[1],
        serial=serial,
        san=san,
        key_ids=key_ids,
        key=key,
        issuer=None,
    )
    assert_three_readers_agree(built.der)
    read = read_certificate(built.der)
    assert read.eku == (None if eku is None else tuple(eku))
    assert read.key_usage == (None if usage is None else tuple(name for name in USAGES if name in usage))
    assert (read.serial, read.basic_ca, read.path_len) == (serial, *constraints)


@pytest.mark.parametrize(
    ("built", "oddities"),
    [
        (build(serial=0), ["serial number is zero"]),
        (build(serial=-1), ["serial number is negative"]),
        (build(serial=2**159), ["serial number longer than 20 octets"]),
        (build(serial=-(2**160)), ["serial number is negative", "serial number longer than 20 octets"]),
        (build(eku=()), ["extended key usage is present and empty"]),
        (build(extra=[(EKU_OID, False, eku_value(EMAIL))]), ["extended key usage appears twice"]),
        (
            build(eku=(), extra=[(EKU_OID, False, eku_value(EMAIL))]),
            ["extended key usage appears twice", "extended key usage is present and empty"],
        ),
        (build(trailing=b"\n"), ["trailing bytes after the certificate"]),
    ],
)
def test_oddities(built: Built, oddities: list[str]) -> None:
    defects = built.certificate().defects
    assert [defect for defect in defects if not defect.startswith("cryptography ")] == oddities


@pytest.mark.parametrize(
    "built",
    [
        build(),
        build(eku=None),
        build(serial=2**159 - 1),
        build(serial=1),
        build(version=1),
        build(eku=(EMAIL, EMAIL)),
        build(key_usage=()),
        build(ca=None),
    ],
)
def test_not_odd(built: Built) -> None:
    assert built.certificate().defects == ()


def test_what_cryptography_refuses_is_said_first_then_read() -> None:
    read = build(trailing=b"\0\0").certificate()
    assert read.defects[1].startswith("cryptography refuses it: ")
    assert (read.eku, read.readable, read.eku_readable) == ((SERVER_AUTH, CLIENT_AUTH), True, True)


def test_the_walk_reads_what_both_libraries_refuse() -> None:
    der = build().der
    # The identifier of the signature algorithm is said to be one octet shorter than it is.
    place = der.rindex(bytes.fromhex("300a06082a8648ce3d040302")) + 1
    read = read_certificate(der[:place] + b"\x09" + der[place + 1 :])
    assert (read.serial, read.subject, read.readable) == (0x1234, "CN=leaf.example", True)
    assert (read.eku, read.eku_readable, read.basic_ca) == ((SERVER_AUTH, CLIENT_AUTH), True, False)
    assert [defect.split(":")[0] for defect in read.defects] == [
        "cryptography refuses it",
        "asn1crypto refuses it",
        f"malformed at byte {place + 1}",
    ]


def test_an_eku_in_an_unknown_field_is_not_taken_for_none() -> None:
    der = build().der
    place = der.index(b"\xa3\x81")
    read = read_certificate(der[:place] + b"\xa4" + der[place + 1 :])
    assert (read.serial, read.issuer, read.subject) == (0x1234, "CN=Test CA", "CN=leaf.example")
    assert (read.eku, read.eku_readable, read.readable) == (None, False, True)
    assert read.defects[-1] == (
        f"extended key usage cannot be read: malformed at byte {place}:"
        " expected extensions at the end of the certificate's body"
    )
    der = build(eku=None, extra=[("1.2.3", False, b"abcd")]).der
    place = der.index(b"\xa3\x81")
    read = read_certificate(der[:place] + b"\xa4" + der[place + 1 :])
    assert (read.eku, read.eku_readable) == (None, True)


def test_damage_elsewhere_leaves_the_eku() -> None:
    der = build().der
    place = der.index(b"\x17\x0d260101")
    read = read_certificate(der[: place + 1] + b"\x84\xff\xff\xff\xff" + der[place + 6 :])
    assert (read.eku, read.eku_readable) == ((SERVER_AUTH, CLIENT_AUTH), True)
    assert (read.serial, read.issuer, read.not_before) == (0x1234, "CN=Test CA", None)
    der = build(eku=None, extra=[("1.2.3", False, b"abcd"), (EKU_OID, False, eku_value(EMAIL))]).der
    read = read_certificate(der.replace(b"\x04\x04abcd", b"\x04\x05abcd"))
    assert (read.eku, read.eku_readable, read.eku_critical) == ((EMAIL,), True, False)


def test_an_eku_before_broken_extensions_comes_out() -> None:
    last = bytes.fromhex("300a06022a030404") + b"abcd"
    der = build(eku_critical=True, extra=[("1.2.3", False, b"abcd")]).der
    assert der.count(last) == 1
    read = read_certificate(der.replace(last, b"\x30\x0b" + last[2:]))
    assert (read.eku, read.eku_readable, read.eku_critical) == ((SERVER_AUTH, CLIENT_AUTH), True, True)
    assert (read.eku_duplicate, read.serial, read.san) == (False, 0x1234, None)
    der = build(eku=None, extra=[("1.2.3", False, b"abcd")]).der
    read = read_certificate(der.replace(last, b"\x30\x0b" + last[2:]))
    assert (read.eku, read.eku_readable, read.serial) == (None, False, 0x1234)


@pytest.mark.parametrize(
    "der", [b"", b"\0", b"\x30", b"\x30\x00", b"-----BEGIN CERTIFICATE-----", b"\xff" * 100]
)
def test_nothing_readable(der: bytes) -> None:
    read = read_certificate(der)
    assert (read.readable, read.eku_readable, read.eku, read.serial, read.der) == (
        False,
        False,
        None,
        None,
        der,
    )
    assert len(read.sha256) == 64
    assert read.defects != ()


def test_defects_are_bounded_and_different() -> None:
    read = build(extra=[(f"1.2.{number}", False, b"") for number in range(100)] * 2).certificate()
    assert len(read.defects) == MOST_DEFECTS
    assert read.defects[-1] == "82 more defects"
    assert len(set(read.defects)) == MOST_DEFECTS


@given(st.binary(max_size=300))
def test_never_raises_on_random_bytes(data: bytes) -> None:
    assert read_certificate(data).der == data


def assert_reading_holds(der: bytes) -> bool:
    read = read_certificate(der)
    assert read.der == der
    assert read.eku_readable or read.eku is None
    assert read.readable or read == Certificate(
        der=der, sha256=read.sha256, defects=read.defects, readable=False, eku_readable=False
    )
    assert len(read.defects) <= MOST_DEFECTS
    assert not any("\n" in defect for defect in read.defects)
    if read.eku is None and read.eku_readable and bytes.fromhex("0603551d25") in der:
        assert walk(der).eku_read
    try:
        strict = read_with_cryptography(der)
    except Refused:
        assert read.defects != ()
        return False
    assert differences(read, strict, {"defects"}) == {}
    assert_three_readers_agree(der)
    return True


def test_damaged_certificates(seeded: random.Random) -> None:
    accepted = sum(assert_reading_holds(damage(seeded.choice(good()), seeded)) for _ in range(1000))
    assert accepted > 100


@pytest.mark.long
def test_many_damaged_certificates(seeded: random.Random) -> None:
    for _ in range(100_000):
        assert_reading_holds(damage(seeded.choice(good()), seeded))


@pytest.mark.parametrize("times", [400, pytest.param(20_000, marks=pytest.mark.long)])
def test_damaged_values_of_extensions(times: int, seeded: random.Random) -> None:
    values = {
        EKU_OID: eku_value(SERVER_AUTH, CLIENT_AUTH),
        "2.5.29.19": bytes.fromhex("30060101ff020105"),
        "2.5.29.15": bytes.fromhex("030205a0"),
        "2.5.29.17": bytes.fromhex("301d8203612e628704c0000201a0090603550403a0020c00a4023000880155"),
        "2.5.29.35": bytes.fromhex("300680040102030405"),
        "2.5.29.14": bytes.fromhex("040401020304"),
    }
    for _ in range(times):
        oid = seeded.choice(list(values))
        extra = [(oid, seeded.random() < 0.5, damage(values[oid], seeded))]
        assert_reading_holds(
            build(eku=None, ca=None, key_usage=None, san=None, key_ids=False, extra=extra).der
        )


def test_no_warning_leaks(seeded: random.Random) -> None:
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        for der in good():
            for _ in range(20):
                read_certificate(damage(der, seeded))
    assert [str(warning.message) for warning in leaked] == []


def test_importing_needs_neither_library(project: Path) -> None:
    code = (
        "import sys, tlseku, tlseku.x509.reading, tlseku.x509.cache, tlseku.x509.pem, tlseku.x509.pyca,"
        " tlseku.x509.tolerant, tlseku.policy.verdict; "
        "print([name for name in sys.modules if name.split('.')[0] in ('cryptography', 'asn1crypto')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


@pytest.mark.slow
def test_serials_and_ekus_of_real_captures(shared_captures: Path, tshark: str) -> None:
    compared = 0
    for expected in sorted((shared_captures / "expected").glob("*.json")):
        if ".keys." in expected.name:
            continue
        facts = {
            certificate["sha256"]: (certificate["serial"], certificate["eku"])
            for flow in json.loads(expected.read_text(encoding="utf-8"))["flows"]
            for certificate in flow.get("client_certs", []) + flow.get("server_certs", [])
        }
        ran = subprocess.run(
            [tshark, "-r", str(shared_captures / expected.name.removesuffix(".json")), "-2"]
            + ["-o", "tcp.reassemble_out_of_order:TRUE", "-T", "fields", "-e", "tls.handshake.certificate"],
            capture_output=True,
            text=True,
            check=False,
        )
        for octets in {octets for line in ran.stdout.splitlines() for octets in line.split(",") if octets}:
            der = bytes.fromhex(octets)
            assert_three_readers_agree(der)
            read = read_certificate(der)
            serial, eku = facts[read.sha256]
            assert (read.serial_hex, read.eku) == (serial, None if eku is None else tuple(eku))
            compared += 1
    assert compared >= 40


def test_long_forms_of_lengths_are_read() -> None:
    der = build().der
    longer = b"\x30\x83" + (len(der) - 4).to_bytes(3, "big") + der[4:]
    read = read_certificate(longer)
    assert (read.serial, read.eku, read.eku_readable) == (0x1234, (SERVER_AUTH, CLIENT_AUTH), True)


def test_copies_of_large_unreadable_certificates_do_not_gather() -> None:
    """Whoever reads captures looks for cycles seldom, and asn1crypto leaves some."""
    size, count = 500_000, 40
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    tracemalloc.start()
    try:
        for number in range(count):
            content = b"\x02\x83" + (size - 5).to_bytes(3, "big") + number.to_bytes(4, "big")
            der = b"\x30\x83" + size.to_bytes(3, "big") + content.ljust(size, b"\xff")
            assert not read_certificate(der).readable
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*thresholds)
    assert peak < count * size // 3
