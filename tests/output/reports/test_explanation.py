"""One flow on a page: whole pages word by word, then what must stand on a page and what must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tests.correlation.handshakes import (
    ASKED,
    C_FIN,
    CKE,
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
from tests.output.samples import EVERY
from tlseku.flow import Flow, Hidden, Outcome
from tlseku.output.reports.explanation import explanation_lines
from tlseku.output.words.terminal_page import Page, plain, width_of
from tlseku.policy.rule_books import load_rule_books

HEADINGS = [
    "What was presented",
    "What the rule-books say",
    "What happened",
    "Do prediction and observation agree?",
    "What to do next",
]

REFUSED = """\
Flow 1 of wrong-eku-refused.pcap: 192.0.2.10:51852 → 198.51.100.20:8443
2026-04-01 08:20:00.100 UTC, https-8443, TLS 1.2, SNI server.example

What was presented
  ✓ The server (198.51.100.20) sent 2 certificates in frame 6: CN=server.example,O=Synthetic Example
    Ltd., serial 5a17c0de00000010, issued by CN=Example Private CA,O=Synthetic Example Ltd., EKU
    serverAuth.
    Verdict as TLS server: ok, leaf lists serverAuth.
    When it was presented the leaf was valid, 278 days left (until 2027-01-05).
  ✗ The client (192.0.2.10) sent 2 certificates in frame 8: CN=client.example,O=Synthetic Example
    Ltd., serial 5a17c0de00000021, issued by CN=Example Private CA,O=Synthetic Example Ltd., EKU
    serverAuth.
    Verdict as TLS client: wrong, leaf lists serverAuth but not clientAuth, which a TLS client
    needs.
    When it was presented the leaf was valid, 278 days left (until 2027-01-05).

What the rule-books say
  This server is likely OpenSSL, whose rule-book is openssl: the request lists the certificate types
  rsa_sign, dss_sign, ecdsa_sign; its 20 signature algorithms, ecdsa_secp256r1_sha256,
  ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512 first, are those of OpenSSL in its order.
  Of the products with it that were run, Mumble server and syslog-ng look at no EKU; Prosody
  (between servers) asks for serverAuth.
  Of the server's chain (frame 6):
    openssl  accept (openssl/fits): OpenSSL finds nothing in the presented chain against it as
             server
  Of the client's chain (frame 8):
    openssl  refuse (openssl/leaf-eku): OpenSSL wants clientAuth in the leaf's EKU, which lists
             serverAuth

What happened
  Refused by server: fatal alert unsupported_certificate (43).
  Server refused with unsupported_certificate (43) right after the client Certificate; this server
  is likely OpenSSL: what is sent by OpenSSL (Apache httpd, HAProxy, stunnel, Kamailio and most
  others) for an EKU. One thing in this chain fits: the leaf lists serverAuth, not clientAuth.
  Rule-book openssl predicts the refusal by rule openssl/leaf-eku.

Do prediction and observation agree?
  Yes: openssl predicts the refusal.

What to do next
  1. Give the client 192.0.2.10 a certificate whose EKU lists clientAuth. Public CAs stop issuing
     such, so take a private CA. Put it where the product keeps the certificate that it uses as a
     client, if it has such a store.
  2. Let the server 198.51.100.20 trust that CA.
  3. Or ask whoever runs the server 198.51.100.20 whether its EKU check can be switched off
     (Expressway, for inbound SIP: checking mode Off).
"""

ENCRYPTED = """\
Flow 1 of tls13.pcap: 192.0.2.10:51880 → 198.51.100.20:8443
2026-04-01 08:40:00.000 UTC, https-8443, TLS 1.3, SNI server.example

What was presented
  The client offered versions TLS 1.3; groups secp256r1; signature schemes ecdsa_secp256r1_sha256,
  ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512, ed25519, ed448, rsa_pss_pss_sha256,
  rsa_pss_pss_sha384, rsa_pss_pss_sha512, rsa_pss_rsae_sha256, rsa_pss_rsae_sha384,
  rsa_pss_rsae_sha512, rsa_pkcs1_sha256, rsa_pkcs1_sha384, rsa_pkcs1_sha512.
  Whether a client certificate was asked for or sent cannot be seen.
  Hidden: server certificate, certificate request and client certificate: TLS 1.3 encrypts them.
  A key log opens it (--keylog FILE). The client's hello looks like OpenSSL, and programs on it:
  curl and Python: SSLKEYLOGFILE=FILE; Node.js: --tls-keylog=FILE; s_client and s_server:
  -keylogfile FILE; others: SSL_CTX_set_keylog_callback, or SSLKEYLOGFILE=FILE with OpenSSL 3.5
  built with enable-sslkeylog. For the server see docs/how-to/encrypted.md.

What the rule-books say
  Nothing: no chain is seen.

What happened
  Completed: inferred: the server sent data after the client's last flight.
  Hint, not certain: By its length (1769 bytes), the first record of the client's last flight is
  long enough for a certificate: the client seems to have presented one.

Do prediction and observation agree?
  There is no prediction to compare with.

What to do next
  1. TLS 1.3 encrypts the certificates: to see them, capture the same connection with TLS 1.2, or
     look at the certificate files themselves (tlseku cert FILE).
