"""``tlseku.profiles.expressway.reports.stores_report``: the JSON object and the lines."""

from __future__ import annotations

from hypothesis import given
from jsonschema import Draft202012Validator

from tests.profiles.expressway.leafs import BOTH, S_ONLY, leaf
from tests.profiles.expressway.rules.test_predict import releases
from tests.profiles.expressway.rules.test_store_check import stores
from tests.schemas import schema
from tlseku.output.words.terminal_page import Page, plain
from tlseku.profiles.expressway.reports.stores_report import stores_lines, stores_to_dict
from tlseku.profiles.expressway.rules.release import X15_5, Release
from tlseku.profiles.expressway.rules.store import Store
from tlseku.profiles.expressway.rules.store_check import check_stores

VALIDATOR = Draft202012Validator(schema("stores"))


@given(stores, stores, releases)
def test_every_object_is_valid_and_every_line_fits(
    server: Store | None, client: Store | None, release: Release
) -> None:
    remarks = check_stores(server, client, (), release, 0)
    VALIDATOR.validate(stores_to_dict(server, client, release, remarks))
    lines = stores_lines(server, client, release, remarks, Page(80))
    assert all(len(plain(line)) <= 80 for line in lines)


def test_the_object() -> None:
    server, client = Store(leaf(BOTH, "s")), Store(leaf(BOTH, "c"))
    assert stores_to_dict(server, client, X15_5, check_stores(server, client)) == {
        "schema": "tlseku/stores/1",
        "release": "x15.5",
        "same_certificate": False,
        "remarks": [
            {
                "level": "fine",
                "rule": "CM8",
                "store": "server",
                "text": "lists serverAuth and clientAuth: good for TLS server",
                "to_do": None,
            },
            {
                "level": "fine",
                "rule": "UP1",
                "store": "client",
                "text": "lists serverAuth and clientAuth: good for TLS client",
                "to_do": None,
            },
        ],
        "rules": {
            "UP1": "A certificate without clientAuth that is uploaded to the client store is refused.",
            "CM8": "The checking mode plays no part in the responder's own certificate: the initiator checks"
            " serverAuth and the name.",
        },
    }


def test_whether_both_are_the_same() -> None:
    one, other = Store(leaf(BOTH)), Store(leaf(S_ONLY))
    found = [
        stores_to_dict(*pair, X15_5, ())["same_certificate"]  # type: ignore[call-arg]
        for pair in ((one, one), (one, other), (one, None), (None, one))
    ]
    assert found == [True, False, None, None]


def test_the_lines() -> None:
    store = Store(leaf(S_ONLY))
    lines = [plain(line) for line in stores_lines(store, store, X15_5, check_stores(store, store), Page(100))]
    assert lines[:8] == [
        "server store  CN=leaf; EKU serverAuth; serial 1; issuer CN=CA",
        "client store  CN=leaf; EKU serverAuth; serial 1; issuer CN=CA",
        "rules as of x15.5",
        "  ✗ UP1  client lists serverAuth and not clientAuth; an upload into the client store is refused:",
        "                Invalid certificate: The file provided does not have a client usage attribute.",
        "                Services requiring mutual TLS may not work.",
        "                do: upload a certificate that lists clientAuth; a private CA can issue it",
        "  ! ST6  both   both stores hold the same certificate: condition 1, as after an upgrade to x15.5",
    ]
