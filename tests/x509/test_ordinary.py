"""``tlseku.x509.ordinary`` against cryptography: the same facts where it reads, and what it must leave alone."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlseku
from tests.builder import CLIENT_AUTH, EKU_OID, SERVER_AUTH, build, ca, eku_value
from tests.verifiers import test_limbo as limbo
from tests.x509.samples import damage, good
from tlseku.x509.certificate import Certificate
from tlseku.x509.der import enter
from tlseku.x509.ordinary import read_ordinary
from tlseku.x509.pyca import read_with_cryptography
from tlseku.x509.reading import read_certificate
from tlseku.x509.refusal import Refused

NAMES = ("version", "serial", "signed_with", "issuer", "validity", "subject", "key", "extensions")


def tlv(tag: int, *content: bytes) -> bytes:
    """One value in DER."""
    whole = b"".join(content)
    size = len(whole)
    if size < 128:
        return bytes([tag, size]) + whole
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + whole


def values(content: bytes) -> list[bytes]:
    """The values that follow each other."""
    found, at = [], 0
    while at < len(content):
        _, end = enter(content, at, len(content), content[at])
        found.append(content[at:end])
        at = end
    return found


def inside(der: bytes) -> bytes:
    start, end = enter(der, 0, len(der), der[0])
    return der[start:end]


def made(**parts: bytes) -> bytes:
    """An ordinary certificate with other bytes in some places; nobody checks signatures."""
    tbs, outer, signature = values(inside(build(key="rsa", issuer=ca("Root")).der))
    fields = dict(zip(NAMES, values(inside(tbs)), strict=True))
    fields |= {"outer": outer, "signature": signature, "after": b"", **parts}
    if "signed_with" in parts and "outer" not in parts:
        fields["outer"] = parts["signed_with"]
    tbs = tlv(0x30, *(fields[name] for name in NAMES))
    return tlv(0x30, tbs, fields["outer"], fields["signature"]) + fields["after"]


def extension(oid: str, value: bytes, critical: bytes = b"") -> bytes:
    """``critical`` is the encoded BOOLEAN, if there is one."""
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)), critical, tlv(0x04, value))


def extended(*extensions: bytes) -> bytes:
    """An ordinary certificate with these extensions alone."""
    return made(extensions=tlv(0xA3, tlv(0x30, *extensions)))


def name(tag: int, text: bytes, oid: str = "550403") -> bytes:
    return tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex(oid)), tlv(tag, text))))


def validity(*times: tuple[int, bytes]) -> bytes:
    return tlv(0x30, *(tlv(tag, text) for tag, text in times))


def timestamp(
    version: int = 0, extensions: bytes = b"\0\0", algorithms: bytes = b"\4\3", signature: bytes = b"s" * 70
) -> bytes:
    body = bytes([version]) + b"L" * 32 + bytes(8) + extensions + algorithms
    body += len(signature).to_bytes(2, "big") + signature
    return len(body).to_bytes(2, "big") + body


def timestamps(*each: bytes, length: int | None = None) -> bytes:
    """The value of the extension: a list of timestamps in an OCTET STRING."""
    size = sum(map(len, each)) if length is None else length
    return tlv(0x04, size.to_bytes(2, "big"), *each)


def policy(oid: str = "67810c010201", *qualifiers: bytes) -> bytes:
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)), tlv(0x30, *qualifiers) if qualifiers else b"")


def principal(value: bytes = tlv(0x0C, b"a@b.example")) -> bytes:
    """A userPrincipalName, an otherName of Microsoft's."""
    return tlv(0xA0, tlv(0x06, bytes.fromhex("2b060104018237140203")), tlv(0xA0, value))


def location(tag: int = 0x86, uri: bytes = b"http://ca.example/x") -> bytes:
    return tlv(tag, uri)


def crl_point(*full_name: bytes) -> bytes:
    return tlv(0x30, tlv(0x30, tlv(0xA0, tlv(0xA0, *full_name))))


def access(uri: bytes) -> bytes:
    return tlv(0x30, tlv(0x30, tlv(0x06, bytes.fromhex("2b06010505073001")), uri))


