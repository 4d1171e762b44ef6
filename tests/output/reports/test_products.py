"""Products as lines and as objects of the contract."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.schemas import schema
from tlseku.output.reports.products import (
    by_answer,
    chosen_products,
    enforced,
    product_lines,
    product_to_dict,
)
from tlseku.output.words.terminal_page import Page, plain
from tlseku.policy.peer_software.products import CELLS, products
from tlseku.policy.peer_software.recognition import UnknownSoftware

VALID = Draft202012Validator(schema("product"), format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_every_object_is_valid() -> None:
    for product in products():
        document = product_to_dict(product)
        VALID.validate(document)
        assert document["evidence"] == "run"


def test_one_object() -> None:
    (prosody,) = chosen_products(["prosody"])
    document = product_to_dict(prosody)
    assert document["enforces"] == "openssl"
    assert document["judges_as"] == "server"
    assert document["cells"] == dict(
        zip(CELLS, ["in", "A", "in", "A", "in", "in", "in", "in", "in", "in", "in"], strict=True)
    )


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["nginx"], ["nginx"]),
        (["caddy", "nginx", "caddy"], ["caddy", "nginx"]),
        (["rustls"], ["deno", "granian"]),
        (["mbedtls"], ["lighttpd-mbedtls"]),
        (["go"], ["go"]),  # the library by itself
    ],
)
def test_chosen(names: list[str], found: list[str]) -> None:
    assert [each.name for each in chosen_products(names)] == found


def test_all_without_a_name_and_none_for_a_wrong_one() -> None:
    assert chosen_products([]) == products()
    with pytest.raises(UnknownSoftware, match="did you mean nginx"):
        chosen_products(["nginx", "ngnix"])


def test_words() -> None:
    rows = {each.name: each for each in products()}
    assert enforced(rows["nginx"]) == "rule-book openssl"
    assert enforced(rows["prosody"]) == "rule-book openssl, for the purpose of a server"
    assert enforced(rows["syslog-ng"]) == "no EKU"
    assert enforced(rows["mumble"]) == "nothing that TLS shows"
    assert by_answer(rows["mumble"]) == {"accepts": list(CELLS)}


def test_lines() -> None:
    for width in (60, 100):
        lines = [plain(line) for line in product_lines(products(), Page(width))]
        assert max(map(len, lines)) <= width
    text = "\n".join(plain(line) for line in product_lines(chosen_products(["ejabberd"]), Page(100)))
    assert text.startswith(
        "ejabberd  ejabberd (between servers) 23.01, SASL EXTERNAL\n  library  openssl, 3.0.22\n"
    )
    assert "  log      Failed inbound s2s EXTERNAL\n" in text
    assert "\nopenssl  OpenSSL, rule-book openssl\n" in text
    assert (
        "\nxmpp  ejabberd judges the certificate of the XMPP server that calls as that of a TLS client."
        in text
    )
    assert "Prosody judges" not in text
