"""The certificates of the diverse capture, issued once: one for each shape of leaf and of authority.

Knows keys, names, purposes and dates; must not know TLS. Everything is synthetic, and the private keys live only while
issuing. Names hold a letter and eight zeros, and every serial ends in eight octets of zeros: the generator writes
numbers there, so that one shape gives any number of certificates. ``shapes.json`` is committed: generating needs no
key.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

FILE = Path(__file__).resolve().parent / "handshakes" / "shapes.json"

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
ANY, MAIL = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, ExtendedKeyUsageOID.EMAIL_PROTECTION
SIGNING, LOGON = ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.SMARTCARD_LOGON
USER_PRINCIPAL_NAME = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Shape:
    """What tells one kind of certificate from another. ``purposes`` None: no EKU extension."""

    purposes: Sequence[ObjectIdentifier] | None = None
    key: str = "rsa"
    critical: bool = False
    names: int = 1
    more: str = ""
    years: tuple[int, int] = (2025, 2040)
    self_signed: bool = False


LEAVES = {
    "server": Shape((SERVER,)),
    "server-both": Shape((SERVER, CLIENT)),
    "server-p256": Shape((SERVER,), key="p256"),
    "server-p384": Shape((SERVER, CLIENT), key="p384"),
    "server-ed25519": Shape((SERVER,), key="ed25519"),
    "server-any": Shape((ANY,)),
    "server-no-eku": Shape(),
    "server-many-names": Shape((SERVER,), names=40),
    "server-no-names": Shape((SERVER, CLIENT), names=0),
    "server-address": Shape((SERVER,), more="address"),
    "server-extras": Shape((SERVER, CLIENT), more="extras"),
    "server-expired": Shape((SERVER,), years=(2023, 2024)),
    "server-self-signed": Shape((SERVER, CLIENT), self_signed=True),
    "server-client-only": Shape((CLIENT,)),
    "client": Shape((CLIENT,)),
    "client-both": Shape((SERVER, CLIENT)),
    "client-server-only": Shape((SERVER,)),
    "client-p256": Shape((CLIENT,), key="p256"),
    "client-ed25519": Shape((CLIENT,), key="ed25519"),
    "client-any": Shape((ANY, CLIENT)),
    "client-no-eku": Shape(),
    "client-mail": Shape((CLIENT, MAIL), more="person"),
    "client-logon": Shape((CLIENT, LOGON), more="person"),
    "client-critical": Shape((CLIENT,), critical=True),
    "client-signing": Shape((SIGNING,)),
    "client-expired": Shape((CLIENT,), years=(2023, 2024)),
    "client-not-yet": Shape((CLIENT,), years=(2035, 2040)),
    "client-self-signed": Shape((CLIENT,), self_signed=True, key="p256"),
}

AUTHORITIES = {
    "issuing": Shape(),
    "issuing-server": Shape((SERVER,)),
    "issuing-both": Shape((SERVER, CLIENT)),
    "upper": Shape(),
    "root": Shape(),
}
"""Who signs whom: root, upper, the three that issue. Each name begins with its letter."""


def name_of(letter: str, organization: str) -> x509.Name:
    """A distinguished name that holds a number."""
    parts = [(NameOID.COUNTRY_NAME, "NO"), (NameOID.ORGANIZATION_NAME, organization)]
    return x509.Name(
        [
            *(x509.NameAttribute(oid, text) for oid, text in parts),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{letter}00000000.diverse.example"),
        ]
    )


def new_key(kind: str) -> Key:
    """A key of this kind."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind])


def issue(name: str, shape: Shape, issuer: tuple[x509.Name, Key] | None, is_ca: bool) -> tuple[bytes, Key]:
    """The DER of one certificate, and its key."""
    key = new_key(shape.key)
    subject = name_of(name[0], f"Diverse {name} Ltd.")
    issued_by, signing_key = issuer or (subject, key)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(name.encode())
    begins, ends = (datetime(year, 1, 1, tzinfo=timezone.utc) for year in shape.years)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(b"\x5e" + digest.finalize()[:7] + bytes(8), "big"))
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False)
    )
    if is_ca:
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    if shape.purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(shape.purposes), shape.critical)
    for extension in ([] if is_ca else list(_names(name[0], shape))) + list(_extras(shape)):
        builder = builder.add_extension(extension, False)
    signed = builder.sign(
        signing_key, None if isinstance(signing_key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    )
    return signed.public_bytes(Encoding.DER), key


def _names(letter: str, shape: Shape) -> Sequence[x509.ExtensionType]:
    host = f"{letter}00000000.diverse.example"
    names: list[x509.GeneralName] = [x509.DNSName(host) for _ in range(min(shape.names, 1))]
    names += [x509.DNSName(f"n{index}.{host}") for index in range(1, shape.names)]
    if shape.more == "address":
        names.append(x509.IPAddress(ipaddress.ip_address("192.0.2.7")))
        names.append(x509.IPAddress(ipaddress.ip_address("2001:db8::7")))
    if shape.more == "person":
        names.append(x509.RFC822Name(f"someone@{host}"))
        principal = f"someone@{host}".encode()
        names.append(x509.OtherName(USER_PRINCIPAL_NAME, b"\x0c" + bytes((len(principal),)) + principal))
    return [x509.SubjectAlternativeName(names)] if names else []


def _extras(shape: Shape) -> Sequence[x509.ExtensionType]:
    if shape.more != "extras":
        return []
    url = x509.UniformResourceIdentifier("http://crl.diverse.example/issuing.crl")
    ocsp = x509.UniformResourceIdentifier("http://ocsp.diverse.example")
    return [
        x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)]),
        x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, ocsp)]),
        x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("2.23.140.1.2.2"), None)]),
        x509.UnrecognizedExtension(
            ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\x04\x82\x00\xf0" + bytes(240)
        ),
    ]


def main() -> None:
    """Issue everything anew."""
    made: dict[str, bytes] = {}
    issued_by: dict[str, str | None] = {"root": None, "upper": "root"}
    root, root_key = issue("root", AUTHORITIES["root"], None, True)
    upper, upper_key = issue(
        "upper", AUTHORITIES["upper"], (name_of("r", "Diverse root Ltd."), root_key), True
    )
    made |= {"root": root, "upper": upper}
    above = (name_of("u", "Diverse upper Ltd."), upper_key)
    issuers: dict[str, tuple[x509.Name, Key]] = {}
    for name in ("issuing", "issuing-server", "issuing-both"):
        made[name], key = issue(name, AUTHORITIES[name], above, True)
        issued_by[name] = "upper"
        issuers[name] = (name_of("i", f"Diverse {name} Ltd."), key)
    for index, (name, shape) in enumerate(LEAVES.items()):
        under = None if shape.self_signed else list(issuers)[index % 3]
        made[name], _ = issue(name, shape, None if under is None else issuers[under], False)
        issued_by[name] = under
    kept = {
        name: {"issuer": issued_by[name], "der": base64.b64encode(der).decode()} for name, der in made.items()
    }
    FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
