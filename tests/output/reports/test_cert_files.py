"""``tlseku.output.reports.cert_files``: certificate files without a capture."""

from __future__ import annotations

import csv
import io
import json
from typing import Literal

import pytest
from jsonschema import Draft202012Validator

from tests.builder import SERVER_AUTH, Built, build, ca
from tests.output.samples import HOSTILE, certificate, presented
from tests.schemas import schema
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.cert_files import COLUMNS, JudgedChain, cert_csv_lines, cert_lines, cert_to_dict
from tlseku.output.words.terminal_page import Page, plain, width_of
from tlseku.policy.bundle import chains_in
from tlseku.policy.finding import Finding
from tlseku.policy.verdict import judge
from tlseku.x509.certificate import Certificate

VALIDATOR = Draft202012Validator(schema("cert"))

ROOT = ca("Root")
ISSUING = ca("Issuing", issuer=ROOT, eku=(SERVER_AUTH,))
LEAF = build(issuer=ISSUING)

ROLES: tuple[Literal["client", "server"], ...] = ("client", "server")


def judged(file: str, certificates: list[Certificate], **rest: object) -> list[JudgedChain]:
    found = []
    for one in chains_in(certificates):
        verdicts = [(role, judge(one.chain, role)) for role in ROLES]
        found.append(
            JudgedChain(
                file,
                one,
                tuple(
                    presented(
                        role,
                        0,
                        one.chain,
                        verdict.verdict,
                        verdict.reason,
                        direction="unknown",
                        effective_eku=verdict.effective_eku,
                        broken_at=verdict.broken_at,
                        **rest,
                    )
                    for role, verdict in verdicts
                ),
            )
        )
    return found


def of(*built: Built) -> list[Certificate]:
    return [one.certificate() for one in built]


PAGE = """\
chain.pem
  0  CN=leaf.example
     serial    1234
     issuer    CN=Issuing
     EKU       serverAuth, clientAuth
     valid     2026-01-01 to 2027-01-01
     key       EC P-256, signed ecdsa-with-SHA256
     key usage digitalSignature, keyEncipherment
  1  CN=Issuing
     serial    1234
     issuer    CN=Root
     EKU       serverAuth
     valid     2026-01-01 to 2027-01-01
     key       EC P-256, signed ecdsa-with-SHA256
     key usage keyCertSign, cRLSign
  not in the order in which TLS sends a chain: places 2, 1 of the file
  the issuer of #1, CN=Root, is not among the certificates of the file; what stands above may
    restrict it further
  ! ok as TLS client: leaf lists serverAuth and clientAuth; issuer #1 is serverAuth-only, so
    verifiers that nest EKUs refuse it
    certificate 1 takes the purpose away; effective EKU: serverAuth
  ✓ ok as TLS server: leaf lists serverAuth and clientAuth
"""


def text(chains: list[JudgedChain], width: int = 100) -> str:
    return "".join(f"{plain(line)}\n" for line in cert_lines(chains, Page(width)))


def test_page() -> None:
    assert text(judged("chain.pem", of(ISSUING, LEAF))) == PAGE


def test_rule_books_have_their_say() -> None:
    books = {"openssl": Finding("refuse", "O1", "the purpose does not fit", 0)}
    page = text(judged("leaf.pem", of(LEAF), rule_books=books))
    assert page.count("    openssl: refuse at certificate 0 (O1): the purpose does not fit\n") == 2


def test_chains_are_parted_by_a_blank_line() -> None:
    page = text(judged("two.pem", of(LEAF, build(subject="other", issuer="X"))))
    assert page.count("\n\ntwo.pem\n") == 1
    assert text([]) == ""


@pytest.mark.parametrize("width", [80, 100, 160])
def test_hostile_names_stay_in_their_place(width: int) -> None:
    chains = judged(HOSTILE, [certificate(1, HOSTILE, issuer=HOSTILE, defects=(HOSTILE,))])
    lines = list(cert_lines(chains, Page(width)))
    assert max(map(width_of, lines)) <= width
    assert all(plain(line).isprintable() for line in lines)


def test_json() -> None:
    (chain,) = judged("chain.pem", of(ISSUING, LEAF))
    document = json.loads(to_json(cert_to_dict(chain)))
    VALIDATOR.validate(document)
    assert [(one["index"], one["place"], one["subject"]) for one in document["chain"]] == [
        (0, 1, "CN=leaf.example"),
        (1, 0, "CN=Issuing"),
    ]
    assert (document["in_order"], document["ends_in_root"]) == (False, False)
    client, server = document["roles"]
    assert (client["role"], client["verdict"], client["broken_at"]) == ("client", "ok", 1)
    assert client["effective_eku"] == [SERVER_AUTH]
    assert (server["role"], server["verdict"], server["broken_at"]) == ("server", "ok", None)
    assert client["rule_books"] == {}


@pytest.mark.parametrize(
    "certificates",
    [
        of(LEAF, ISSUING, ROOT),
        [Certificate(b"x", "ab" * 32, readable=False, eku_readable=False)],
        of(build(eku=())),
    ],
)
def test_json_is_valid(certificates: list[Certificate]) -> None:
    books = {"go": Finding("accept", "G1", "fits")}
    for chain in judged("f", certificates, rule_books=books):
        VALIDATOR.validate(json.loads(to_json(cert_to_dict(chain))))


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(cert_csv_lines(judged("chain.pem", of(LEAF, ISSUING)))))))
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["role"], row["verdict"], row["broken_at"]) for row in rows] == [
        ("client", "ok", "1"),
        ("server", "ok", ""),
    ]
    assert rows[0]["serial"] == "0x1234"
    assert (rows[0]["chain_length"], rows[0]["in_order"], rows[0]["ends_in_root"]) == ("2", "true", "false")
