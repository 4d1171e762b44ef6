"""The verifier of the Python package cryptography.

Knows ``cryptography.x509.verification``; must not know what is expected. The server's name is compared, since the
verifier insists on one; every leaf of the cases has it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import cryptography
from cryptography import x509
from cryptography.x509 import verification

from tests.verifiers.answer import ROLES, Answer, Answers, Role
from tests.verifiers.cases import Case

COMMANDS = ()

_NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)


def version() -> str:
    """Such as ``cryptography 50.0.2``."""
    return f"cryptography {cryptography.__version__}"


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles."""
    with warnings.catch_warnings():
        # It warns of serial numbers that it will not read one day.
        warnings.simplefilter("ignore")
        return {(case.name, role): _ask(case, role) for case in cases for role in ROLES}


def _ask(case: Case, role: Role) -> Answer:
    try:
        leaf, *issuers = (x509.load_der_x509_certificate(built.der) for built in (case.leaf, *case.issuers))
        root = x509.load_der_x509_certificate(case.root.der)
        policy = verification.PolicyBuilder().store(verification.Store([root])).time(_NOW)
        if role == "client":
            policy.build_client_verifier().verify(leaf, issuers)
        else:
            policy.build_server_verifier(x509.DNSName("leaf.example")).verify(leaf, issuers)
    except (
        verification.VerificationError,
        ValueError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
    ) as error:
        return Answer(False, f"{type(error).__name__}: {error}")
    return Answer(True, "")
