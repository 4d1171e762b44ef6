"""Certificates that several tests of this directory read: good ones of every kind, and ways to damage them."""

from __future__ import annotations

import functools
import random
from datetime import datetime, timezone

from cryptography import x509

from tests.builder import ANY, CLIENT_AUTH, EMAIL, SERVER_AUTH, build, ca


@functools.cache
def good() -> tuple[bytes, ...]:
    """DER of certificates that every reader accepts as a whole."""
    oid = x509.ObjectIdentifier
    names = (
        "*.example",
        "192.0.2.1",
        "2001:db8::1",
        x509.RFC822Name("a@xn--bcher-kva.example"),
        x509.UniformResourceIdentifier("sip:x@example"),
        x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "in, a name")])),
        x509.RegisteredID(oid("1.2.3.4")),
        x509.OtherName(oid("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x03a@b"),
        x509.OtherName(oid("1.2.3"), b"\x02\x01\x05"),
    )
    whole_name = x509.Name(
        [
            x509.NameAttribute(oid("0.9.2342.19200300.100.1.25"), "com"),
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, ' #A+B, "C" <D>; \\E '),
            x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, "a@b"),
            x509.NameAttribute(oid("1.2.3.4"), "unknown"),
        ]
    )
    root = ca("Root")
    return (
        build().der,
        build(eku=None).der,
        build(eku=(ANY, EMAIL), eku_critical=True).der,
        build(eku=("1.2.3.4.5", "2.999.1", CLIENT_AUTH)).der,
        build(san=names).der,
        build(san=None, key_usage=None, key_ids=False, eku=None, ca=None).der,
        build(key_usage=("keyAgreement", "encipherOnly")).der,
        build(key_usage=("keyAgreement", "decipherOnly", "nonRepudiation", "dataEncipherment")).der,
        build(key_usage=("digitalSignature",), key="rsa", issuer=None).der,
        build(key="ed25519", issuer=None).der,
        build(key="ed448", issuer=None).der,
        build(key="p384", hash_name="sha384", issuer=None).der,
        build(key="p521", hash_name="sha512", issuer=None).der,
        build(subject=whole_name, issuer=None).der,
        build(subject=x509.Name([]), san=("only.example",)).der,
        build(
            not_before=datetime(1951, 1, 1, tzinfo=timezone.utc),
            not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
        ).der,
        build(serial=2**158 + 5).der,
        build(version=1).der,
        root.der,
        ca("Issuing", issuer=root, path_len=0, eku=(SERVER_AUTH,)).der,
    )


def damage(der: bytes, random_numbers: random.Random) -> bytes:
    """Change, drop or insert a few octets; sometimes cut the end."""
    damaged = bytearray(der)
    for _ in range(random_numbers.choice((1, 1, 1, 2, 3, 8))):
        place = random_numbers.randrange(len(damaged))
        way = random_numbers.randrange(20)
        if way < 8:
            damaged[place] = random_numbers.randrange(256)
        elif way < 11:
            damaged[place] ^= 1 << random_numbers.randrange(8)
        elif way < 16:
            tags = b"\x00\x01\x02\x03\x04\x05\x06\x0c\x13\x14\x16\x17\x18\x1e\x30\x31\x80\x81\xa0\xa3\x1f\xff"
            damaged[place] = random_numbers.choice(tags)
        elif way < 17 and len(damaged) > 8:
            del damaged[place : place + random_numbers.randrange(1, 4)]
        elif way < 19 or len(damaged) <= 8:
            damaged[place:place] = random_numbers.randbytes(random_numbers.randrange(1, 4))
        else:
            del damaged[max(place, 4) :]
    return bytes(damaged)
