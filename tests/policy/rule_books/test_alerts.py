"""The alerts of the books: what servers were seen to send, by release, and that the senses of alerts say the same."""

from __future__ import annotations

import pytest

from tests.policy.rule_books.books import HEAD, LAST
from tlseku.policy.alert_senses import senders_without_certificate, sense_of
from tlseku.policy.rule_books import RuleBook, RuleBookError, load_rule_books, read_rule_book
from tlseku.registry.names import ALERTS

BOOKS = [book for book in load_rule_books() if book.alerts]


def sent(name: str, cause: str, tls13: bool) -> set[int | None]:
    (book,) = load_rule_books([name])
    return {each.alert for each in book.alerts if cause in each.causes and each.tls13 in (None, tls13)}


# One row a measured cell: the book of a release, the cause, and what came in TLS 1.2 and 1.3.
MEASURED: list[tuple[str, str, int | None, int | None]] = [
    ("openssl@3.0.22", "eku", 43, 43),
    ("openssl@4.0.3", "validity", 45, 45),
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


@pytest.mark.parametrize(
    ("name", "cause", "alert"),
    [("botan@2.19.3", "eku", 42), ("botan@2.19.3", "no_certificate", 40), ("mbedtls@2.28.3", "encoding", 42)],
)
def test_measured_in_tls12_only(name: str, cause: str, alert: int) -> None:
    assert (sent(name, cause, False), sent(name, cause, True)) == ({alert}, set())


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_the_senses_of_alerts_know_each(book: RuleBook) -> None:
    for each in book.alerts:
        if each.alert is None:
            continue
        assert each.alert in ALERTS
        versions = (0x0303, 0x0304) if each.tls13 is None else (0x0304,) if each.tls13 else (0x0303,)
        for version in versions:
            if each.causes == ("no_certificate",):
                assert senders_without_certificate(each.alert, version) is not None
            else:
                sense = sense_of(each.alert, "client", version)
                assert sense is not None
                assert set(each.causes) <= sense.express


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
        ('for = ["eku"]\nalert = 43\nwhen = "x"', "unknown key 'when'"),
    ],
)
def test_what_is_no_alert(row: str, said: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        read_rule_book(f"{HEAD}\n[[alerts]]\n{row}\n{LAST}", "mine.toml")
    assert str(caught.value).startswith(f"mine.toml: alert 1: {said}")