USAGE, CONSTRAINTS, ALTERNATIVES, PURPOSES = "551d0f", "551d13", "551d11", "551d25"
OWN_KEY, ISSUER_KEY, POLICIES, CRL_POINTS = "551d0e", "551d23", "551d20", "551d1f"
ACCESS, TIMESTAMPS = "2b06010505070101", "2b06010401d679020402"
TRUE, FALSE = b"\x01\x01\xff", b"\x01\x01\x00"
CPS = tlv(0x30, bytes.fromhex("06082b06010505070201"), tlv(0x16, b"http://ca.example/cps"))
NOTICE = tlv(0x30, bytes.fromhex("06082b06010505070202"), tlv(0x30, tlv(0x0C, b"hello")))
SERVER = bytes.fromhex("300a06082b06010505070301")
RSA_SHA256 = "06092a864886f70d01010b"
EC_SHA256 = "06082a8648ce3d040302"


def rsa_key(bits: int, exponent: bytes = b"\1\0\1") -> bytes:
    """The SubjectPublicKeyInfo of a modulus of so many bits, all of them set."""
    modulus = ((1 << bits) - 1).to_bytes(bits // 8 + 1, "big")
    key = tlv(0x30, tlv(0x02, modulus), tlv(0x02, exponent))
    return tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\5\0"), tlv(0x03, b"\0", key))


def curve_key(named: str, size: int) -> bytes:
    """That of a point on a curve, whose algorithm is in DER."""
    return tlv(0x30, tlv(0x30, bytes.fromhex(named)), tlv(0x03, b"\0", b"\4" + b"p" * size))


KEYS = {
    "RSA 1024": rsa_key(1024),
    "RSA 2047": rsa_key(2047),
    "RSA 2048": rsa_key(2048),
    "RSA 3071": rsa_key(3071),
    "RSA 3072": rsa_key(3072),
    "RSA 4096": rsa_key(4096),
    "RSA 8192": rsa_key(8192),
    "EC P-256": curve_key("06072a8648ce3d020106082a8648ce3d030107", 64),
    "EC P-384": curve_key("06072a8648ce3d020106052b81040022", 96),
    "EC P-521": curve_key("06072a8648ce3d020106052b81040023", 132),
    "Ed25519": tlv(0x30, tlv(0x30, bytes.fromhex("06032b6570")), tlv(0x03, b"\0", b"k" * 32)),
}

ORDINARY = {
    "as made": made(),
    **{name: made(key=key) for name, key in KEYS.items()},
    "RSA with exponent 3": made(key=rsa_key(2048, b"\3")),
    "a longer exponent": made(key=rsa_key(2048, b"\1\0\0\1")),
    "a compressed point": made(key=curve_key("06072a8648ce3d020106082a8648ce3d030107", 32)),
    "a name of many parts": made(
        subject=tlv(
            0x30, *[inside(name(0x0C, text, oid)) for text, oid in ((b"DE", "550406"), (b"a, b", "550403"))]
        )
    ),
    "20-octet serial": made(serial=tlv(2, b"\x7f" + bytes(19))),
    "serial with its sign octet": made(serial=tlv(2, b"\x00\x80")),
    "serial one": made(serial=tlv(2, b"\x01")),
    "UTCTime up to 2049": made(validity=validity((0x17, b"491231235959Z"), (0x17, b"491231235959Z"))),
    "UTCTime of 1950": made(validity=validity((0x17, b"500101000000Z"), (0x17, b"491231235959Z"))),
    "GeneralizedTime from 2050": made(
        validity=validity((0x17, b"260101000000Z"), (0x18, b"20500101000000Z"))
    ),
    "no end": made(validity=validity((0x17, b"260101000000Z"), (0x18, b"99991231235959Z"))),
    "ECDSA": made(signed_with=tlv(0x30, bytes.fromhex(EC_SHA256))),
    "PrintableString": made(subject=name(0x13, b"A b'()+,-./:=?")),
    "IA5String": made(subject=name(0x16, b"a@b", "2a864886f70d010901")),
    "UTF8String": made(subject=name(0x0C, "ü\u2028\x00".encode())),
    "no subject": made(subject=tlv(0x30)),
    "one purpose": extended(extension(PURPOSES, SERVER)),
    "critical purposes": extended(extension(PURPOSES, SERVER, TRUE)),
    "one usage": extended(extension(USAGE, b"\x03\x02\x07\x80")),
    "seven usages": extended(extension(USAGE, b"\x03\x02\x01\xfe", TRUE)),
    "constraints of a leaf": extended(extension(CONSTRAINTS, b"\x30\x00")),
    "constraints of a CA": extended(extension(CONSTRAINTS, tlv(0x30, TRUE))),
    "path length": extended(extension(CONSTRAINTS, tlv(0x30, TRUE, b"\x02\x01\x7f"))),
    "names": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0x82, b"a.example"), tlv(0x87, bytes(16))))),
    "names of a person": extended(
        extension(ALTERNATIVES, tlv(0x30, tlv(0x81, b"a@b.example"), tlv(0x86, b"urn:a:b"), principal()))
    ),
    "own key": extended(extension(OWN_KEY, tlv(0x04, b"k" * 20))),
    "extension of an enterprise": extended(extension("2b0601040181fd5901", b"whatever")),
    "key of the issuer": extended(extension(ISSUER_KEY, tlv(0x30, tlv(0x80, b"k" * 20)))),
    "a policy": extended(extension(POLICIES, tlv(0x30, policy()))),
    "policies with statements": extended(
        extension(POLICIES, tlv(0x30, policy("67810c010202", CPS), policy("2a03")))
    ),
    "a timestamp": extended(extension(TIMESTAMPS, timestamps(timestamp()))),
    "timestamps": extended(
        extension(TIMESTAMPS, timestamps(timestamp(), timestamp(algorithms=b"\4\1", signature=b"s" * 256)))
    ),
    "CRL": extended(extension(CRL_POINTS, crl_point(location()))),
    "access": extended(extension(ACCESS, access(location()))),
}

