"""Refusals of the hello: that a certificate can be the reason, and where it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.correlation.handshakes import CH, GOOD, ROOT, SH, SKE, C, S, Turn, alerts, shown, silent
from tests.dialogues import flow_of
from tests.tls.written import client_hello, extension, vector
from tlseku import Statement, correlate
from tlseku.output.words.advice import advice
from tlseku.policy.offer import Offer


def hello(*schemes: int, cert: tuple[int, ...] | None = None, versions: bytes = b"\3\4\3\3") -> Turn:
    exts = [extension(43, vector(1, versions))]
    for kind, codes in ((13, schemes), (50, cert)):
        if codes is not None:
            exts.append(extension(kind, vector(2, b"".join(code.to_bytes(2, "big") for code in codes))))
    return C, client_hello(*exts)


PLAIN = hello(0x0403, 0x0401, 0x0804, 0x0807, 0x0808, 0x0809)
REASON = (
    "in answer to the ClientHello: nothing that both take was found. The server's certificate can be the reason: one whose "
    "key or signature no scheme of the client fits cannot be sent. The client "
)


def refusal(*turns: Turn) -> Statement:
    (statement,) = [each for each in correlate(flow_of(*turns)) if "refused" in each.about]
    return statement


SAYS: dict[str, tuple[Turn, int, str]] = {
    "no ML-DSA": (PLAIN, 40, "offers no scheme of signature_algorithms for ML-DSA and SLH-DSA"),
    "insufficient_security": (PLAIN, 71, "offers no scheme of signature_algorithms for ML-DSA and SLH-DSA"),
    "no Ed25519 nor PSS keys": (
        hello(0x0403, 0x0401, 0x0804),
        40,
        "offers no scheme of signature_algorithms for RSA-PSS keys, Ed25519, Ed448, ML-DSA and SLH-DSA",
    ),
    "signature_algorithms_cert": (
        hello(0x0905, 0x0403, 0x0401, 0x0807, 0x0808, 0x0809, 0x0911, cert=(0x0403, 0x0401, 0x0807, 0x0808, 0x0809)),
        40,
        "offers no scheme of signature_algorithms_cert for an issuer of ML-DSA and SLH-DSA; it takes ML-DSA, which exists "
        "in TLS 1.3 only: a server kept at TLS 1.2 cannot use such a key",
    ),
    "TLS 1.3 only": (
        hello(0x0905, 0x0403, 0x0401, 0x0807, 0x0808, 0x0809, 0x0911, versions=b"\3\4"),
        40,
        "takes ML-DSA, which exists in TLS 1.3 only: a server kept at TLS 1.2 cannot use such a key; it offers TLS 1.3 "
        "only, which servers that end at TLS 1.2 refuse with 70, coturn and lighttpd with Mbed TLS with 40",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAYS)
def test_must_say(case: str) -> None:
    turn, code, whys = SAYS[case]
    statement = refusal(turn, alerts(S, code))
    assert (statement.about, statement.causes) == ("hello_refused", ("signature_algorithm",))
    assert statement.text.endswith(f" {REASON}{whys}")


def test_a_server_that_closes_in_answer_to_the_hello() -> None:
    flow = silent(flow_of(PLAIN), "refused", "close_without_alert", "server")
    (statement,) = correlate(flow)
    assert statement.text.startswith(f"server refused without an alert: it closed the connection {REASON}")


OTHERS: dict[str, tuple[tuple[Turn, ...], str]] = {
    "protocol_version": ((PLAIN, alerts(S, 70)), "server refused with protocol_version (70), before a certificate could be the reason"),
    "protocol_version, TLS 1.3 only": (
        (hello(0x0403, versions=b"\3\4"), alerts(S, 70)),
        "server refused with protocol_version (70) in answer to the ClientHello, which offers TLS 1.3 only",
    ),
    "unrecognized_name": ((PLAIN, alerts(S, 112)), "server refused with unrecognized_name (112), before a certificate could be the reason"),
    "after the ServerHello": ((PLAIN, SH, alerts(S, 40)), "server refused with handshake_failure (40), before a certificate could be the reason"),
    "by the client": ((CH, SH, alerts(C, 40)), "client refused with handshake_failure (40), before a certificate could be the reason"),
    "with a certificate": (
        (CH, SH, shown(S, GOOD, ROOT), SKE, alerts(S, 40)),
        "server refused with handshake_failure (40), before a certificate could be the reason",
    ),
    "without the hello": ((SH, alerts(S, 40)), "server refused with handshake_failure (40), before a certificate could be the reason"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_must_not_say(case: str) -> None:
    turns, text = OTHERS[case]
    statement = refusal(*turns)
    assert (statement.about, statement.causes) == ("refused", ())
    assert statement.text == text


def test_advice_compares_the_certificate_with_the_offer() -> None:
    flow = flow_of(PLAIN, alerts(S, 40))
    assert advice(flow, correlate(flow)) == [
        "Compare the key and the signatures of the certificate of the server 198.51.100.20 (tlseku cert FILE) with the "
        "schemes, groups and versions that the client 192.0.2.10 offers (tlseku show FILE 1). A server with an ECDSA or RSA "
        "certificate from an RSA or ECDSA issuer beside the newer one serves both.",
        "Look into the log of the server 198.51.100.20: OpenSSL says no shared cipher, or no suitable signature algorithm.",
    ]
    flow = replace(flow, offered=Offer(versions=(0x0304,)))
    assert advice(flow, correlate(flow))[0] == (
        "Let the client 192.0.2.10 offer TLS 1.2 too, or the server 198.51.100.20 speak TLS 1.3: only that is offered."
    )


def test_a_rejected_encrypted_hello() -> None:
    flow = flow_of(CH, SH, shown(S, GOOD, ROOT), SKE, alerts(C, 121))
    (statement,) = [each for each in correlate(flow) if each.about == "ech_rejected"]
    assert statement.text == (
        "client refused with ech_required (121): the server did not accept its Encrypted Client Hello, so that the "
        "handshake was with the public name only. No certificate is the reason: the client offered a configuration "
        "(ECHConfig) that the server has no key for, and should connect again with the one that came back, if one did"
    )
    assert advice(flow, correlate(flow))[0].startswith(
        "Publish the ECHConfig of the server 198.51.100.20 in DNS anew"
    )
