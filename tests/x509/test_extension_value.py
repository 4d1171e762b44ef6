"""``tlseku.x509.extension_value``: the values of an OID filter."""

from __future__ import annotations

import random

import pytest
from asn1crypto import x509 as asn1_x509
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import ANY, CLIENT_AUTH, SERVER_AUTH, eku_value
from tlseku.errors import Malformed
from tlseku.x509.extension_value import KEY_USAGE_BITS, key_usage_in, purposes_in


@pytest.mark.parametrize("purposes", [(), (CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH), (ANY, "1.2.3", ANY)])
def test_purposes(purposes: tuple[str, ...]) -> None:
    assert purposes_in(eku_value(*purposes)) == purposes


@pytest.mark.parametrize(
    "value",
    [
        "",
        "3000ff",
        "3003020105",
        "31020600",
        "300306012a00",
        "30020601",
        "3080060300000000",
    ],
)
def test_no_purposes(value: str) -> None:
    with pytest.raises(Malformed):
        purposes_in(bytes.fromhex(value))


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        ("03020780", ("digitalSignature",)),
        ("030205a0", ("digitalSignature", "keyEncipherment")),
        ("03020106", ("keyCertSign", "cRLSign")),
        ("0303070080", ("decipherOnly",)),
        ("03020001", ("encipherOnly",)),
        ("030100", ()),
        ("0303000080", ("decipherOnly",)),
        ("03020080", ("digitalSignature",)),
    ],
)
def test_key_usage(value: str, bits: tuple[str, ...]) -> None:
    assert key_usage_in(bytes.fromhex(value)) == bits


@pytest.mark.parametrize(
    "value", ["", "0300", "030101", "03020880", "03020781", "0303070040", "030207800000", "040207" + "80"]
)
def test_no_key_usage(value: str) -> None:
    with pytest.raises(Malformed):
        key_usage_in(bytes.fromhex(value))


@given(st.sets(st.integers(0, 8)))
def test_agrees_with_asn1crypto(places: set[int]) -> None:
    names = ["digital_signature", "non_repudiation", "key_encipherment", "data_encipherment", "key_agreement"]
    names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    value = bytes(asn1_x509.KeyUsage({names[place] for place in places}).dump())
    assert key_usage_in(value) == tuple(KEY_USAGE_BITS[place] for place in sorted(places))


def test_anything_else_is_malformed(seeded: random.Random) -> None:
    good = [eku_value(CLIENT_AUTH, ANY), bytes.fromhex("030205a0"), bytes.fromhex("0303070080")]
    for _ in range(4000):
        value = bytearray(seeded.choice(good))
        for _ in range(seeded.randrange(1, 4)):
            value[seeded.randrange(len(value))] = seeded.randrange(256)
        for read in (purposes_in, key_usage_in):
            try:
                read(bytes(value))
            except Malformed:
                continue


@given(st.binary(max_size=40))
def test_any_bytes(value: bytes) -> None:
    for read in (purposes_in, key_usage_in):
        try:
            assert isinstance(read(value), tuple)
        except Malformed as error:
            assert 0 <= error.offset <= len(value)  # noqa: PT017