LEFT_ALONE = {
    "nothing": b"",
    "an empty SEQUENCE": b"\x30\x00",
    "trailing bytes": made(after=b"\0"),
    "cut": made()[:-1],
    "version 1": build(version=1).der,
    "version 2": build(version=2).der,
    "version 4": build(version=4).der,
    "zero serial": build(serial=0).der,
    "negative serial": build(serial=-5).der,
    "21-octet serial": made(serial=tlv(2, b"\x01" + bytes(20))),
    "21 octets with the sign": made(serial=tlv(2, b"\x00\x80" + bytes(19))),
    "empty serial": made(serial=tlv(2)),
    "serial with a needless zero": made(serial=tlv(2, b"\x00\x7f")),
    "GeneralizedTime before 2050": made(
        validity=validity((0x17, b"260101000000Z"), (0x18, b"20491231235959Z"))
    ),
    "time without seconds": made(validity=validity((0x17, b"2601010000Z"), (0x17, b"270101000000Z"))),
    "time with an offset": made(validity=validity((0x17, b"260101000000+0100"), (0x17, b"270101000000Z"))),
    "no such day": made(validity=validity((0x17, b"260230000000Z"), (0x17, b"270101000000Z"))),
    "a third time": made(validity=validity(*[(0x17, b"260101000000Z")] * 3)),
    "a time alone": made(validity=validity((0x17, b"260101000000Z"))),
    "ECDSA with NULL": made(signed_with=tlv(0x30, bytes.fromhex(EC_SHA256), b"\x05\x00")),
    "RSA without NULL": made(signed_with=tlv(0x30, bytes.fromhex(RSA_SHA256))),
    "RSA-PSS": made(signed_with=tlv(0x30, bytes.fromhex("06092a864886f70d01010a"))),
    "two signature algorithms": made(outer=tlv(0x30, bytes.fromhex(RSA_SHA256), b"\x05\x00")),
    "signature with unused bits": made(signature=tlv(0x03, b"\x01", bytes(64))),
    "no signature": made(signature=tlv(0x03)),
    "signature of no bits": made(signature=tlv(0x03, b"\0")),
    "no signature field": made(signature=b""),
    "BMPString": made(subject=name(0x1E, b"\0a")),
    "TeletexString": made(subject=name(0x14, b"a")),
    "UniversalString": made(subject=name(0x1C, b"\0\0\0a")),
    "empty string in a name": made(subject=name(0x0C, b"")),
    "PrintableString with @": made(subject=name(0x13, b"a@b")),
    "PrintableString with *": made(subject=name(0x13, b"*.example")),
    "IA5String beyond ASCII": made(subject=name(0x16, b"\xe9")),
    "UTF8String that is none": made(subject=name(0x0C, b"\xff")),
    "a surrogate in UTF8String": made(subject=name(0x0C, b"\xed\xa0\x80")),
    "empty SET in a name": made(subject=tlv(0x30, tlv(0x31))),
    "BMPString of the issuer": made(issuer=name(0x1E, b"\0a")),
    "multi-valued RDN": made(subject=tlv(0x30, tlv(0x31, *[inside(inside(name(0x0C, b"a")))] * 2))),
    "P-256 named twice": made(
        key=tlv(0x30, tlv(0x30, b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"), b"\x03\x02\0\4")
    ),
    "RSA key without NULL": made(
        key=tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d010101")), b"\x03\x02\0\4")
    ),
    "key with unused bits": build(key="ed25519", issuer=None).der.replace(
        bytes.fromhex("300506032b6570032100"), bytes.fromhex("300506032b6570032101")
    ),
    "Ed448": build(key="ed448", issuer=None).der,
    "no extensions": made(extensions=b""),
    "empty extensions": made(extensions=tlv(0xA3, tlv(0x30))),
    "unique identifier": made(
        extensions=tlv(0x81, b"\0\1") + tlv(0xA3, tlv(0x30, extension(USAGE, b"\x03\x02\x07\x80")))
    ),
    "explicit FALSE": extended(extension(PURPOSES, SERVER, FALSE)),
    "TRUE as 1": extended(extension(PURPOSES, SERVER, b"\x01\x01\x01")),
    "explicit FALSE in constraints": extended(extension(CONSTRAINTS, tlv(0x30, FALSE), TRUE)),
    "path length of no CA": extended(extension(CONSTRAINTS, tlv(0x30, b"\x02\x01\x00"))),
    "negative path length": extended(extension(CONSTRAINTS, tlv(0x30, TRUE, b"\x02\x01\x80"))),
    "long path length": extended(extension(CONSTRAINTS, tlv(0x30, TRUE, b"\x02\x02\x01\x00"))),
    "something behind the path length": extended(
        extension(CONSTRAINTS, tlv(0x30, TRUE, b"\x02\x01\x00\x02\x01\x00"))
    ),
    "duplicate extension": build(extra=[(EKU_OID, False, eku_value(CLIENT_AUTH))]).der,
    "the same extension twice": extended(*[extension(OWN_KEY, b"\x04\x01k")] * 2),
    "empty EKU": build(eku=()).der,
    "something behind the EKU": extended(extension(PURPOSES, SERVER + b"\0")),
    "EKU of no OID": extended(extension(PURPOSES, bytes.fromhex("3003020101"))),
    "padded OID": extended(extension(PURPOSES, bytes.fromhex("300706052a80808001"))),
    "unfinished OID": extended(extension(PURPOSES, bytes.fromhex("300406022a80"))),
    "unknown extension": build(extra=[("1.2.3", False, b"\x05\x00")]).der,
    "name constraints": extended(extension("551d1e", tlv(0x30, tlv(0xA0, tlv(0x30, tlv(0x82, b"a")))))),
    "encipherOnly": build(key_usage=("keyAgreement", "encipherOnly")).der,
    "decipherOnly": build(key_usage=("keyAgreement", "decipherOnly")).der,
    "no usage": build(key_usage=()).der,
    "usage with a needless zero bit": extended(extension(USAGE, b"\x03\x02\x06\x80")),
    "usage with a set unused bit": extended(extension(USAGE, b"\x03\x02\x07\xc0")),
    "usage with eight unused bits": extended(extension(USAGE, b"\x03\x02\x08\x80")),
    "alternative names of nobody": extended(extension(ALTERNATIVES, b"\x30\x00")),
    "a directory name": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0xA4, name(0x0C, b"a"))))),
    "empty email": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0x81)))),
    "email beyond ASCII": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0x81, b"\xc3\xbc@b")))),
    "principal as IA5String": extended(extension(ALTERNATIVES, tlv(0x30, principal(tlv(0x16, b"a"))))),
    "principal that is no UTF-8": extended(extension(ALTERNATIVES, tlv(0x30, principal(tlv(0x0C, b"\xff"))))),
    "two principals in one": extended(extension(ALTERNATIVES, tlv(0x30, principal(tlv(0x0C, b"a") * 2)))),
    "principal without a value": extended(
        extension(ALTERNATIVES, tlv(0x30, tlv(0xA0, tlv(0x06, b"\x2a\x03"))))
    ),
    "template of Microsoft's": extended(extension("2b060104018237140702", b"\x30\x00")),
    "precertificate": extended(extension("2b06010401d679020403", b"\x05\x00")),
    "padded name of an extension": extended(extension("2b060104018001", b"")),
    "empty DNS name": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0x82)))),
    "DNS name beyond ASCII": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0x82, b"\xc3\xbc")))),
    "address of 5 octets": extended(extension(ALTERNATIVES, tlv(0x30, tlv(0x87, bytes(5))))),
    "issuer's key by its name": extended(
        extension(ISSUER_KEY, tlv(0x30, tlv(0x80, b"k"), tlv(0xA1, tlv(0x82, b"a")), b"\x82\x01\x01"))
    ),
    "no key of the issuer": extended(extension(ISSUER_KEY, b"\x30\x00")),
    "own key as BIT STRING": extended(extension(OWN_KEY, b"\x03\x02\0k")),
    "no policies": extended(extension(POLICIES, b"\x30\x00")),
    "a policy twice": extended(extension(POLICIES, tlv(0x30, policy(), policy()))),
    "a notice": extended(extension(POLICIES, tlv(0x30, policy("2a03", NOTICE)))),
    "statement and notice": extended(extension(POLICIES, tlv(0x30, policy("2a03", CPS, NOTICE)))),
    "empty qualifiers": extended(
        extension(POLICIES, tlv(0x30, tlv(0x30, tlv(0x06, b"\x2a\x03"), tlv(0x30))))
    ),
    "no timestamps": extended(extension(TIMESTAMPS, timestamps())),
    "timestamps that are longer": extended(extension(TIMESTAMPS, timestamps(timestamp(), length=500))),
    "timestamps that are shorter": extended(extension(TIMESTAMPS, timestamps(timestamp(), length=50))),
    "timestamp of version 2": extended(extension(TIMESTAMPS, timestamps(timestamp(version=1)))),
    "timestamp with extensions": extended(extension(TIMESTAMPS, timestamps(timestamp(extensions=b"\0\1x")))),
    "timestamp with SHA-1": extended(extension(TIMESTAMPS, timestamps(timestamp(algorithms=b"\2\3")))),
    "timestamp with DSA": extended(extension(TIMESTAMPS, timestamps(timestamp(algorithms=b"\4\2")))),
    "timestamp that is cut": extended(extension(TIMESTAMPS, timestamps(timestamp()[:-1]))),
    "a piece behind the timestamp": extended(extension(TIMESTAMPS, timestamps(timestamp(), b"\0" * 10))),
    "CRL in a directory": extended(extension(CRL_POINTS, crl_point(tlv(0xA4, name(0x0C, b"a"))))),
    "CRL at two places": extended(extension(CRL_POINTS, crl_point(location(), location()))),
    "CRL beyond ASCII": extended(extension(CRL_POINTS, crl_point(location(uri=b"http://\xff")))),
    "access to a directory": extended(extension(ACCESS, access(tlv(0xA4, name(0x0C, b"a"))))),
    "long form of a length": made().replace(b"\x30\x0d\x06\x09", b"\x30\x81\x0d\x06\x09", 1),
}


