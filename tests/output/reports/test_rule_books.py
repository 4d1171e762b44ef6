"""``tlseku.output.reports.rule_books``: the list of rule-books, for people and programs."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.policy.rule_books.books import book, rule
from tests.schemas import schema
from tlseku.output.reports.rule_books import (
    alert_in_words,
    conditions_in_words,
    known_in_words,
    rule_book_lines,
    rule_book_to_dict,
)
from tlseku.output.words.terminal_page import Page, plain
from tlseku.policy.rule_books import RuleBook, load_rule_books

MINE = book(
    rule('{ role = "client", leaf_eku = ["other", "any"] }', reason="lists {leaf_eku}", identifier="a"),
    rule("{ leaf_is_ca = true, leaf_issued_from = 2027-03-15 }", "unknown", "a\\u001b[31mCA", "b"),
)

LINES = """\
mine  My own
  models   a gateway
  versions any
  known    rules of your own, as of 2026-05-01
  source   the gateway's manual
  paths    takes the first issuer that fits and does not come back to another
  refuse   a  role: client; leaf_eku: any or other
           lists {leaf_eku}
  unknown  b  leaf_is_ca: true; leaf_issued_from: 2027-03-15
           a\\x1b[31mCA
  accept   mine/fits  otherwise
           fits

every book
  tlseku/nothing-presented: No certificate was presented, so there is nothing to judge: unknown.
  tlseku/list-cut: The certificate list was cut and what is there is not refused: unknown.
  tlseku/cannot-be-read: The leaf, or a CA certificate that the book looks at, cannot be read:
    unknown.
  tlseku/role-unknown: The role is not known and the answers for client and server differ: unknown.
  tlseku/releases-differ: Releases differ and it is not known which one judges: depends.
    NAME@RELEASE asks one.
  tlseku/roots-decide: The chain has paths to several roots, and it is not known which are held:
    depends.
  tlseku/paths-differ: The chain has several paths, and it is not known how the verifier looks for
    issuers: unknown.
"""


def test_lines() -> None:
    assert "".join(f"{plain(line)}\n" for line in rule_book_lines([MINE], Page(100))) == LINES


def test_a_source_of_its_own_is_shown() -> None:
    (cabf,) = load_rule_books(["cabf-2027"])
    lines = [plain(line).strip() for line in rule_book_lines([cabf], Page(300))]
    assert (
        "no public CA issued the leaf, so the rules for public CAs do not apply (from documents: Chrome Root Program Policy 1.8, which supersedes the dates of 1.6 and 1.7) [vendor document: private PKI and"
        " self-signed certificates are not affected, as of 2026-04-01]" in lines
    )
    assert sum("as of" in line for line in lines) == 2


def test_dict() -> None:
    document = rule_book_to_dict(MINE)
    assert document["name"] == "mine"
    assert document["rules"][0] == {  # type: ignore[index]
        "id": "a",
        "when": {"role": ["client"], "leaf_eku": ["any", "other"]},
        "outcome": "refuse",
        "reason": "lists {leaf_eku}",
        "source": "the gateway's manual",
        "as_of": "2026-05-01",
        "evidence": "own",
        "versions": "any",
        "since": None,
        "until": None,
    }
    assert (document["paths"], document["alerts"]) == ("first", [])
    assert document["rules"][1]["when"] == {  # type: ignore[index]
        "leaf_is_ca": True,
        "leaf_issued_from": "2027-03-15",
    }


def test_how_a_rule_is_known_and_of_which_releases() -> None:
    (go,) = load_rule_books(["go"])
    told = {(conditions_in_words(rule), known_in_words(rule)) for rule in go.rules if "algorithm" in rule.id}
    assert ("leaf_uses: ml-dsa; up to 1.26", "run: 1.19.8, 1.26.6") in told
    assert ("leaf_uses: ml-dsa; since 1.27", "run: 1.27.3") in told
    assert ("leaf_key: ed448", "read in its source: 1.27") in told
    assert [known_in_words(rule) for rule in MINE.rules] == ["", "", ""]
    assert [alert_in_words(each) for each in go.alerts if len(each.causes) < 3] == [
        "validity, issuer: bad_certificate (42) to a client, up to 1.20",
        "validity: certificate_expired (45) to a client, since 1.21",
        "issuer: unknown_ca (48) to a client, since 1.21",
        "signature_algorithm: unknown_ca (48) to a client",
        "encoding: decode_error (50)",
        "no_certificate: handshake_failure (40) in TLS 1.2, since 1.25",
        "no_certificate: bad_certificate (42) in TLS 1.2, up to 1.24",
        "no_certificate: bad_certificate (42) in TLS 1.3, up to 1.19",
        "no_certificate: certificate_required (116) in TLS 1.3, since 1.24",
    ]


@pytest.mark.parametrize("one", [MINE, *load_rule_books()], ids=lambda one: one.name)
def test_every_book_is_valid_and_fits(one: RuleBook) -> None:
    Draft202012Validator(schema("rule-book")).validate(rule_book_to_dict(one))
    assert max(len(plain(line)) for line in rule_book_lines([one], Page(80))) <= 80
    assert conditions_in_words(one.rules[-1]) == "otherwise"
