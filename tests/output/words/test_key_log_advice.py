"""Whose hello it seems to be, and what is said of getting its secrets; and when nothing is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.output.samples import DECLINED, TLS13
from tlseku.flow import Hidden
from tlseku.output.words.key_log_advice import ADVICE, PAGE, client_seems, how_to_open, rows
from tlseku.policy.offer import Offer

_NEW = (0x0904, 0x0905, 0x0906)
GO = (0x0804, 0x0403, 0x0807, 0x0805)
OPENSSL = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A)


@pytest.mark.parametrize(
    ("schemes", "word"),
    [
        (GO, "go"),
        ((*_NEW, *GO), "go"),
        (OPENSSL, "openssl"),
        ((0x0905, 0x0906, 0x0904, *OPENSSL[:5], 0x081A), "openssl"),
        ((*OPENSSL[:5], 0x0804, 0x0805), "java"),
        ((0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401), "firefox"),
        ((0x0401, 0x0809, 0x0804, 0x0403), "gnutls"),
        ((0xEAEA, 0x0403, 0x0804), "browser"),
        (OPENSSL[:5], None),
        ((0x0403, 0x0804, 0x0401), None),
        (GO[1:], None),
        ((), None),
    ],
)
def test_who_it_seems_to_be(schemes: tuple[int, ...], word: str | None) -> None:
    assert client_seems(Offer(signature_algorithms=schemes)) == word


def test_grease_anywhere_and_no_hello() -> None:
    assert client_seems(Offer(versions=(0x4A4A, 0x0304), signature_algorithms=GO)) == "browser"
    assert client_seems(Offer(groups=(0x3A3A,), signature_algorithms=GO)) == "browser"
    assert client_seems(Offer(groups=(0x3A3A,))) is None
    assert client_seems(None) is None


def test_one_line() -> None:
    assert how_to_open(replace(TLS13, offered=None)) == (
        f"A key log opens it (--keylog FILE): either end can write one, see {PAGE}."
    )
    assert how_to_open(replace(TLS13, offered=Offer(signature_algorithms=GO))) == (
        "A key log opens it (--keylog FILE). The client's hello looks like Go: set KeyLogWriter in its tls.Config: no"
        f" variable of the environment is looked at. For the server see {PAGE}."
    )


@pytest.mark.parametrize(
    "reason", ["resumed", "segment_lost", "one_direction_only", "unsupported_suite", "capture_ends"]
)
def test_nothing_where_a_key_log_does_not_help(reason: str) -> None:
    assert how_to_open(replace(TLS13, hidden=(Hidden("client_certificate", reason),))) is None
    assert how_to_open(DECLINED) is None


def test_the_rows_of_the_page() -> None:
    assert [name for name, _, _ in rows()] == [each.name for each in ADVICE.values()]
    assert {plays for _, plays, _ in rows()} == {"client", "server", "both"}