def reference(der: bytes) -> Certificate:
    """What cryptography reads, which must find nothing odd."""
    read = read_with_cryptography(der)
    assert read.defects == ()
    return read


@pytest.mark.parametrize("which", ORDINARY)
def test_ordinary(which: str) -> None:
    der = ORDINARY[which]
    read = read_ordinary(der)
    assert read is not None
    assert read == reference(der) == read_certificate(der)


@pytest.mark.parametrize("which", LEFT_ALONE)
def test_left_alone(which: str) -> None:
    assert read_ordinary(LEFT_ALONE[which]) is None


@pytest.mark.parametrize("which", KEYS)
def test_kind_of_key(which: str) -> None:
    read = read_ordinary(made(key=KEYS[which]))
    assert read is not None
    family = which.lower().split()[0]
    assert (read.key_algorithm, read.key_type) == (which, family)
    assert read.spki_sha256 == hashlib.sha256(KEYS[which]).hexdigest()


@pytest.mark.parametrize("which", KEYS)
def test_damaged_key(which: str) -> None:
    """Of each octet one bit, in front and at the end: what is still read is what cryptography reads."""
    key = KEYS[which]
    for at in (*range(40), len(key) - 1):
        for bit in (1, 0x80):
            held(made(key=key[:at] + bytes([key[at] ^ bit]) + key[at + 1 :]))
    assert not held(made(key=key[:-1]))
    assert not held(made(key=key + b"k"))


