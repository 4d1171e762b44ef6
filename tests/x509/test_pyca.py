"""``tlseku.x509.pyca``: what cryptography accepts, and how it says no."""

from __future__ import annotations

import threading
import warnings

import pytest

from tests.builder import CLIENT_AUTH, EKU_OID, SERVER_AUTH, Built, build, eku_value
from tests.x509.samples import good
from tlseku.x509.pyca import read_with_cryptography
from tlseku.x509.refusal import Refused

DAY = 86_400_000_000_000


def test_every_fact() -> None:
    built = build(san=("leaf.example", "192.0.2.1"), eku_critical=True)
    read = read_with_cryptography(built.der)
    assert read.version == 3
    assert (read.serial, read.serial_hex) == (0x1234, "1234")
    assert (read.subject, read.issuer, read.self_issued) == ("CN=leaf.example", "CN=Test CA", False)
    assert read.subject_der == bytes.fromhex("30173115301306035504030c0c") + b"leaf.example"
    assert (read.not_before, read.not_after) == (20454 * DAY, 20819 * DAY)
    assert (read.eku, read.eku_critical) == ((SERVER_AUTH, CLIENT_AUTH), True)
    assert (read.eku_readable, read.eku_duplicate, read.readable) == (True, False, True)
    assert read.key_usage == ("digitalSignature", "keyEncipherment")
    assert (read.basic_ca, read.path_len, read.is_ca) == (False, None, False)
    assert read.san == (("dns", "leaf.example"), ("ip", "192.0.2.1"))
    assert (read.key_algorithm, read.key_type) == ("EC P-256", "ec")
    assert read.signature_algorithm == "ecdsa-with-SHA256"
    assert read.subject_key_id is not None
    assert read.authority_key_id is not None
    assert (len(read.subject_key_id), len(read.authority_key_id)) == (20, 20)
    assert read.defects == ()


@pytest.mark.parametrize("number", range(len(good())))
def test_reads_good_certificates_without_defects(number: int) -> None:
    assert read_with_cryptography(good()[number]).defects == ()


@pytest.mark.parametrize(
    ("built", "reason"),
    [
        (build(eku=()), "InvalidSize"),
        (build(extra=[(EKU_OID, False, eku_value(CLIENT_AUTH))]), "Duplicate 2.5.29.37 extension found"),
        (build(trailing=b"\0"), "ExtraData"),
        (build(version=4), "3 is not a valid X509 version"),
        (build(san=None, extra=[("2.5.29.17", False, bytes.fromhex("3002a300"))]), "."),
        (build(san=None, extra=[("2.5.29.17", False, bytes.fromhex("300387017f"))]), "."),
        (build(ca=None, extra=[("2.5.29.19", True, bytes.fromhex("3003010100"))]), "."),
        (build(ca=None, extra=[("2.5.29.19", True, bytes.fromhex("30080101ff020300ffff"))]), None),
        (
            build(ca=None, extra=[("2.5.29.19", True, bytes.fromhex("300a0101ff02050080000000"))]),
            "path length above",
        ),
    ],
)
def test_refuses(built: Built, reason: str | None) -> None:
    if reason is None:
        assert read_with_cryptography(built.der).path_len == 65535
        return
    with pytest.raises(Refused, match=reason) as caught:
        read_with_cryptography(built.der)
    assert "\n" not in str(caught.value)


def test_warnings_become_defects_and_do_not_leak() -> None:
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        read = read_with_cryptography(build(serial=0).der)
    assert leaked == []
    assert len(read.defects) == 1
    assert read.defects[0].startswith("cryptography warns: Parsed a serial number which wasn't positive")


def test_threads_leave_the_warning_filters_as_they_were() -> None:
    before = list(warnings.filters)
    der = build(serial=-1).der
    results: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: results.extend(len(read_with_cryptography(der).defects) for _ in range(50))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before
    assert results == [1] * 200
