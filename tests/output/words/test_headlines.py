"""Statements in few words: which one the table shows, and which ones it leaves out."""

from __future__ import annotations

from typing import get_args

import pytest

from tlseku.correlation import ABOUT, Statement
from tlseku.output.words.headlines import CAUSE_WORDS, headline, shortened, style_of
from tlseku.policy.causes import CauseName

SHOWN = {
    "refused_for_eku": "the refusal fits the EKU and nothing else in the chain",
    "refused_after_certificate": "nothing seen explains the refusal",
    "refused_no_certificate": "refused for want of a client certificate",
    "accepted_despite_eku": "accepted despite its EKU: not enforced here",
    "accepted_by_other_rules": "accepted, though many verifiers would refuse it for its EKU",
    "ended_after_certificate": "ended without an alert right after a certificate",
    "expired": "the text",
    "not_yet_valid": "the text",
    "never_valid": "the text",
    "declined": "the client may have no certificate, or none of a CA that is named",
    "refused_without_alert": "nothing seen explains the refusal",
    "refused_inside": "the handshake completed, and the certificate was refused inside",
    "closed_after": "the handshake completed, then nothing was sent: perhaps a refusal",
    "refused_message": "refused over a message that is malformed or too long",
    "ech_rejected": "Encrypted Client Hello was not accepted: an old configuration",
    "hello_refused": "the hello was refused: a certificate may be the reason",
    "acceptance_unknown": "whether its EKU was accepted cannot be told",
    "protocol_rule": "products of this protocol judge its EKU by different rules",
    "default_trust_store": "the server names the CAs of a default trust store",
    "unanswered": "the request for a client certificate was never answered",
    "hint_refused": "hint: it looks like a refusal, or a goodbye",
}
NOT_SHOWN = ("not_requested", "resumed", "request_not_met", "refused", "hint_client_certificate")


@pytest.mark.parametrize("about", SHOWN)
def test_worth_a_line(about: str) -> None:
    statement = Statement(about, "the text")
    assert headline([statement]) == statement
    assert shortened(statement) == SHOWN[about]


@pytest.mark.parametrize("about", NOT_SHOWN)
def test_not_worth_a_line(about: str) -> None:
    assert headline([Statement(about, "the text")]) is None


def test_every_word_is_decided_on() -> None:
    assert sorted((*SHOWN, *NOT_SHOWN)) == sorted(ABOUT)
    assert set(CAUSE_WORDS) == set(get_args(CauseName))


def test_nothing_said() -> None:
    assert headline([]) is None


@pytest.mark.parametrize(
    ("both", "first"),
    [
        (("expired", "refused_for_eku"), "refused_for_eku"),
        (("expired", "accepted_despite_eku"), "accepted_despite_eku"),
        (("declined", "refused_no_certificate"), "refused_no_certificate"),
        (("hint_client_certificate", "hint_refused"), "hint_refused"),
        (("request_not_met", "expired"), "expired"),
        (("expired", "expired"), "expired"),
    ],
)
def test_the_most_telling_one(both: tuple[str, str], first: str) -> None:
    found = headline([Statement(about, "x") for about in both])
    assert found is not None
    assert found.about == first


def test_causes_are_named() -> None:
    statement = Statement("refused_after_certificate", "x", causes=("eku", "weak_key_or_hash"), fitting=2)
    assert shortened(statement) == "what may explain the refusal: EKU, weak key or hash"


def test_what_the_alert_does_not_stand_for_explains_nothing() -> None:
    statement = Statement("refused_after_certificate", "x", causes=("issuer", "eku"), fitting=1)
    assert shortened(statement) == "what may explain the refusal: issuer"
    assert shortened(Statement("refused_after_certificate", "x", causes=("eku",))) == (
        "nothing seen explains the refusal"
    )


@pytest.mark.parametrize(
    ("statement", "style"),
    [
        (Statement("refused_for_eku", "x"), "wrong"),
        (Statement("refused", "x"), "wrong"),
        (Statement("accepted_despite_eku", "x"), "caution"),
        (Statement("declined", "x"), "unsure"),
        (Statement("hint_refused", "x", hint=True), "dim"),
        (Statement("ended_after_certificate", "x", hint=True), "dim"),
    ],
)
def test_style(statement: Statement, style: str) -> None:
    assert style_of(statement) == style