def test_facts() -> None:
    read = read_ordinary(build(san=("leaf.example", "192.0.2.1"), eku_critical=True).der)
    assert read is not None
    assert (read.serial, read.subject, read.issuer) == (0x1234, "CN=leaf.example", "CN=Test CA")
    assert (read.eku, read.eku_critical) == ((SERVER_AUTH, CLIENT_AUTH), True)
    assert (read.basic_ca, read.path_len, read.self_issued) == (False, None, False)
    assert read.key_usage == ("digitalSignature", "keyEncipherment")
    assert read.san == (("dns", "leaf.example"), ("ip", "192.0.2.1"))
    assert (read.key_algorithm, read.key_type) == ("EC P-256", "ec")
    assert read.signature_algorithm == "ecdsa-with-SHA256"
    begin, end = (int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp()) for year in (2026, 2027))
    assert (read.not_before, read.not_after) == (begin * 10**9, end * 10**9)
    assert (read.eku_readable, read.eku_duplicate, read.readable, read.defects) == (True, False, True, ())


def held(der: bytes) -> bool:
    """Whether it is read; then cryptography must read the same, without any oddity."""
    read = read_ordinary(der)
    if read is None:
        return False
    try:
        assert read == reference(der), der.hex()
    except Refused as refused:
        pytest.fail(f"cryptography refuses {der.hex()}: {refused}")
    assert read_certificate(der) == read
    return True


