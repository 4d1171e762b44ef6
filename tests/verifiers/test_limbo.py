"""The EKU cases of x509-limbo, rebuilt here under their names, against the rule-books and the verifier of pyca.

Each docstring or row says what the case is about; the chains are made by our own builder. All are server chains
below a trusted root. Cases of the ``webpki`` family state what a public CA may issue, which most verifiers do not
enforce: they are held against ``cabf-2027``, the others against ``rfc5280``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import NamedTuple

import pytest

from tests.builder import ANY, CLIENT_AUTH, EMAIL, SERVER_AUTH, build, ca
from tlseku.policy.rule_books import load_rule_books
from tlseku.x509.certificate import Certificate

CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
PRECERTIFICATE = "1.3.6.1.4.1.11129.2.4.4"

SERVER_ONLY = (SERVER_AUTH,)


class Limbo(NamedTuple):
    """One case: how leaf and root differ from good ones, and whether x509-limbo calls the chain valid."""

    leaf: Mapping[str, object]
    valid: bool
    root: Mapping[str, object] = {}


RFC5280 = {
    "rfc5280::eku::ee-wrong-eku": Limbo({"eku": (CLIENT_AUTH,)}, valid=False),
    "rfc5280::eku::ee-without-eku": Limbo({"eku": None}, valid=True),
    "rfc5280::eku::ee-eku-empty": Limbo({"eku": ()}, valid=False),
    "rfc5280::ca-as-leaf": Limbo({"ca": True, "key_usage": ("digitalSignature", "keyCertSign")}, valid=True),
}

WEBPKI = {
    "webpki::eku::ee-anyeku": Limbo({"eku": (SERVER_AUTH, ANY)}, valid=False),
    "webpki::eku::ee-without-eku": Limbo({"eku": None}, valid=False),
    "webpki::eku::ee-clientauth-only": Limbo({"eku": (CLIENT_AUTH,)}, valid=False),
    "webpki::eku::ee-precertificate-only": Limbo({"eku": (PRECERTIFICATE,)}, valid=False),
    "webpki::eku::ee-precertificate-with-serverauth": Limbo(
        {"eku": (SERVER_AUTH, PRECERTIFICATE)}, valid=False
    ),
    "webpki::eku::ee-codesigning-with-serverauth": Limbo({"eku": (SERVER_AUTH, CODE_SIGNING)}, valid=False),
    "webpki::eku::ee-emailprotection-with-serverauth": Limbo({"eku": (SERVER_AUTH, EMAIL)}, valid=False),
    "webpki::eku::ee-timestamping-with-serverauth": Limbo({"eku": (SERVER_AUTH, TIME_STAMPING)}, valid=False),
    "webpki::eku::ee-ocspsigning-with-serverauth": Limbo({"eku": (SERVER_AUTH, OCSP_SIGNING)}, valid=False),
    "webpki::eku::ee-critical-eku": Limbo({"eku": SERVER_ONLY, "eku_critical": True}, valid=False),
    "webpki::eku::root-has-eku": Limbo({"eku": SERVER_ONLY}, valid=False, root={"eku": SERVER_ONLY}),
    "webpki::eku::ee-serverauth-with-additional": Limbo({"eku": (SERVER_AUTH, CLIENT_AUTH)}, valid=True),
}

OTHERWISE = {
    "webpki::eku::ee-critical-eku": "which extensions may be critical is no rule about purposes; see pyca/eku-critical",
    "webpki::eku::root-has-eku": "what a root may have is asked when it enters a root store, not of a chain",
    "webpki::eku::ee-serverauth-with-additional": "the Baseline Requirements allow clientAuth beside serverAuth; from "
    "2027-03-15 the Chrome Root Program does not",
}
"""Cases that ``cabf-2027`` judges otherwise than x509-limbo, with the reason."""


def chain(case: Limbo, issued: datetime) -> list[Certificate]:
    settings: dict[str, object] = {"eku": SERVER_ONLY, "not_before": issued, **case.leaf}
    root = ca("Limbo root", **case.root)  # type: ignore[arg-type]
    leaf = build(issuer=root, not_after=datetime(2028, 1, 1, tzinfo=timezone.utc), **settings)  # type: ignore[arg-type]
    return [leaf.certificate(), root.certificate()]


@pytest.mark.parametrize("name", RFC5280)
def test_rfc5280(name: str) -> None:
    (book,) = load_rule_books(["rfc5280"])
    finding = book.judge(chain(RFC5280[name], datetime(2026, 1, 1, tzinfo=timezone.utc)), "server")
    assert (finding.outcome == "accept") == RFC5280[name].valid, finding


@pytest.mark.parametrize("name", WEBPKI)
def test_webpki(name: str) -> None:
    (book,) = load_rule_books(["cabf-2027"])
    leaf, root = chain(WEBPKI[name], datetime(2027, 3, 15, tzinfo=timezone.utc))
    finding = book.judge([replace(leaf, public_issuer=True), root], "server")
    assert ((finding.outcome == "accept") == WEBPKI[name].valid) == (name not in OTHERWISE), finding


@pytest.mark.parametrize(
    ("name", "book", "outcome", "rule"),
    [
        ("rfc5280::eku::ee-wrong-eku", "rfc5280", "refuse", "rfc5280/eku-other"),
        ("rfc5280::eku::ee-without-eku", "rfc5280", "accept", "rfc5280/no-eku"),
        ("rfc5280::eku::ee-eku-empty", "rfc5280", "refuse", "rfc5280/eku-empty"),
        ("rfc5280::eku::ee-eku-empty", "pyca", "refuse", "pyca/eku-empty"),
        ("rfc5280::ca-as-leaf", "pyca", "refuse", "pyca/leaf-is-ca"),
        ("rfc5280::ca-as-leaf", "rustls", "refuse", "rustls/leaf-is-ca"),
        ("webpki::eku::ee-anyeku", "openssl", "accept", "openssl/fits"),
        ("webpki::eku::ee-anyeku", "pyca", "accept", "pyca/fits"),
        ("webpki::eku::ee-critical-eku", "pyca", "refuse", "pyca/eku-critical"),
        ("webpki::eku::ee-critical-eku", "openssl", "accept", "openssl/fits"),
        ("webpki::eku::root-has-eku", "openssl", "accept", "openssl/fits"),
        ("webpki::eku::ee-clientauth-only", "go", "refuse", "go/leaf-eku"),
        ("webpki::eku::ee-without-eku", "apple", "refuse", "apple/server-auth-required"),
    ],
)
def test_verifiers(name: str, book: str, outcome: str, rule: str) -> None:
    (loaded,) = load_rule_books([book])
    case = {**RFC5280, **WEBPKI}[name]
    finding = loaded.judge(chain(case, datetime(2026, 1, 1, tzinfo=timezone.utc)), "server")
    assert (finding.outcome, finding.rule) == (outcome, rule)
