"""Which clients break: the golden captures under several rule-books."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.findings import ProfileFinding
from tlseku.profiles.gathered_findings import MOST_EVIDENCE
from tlseku.profiles.profile import load_profile
from tlseku.scanning import read

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
PROFILE = load_profile("generic-mtls-server")


def findings(book_name: str, *names: str) -> tuple[ProfileFinding, ...]:
    (book,) = load_rule_books((book_name,))
    return PROFILE.run(read(*(str(CAPTURES / name) for name in names), rule_books=(book,)), book)


ROWS = [
    ("test-case-1.pcap", "openssl", "wrong", ("GM1",), 10, "; the server refused it"),
    ("test-case-2.pcap", "openssl", "wrong", ("GM1",), 10, "completed, which alone accepts nothing"),
    ("test-case-2.pcap", "go", "wrong", ("GM1", "GM8"), 10, "go refuses it"),
    ("wrong-eku-refused.pcap", "java", "wrong", ("GM1", "GM8"), 8, "; the server refused it"),
    ("any-eku.pcap", "openssl", "wrong", ("GM1",), 8, "anyExtendedKeyUsage"),
    ("declined.pcap", "openssl", "caution", ("GM2",), 12, "an empty list; the handshake completed"),
    ("tls13.pcap", "openssl", "open", ("GM3",), 4, "not visible (tls13_encrypted)"),
    ("any-eku.pcap", "go", "caution", ("GM1", "GM8"), 8, "go accepts it, and yet the handshake was refused"),
    ("no-eku.pcap", "openssl", "fine", ("GM1",), 8, "openssl accepts it"),
    ("test-case-3.pcap", "openssl", "fine", ("GM1",), 8, "openssl accepts it"),
    ("scenario1.pcap.gz", "openssl", "fine", ("GM1",), 13718, "openssl accepts it"),
    ("scenario2.pcap.gz", "go", "fine", ("GM1", "GM8"), 744, "go accepts it"),
]


@pytest.mark.parametrize(("name", "book", "level", "rules", "frame", "text"), ROWS)
def test_one_capture(name: str, book: str, level: str, rules: tuple[str, ...], frame: int, text: str) -> None:
    (one,) = findings(book, name)
    assert (one.level, one.rules) == (level, rules)
    assert [place.frame for place in one.evidence] == [frame]
    assert text in one.text
    assert set(one.rules) <= set(PROFILE.statements)
    assert (one.to_do is None) is (level == "fine" or text.startswith("go accepts it, and"))


ENDED = [
    (
        "test-case-2.pcap",
        {"client_certificate_accepted": True},
        ("GM1", "GM4"),
        "accepted today, it breaks when",
    ),
    ("declined.pcap", {"client_certificate_accepted": True}, ("GM2",), "accepted today, it breaks where"),
    (
        "test-case-2.pcap",
        {"outcome": "closed_after", "closed_by": "server"},
        ("GM1",),
        "then the server closed without a byte",
    ),
    (
        "test-case-2.pcap",
        {"outcome": "refused_inside", "refused_by": "server"},
        ("GM1",),
        "; the server refused it",
    ),
]


@pytest.mark.parametrize(("name", "ending", "rules", "text"), ENDED)
def test_what_was_accepted_today(
    name: str, ending: dict[str, Any], rules: tuple[str, ...], text: str
) -> None:
    (book,) = load_rule_books(("openssl",))
    flows = [replace(flow, **ending) for flow in read(str(CAPTURES / name), rule_books=(book,))]
    (one,) = PROFILE.run(flows, book)
    assert one.rules == rules
    assert text in one.text


def test_the_same_client_again_is_one_finding() -> None:
    (one,) = findings("openssl", *["test-case-1.pcap"] * (MOST_EVIDENCE + 2))
    assert [place.flow for place in one.evidence] == list(range(1, MOST_EVIDENCE + 1))


def test_a_chain_that_the_book_was_not_asked_about_is_open() -> None:
    (book,) = load_rule_books(("openssl",))
    (one,) = PROFILE.run(read(str(CAPTURES / "test-case-1.pcap"), rule_books=()), book)
    assert (one.level, one.rules) == ("open", ("GM5",))
    assert "openssl was not asked" in one.text


def test_worst_first() -> None:
    found = findings("openssl", "no-eku.pcap", "tls13.pcap", "declined.pcap", "test-case-1.pcap")
    assert [one.level for one in found] == ["wrong", "caution", "open", "fine"]
