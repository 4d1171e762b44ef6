"""Mbed TLS, asked through its shared libraries: chain verification, and the check of usage of every handshake.

Knows the C interface of Mbed TLS 2.28; must not know what is expected. ``mbedtls_ssl_check_cert_usage`` is what a
handshake calls on the leaf of its peer beside ``mbedtls_x509_crt_verify``; the cipher suite is one in which the leaf's
key signs. Structures are handed over as zeroed memory that is larger than any of them.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Sequence
from pathlib import Path

from tests.verifiers.answer import ROLES, Answer, Answers, Role
from tests.verifiers.cases import Case

COMMANDS = ()
LIBRARIES = ("mbedtls", "mbedx509")

_ROOM = 16_384
_SUITES = {"ec": 0xC02B, "rsa": 0xC02F}
_ENDPOINTS = {"client": 0, "server": 1}


def version() -> str:
    """Such as ``mbed TLS 2.28.3``."""
    text = ctypes.create_string_buffer(18)
    _library("mbedcrypto").mbedtls_version_get_string_full(text)
    return text.value.decode()


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles."""
    return {(case.name, role): _ask(case, role) for case in cases for role in ROLES}


def _ask(case: Case, role: Role) -> Answer:
    tls, x509 = (_library(name) for name in LIBRARIES)
    tls.mbedtls_ssl_ciphersuite_from_id.restype = ctypes.c_void_p
    chain, roots = ctypes.create_string_buffer(_ROOM), ctypes.create_string_buffer(_ROOM)
    flags = ctypes.c_uint32(0)
    for certificates, place in (((case.leaf, *case.issuers), chain), ((case.root,), roots)):
        x509.mbedtls_x509_crt_init(place)
        for built in certificates:
            problem = x509.mbedtls_x509_crt_parse_der(place, built.der, ctypes.c_size_t(len(built.der)))
            if problem != 0:
                return Answer(False, f"cannot be parsed: -0x{-problem:04x}")
    verified = x509.mbedtls_x509_crt_verify(chain, roots, None, None, ctypes.byref(flags), None, None)
    kind = case.leaf.certificate().key_type
    suite = ctypes.c_void_p(tls.mbedtls_ssl_ciphersuite_from_id(_SUITES.get(kind, _SUITES["ec"])))
    usage = tls.mbedtls_ssl_check_cert_usage(chain, suite, _ENDPOINTS[role], ctypes.byref(flags))
    x509.mbedtls_x509_crt_free(chain)
    x509.mbedtls_x509_crt_free(roots)
    return Answer(verified == 0 and usage == 0, f"flags 0x{flags.value:06x}")


def _library(name: str) -> ctypes.CDLL:
    found = ctypes.util.find_library(name)
    assert found is not None
    return ctypes.CDLL(found)
