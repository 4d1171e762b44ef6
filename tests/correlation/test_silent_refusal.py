"""Refusals without an alert: who, how, whose certificate, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builder
from tests.correlation.handshakes import (
    ASKED,
    C_FIN,
    CH,
    CKE,
    CLIENT_ONLY,
    DONE,
    EXPIRED,
    GOOD,
    NO_CERT,
    ROOT,
    S_FIN,
    SERVER,
    SH,
    SKE,
    WRONG,
    S,
    Turn,
    alerts,
    presenting,
    shown,
    silent,
)
from tests.dialogues import flow_of
from tlseku import Statement, correlate
from tlseku.flow import Outcome, OutcomeEvidence, Role

CLOSERS = (
    "Node, Bun, Deno, gRPC, BIND (DNS over TLS), FreeRADIUS (RadSec), Python's asyncio (uvicorn, hypercorn), ocserv, slapd, "
    "rsyslog with GnuTLS and unbound"
)
CLIENTS = "gRPC, Bun, Node, s2n, curl_cffi and Node in TLS 1.2"
NOTHING = "Nothing is wrong with this chain as far as is seen: trust and revocation no capture shows"
FROM_CLIENT: tuple[Turn, ...] = (*presenting(WRONG, ROOT), S_FIN)
NO_EKU = builder.build(issuer=ROOT, eku=None)
OF_SERVER: tuple[Turn, ...] = (CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE)

Case = tuple[tuple[Turn, ...], Outcome, OutcomeEvidence, Role, str, str, tuple[str, ...]]

SAYS: dict[str, Case] = {
    "closed": (
        presenting(WRONG, ROOT), "refused", "close_without_alert", "server", "refused_without_alert",
        f"server refused without an alert: it closed the connection, after the client Certificate, as {CLOSERS} do. What may "
        "be held against it: the leaf lists serverAuth, not clientAuth",
        ("eku",),
    ),
    "reset": (
        presenting(EXPIRED, ROOT), "refused", "reset_without_alert", "server", "refused_without_alert",
        f"server refused without an alert: it reset the connection, after the client Certificate, as {CLOSERS} do. What may "
        "be held against it: certificate #0 expired 443 days earlier",
        ("validity",),
    ),
    "nothing wrong": (
        presenting(GOOD, ROOT), "refused", "close_without_alert", "server", "refused_without_alert",
        f"server refused without an alert: it closed the connection, after the client Certificate, as {CLOSERS} do. {NOTHING}",
        (),
    ),
    "no certificate": (
        (*ASKED, NO_CERT, CKE, C_FIN), "refused", "close_without_alert", "server", "refused_no_certificate",
        f"server refused without an alert: it closed the connection, as {CLOSERS} do; a client certificate was asked for and "
        "none came",
        ("no_certificate",),
    ),
    "by the client": (
        OF_SERVER, "refused", "close_without_alert", "client", "refused_without_alert",
        f"client refused without an alert: it closed the connection, after the server Certificate, as {CLIENTS} do. What may "
        "be held against it: the leaf lists clientAuth, not serverAuth",
        ("eku",),
    ),
    "an encrypted alert": (
        presenting(WRONG, ROOT), "refused", "encrypted_alert", "server", "refused_without_alert",
        "server refused with an alert that is encrypted, after the client Certificate. What may be held against it: the leaf "
        "lists serverAuth, not clientAuth",
        ("eku",),
    ),
    "inside": (
        FROM_CLIENT, "refused_inside", "answer_inside", "server", "refused_inside",
        "the handshake completed and the server refused inside: HTTP 400 Bad Request, after the client Certificate. What "
        "may be held against it: the leaf lists serverAuth, not clientAuth",
        ("eku",),
    ),
    "inside, no certificate": (
        (*ASKED, NO_CERT, CKE, C_FIN, S_FIN), "refused_inside", "answer_inside", "server", "refused_inside",
        "the handshake completed and the server refused inside: HTTP 400 Bad Request; a client certificate was asked for and none came",
        ("no_certificate",),
    ),
    "after the handshake": (
        FROM_CLIENT, "closed_after", "close_after_handshake", "server", "closed_after",
        "the handshake completed, then the server closed the connection without a byte of application data, after the client "
        "Certificate, as slapd, rsyslog with GnuTLS and unbound do. What may be held against it: the leaf lists serverAuth, "
        "not clientAuth",
        ("eku",),
    ),
    "after the handshake, by the client": (
        (*OF_SERVER, CKE, C_FIN, S_FIN), "closed_after", "close_after_handshake", "client", "closed_after",
        "the handshake completed, then the client closed the connection without a byte of application data, after the server "
        "Certificate, as curl_cffi and Node in TLS 1.2 do. What may be held against it: the leaf lists clientAuth, not "
        "serverAuth",
        ("eku",),
    ),
}  # fmt: skip


def said(turns: tuple[Turn, ...], outcome: Outcome, evidence: OutcomeEvidence, role: Role) -> list[Statement]:
    inside = "HTTP 400 Bad Request" if outcome == "refused_inside" else None
    found = correlate(silent(flow_of(*turns), outcome, evidence, role, inside))
    return [each for each in found if each.about.startswith(("refused", "closed", "accept"))]


@pytest.mark.parametrize("case", SAYS)
def test_must_say(case: str) -> None:
    turns, outcome, evidence, role, about, text, causes = SAYS[case]
    (statement,) = said(turns, outcome, evidence, role)
    assert (statement.about, statement.text, statement.causes) == (about, text, causes)
    assert statement.hint is (about == "closed_after")
    assert statement.fitting == len(causes)


def test_who_refuses_inside_where_the_answer_was_not_read() -> None:
    flow = silent(flow_of(*FROM_CLIENT), "refused_inside", "answer_inside", "server")
    (statement,) = [each for each in correlate(flow) if each.about == "refused_inside"]
    assert statement.text.startswith(
        "the handshake completed and the server refused inside, after the client Certificate, as nginx (HTTP 400), Dovecot "
    )


def test_the_root_that_is_not_seen() -> None:
    issuing = builder.ca("Issuing", issuer=ROOT, serial=41)
    leaf = builder.build(issuer=issuing)
    unseen = (
        "Nothing is wrong with this chain as far as is seen: the EKU of the root, at which OpenSSL, Go and Bun look, is not "
        "seen, trust and revocation no capture shows"
    )
    (statement,) = said(presenting(leaf, issuing), "refused", "close_without_alert", "server")
    assert statement.text.endswith(unseen)
    (statement,) = said(presenting(leaf, issuing, ROOT), "refused", "close_without_alert", "server")
    assert statement.text.endswith(NOTHING)


@pytest.mark.parametrize(
    ("starttls", "chain", "causes"),
    [
        ("xmpp", (CLIENT_ONLY, ROOT), ("eku",)),
        ("xmpp", (GOOD, ROOT), ()),
        ("xmpp", (NO_EKU, ROOT), ()),
        ("smtp", (CLIENT_ONLY, ROOT), ()),
        (None, (CLIENT_ONLY, ROOT), ()),
    ],
)
def test_what_prosody_looks_for_between_xmpp_servers(
    starttls: str | None, chain: tuple[builder.Built, ...], causes: tuple[str, ...]
) -> None:
    flow = replace(flow_of(*presenting(*chain), S_FIN), starttls=starttls)
    flow = silent(flow, "refused_inside", "answer_inside", "server", "stream error: not-authorized")
    (statement,) = [each for each in correlate(flow) if each.about == "refused_inside"]
    assert statement.causes == causes
    assert ("for which Prosody looks where an XMPP server calls" in statement.text) is bool(causes)


def test_an_alert_behind_a_silent_refusal_refuses_nothing() -> None:
    """OpenSSL answers a hang-up with its own decode_error(50): the side that closed first refused."""
    flow = flow_of(*presenting(WRONG, ROOT), alerts(0, 50))
    flow = silent(flow, "refused", "close_without_alert", "server")
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    assert statement.text.startswith("server refused without an alert: it closed the connection")
    assert "decode_error" not in statement.text


def test_only_an_eku_has_rule_books_agree_with_a_silence() -> None:
    (statement,) = said(presenting(WRONG, ROOT), "refused", "close_without_alert", "server")
    assert "openssl" in statement.agree
    (statement,) = said(presenting(EXPIRED, ROOT), "refused", "close_without_alert", "server")
    assert statement.agree == statement.disagree == ()


QUIET: dict[str, tuple[tuple[Turn, ...], Outcome]] = {
    "completed": (FROM_CLIENT, "completed"),
    "aborted": (presenting(WRONG, ROOT), "aborted"),
    "incomplete": (presenting(WRONG, ROOT), "incomplete"),
    "unknown": ((CH, SH, SERVER), "unknown"),
}


@pytest.mark.parametrize("case", QUIET)
def test_must_say_nothing(case: str) -> None:
    turns, outcome = QUIET[case]
    found = correlate(silent(flow_of(*turns), outcome, "nothing", "server"))
    assert not [each for each in found if each.about.startswith(("refused", "closed"))]
