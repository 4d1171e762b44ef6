"""Refusals: which alert, after which certificate, and which causes it can stand for."""

from __future__ import annotations

import pytest

from tests import builder
from tests.correlation.handshakes import (
    ASKED,
    C_FIN,
    CH,
    CH_OTHER_NAME,
    CKE,
    CLIENT_ONLY,
    DONE,
    EXPIRED,
    GOOD,
    NO_CERT,
    RESTRICTED,
    ROOT,
    SERVER,
    SERVER_CA,
    SH,
    SKE,
    WRONG,
    WRONG_AND_EXPIRED,
    WRONG_AND_KEY_USAGE,
    C,
    S,
    Turn,
    alerts,
    flow_refused_later,
    presenting,
    shown,
)
from tests.dialogues import flow_of, flows_in
from tests.tls import written
from tests.wire import Talk
from tlseku import Statement, correlate
from tlseku.output.words.advice import advice


def refusal(*turns: Turn) -> Statement:
    flow = flow_of(*turns)
    assert flow.outcome == "refused"
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    return statement


AFTER_A_CLIENT: dict[str, tuple[tuple[Turn, ...], int, str, tuple[str, ...]]] = {
    "43, EKU": (presenting(WRONG, ROOT), 43, "refused_for_eku", ("eku",)),
    "43, issuer's EKU": (presenting(RESTRICTED, SERVER_CA, ROOT), 43, "refused_for_eku", ("eku",)),
    "43, EKU and a leaf that came alone": (presenting(WRONG), 43, "refused_for_eku", ("eku", "issuer")),
    "43, EKU and key usage": (
        presenting(WRONG_AND_KEY_USAGE, ROOT),
        43,
        "refused_after_certificate",
        ("eku", "key_usage"),
    ),
    "43, EKU and expired": (
        presenting(WRONG_AND_EXPIRED, ROOT),
        43,
        "refused_for_eku",
        ("eku", "validity"),
    ),
    "43, expired only": (presenting(EXPIRED, ROOT), 43, "refused_after_certificate", ("validity",)),
    "43, nothing wrong": (presenting(GOOD, ROOT), 43, "refused_after_certificate", ()),
    "42, EKU": (presenting(WRONG, ROOT), 42, "refused_after_certificate", ("eku",)),
    "46, EKU": (presenting(WRONG, ROOT), 46, "refused_after_certificate", ("eku",)),
    "46, EKU and expired": (
        presenting(WRONG_AND_EXPIRED, ROOT),
        46,
        "refused_after_certificate",
        ("eku", "validity"),
    ),
    "45, expired": (presenting(EXPIRED, ROOT), 45, "refused_after_certificate", ("validity",)),
    "45, EKU and expired": (
        presenting(WRONG_AND_EXPIRED, ROOT),
        45,
        "refused_after_certificate",
        ("validity", "eku"),
    ),
    "45, EKU only": (presenting(WRONG, ROOT), 45, "refused_after_certificate", ("eku",)),
    "48, alone": (presenting(GOOD), 48, "refused_after_certificate", ("issuer",)),
    "48, EKU": (presenting(WRONG, ROOT), 48, "refused_after_certificate", ("issuer", "eku")),
    "40, EKU": (presenting(WRONG, ROOT), 40, "refused_after_certificate", ("eku",)),
    "44, EKU": (presenting(WRONG, ROOT), 44, "refused_after_certificate", ("revocation", "eku")),
    "80": (presenting(WRONG, ROOT), 80, "refused", ()),
    "10": (presenting(WRONG, ROOT), 10, "refused", ()),
}


@pytest.mark.parametrize("case", AFTER_A_CLIENT)
def test_after_a_client_certificate(case: str) -> None:
    turns, code, about, causes = AFTER_A_CLIENT[case]
    statement = refusal(*turns, alerts(S, code))
    assert (statement.about, statement.causes) == (about, causes)
    assert "right after the client Certificate" in statement.text


def test_the_whole_sentence() -> None:
    statement = refusal(*presenting(WRONG, ROOT), alerts(S, 43))
    assert statement.text == (
        "server refused with unsupported_certificate (43) right after the client Certificate: what is sent by OpenSSL "
        "(Apache httpd, HAProxy, stunnel, Kamailio and most others), rustls (granian, Deno) and Mbed TLS 2.28 for an "
        "EKU. One thing in this chain fits: the leaf lists serverAuth, not clientAuth. Rule-book openssl predicts the "
        "refusal by rule openssl/leaf-eku (so do 15 others)"
    )
    assert statement.frames == (7, 11)
    assert statement.agree[:3] == ("rfc5280", "openssl", "boringssl")
    assert statement.disagree == ("gnutls",)


def test_what_an_alert_does_not_stand_for_is_named_apart() -> None:
    statement = refusal(*presenting(WRONG_AND_EXPIRED, ROOT), alerts(S, 45))
    assert (
        "One thing in this chain fits: certificate #0 expired 443 days earlier. A capture cannot rule out an expired "
        "revocation list or a clock that differs from the capture's. Also wrong, though this alert does not stand for "
        "it: the leaf lists serverAuth, not clientAuth"
    ) in statement.text
    assert statement.agree == statement.disagree == ()
    assert "Rule-book" not in statement.text


