"""Every rule-book of a verifier that a machine can have, held against the verifier itself, cell by cell.

A command that is missing is skipped, unless TLSEKU_REQUIRE_VERIFIERS is set: then its tests fail. Shared libraries
(Mbed TLS) are used where a machine has them. Where a book and
its verifier differ on purpose, ``EXCEPTIONS`` says why; an exception that no longer holds fails as well.
"""

from __future__ import annotations

import ctypes.util
import functools
import os
import re
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.verifiers import (
    gnutls,
    gnutls_purpose,
    go,
    java,
    mbedtls,
    nss,
    openssl_handshake,
    openssl_verify,
    pyca,
)
from tests.verifiers.answer import ROLES, Answers, Role
from tests.verifiers.cases import NAMES, case_named, cases
from tlseku.policy.rule_books import RuleBook, load_rule_books

pytestmark = pytest.mark.xdist_group("verifiers")

VERIFIERS: dict[str, tuple[str, ModuleType]] = {
    "openssl verify": ("openssl", openssl_verify),
    "openssl handshake": ("openssl", openssl_handshake),
    "go": ("go", go),
    "java": ("java", java),
    "gnutls": ("gnutls", gnutls),
    "gnutls with purpose": ("gnutls-purpose", gnutls_purpose),
    "nss": ("nss", nss),
    "pyca": ("pyca", pyca),
    "mbedtls": ("mbedtls", mbedtls),
}
"""Each verifier that tests run, and the rule-book that models it."""

_OWN_SERVER = "the OpenSSL that presents it declines to sign with it, so that its client sees nothing"
_TLS13 = "the refusal comes from the handshake of TLS 1.2, which chain verification does not see"

EXCEPTIONS: dict[tuple[str, str, Role], tuple[str, str]] = {
    ("openssl verify", "keyUsage keyEncipherment / absent", "server"): ("accept", _TLS13),
    ("openssl verify", "keyUsage keyAgreement / absent", "server"): ("accept", _TLS13),
    ("openssl handshake", "keyUsage keyEncipherment / absent", "server"): ("refuse", _OWN_SERVER),
    ("openssl handshake", "keyUsage keyAgreement / absent", "server"): ("refuse", _OWN_SERVER),
}
"""Cells in which the book says otherwise on purpose: what the verifier does, and why the book does not."""

_NO_KEY = "chain verification does not use the leaf's key, the handshake does"
for _verifier in ("go", "java", "gnutls", "gnutls with purpose"):
    for _role in ROLES:
        EXCEPTIONS[_verifier, "ML-DSA-65 / absent", _role] = ("accept", _NO_KEY)
for _role in ROLES:
    EXCEPTIONS["go", "Ed448 / absent", _role] = ("accept", _NO_KEY)

_IN_HANDSHAKE = "keyUsage is what the handshake looks at, and chain verification does not"
_TRUSTED = "certtool takes a leaf that signs itself only if it is a CA, the handshake where it is trusted as it stands"
for _role in ROLES:
    for _verifier in ("gnutls", "gnutls with purpose"):
        for _usage in (
            *("keyEncipherment", "keyEncipherment, RSA", "keyAgreement", "keyAgreement, RSA", "keyCertSign"),
        ):
            EXCEPTIONS[_verifier, f"keyUsage {_usage} / absent", _role] = ("accept", _IN_HANDSHAKE)
    for _eku in ("absent", "C", "S", "any"):
        EXCEPTIONS["gnutls", f"self-signed {_eku}", _role] = ("refuse", _TRUSTED)
        if _eku != {"client": "S", "server": "C"}[_role]:
            EXCEPTIONS["gnutls with purpose", f"self-signed {_eku}", _role] = ("refuse", _TRUSTED)

CANNOT_BE_PRESENTED = {
    *("C+S twice / absent", "email, then C+S / absent"),
    *("serial padded / absent", "serial padded, negative / absent", "serial empty / absent"),
    *("ML-DSA-65 / absent", "C+S / ML-DSA-65 CA"),
}
"""Cases that OpenSSL does not load, and so cannot present in a handshake."""


@functools.cache
def answers(verifier: str) -> Answers:
    """What the verifier says of every case. Skips or fails the test if it is not there."""
    module = VERIFIERS[verifier][1]
    missing = [command for command in module.COMMANDS if shutil.which(command) is None]
    if missing:
        if os.environ.get("TLSEKU_REQUIRE_VERIFIERS"):
            pytest.fail(f"{', '.join(missing)} is required and not installed")
        pytest.skip(f"{', '.join(missing)} is not installed")
    libraries = [name for name in getattr(module, "LIBRARIES", ()) if ctypes.util.find_library(name) is None]
    if libraries:
        pytest.skip(f"the libraries {', '.join(libraries)} are not installed")
    with tempfile.TemporaryDirectory() as work:
        found: Answers = module.judge(cases(), Path(work))
        return found


def book_of(verifier: str) -> RuleBook:
    """The book as it is for the release that is installed."""
    name, module = VERIFIERS[verifier]
    release = re.search(r"\d+\.\d+(\.\d+)*", module.version())
    assert release is not None
    (book,) = load_rule_books([f"{name}@{release[0]}"])
    return book


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("name", NAMES)
def test_cell(verifier: str, name: str) -> None:
    """One cell of the matrix, in both roles."""
    said = answers(verifier)
    book = book_of(verifier)
    if verifier == "openssl handshake" and name in CANNOT_BE_PRESENTED:
        assert (name, "client") not in said
        return
    for role in ROLES:
        answer = said[name, role]
        actual = "accept" if answer.accepts else "refuse"
        finding = book.judge(case_named(name).presented, role, more=case_named(name).held)
        expected, _ = EXCEPTIONS.get((verifier, name, role), (finding.outcome, ""))
        assert actual == expected, (
            f"{name} as {role}: {VERIFIERS[verifier][1].version()} says {actual} ({answer.said}), "
            f"rule-book {book.name} says {finding.outcome} by {finding.rule}: {finding.reason}"
        )
        if (verifier, name, role) in EXCEPTIONS:
            assert finding.outcome != actual, "the exception is no longer one"


def test_the_exceptions_are_cells() -> None:
    assert {(verifier, name) for verifier, name, _ in EXCEPTIONS} <= {
        (verifier, name) for verifier in VERIFIERS for name in NAMES
    }


@pytest.mark.parametrize("role", ROLES)
def test_openssl_refuses_a_purpose_with_alert_43(role: Role) -> None:
    said = answers("openssl handshake")
    name = "S / absent" if role == "client" else "C / absent"
    assert said[name, role].said == (
        "CERTIFICATE_VERIFY_FAILED: unsuitable certificate purpose; SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"
    )


def test_the_depth_is_that_of_openssl() -> None:
    """``error 26 at D depth lookup``: OpenSSL counts from the leaf too, and names every depth that breaks."""
    said = answers("openssl verify")
    (book,) = load_rule_books(["openssl"])
    compared = 0
    for name in NAMES:
        for role in ROLES:
            finding = book.judge(case_named(name).presented, role, more=case_named(name).held)
            if finding.outcome == "refuse" and "error 26" in said[name, role].said:
                assert f"error 26 at {finding.depth} depth" in said[name, role].said, (name, role)
                compared += 1
    assert compared > 90