@pytest.mark.parametrize("number", range(len(good())))
def test_samples(number: int) -> None:
    held(good()[number])


def chains(paths: list[Path]) -> Iterator[bytes]:
    """The certificates in captures, each once."""
    seen = set()
    for path in paths:
        for flow in tlseku.read(path):
            for presented in flow.presented:
                seen |= {each.der for each in presented.chain}
    yield from sorted(seen)


def test_captures_of_this_project(own_captures: Path) -> None:
    ders = list(chains(sorted(own_captures.glob("*.pcap*"))))
    read = sum(map(held, ders))
    # All others are made to be odd.
    assert len(ders) > 10
    assert read > len(ders) // 2


def test_shared_captures(shared_captures: Path) -> None:
    ders = list(chains(sorted(shared_captures.glob("*.pcap*"))))
    assert any(list(map(held, ders)))


@pytest.mark.parametrize("case", {**limbo.RFC5280, **limbo.WEBPKI})  # type: ignore[dict-item]
def test_limbo(case: str) -> None:
    issued = datetime(2026, 1, 1, tzinfo=timezone.utc)
    for certificate in limbo.chain({**limbo.RFC5280, **limbo.WEBPKI}[case], issued):
        assert held(certificate.der) is (certificate.eku != ())


def seeds() -> tuple[bytes, ...]:
    return (*good(), *ORDINARY.values())


def mutated(der: bytes, draw: random.Random) -> bytes:
    """Damage, or one value that is exchanged for one of another certificate."""
    if draw.random() < 0.7:
        return damage(der, draw)
    tbs, outer, signature = values(inside(der))
    other = values(inside(draw.choice(seeds())))
    fields, others = values(inside(tbs)), values(inside(other[0]))
    place = draw.randrange(min(len(fields), len(others)))
    fields[place] = others[place]
    return tlv(0x30, tlv(0x30, *fields), draw.choice((outer, other[1])), draw.choice((signature, other[2])))


def fuzz(draw: random.Random, count: int) -> int:
    ders = seeds()
    return sum(held(mutated(draw.choice(ders), draw)) for _ in range(count))


def test_what_is_read_of_damaged_certificates_is_what_cryptography_reads(seeded: random.Random) -> None:
    # Most damage hits a signature or a key, or is seen.
    assert 300 < fuzz(seeded, 6_000) < 5_000


@pytest.mark.long
def test_what_is_read_of_damaged_certificates_at_length(seeded: random.Random) -> None:
    fuzz(seeded, 200_000)


@given(st.binary(max_size=300))
def test_never_raises(der: bytes) -> None:
    assert read_ordinary(der) is None


@given(st.integers(1, 2**159 - 1), st.integers(0, 127))
def test_any_serial_and_path_length(serial: int, path_length: int) -> None:
    extensions = extension(CONSTRAINTS, tlv(0x30, TRUE, bytes([2, 1, path_length])))
    der = made(
        serial=tlv(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big")),
        extensions=tlv(0xA3, tlv(0x30, extensions)),
    )
    read = read_ordinary(der)
    assert read is not None
    assert (read.serial, read.path_len) == (serial, path_length)
    assert read == reference(der)