def test_nothing_wrong_and_books_that_disagree() -> None:
    statement = refusal(*presenting(GOOD, ROOT), alerts(S, 43))
    assert "Nothing that it stands for is wrong with this chain as far as is seen" in statement.text
    assert statement.text.endswith("No chosen rule-book predicts a refusal for the EKU")
    assert statement.agree == ()
    assert "openssl" in statement.disagree


def test_books_say_nothing_about_dates() -> None:
    for code in (42, 46):
        statement = refusal(*presenting(EXPIRED, ROOT), alerts(S, code))
        assert statement.disagree == ()
        assert "rule-book" not in statement.text


AFTER_AN_EMPTY_LIST = {
    40: "refused_no_certificate",
    42: "refused_no_certificate",
    116: "refused_no_certificate",
    43: "refused",
    80: "refused",
}


@pytest.mark.parametrize("code", AFTER_AN_EMPTY_LIST)
def test_after_an_empty_list(code: int) -> None:
    statement = refusal(*ASKED, NO_CERT, CKE, C_FIN, alerts(S, code))
    assert statement.about == AFTER_AN_EMPTY_LIST[code]
    assert "eku" not in statement.causes
    assert (statement.causes == ("no_certificate",)) is (statement.about == "refused_no_certificate")


def test_after_no_answer_at_all() -> None:
    assert refusal(*ASKED, CKE, C_FIN, alerts(S, 40)).about == "refused_no_certificate"
    assert refusal(*ASKED, CKE, C_FIN, alerts(S, 10)).about == "refused"


AFTER_A_SERVER: dict[str, tuple[tuple[Turn, ...], int, str, tuple[str, ...]]] = {
    "43, EKU": ((CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE), 43, "refused_for_eku", ("eku",)),
    "42, name": ((CH_OTHER_NAME, SH, SERVER, SKE, DONE), 42, "refused_after_certificate", ("name",)),
    "42, EKU and name": (
        (CH_OTHER_NAME, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE),
        42,
        "refused_after_certificate",
        ("eku", "name"),
    ),
    "48, nothing wrong": ((CH, SH, SERVER, SKE, DONE), 48, "refused_after_certificate", ("issuer",)),
    "46, in the middle of the flight": ((CH, SH, SERVER), 46, "refused_after_certificate", ()),
}


@pytest.mark.parametrize("case", AFTER_A_SERVER)
def test_after_a_server_certificate(case: str) -> None:
    turns, code, about, causes = AFTER_A_SERVER[case]
    statement = refusal(*turns, alerts(C, code))
    assert (statement.about, statement.causes) == (about, causes)
    assert statement.text.startswith("client refused with ")
    assert "right after the server Certificate" in statement.text


