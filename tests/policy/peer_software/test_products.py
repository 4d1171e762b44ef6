"""The products that were run: each cell is what its rule-book predicts, and what it does is put into words."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.builder import ANY, CLIENT_AUTH, SERVER_AUTH, build, ca
from tlseku.policy.peer_software.products import CELLS, Product, exceptions_in_words, products
from tlseku.policy.peer_software.stacks import stacks
from tlseku.policy.refusals_without_alert import QUIET
from tlseku.policy.rule_books import BUILT_IN, load_rule_books
from tlseku.registry.names import ALERTS
from tlseku.registry.services import SERVICES
from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

EKUS = {"C": (CLIENT_AUTH,), "S": (SERVER_AUTH,), "Y": (ANY,), "YS": (ANY, SERVER_AUTH), "E": ()}
ISSUERS = {"iS": (SERVER_AUTH,), "iY": (ANY,)}
JUDGED = (*EKUS, *ISSUERS, "rS")
"""Kinds on which rule-books have a say; dates, trust and want of a certificate are none of theirs."""

BY_PRODUCT = {name: each for each in products() for name in (each.name,)}


@cache
def chain_of(kind: str) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    """The chain that was presented, leaf first, and the root that the server trusts."""
    root = ca("Root", eku=(SERVER_AUTH,)) if kind == "rS" else ca("Root")
    issuer = ca("Issuer", issuer=root, eku=ISSUERS.get(kind))
    leaf = build(issuer=issuer, eku=EKUS.get(kind, (CLIENT_AUTH,)))
    read = [read_certificate(each.der) for each in (leaf, issuer, root)]
    return tuple(read[:2]), tuple(read[2:])


@pytest.mark.parametrize("product", products(), ids=lambda each: each.name)
def test_predictions_agree_with_every_measured_cell(product: Product) -> None:
    if product.rule_book is None:
        assert [product.cell(kind) for kind in JUDGED] == ["A"] * len(JUDGED)
        return
    if product.rule_book not in BUILT_IN:
        pytest.skip(f"the rule-book {product.rule_book} does not ship")
    (book,) = load_rule_books((product.rule_book,))
    for kind in JUDGED:
        if product.name == "lighttpd-gnutls" and kind == "rS":
            continue  # it trusts the first CA of its file only: no EKU is the reason
        if product.name == "prosody" and kind in ("iS", "iY", "rS"):
            continue  # the leaf is clientAuth only, which is what it refuses
        chain, root = chain_of(kind)
        outcome = book.judge(chain, product.judges_as, more=root).outcome
        if outcome == "depends" and kind == "rS":
            continue  # the book models several products, of which some look at the root's EKU
        if outcome == "unknown":
            continue  # the book claims nothing
        assert outcome == ("accept" if product.cell(kind) == "A" else "refuse"), kind


def test_rows_are_whole() -> None:
    names = [each.name for each in products()]
    assert names == sorted(names)
    assert len(names) == 59
    words = {*SERVICES.values(), "xmpp", "ftp", "amqp"}
    for each in products():
        assert re.fullmatch(r"[a-z0-9-]+", each.name)
        assert set(each.services) <= words, each.name
        for cell in each.cells:
            for part in cell.split("/"):
                assert not part.isdigit() or int(part) in ALERTS, each.name
        assert ("in" in each.cells) is (each.inside is not None), each.name
        assert each.name not in [stack.name for stack in stacks()] or each.stack == each.name


CELLS_OF = {
    "haproxy": "A 43 43 43 43 43 43 43 45 48 40/116",
    "nginx": "A in in in in in in in in in in",
    "postfix": "A in in in in in in in in in in",
    "prosody": "in A in A in in in in in in in",
    "ejabberd": "A in in in in in in in in in in",
    "syslog-ng": "A A A A A A A A 45 48 40/116",
    "bind": "A - - - - - - - - - -/-",
    "exim": "A A A A A A A A 42 42 50/116",
    "rsyslog-gtls-purpose": "A fin A A A fin fin A fin fin fin/-",
    "rabbitmq": "A 40 40 40 40 40 40 A 45 48 40/116",
    "tomcat": "A 46 A A 46 A A A 46 46 42/42",
    "etcd": "A 42 A A A 42 A 42 42 42 42/42",
    "botan": "A 42 42 42 A A A A 42 42 40/?",
    "granian": "A 43 43 43 46 43 43 A 45 48 116/116",
}


@pytest.mark.parametrize("name", CELLS_OF)
def test_cells_as_measured(name: str) -> None:
    assert " ".join(BY_PRODUCT[name].cells) == CELLS_OF[name]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("haproxy", "C", "accepts"),
        ("haproxy", "S", "refuses with unsupported_certificate (43)"),
        (
            "haproxy",
            "none",
            "refuses with handshake_failure (40) in TLS 1.2, refuses with certificate_required (116) in TLS 1.3",
        ),
        ("java-17", "none", "refuses with bad_certificate (42)"),
        ("nginx", "exp", "completes the handshake and refuses inside (HTTP 400)"),
        ("bind", "unk", "closes without an alert"),
        ("radsec", "S", "resets the connection"),
        ("slapd", "unk", "completes the handshake, then closes without a byte"),
        ("botan", "none", "refuses with handshake_failure (40) in TLS 1.2, was not run in TLS 1.3"),
    ],
)
def test_answers_in_words(name: str, kind: str, words: str) -> None:
    assert BY_PRODUCT[name].answer(kind) == words


def test_another_kind_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        BY_PRODUCT["nginx"].cell("other")
    assert len(CELLS) == 11


def test_exceptions() -> None:
    assert exceptions_in_words("gnutls") == (
        "rsyslog (gtls, CheckExtendedKeyPurpose) judges by the rule-book gnutls-purpose"
    )
    assert exceptions_in_words("go") is None
    assert exceptions_in_words("none") is None


def test_who_refuses_in_silence_has_a_library_of_the_table() -> None:
    names = {stack.name for stack in stacks()}
    assert all((each.stack in names) is (each.answers == "client") for each in QUIET)
