"""Whose software it is, in sentences: likely, with what spoke for it, and what products were seen to do."""

from __future__ import annotations

from dataclasses import replace

from tests.output.samples import SCENARIO_1
from tests.policy.peer_software.shapes import ASKED
from tlseku.flow import Flow
from tlseku.output.words.advice import advice
from tlseku.output.words.software import products_of, software_sentences
from tlseku.policy.peer_software.request_shape import PeerEvidence

OPENSSL, GNUTLS, GO = (
    next(each.shape for each in ASKED if each.stack == stack) for stack in ("openssl", "gnutls", "go")
)


def asked_by(evidence: PeerEvidence, **changed: object) -> Flow:
    return replace(SCENARIO_1, peer_evidence=evidence, **changed)  # type: ignore[arg-type]


def test_nothing_is_known() -> None:
    assert list(software_sentences(asked_by(PeerEvidence()))) == []
    assert list(software_sentences(asked_by(PeerEvidence(OPENSSL._replace(signature_algorithms=(1,)))))) == []


def test_a_library() -> None:
    assert list(software_sentences(asked_by(PeerEvidence(OPENSSL), service=None, starttls=None))) == [
        "This server is likely OpenSSL, whose rule-book is openssl: the request lists the certificate types rsa_sign, "
        "dss_sign, ecdsa_sign; its 20 signature algorithms, ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, "
        "ecdsa_secp521r1_sha512 first, are those of OpenSSL in its order.",
        "Of the products with it that were run, Mumble server and syslog-ng look at no EKU; Prosody (between servers) asks "
        "for serverAuth.",
    ]


def test_products_of_the_service_if_they_are_few() -> None:
    smtp = asked_by(PeerEvidence(OPENSSL), service="smtp", starttls="smtp")
    assert list(software_sentences(smtp))[2:] == [
        "Postfix smtpd 3.7.11 (run 2026-11-29), shown a certificate without clientAuth or an expired one or one of an "
        "unknown issuer or none: completes the handshake and refuses inside (421 4.7.1).",
        "Where Postfix smtpd says why: mail log: Client certificate not trusted, No client certificate presented.",
    ]
    assert [each[:5] for each in software_sentences(asked_by(PeerEvidence(GNUTLS), service="smtp"))][
        -2
    ] == "Exim "
    # Many products with OpenSSL speak HTTP: none of them is named.
    https = asked_by(PeerEvidence(OPENSSL), service="https")
    assert len(list(software_sentences(https))) == 2
    assert len(list(software_sentences(asked_by(PeerEvidence(GO), service="smtp", starttls=None)))) == 1


def test_what_the_user_names() -> None:
    said = list(software_sentences(asked_by(PeerEvidence(OPENSSL, "rabbitmq"))))
    assert said[0].startswith("This server is RabbitMQ 3.10.8, with Erlang/OTP ssl")
    assert said[0].endswith(": named by the user; the request looks otherwise: likely OpenSSL.")
    assert said[1] == (
        "RabbitMQ 3.10.8 (run 2026-11-29), shown a certificate without clientAuth: refuses with handshake_failure (40); "
        "an expired one: refuses with certificate_expired (45); one of an unknown issuer: refuses with unknown_ca (48); "
        "none: refuses with handshake_failure (40) in TLS 1.2, refuses with certificate_required (116) in TLS 1.3."
    )
    prosody = asked_by(PeerEvidence(None, "prosody"))
    software = prosody.peer_software
    assert software is not None
    assert [each.name for each in products_of(prosody, software)] == ["prosody"]
    assert "shown a certificate without serverAuth" in list(software_sentences(prosody))[1]


def test_where_its_log_says_why() -> None:
    refused = asked_by(PeerEvidence(None, "unbound"), outcome="refused", refused_by="server")
    said = "Unbound remote control says why in its log: remote control connection provided no client certificate."
    assert said in advice(refused, [])
    assert said not in advice(asked_by(PeerEvidence(None, "unbound"), outcome="completed"), [])
    assert advice(asked_by(PeerEvidence(None, "haproxy"), outcome="refused"), []) == advice(
        asked_by(PeerEvidence(), outcome="refused"), []
    )
