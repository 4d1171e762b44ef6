"""The alerts of the books: what each was seen to send, by release, taken from the senses of alerts."""

from __future__ import annotations

import pkgutil

import pytest

from tests.policy.rule_books.books import HEAD, LAST
from tlseku.policy.alert_senses import senders_of
from tlseku.policy.rule_books import RuleBookError, load_rule_books, read_rule_book
from tlseku.policy.rule_books.book import SentAlert

BOOKS = [book for book in load_rule_books() if book.alerts]


def sent(name: str, cause: str, tls13: bool, certificate: str = "client") -> set[int | None]:
    (book,) = load_rule_books([name])
    return {
        each.alert
        for each in book.alerts
        if cause in each.causes and each.tls13 in (None, tls13) and each.certificate in (None, certificate)
    }


# One row a measured cell: the book of a release, the cause, and what came in TLS 1.2 and 1.3.
MEASURED: list[tuple[str, str, int | None, int | None]] = [
    ("openssl@3.0.22", "eku", 43, 43),
    ("openssl@3.5.7", "issuer", 48, 48),
    ("openssl@3.0.22", "no_certificate", 40, 116),
    ("boringssl", "eku", None, None),
    ("go@1.19.8", "eku", 42, 42),
    ("go@1.19.8", "validity", 42, 42),
    ("go@1.19.8", "issuer", 42, 42),
    ("go@1.19.8", "no_certificate", 42, 42),
    ("go@1.24.11", "no_certificate", 42, 116),
    ("go@1.25.5", "no_certificate", 40, 116),
    ("go@1.27.3", "no_certificate", 40, 116),
    ("go@1.27.3", "validity", 45, 45),
    ("go@1.27.3", "issuer", 48, 48),
    ("java@17.0.15", "eku", 46, 46),
    ("java@25.0.2", "issuer", 46, 46),
    ("java@17.0.15", "no_certificate", 42, 42),
    ("java@25.0.2", "no_certificate", 40, 116),
    ("erlang@25", "eku", 40, 40),
    ("erlang@25", "validity", 45, 45),
    ("erlang@25", "no_certificate", 40, 116),
    ("wolfssl@5.5.4", "eku", 42, 42),
    ("wolfssl@5.5.4", "no_certificate", None, 116),
    ("rustls", "eku", 43, 43),
    ("rustls", "encoding", 46, 46),
    ("rustls", "no_certificate", 116, 116),
]


@pytest.mark.parametrize(("name", "cause", "tls12", "tls13"), MEASURED)
def test_measured(name: str, cause: str, tls12: int | None, tls13: int | None) -> None:
    assert (sent(name, cause, False), sent(name, cause, True)) == ({tls12}, {tls13})


def test_openssl_tells_expired_from_not_yet_valid() -> None:
    """42 is for what is not yet valid (its source), and one word, validity, stands for both."""
    for tls13 in (False, True):
        for certificate in ("client", "server"):
            assert sent("openssl@4.0.3", "validity", tls13, certificate) == {42, 45}


@pytest.mark.parametrize(
    ("name", "cause", "alert"),
    [("botan@2.19.3", "eku", 42), ("botan@2.19.3", "no_certificate", 40), ("mbedtls@2.28.3", "encoding", 42)],
)
def test_measured_in_tls12_only(name: str, cause: str, alert: int) -> None:
    assert (sent(name, cause, False), sent(name, cause, True)) == ({alert}, set())


# The same where the book's clients refuse a server's certificate.
OF_CLIENTS: list[tuple[str, str, int | None, int | None]] = [
    ("openssl", "eku", 43, 43),
    ("openssl", "issuer", 48, 48),
    ("go@1.27.3", "eku", 42, 42),
    ("go@1.27.3", "validity", 42, 42),
    ("go@1.27.3", "issuer", 42, 42),
    ("java@17.0.15", "validity", 45, 46),
    ("java@25.0.2", "validity", 45, 45),
    ("java@25.0.2", "issuer", 46, 46),
    ("java@17.0.15", "eku", 46, 46),
    ("rustls", "eku", 43, 43),
    ("rustls", "signature_algorithm", 51, 51),
    ("erlang", "eku", 40, 40),
    ("wolfssl", "eku", 42, 42),
    ("boringssl", "eku", None, None),
]


@pytest.mark.parametrize(("name", "cause", "tls12", "tls13"), OF_CLIENTS)
def test_measured_of_clients(name: str, cause: str, tls12: int | None, tls13: int | None) -> None:
    assert (sent(name, cause, False, "server"), sent(name, cause, True, "server")) == ({tls12}, {tls13})


@pytest.mark.parametrize("tls13", [False, True])
def test_java_and_what_it_cannot_parse(tls13: bool) -> None:
    """42 for a certificate without subject whose names are not critical; 46 for what else it does not read."""
    for name in ("java@17.0.15", "java@25.0.2"):
        for certificate in ("client", "server"):
            assert sent(name, "encoding", tls13, certificate) == {42, 46}


def test_what_a_book_that_ships_sends_stands_once() -> None:
    """The alerts of a book are the rows about its library, and no file of a book has any."""
    for book in load_rule_books():
        rows = senders_of(book.name)
        assert [(each.alert, set(each.causes)) for each in book.alerts] == [
            (row.alert, set(row.causes)) for row in rows
        ]
        text = pkgutil.get_data("tlseku.policy.rule_books", f"data/{book.name}.toml")
        assert text is not None
        assert b"[[alerts]]" not in text
    assert {book.name for book in BOOKS} == {
        *("openssl", "boringssl", "go", "java", "nss", "rustls", "mbedtls", "erlang", "wolfssl", "botan"),
    }


def test_a_book_of_a_user_has_its_own() -> None:
    row = 'for = ["eku"]\nalert = 43\ntls = "1.3"\nsince = "2"\ncertificate = "server"'
    book = read_rule_book(f"{HEAD}\n[[alerts]]\n{row}\n{LAST}", "mine.toml")
    assert book.alerts == (SentAlert(("eku",), 43, True, (2,), None, "server"),)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('for = ["eku"]\nalert = 300', "alert: must be the code of an alert"),
        ('for = ["eku"]\nalert = true', "alert: must be the code of an alert"),
        ('for = ["eku"]', "alert: must be the code of an alert"),
        ('for = ["hunger"]\nalert = 43', "for: must list some of eku, "),
        ('for = "eku"\nalert = 43', "for: must list some of eku, "),
        ("for = []\nalert = 43", "for: must list some of eku, "),
        ('for = ["eku"]\nalert = 43\ntls = "1.1"', "tls: must be one of 1.2, 1.3"),
        ('for = ["eku"]\nalert = 43\ncertificate = "both"', "certificate: must be one of client, server"),
        ('for = ["eku"]\nalert = 43\nwhen = "x"', "unknown key 'when'"),
    ],
)
def test_what_is_no_alert(row: str, said: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        read_rule_book(f"{HEAD}\n[[alerts]]\n{row}\n{LAST}", "mine.toml")
    assert str(caught.value).startswith(f"mine.toml: alert 1: {said}")
