"""Protocols with rules of their own: which flows they hold for, and what fits them."""

from __future__ import annotations

import pytest

from tests.policy.chains import ANY, CLIENT, SERVER
from tlseku.policy.peer_software.own_rules import OWN_RULES, protocol_with_rules
from tlseku.policy.peer_software.products import products
from tlseku.policy.peer_software.protocol_rules import protocol_rules, rules_of


@pytest.mark.parametrize(
    ("starttls", "service", "alpn", "protocol"),
    [
        ("xmpp", None, None, "xmpp"),
        ("xmpp", "xmpp-server", None, "xmpp"),
        (None, "xmpp-server", None, "xmpp-server"),
        (None, "https", "xmpp-server", "xmpp-server"),
        ("xmpp", "xmpp-client", None, None),
        (None, "xmpp-client", None, None),
        (None, "https", "xmpp-client", None),
        (None, "https", "h2", None),
        ("smtp", "smtp", None, None),
        (None, None, None, None),
    ],
)
def test_which_protocol(
    starttls: str | None, service: str | None, alpn: str | None, protocol: str | None
) -> None:
    assert protocol_with_rules(starttls, service, alpn) == protocol


def test_the_words_are_those_of_the_table() -> None:
    assert {word for rule in protocol_rules() for word in rule.protocols} == OWN_RULES


def test_rules_name_products_that_were_run_and_agree_with_their_cells() -> None:
    rows = {each.name: each for each in products()}
    for rule in protocol_rules():
        product = rows[rule.product]
        assert product.cell("S" if rule.purpose == "serverAuth" else "C") == "A"
        assert product.cell("C" if rule.purpose == "serverAuth" else "S") != "A"


@pytest.mark.parametrize(
    ("eku", "fits"),
    [
        (None, (True, True)),
        ((SERVER,), (True, False)),
        ((CLIENT,), (False, True)),
        ((CLIENT, SERVER), (True, True)),
        ((ANY,), (False, False)),
        ((ANY, SERVER), (True, False)),
        ((), (False, False)),
    ],
)
def test_prosody_and_ejabberd(eku: tuple[str, ...] | None, fits: tuple[bool, bool]) -> None:
    rules = rules_of("xmpp", "client")
    assert [rule.title for rule in rules] == ["Prosody", "ejabberd"]
    assert tuple(rule.fits(eku) for rule in rules) == fits
    assert rules_of("xmpp", "server") == rules_of("smtp", "client") == ()
