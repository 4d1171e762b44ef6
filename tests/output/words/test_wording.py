"""Words for people: one for each value, hex or the raw word for what has none."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from tests.output.samples import ANY, CLIENT_AUTH, SERVER_AUTH, SMARTCARD, certificate, flow
from tests.schemas import schema
from tlseku.flow import Alert, Answer, Endpoint, Hidden, Request
from tlseku.output.words import wording
from tlseku.policy.offer import Offer
from tlseku.x509.certificate import Certificate


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("client_hello", "ClientHello"),
        ("server_hello_done", "ServerHelloDone"),
        ("certificate", "Certificate"),
        ("certificate_url", "CertificateURL"),
        ("change_cipher_spec", "ChangeCipherSpec"),
        ("encrypted_handshake", "an encrypted handshake message"),
        ("application_data", "application data"),
        ("alert", "alert"),
        ("0x63", "handshake message 0x63"),
        ("", ""),
    ],
)
def test_camel(kind: str, word: str) -> None:
    assert wording.camel(kind) == word


@pytest.mark.parametrize(
    ("eku", "names"),
    [
        (None, ["none"]),
        ((), ["empty"]),
        ((SMARTCARD, CLIENT_AUTH), ["clientAuth", "msSmartcardLogon"]),
        (("1.2.3", ANY, SERVER_AUTH), ["anyExtendedKeyUsage", "serverAuth", "1.2.3"]),
    ],
)
def test_purposes(eku: tuple[str, ...] | None, names: list[str]) -> None:
    assert wording.purposes(certificate(eku=eku)) == names


def test_purposes_that_cannot_be_read_are_not_absent() -> None:
    assert wording.purposes(replace(certificate(eku=None), eku_readable=False)) == ["unreadable"]
    assert wording.purposes(replace(certificate(eku=None), readable=False)) == ["unreadable"]


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_listed(items: list[str], text: str) -> None:
    assert wording.listed(items) == text


def test_endpoints() -> None:
    assert wording.endpoint(Endpoint("10.0.0.1", 443)) == "10.0.0.1:443"
    assert wording.endpoint(Endpoint("2001:db8::1", 443)) == "[2001:db8::1]:443"


@pytest.mark.parametrize(
    ("alert", "text"),
    [
        (Alert(1, "client", 2, 43, None, 0), "fatal alert unsupported_certificate (43)"),
        (Alert(1, "client", 1, 0, None, 0), "warning alert close_notify (0)"),
        (Alert(1, "client", 9, 250, None, 0), "level 0x09 alert 0xfa (250)"),
        (Alert(1, "client", -1, -1, None, 0), "encrypted alert"),
        (Alert(1, "client", 2, 43, None, 0, encrypted=True), "encrypted alert"),
    ],
)
def test_alert(alert: Alert, text: str) -> None:
    assert wording.alert(alert) == text


@pytest.mark.parametrize("answer", get_args(Answer))
def test_every_answer_has_words(answer: Answer) -> None:
    assert wording.answered(Request("server", 1, None, None, (), (), (), answer))


def test_every_reason_for_hiding_has_words() -> None:
    properties = schema()["properties"]
    assert isinstance(properties, dict)
    reasons = properties["hidden"]["items"]["properties"]["reason"]["enum"]
    assert sorted(wording.HIDDEN_BECAUSE) == sorted(reasons)


def test_hidden_is_grouped_by_reason() -> None:
    values = [Hidden("client_hello", "ech"), Hidden("alerts", "new_one"), Hidden("server_hello", "ech")]
    assert wording.hidden(values) == [
        "client hello and server hello: perhaps an outer hello (Encrypted Client Hello or a decoy)",
        "alerts: new_one",
    ]
    assert wording.hidden([Hidden("server_certificate", "tls13_encrypted")]) == [
        "server certificate: TLS 1.3 encrypts it"
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"outcome": "completed"}, "completed"),
        ({"outcome": "refused", "refused_by": "client"}, "refused by client"),
        ({"outcome": "refused", "refused_by": "unknown"}, "refused"),
        ({"outcome": "refused", "refused_by": None}, "refused"),
        ({"outcome": "unknown"}, "outcome unknown"),
    ],
)
def test_outcome(change: dict[str, object], text: str) -> None:
    assert wording.outcome(flow(**change)) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hidden", "label"),
    [
        ((), "SNI"),
        ((Hidden("client_hello", "ech"),), "outer SNI"),
        ((Hidden("client_hello", "ech_accepted"),), "outer SNI"),
        ((Hidden("client_hello", "segment_lost"),), "SNI"),
        ((Hidden("server_certificate", "ech"),), "SNI"),
    ],
)
def test_the_sni_of_an_outer_hello(hidden: tuple[Hidden, ...], label: str) -> None:
    assert wording.sni_label(flow(hidden=hidden)) == label


def test_names_and_issuers() -> None:
    assert wording.name_or_state(None) == "(unreadable name)"
    assert wording.name_or_state("") == "(empty name)"
    assert wording.name_or_state("CN=a") == "CN=a"
    assert wording.kind_of_issuer(certificate(public=None)) == ""
    assert wording.kind_of_issuer(certificate(public=True)) == " (public CA)"
    assert wording.kind_of_issuer(certificate(public=False)) == " (private CA)"
    assert wording.kind_of_issuer(replace(certificate(public=True), self_issued=True)) == " (self-issued)"
    assert wording.serial(certificate(None)) == "unreadable"
    assert wording.serial(certificate(0)) == "0"


def test_what_is_offered_without_grease() -> None:
    offer = Offer((0x2A2A, 0x0304, 0x0303), (0x0A0A, 0x11EC, 0x001D, 0x9999), (0x0904, 0x0403), None)
    assert list(wording.offered(flow(offered=offer))) == [
        ("versions", "TLS 1.3, TLS 1.2"),
        ("groups", "X25519MLKEM768, x25519, 0x9999"),
        ("schemes", "mldsa44, ecdsa_secp256r1_sha256"),
    ]
    assert list(wording.offered(flow(offered=Offer(None, (), None, (0x0401,))))) == [
        ("groups", "none"),
        ("in chains", "rsa_pkcs1_sha256"),
    ]
    assert list(wording.offered(flow())) == []
    for ids, text in (
        ((), "no root"),
        (("44947.2.1",), "1 root: 44947.2.1"),
        (tuple(map(str, range(14))), "14 roots: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"),
    ):
        said = list(wording.offered(flow(offered=Offer(trust_anchors=ids))))
        assert said == [("trust_anchors (likely)", text)]


@pytest.mark.parametrize(
    ("subject", "san", "shown"),
    [
        ("CN=a", (("dns", "a.example"),), "CN=a"),
        ("", (("dns", "localhost"), ("ip", "127.0.0.1")), "localhost, 127.0.0.1 (no subject)"),
        (
            "",
            tuple(("dns", f"{n}.example") for n in "abcde"),
            "a.example, b.example, c.example and 2 more (no subject)",
        ),
        ("", None, "(empty name)"),
        ("", (), "(empty name)"),
        (None, (("dns", "a.example"),), "(unreadable name)"),
    ],
)
def test_a_certificate_without_a_subject_is_known_by_its_names(
    subject: str | None, san: tuple[tuple[str, str], ...] | None, shown: str
) -> None:
    assert wording.subject(Certificate(der=b"", sha256="", subject=subject, san=san)) == shown


@pytest.mark.parametrize(
    ("outcome", "by", "closed", "shown"),
    [
        ("refused", "client", None, "refused by client"),
        ("refused_inside", "server", "server", "refused inside by server"),
        ("refused_inside", "unknown", None, "refused inside"),
        ("closed_after", None, "server", "closed by server right after the handshake"),
        ("closed_after", None, None, "closed right after the handshake"),
        ("completed", None, "client", "completed"),
    ],
)
def test_outcomes(outcome: str, by: str | None, closed: str | None, shown: str) -> None:
    assert wording.outcome(flow(outcome=outcome, refused_by=by, closed_by=closed)) == shown


def test_a_request_that_cannot_be_read_asks_for_nobody_knows_what() -> None:
    request = Request("server", 1, None, None, (), (), (), "none")
    assert wording.asked(request) == "asks for a client certificate in a request that cannot be read"
    assert wording.asked(replace(request, role="client")) == (
        "asks for a server certificate in a request that cannot be read"
    )
    assert (
        wording.asked(replace(request, certificate_types=())) == "asks for a client certificate from any CA"
    )
