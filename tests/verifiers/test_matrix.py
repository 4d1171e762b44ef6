"""The published matrix, copied cell by cell, against the rule-books.

It was made by running verifiers and reading sources, before the books were written: A accepts, R refuses, ? is not
known, and so must the book say. ``-`` stands where the row was not looked at; ``EMPTY`` says what is known since.
"""

from __future__ import annotations

import pytest

from tests.verifiers.cases import ISSUERS, LEAVES, case_named
from tlseku.policy.rule_books import load_rule_books

COLUMNS = {
    "OpenSSL": "openssl",
    "BoringSSL": "boringssl",
    "Go": "go",
    "Java": "java",
    "GnuTLS with purpose": "gnutls-purpose",
    "GnuTLS without": "gnutls",
    "NSS": "nss",
    "rustls": "rustls",
    "pyca": "pyca",
    "Windows (docs)": "windows",
    "Apple": "apple",
}

# Columns in the order of COLUMNS. The role is client.
MATRIX = {
    ("absent / absent",): "A A A A A A A A A ? A",
    ("C+S / absent", "C / absent"): "A A A A A A A A A A A",
    ("S / absent", "email / absent"): "R R R R R A R R R R R",
    ("any / absent", "any+S / absent"): "R R A A A A R R R ? A",
    ("C+S / S-only CA", "absent / S-only CA"): "R R R A R A A R R R ?",
    ("C+S / C+S CA",): "A A A A A A A A A A ?",
    ("C+S / any CA",): "R R A A R A R R A ? ?",
    ("empty / absent",): "- - - - - - - E E - -",
}

EMPTY = {
    "OpenSSL": "refuse",
    "BoringSSL": "refuse",
    "Go": "accept",
    "Java": "refuse",
    "GnuTLS with purpose": "accept",
    "GnuTLS without": "accept",
    "NSS": "refuse",
    "Windows (docs)": "unknown",
    "Apple": "unknown",
}
"""An empty EKU under a CA without one: measured where a verifier could be run, else unknown."""

_OUTCOMES = {"A": "accept", "R": "refuse", "E": "refuse", "?": "unknown"}

CELLS = [
    (case, column, EMPTY[column] if cell == "-" else _OUTCOMES[cell])
    for row, cells in MATRIX.items()
    for case in row
    for column, cell in zip(COLUMNS, cells.split(), strict=True)
]


def outcome(book: str, case: str, role: str) -> tuple[str, str]:
    (loaded,) = load_rule_books([book])
    finding = loaded.judge(case_named(case).presented, "client" if role == "client" else "server")
    return finding.outcome, finding.rule


@pytest.mark.parametrize(("case", "column", "expected"), CELLS)
def test_cell(case: str, column: str, expected: str) -> None:
    said, rule = outcome(COLUMNS[column], case, "client")
    assert said == expected, rule
    assert rule.startswith(f"{COLUMNS[column]}/")
    assert ("not-measured" in rule) == (expected == "unknown")


TESTED = ("openssl", "go", "java", "gnutls-purpose", "nss", "pyca")


@pytest.mark.parametrize("book", [*TESTED, "boringssl", "rustls", "windows", "apple"])
def test_a_server_with_clientAuth_only_is_refused(book: str) -> None:
    assert outcome(book, "C / absent", "server")[0] == "refuse"


@pytest.mark.parametrize("book", [*TESTED, "gnutls", "boringssl", "rustls", "windows"])
def test_a_server_below_a_serverAuth_only_CA_is_accepted(book: str) -> None:
    assert outcome(book, "C+S / S-only CA", "server")[0] == "accept"


@pytest.mark.parametrize("issuer", sorted(ISSUERS.keys() - {"empty CA"}))
@pytest.mark.parametrize("leaf", LEAVES)
def test_mbedtls_looks_at_the_leaf_only(leaf: str, issuer: str) -> None:
    for role in ("client", "server"):
        assert outcome("mbedtls", f"{leaf} / {issuer}", role) == outcome("mbedtls", f"{leaf} / absent", role)


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("leaf", LEAVES)
def test_rfc5280_looks_at_the_leaf_only(leaf: str, issuer: str) -> None:
    for role in ("client", "server"):
        assert outcome("rfc5280", f"{leaf} / {issuer}", role) == outcome("rfc5280", f"{leaf} / absent", role)