"""


def page_of(flow: Flow, width: int = 100, *, ascii_only: bool = False) -> str:
    return "".join(f"{plain(line)}\n" for line in explanation_lines(flow, Page(width, ascii_only)))


@pytest.mark.parametrize(
    ("name", "expected"), [("wrong-eku-refused.pcap", REFUSED), ("tls13.pcap", ENCRYPTED)]
)
def test_whole_pages(name: str, expected: str, own_captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own_captures)
    (flow,) = tlseku.read(name, rule_books=load_rule_books(["openssl"]))
    assert page_of(flow) == expected


def section(flow: Flow, heading: str) -> list[str]:
    page = page_of(flow, 1000)
    return page.partition(f"\n{heading}\n")[2].partition("\n\n")[0].splitlines()


AGREEMENT = {
    "refused as predicted": (
        (*presenting(WRONG, ROOT), alerts(S, 43)),
        "  No: gnutls predicts the opposite.",
    ),
    "completed, and nothing came of it": (
        (*presenting(GOOD, ROOT), S_FIN),
        "  It cannot be told: nothing that can be read shows whether the server's and the client's certificate was "
        "accepted.",
    ),
    "refused, and only for a date": (
        (*presenting(EXPIRED, ROOT), alerts(S, 45)),
        "  Nothing seen here can be held against a rule-book's prediction.",
    ),
    "nothing came": (
        (*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 40)),
        "  Nothing seen here can be held against a rule-book's prediction.",
    ),
}


@pytest.mark.parametrize("case", AGREEMENT)
def test_agreement(case: str) -> None:
    turns, last = AGREEMENT[case]
    flow = flow_of(*turns)
    said = section(flow, "Do prediction and observation agree?")
    assert said[-1] == last


def test_what_was_accepted_is_held_against_the_books() -> None:
    heading = "Do prediction and observation agree?"
    assert section(taken(flow_of(*presenting(GOOD, ROOT), S_FIN)), heading) == [
        "  Yes: it was accepted, and no chosen rule-book predicts a refusal."
    ]
    said = section(taken(flow_of(*presenting(WRONG, ROOT), S_FIN)), heading)
    assert said[0] == "  Yes: gnutls predicts that it is accepted."
    assert said[1].startswith("  No: rfc5280, openssl, boringssl, ")


def test_an_empty_list_is_no_acceptance_of_anything() -> None:
    flow = taken(flow_of(*ASKED, NO_CERT, CKE, C_FIN, S_FIN))
    heading = "Do prediction and observation agree?"
    assert section(flow, heading) == ["  Yes: it was accepted, and no chosen rule-book predicts a refusal."]
    assert section(replace(flow, client_certificate_accepted=None), heading) == [
        "  It cannot be told: nothing that can be read shows whether the server goes on without a certificate."
    ]


@pytest.mark.parametrize("outcome", ["refused_inside", "closed_after"])
def test_a_silence_does_not_agree_with_the_books(outcome: Outcome) -> None:
    flow = silent(flow_of(*presenting(GOOD, ROOT), S_FIN), outcome, "close_after_handshake", "server")
    assert section(flow, "Do prediction and observation agree?") == [
        "  Nothing seen here can be held against a rule-book's prediction."
    ]


def test_an_empty_list_is_not_judged() -> None:
    flow = flow_of(*ASKED, NO_CERT, CKE, C_FIN, S_FIN)
    assert "  – The client (192.0.2.10) sent an empty list in frame 7." in section(flow, "What was presented")
    said = section(flow, "What the rule-books say")
    assert said[0] == "  Of the server's chain (frame 3):"
    assert not any("client's chain" in line for line in said)


@pytest.mark.parametrize(
    ("turns", "line"),
    [
        (
            presenting(GOOD, ROOT),
            "    When it was presented the leaf was valid, 286 days left (until 2027-01-01).",
        ),
        (
            presenting(EXPIRED, ROOT),
            "    When it was presented the leaf was expired 443 days earlier (until 2025-01-01).",
        ),
    ],
)
def test_validity_is_that_of_the_packet(turns: tuple[tuple[int, bytes], ...], line: str) -> None:
    assert section(flow_of(*turns), "What was presented")[-1] == line


@pytest.mark.parametrize("flow", EVERY, ids=lambda flow: f"flow {flow.number}")
@pytest.mark.parametrize("width", [80, 100, 160])
def test_every_page_has_every_heading_and_fits(flow: Flow, width: int) -> None:
    lines = list(explanation_lines(flow, Page(width)))
    assert [plain(line) for line in lines if plain(line) in HEADINGS] == HEADINGS
    assert max(width_of(line) for line in lines) <= width
    assert plain(lines[-1]) != "What to do next"


@pytest.mark.parametrize("flow", EVERY, ids=lambda flow: f"flow {flow.number}")
def test_hostile_text_is_harmless(flow: Flow) -> None:
    page = page_of(flow, ascii_only=True)
    assert page.isascii()
    assert all(character == "\n" or character.isprintable() for character in page)


ASKED_AND_HIDDEN = [
    (("one_direction_only",), "the client's direction was not captured"),
    (("segment_lost",), "the answer: a segment is missing from the capture"),
    ((), "the answer is hidden"),
]


@pytest.mark.parametrize(("reasons", "why"), ASKED_AND_HIDDEN)
def test_what_was_asked_is_said_though_the_answer_is_hidden(reasons: tuple[str, ...], why: str) -> None:
    flow = flow_of(*ASKED, end=False)
    flow = replace(flow, hidden=tuple(Hidden("client_certificate", reason) for reason in reasons))
    flow = replace(flow, requests=tuple(replace(each, answer="hidden") for each in flow.requests))
    frame = flow.requests[0].frame
    assert f"  A client certificate was asked for in frame {frame}; {why}." in section(
        flow, "What was presented"
    )
