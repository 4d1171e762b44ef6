"""The software that probably judged: the sense of its alert, its rule-book, and who refuses as it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.correlation.handshakes import (
    ANY,
    ASKED,
    C_FIN,
    CKE,
    CLIENT_ONLY,
    EXPIRED,
    GOOD,
    NO_CERT,
    ROOT,
    S_FIN,
    WRONG,
    S,
    alerts,
    presenting,
    silent,
    taken,
)
from tests.dialogues import flow_of
from tests.policy.peer_software.shapes import ASKED as REQUESTS
from tlseku import Statement, correlate
from tlseku.correlation.judging_software import by_own_book, stacks_judging
from tlseku.flow import Flow
from tlseku.policy.peer_software.request_shape import PeerEvidence

SHAPES = {each.stack: each.shape for each in reversed(REQUESTS)}


def asked_by(flow: Flow, stack: str | None = None, told: str | None = None) -> Flow:
    """The flow as if a server with that library had asked."""
    return replace(flow, peer_evidence=PeerEvidence(SHAPES.get(stack or ""), told))


def about(flow: Flow, word: str) -> Statement:
    (statement,) = [each for each in correlate(flow) if each.about.startswith(word)]
    return statement


REFUSED = [
    # alert, what was presented, the server's library, words that must stand there, words that must not
    (43, WRONG, "openssl", "; this server is likely OpenSSL: what is sent by OpenSSL (Apache", "rustls"),
    (
        43,
        WRONG,
        "rustls",
        "; this server is likely rustls: what is sent by rustls (granian, Deno) for an EKU",
        "OpenSSL",
    ),
    (42, WRONG, "go", "; this server is likely Go before 1.25: what is sent by Go (Caddy", "Botan"),
    (42, WRONG, "botan", "; this server is likely Botan: what is sent by Botan 2.19 for an EKU", "wolfSSL"),
    (46, WRONG, "java", "; this server is likely Java (JSSE): what is sent by Java (Tomcat, Jetty)", "NSS"),
    (46, WRONG, "nss", "; this server is likely NSS: what is sent by NSS 3.87 for an EKU", "Tomcat"),
    (40, WRONG, "erlang", "; this server is likely Erlang/OTP ssl: what is sent by Erlang/OTP 25", "anybody"),
    (
        45,
        EXPIRED,
        "openssl",
        "; this server is likely OpenSSL: what is sent by OpenSSL for a certificate outside",
        "Go since",
    ),
    # Nobody with that library sends it for what is wrong: nothing is said of the library.
    (
        42,
        WRONG,
        "openssl",
        "what is sent by Go (Caddy, etcd, Prometheus), wolfSSL 5.5, Botan 2.19 and NSS",
        "likely",
    ),
    (43, WRONG, "go", "what is sent by OpenSSL (Apache", "likely"),
    (43, WRONG, None, "what is sent by OpenSSL (Apache", "likely"),
]


@pytest.mark.parametrize(("code", "leaf", "stack", "there", "not_there"), REFUSED)
def test_the_sense_of_an_alert(
    code: int, leaf: object, stack: str | None, there: str, not_there: str
) -> None:
    flow = asked_by(flow_of(*presenting(leaf, ROOT), alerts(S, code)), stack)  # type: ignore[arg-type]
    text = about(flow, "refused").text
    assert there in text
    assert not_there not in text


def test_for_want_of_a_certificate() -> None:
    flow = flow_of(*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 42))
    assert "sent by Java 17 (Tomcat, Jetty), Go up to 1.24 or NSS" in about(flow, "refused_no").text
    assert "sent by Java 17 (Tomcat, Jetty) where" in about(asked_by(flow, "java"), "refused_no").text
    assert "sent by Go up to 1.24 where" in about(asked_by(flow, "go"), "refused_no").text
    # OpenSSL sends another alert: nobody is left out.
    assert "Java 17 (Tomcat, Jetty), Go" in about(asked_by(flow, "openssl"), "refused_no").text


def test_who_refuses_in_silence() -> None:
    flow = silent(flow_of(*presenting(WRONG, ROOT)), "refused", "close_without_alert", "server")
    assert "as Node, Bun, Deno, gRPC, BIND" in about(flow, "refused_without").text
    assert ", as Bun and gRPC do." in about(asked_by(flow, "boringssl"), "refused_without").text
    assert ", as Deno does." in about(asked_by(flow, "rustls"), "refused_without").text
    # Of a client nobody knows the library, whatever the server has.
    left = silent(flow_of(*ASKED), "refused", "close_without_alert", "client")
    assert "as gRPC, Bun, Node" in about(asked_by(left, "rustls"), "refused_without").text


ACCEPTED = [
    (WRONG, "gnutls", "accepted_by_other", "this server is likely GnuTLS, whose rule-book gnutls accepts it"),
    (
        WRONG,
        "openssl",
        "accepted_despite",
        "It is likely OpenSSL underneath: of the products that were run, Mumble",
    ),
    (WRONG, "go", "accepted_despite", "or does not verify client certificates at all"),
    (ANY, "go", "accepted_by_other", "this server is likely Go before 1.25, whose rule-book go accepts it"),
    (ANY, "openssl", "accepted_by_other", "for which many verifiers refuse it: this server does not"),
]


@pytest.mark.parametrize(("leaf", "stack", "word", "there"), ACCEPTED)
def test_what_it_accepts(leaf: object, stack: str, word: str, there: str) -> None:
    flow = asked_by(taken(flow_of(*presenting(leaf, ROOT), S_FIN)), stack)  # type: ignore[arg-type]
    assert there in about(flow, word).text


def test_its_own_book() -> None:
    flow = flow_of(*presenting(WRONG, ROOT), S_FIN)
    server, client = flow.presented
    assert by_own_book(flow, client) is None
    assert by_own_book(asked_by(flow, "gnutls"), server) is None
    own = by_own_book(asked_by(flow, "gnutls"), client)
    assert own is not None
    assert (own.book, own.finding.outcome, own.phrase) == ("gnutls", "accept", "likely GnuTLS")
    # Also where that book was not chosen, and where the product judges by another purpose.
    bare = replace(client, rule_books={})
    assert by_own_book(asked_by(flow, "gnutls"), bare) == own
    told = by_own_book(asked_by(flow, told="prosody"), client)
    assert told is not None
    assert (told.book, told.finding.outcome) == ("openssl", "accept")
    assert by_own_book(asked_by(flow, told="syslog-ng"), client) is None


def test_a_book_that_was_not_chosen_stands_among_those_that_agree() -> None:
    flow = taken(flow_of(*presenting(WRONG, ROOT), S_FIN))
    chosen = {name: flow.presented[1].rule_books[name] for name in ("openssl", "java")}
    flow = replace(flow, presented=(flow.presented[0], replace(flow.presented[1], rule_books=chosen)))
    said = about(asked_by(flow, "gnutls"), "accepted")
    assert (said.agree, said.disagree) == (("gnutls",), ("openssl", "java"))
    without = about(flow, "accepted")
    assert (without.agree, without.disagree) == ((), ("openssl", "java"))


def test_stacks() -> None:
    flow = asked_by(flow_of(*presenting(GOOD, ROOT), S_FIN), "java")
    assert stacks_judging(flow, "server") == ("java",)
    assert stacks_judging(flow, "client") == stacks_judging(flow, None) == ()
    assert stacks_judging(replace(flow, peer_evidence=PeerEvidence()), "server") == ()


def test_a_certificate_that_fits_is_not_spoken_of() -> None:
    flow = asked_by(taken(flow_of(*presenting(CLIENT_ONLY, ROOT), S_FIN)), "openssl")
    assert not [each for each in correlate(flow) if each.about.startswith("accepted")]