NOT_FOR_A_CERTIFICATE: dict[str, tuple[tuple[Turn, ...], str]] = {
    "the hello": ((CH, alerts(S, 47)), "server refused with illegal_parameter (47), before a certificate could be the reason"),
    "the hello, with a certificate alert": (
        (CH, alerts(S, 43)),
        "server refused with unsupported_certificate (43), before a certificate could be the reason",
    ),
    "the ServerHello": ((CH, SH, alerts(C, 47)), "client refused with illegal_parameter (47), before a certificate could be the reason"),
    "the server's own chain": (
        (CH, SH, SERVER, alerts(S, 80)),
        "server refused with internal_error (80), before a certificate could be the reason",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_FOR_A_CERTIFICATE)
def test_refusals_that_answer_no_certificate(case: str) -> None:
    turns, text = NOT_FOR_A_CERTIFICATE[case]
    statement = refusal(*turns)
    assert (statement.about, statement.text, statement.causes) == ("refused", text, ())


NO_REFUSAL: dict[str, tuple[Turn, ...]] = {
    "completed": (*presenting(WRONG, ROOT), (S, b"\x14\x03\x03\0\x01\x01\x16\x03\x03\0\x28" + b"\xd1" * 40)),
    "closed": presenting(WRONG, ROOT),
    "a warning": (*presenting(GOOD, ROOT), alerts(S, 43, 1)),
    "close_notify": (*presenting(WRONG, ROOT), alerts(S, 0)),
    "user_canceled": (*presenting(WRONG, ROOT), alerts(S, 90)),
}


@pytest.mark.parametrize("case", NO_REFUSAL)
def test_what_is_no_refusal(case: str) -> None:
    said = [each.about for each in correlate(flow_of(*NO_REFUSAL[case]))]
    assert not [each for each in said if each.startswith("refused")]


def test_a_goodbye_before_the_refusal_is_not_taken_for_it() -> None:
    statement = refusal(*presenting(WRONG, ROOT), alerts(S, 90, 1), alerts(S, 43))
    assert statement.about == "refused_for_eku"


def test_an_alert_that_is_captured_before_the_certificate_it_answers() -> None:
    """Two interfaces out of step: the server's alert stands in the file before the client's last flight."""
    talk = Talk().open()
    for side, data in (*presenting(WRONG, ROOT), alerts(S, 43)):
        talk.send(side, data)
    talk.packets = [*talk.packets[:9], talk.packets[-1], *talk.packets[9:-1]]
    (flow,) = flows_in(talk.frames())
    assert flow.alerts[0].frame < flow.presented[-1].frame
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    assert (statement.about, statement.causes) == ("refused_for_eku", ("eku",))


def test_a_certificate_that_was_lost_is_not_taken_for_none() -> None:
    """The segment with the client's Certificate is missing; the refusal is there."""
    talk = Talk().open()
    for side, data in presenting(WRONG, ROOT):
        talk.send(side, data)
    talk.packets.pop(9)
    talk.send(S, alerts(S, 43)[1])
    talk.close(1)
    (flow,) = flows_in(talk.frames())
    assert [each.role for each in flow.presented] == ["server"]
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    assert statement.about == "refused"
    assert statement.text.endswith("The client certificate cannot be seen (segment_lost)")
    assert statement.causes == ()


@pytest.mark.parametrize("code", [40, 42, 116])
def test_an_empty_list_behind_the_alert_of_a_request_that_was_not_seen(code: int) -> None:
    flow = flow_of(
        (0, written.client_hello()),
        (1, written.server_hello() + written.alert(2, code)),
        (0, written.handshake(written.message(11, written.certificate_body()))),
    )
    assert flow.requests == ()
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    assert statement.about == "refused_no_certificate"
    assert flow.alerts[0].frame in statement.frames


LATER = [
    ("server", 42, "application_data", "in answer to the client Certificate, though application data came in between"),
    ("server", 116, "application_data", ""),
    ("client", 43, "new_session_ticket", "in answer to the server Certificate, though a NewSessionTicket came in between"),
    ("client", 48, "key_update", "in answer to the server Certificate, though a KeyUpdate came in between"),
    ("server", 43, "finished", "right after the client Certificate"),
    ("server", 40, "application_data", "and not in answer to a certificate"),
    ("server", 80, "application_data", "and not in answer to a certificate"),
    ("client", 20, "new_session_ticket", "and not in answer to a certificate"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "code", "after", "moment"), LATER)
def test_a_certificate_alert_answers_the_certificate_whatever_came_in_between(
    role: str, code: int, after: str, moment: str
) -> None:
    flow = flow_refused_later((WRONG, ROOT), role, code, after)
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    assert statement.text.startswith(f"{role} refused with ")
    assert moment in statement.text


def test_the_root_that_is_not_seen() -> None:
    """An issuer that was not presented may restrict: said where nothing else explains the alert, and only there."""
    issuing = builder.ca("Issuing", issuer=ROOT, serial=31)
    below = builder.build(issuer=issuing)
    unseen = "the EKU of the root, which is not seen and at which OpenSSL, Go and Bun look"
    statement = refusal(*presenting(below, issuing), alerts(S, 43))
    assert f"A capture cannot rule out {unseen}. " in statement.text
    assert unseen not in refusal(*presenting(below, issuing, ROOT), alerts(S, 43)).text
    assert unseen not in refusal(*presenting(WRONG), alerts(S, 43)).text
    assert unseen not in refusal(*presenting(below, issuing), alerts(S, 45)).text


def test_issuers_are_causes_as_leafs_are() -> None:
    any_ca = builder.ca("Any CA", issuer=ROOT, eku=(builder.ANY,), serial=32)
    statement = refusal(*presenting(builder.build(issuer=any_ca), any_ca, ROOT), alerts(S, 43))
    assert (statement.about, statement.causes) == ("refused_for_eku", ("eku",))
    assert "One thing in this chain fits: issuer #1 allows clientAuth only through anyExtendedKeyUsage" in (
        statement.text
    )


BAD_REQUEST: Turn = (S, written.handshake(written.message(13, written.request_body()[:-1])))


@pytest.mark.parametrize("code", [22, 47, 50])
def test_a_malformed_request_is_the_reason_and_not_the_certificate(code: int) -> None:
    flow = flow_of(CH, SH, SERVER, SKE, BAD_REQUEST, DONE, alerts(C, code))
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    request = flow.requests[0].frame
    assert (statement.about, statement.causes) == ("refused_message", ())
    assert statement.frames == (request, flow.alerts[0].frame)
    assert " in answer to a message of the server: CertificateRequest: malformed at byte " in statement.text
    assert advice(flow, correlate(flow)) == [
        "Shorten the list of CAs that the server 198.51.100.20 names in its CertificateRequest: it may have 65,535 bytes, and "
        "a server that names its whole trust store exceeds that. Name only the CAs that issue client certificates."
    ]


def test_a_malformed_request_does_not_explain_an_alert_about_a_certificate() -> None:
    statement = refusal(CH, SH, SERVER, SKE, BAD_REQUEST, DONE, alerts(C, 48))
    assert (statement.about, statement.causes) == ("refused_after_certificate", ("issuer",))


def test_without_a_malformed_message_a_decode_error_is_held_against_the_certificate() -> None:
    statement = refusal(CH, SH, SERVER, SKE, DONE, alerts(C, 50))
    assert statement.about == "refused_after_certificate"
