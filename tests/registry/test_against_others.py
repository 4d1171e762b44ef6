"""Every name that Wireshark, OpenSSL or cryptography has for a number of ours is the name that we print.

Names are compared without case and punctuation, which every tool has its own way with. What differs on purpose stands
in the tables of exceptions with the reason.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier, SignatureAlgorithmOID

from tlseku.registry import names
from tlseku.x509.algorithms import CURVES, KEYS_OF_ONE_SIZE, SIGNATURE_ALGORITHMS

WIRESHARK: Mapping[str, Mapping[int, str]] = {
    "tls.handshake.type": names.HANDSHAKE_TYPES,
    "tls.alert_message.desc": names.ALERTS,
    "tls.handshake.cert_type": names.CERTIFICATE_TYPES,
    "tls.handshake.sig_hash_alg": names.SIGNATURE_SCHEMES,
    "tls.handshake.extensions_supported_group": names.GROUPS,
    "tls.handshake.extension.type": names.EXTENSIONS,
}
"""The fields of Wireshark whose values are named, and our tables."""

OTHERWISE: Mapping[tuple[str, int], str] = {
    ("tls.handshake.type", 21): "Wireshark: Client Certificate URL; RFC 6066: certificate_url",
    (
        "tls.handshake.type",
        67,
    ): "Wireshark: Encrypted Extensions, of the draft of NPN; what it carries is next_protocol",
    ("tls.handshake.extensions_supported_group", 0x0200): "Wireshark 4.0 has the group of a fork of OpenSSL",
    ("tls.handshake.extensions_supported_group", 0x0201): "Wireshark 4.0 has the group of a fork of OpenSSL",
    ("tls.handshake.extensions_supported_group", 0x0202): "Wireshark 4.0 has the group of a fork of OpenSSL",
    ("tls.handshake.extension.type", 34): "IANA: delegated_credential",
    (
        "tls.handshake.extension.type",
        0x4469,
    ): "Wireshark 4.0 knows the older code point of application_settings only",
}
"""Where Wireshark names a number otherwise, and why."""


def plain(name: str) -> str:
    """A name without case and punctuation, and without what tools say of it in brackets."""
    bare = re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", name).lower())
    return bare.replace("microsoft", "ms").replace("netscape", "ns")


def _tool(command: str, *arguments: str) -> str:
    if shutil.which(command) is None:
        if os.environ.get("TLSEKU_REQUIRE_VERIFIERS"):
            pytest.fail(f"{command} is required and not installed")
        pytest.skip(f"{command} is not installed")
    run = subprocess.run([command, *arguments], capture_output=True, text=True, check=True, timeout=120)
    return run.stdout


@functools.cache
def _wireshark() -> Mapping[str, Mapping[int, str]]:
    found: dict[str, dict[int, str]] = {field: {} for field in WIRESHARK}
    for line in _tool("tshark", "-G", "values").splitlines():
        kind, _, rest = line.partition("\t")
        if kind == "V":
            field, value, name = rest.split("\t", 2)
            if field in found:
                found[field][int(value, 0)] = name
    return found


@pytest.mark.parametrize("field", WIRESHARK)
def test_wireshark(field: str) -> None:
    theirs = _wireshark()[field]
    assert len(theirs) > 8
    different = {
        code: (name, theirs[code])
        for code, name in WIRESHARK[field].items()
        if code in theirs
        and (field, code) not in OTHERWISE
        and plain(name) not in (plain(theirs[code]), plain(theirs[code]).removeprefix("reserved"))
    }
    assert different == {}


def test_wireshark_still_differs() -> None:
    theirs = _wireshark()
    for (field, code), reason in OTHERWISE.items():
        assert reason
        assert plain(WIRESHARK[field][code]) != plain(theirs[field].get(code, "")), (field, code)


OPENSSL_NAMES: Mapping[str, str] = {
    "1.3.14.3.2.29": "OpenSSL: sha1WithRSA; the name of RFC 8017's older OID",
    "1.3.6.1.4.1.311.20.2.2": "OpenSSL: msSmartcardLogin, which Microsoft calls logon",
    "1.3.6.1.4.1.311.10.3.4": "OpenSSL: Encrypted File System, which Microsoft calls Encrypting",
    "1.2.840.10045.3.1.1": "OpenSSL: prime192v1, X9.62's name of P-192",
    "1.2.840.10045.3.1.7": "OpenSSL: prime256v1, X9.62's name of P-256",
    "1.3.132.0.33": "OpenSSL: secp224r1, SEC's name of P-224",
    "1.3.132.0.34": "OpenSSL: secp384r1, SEC's name of P-384",
    "1.3.132.0.35": "OpenSSL: secp521r1, SEC's name of P-521",
}
"""Where OpenSSL has another name, and which."""


@functools.cache
def _openssl() -> Mapping[str, tuple[str, ...]]:
    objects: dict[str, tuple[str, ...]] = {}
    for line in _tool("openssl", "list", "-objects").splitlines():
        short, _, rest = line.strip().partition(" = ")
        words = [word.strip() for word in rest.split(", ")]
        objects[words[-1]] = (short, *words[:-1])
    return objects


OIDS = {
    **SIGNATURE_ALGORITHMS,
    **{oid: name for oid, (name, _) in KEYS_OF_ONE_SIZE.items()},
    **CURVES,
    **names.EXTENDED_KEY_USAGES,
}


def test_openssl() -> None:
    theirs = _openssl()
    different = {
        oid: (name, theirs[oid])
        for oid, name in OIDS.items()
        if oid in theirs
        and oid not in OPENSSL_NAMES
        and plain(name) not in [plain(each).removeprefix("id") for each in theirs[oid]]
        and plain(name) not in [plain(each) for each in theirs[oid]]
    }
    assert different == {}
    assert sum(oid in theirs for oid in OIDS) > 40


def test_openssl_still_differs() -> None:
    for oid, reason in OPENSSL_NAMES.items():
        assert reason
        assert plain(OIDS[oid]) not in [plain(each) for each in _openssl().get(oid, ())], oid


CRYPTOGRAPHY_NAMES: Mapping[str, str] = {
    "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogin, which everybody else calls logon",
}
"""Where cryptography has another name, and which."""


@pytest.mark.parametrize("kind", [SignatureAlgorithmOID, ExtendedKeyUsageOID])
def test_cryptography(kind: type) -> None:
    compared = 0
    for value in vars(kind).values():
        if not isinstance(value, ObjectIdentifier) or value.dotted_string not in OIDS:
            continue
        theirs = str(getattr(value, "_name", ""))
        if theirs == "Unknown OID":
            continue
        compared += 1
        same = plain(theirs) == plain(OIDS[value.dotted_string])
        assert same == (value.dotted_string not in CRYPTOGRAPHY_NAMES), theirs
    assert compared > 7
