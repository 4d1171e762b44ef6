"""The states of a client certificate: each alone, and none mistaken for another."""

from __future__ import annotations

import pytest

from tests.correlation.handshakes import (
    ASKED,
    C_FIN,
    CH,
    CKE,
    DONE,
    GOOD,
    NO_CERT,
    REQUEST,
    ROOT,
    S_FIN,
    SERVER,
    SH,
    SKE,
    C,
    S,
    Turn,
    alerts,
    presenting,
    shown,
    silent,
    taken,
)
from tests.dialogues import flow_of
from tests.tls import written
from tests.tls.written import (
    TLS13_CHOSEN,
    TLS13_OFFERED,
    application_data,
    client_hello,
    extension,
    server_hello,
)
from tlseku import client_certificate_state, correlate

CH13: Turn = (C, client_hello(TLS13_OFFERED, session_id=b"i" * 32))
SH13: Turn = (S, server_hello(TLS13_CHOSEN, session_id=b"i" * 32, suite=0x1301))
SH13_PSK: Turn = (S, server_hello(TLS13_CHOSEN, extension(41, b"\0\0"), session_id=b"i" * 32, suite=0x1301))
FLIGHT13: Turn = (S, written.CCS + application_data(900))

STATES: dict[str, tuple[tuple[Turn, ...], bool, str]] = {
    "not requested": ((CH, SH, SERVER, SKE, DONE, CKE, C_FIN, S_FIN), True, "not_requested"),
    "not requested, refused by the client": ((CH, SH, SERVER, DONE, alerts(C, 48)), True, "not_requested"),
    "presented": ((*presenting(GOOD, ROOT), S_FIN), True, "presented"),
    "presented and cut": ((*ASKED, (C, shown(C, GOOD, ROOT)[1][:200])), False, "presented"),
    "declined": ((*ASKED, NO_CERT, CKE, C_FIN, S_FIN), True, "declined"),
    "declined and refused": ((*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 40)), True, "declined"),
    "declined by an alert of SSL 3.0": ((*ASKED, alerts(C, 41, 1), CKE, C_FIN, S_FIN), True, "declined"),
    "unanswered": ((*ASKED, CKE, C_FIN, S_FIN), True, "unanswered"),
    "unanswered, refused before": ((*ASKED, alerts(C, 48)), True, "unanswered"),
    "unanswered, closed before": (ASKED, True, "unanswered"),
    "not known, the capture ends": (ASKED, False, "hidden"),
    "resumed": (
        (
            (C, client_hello(session_id=b"s" * 32)),
            (S, server_hello(session_id=b"s" * 32)),
            S_FIN,
            C_FIN,
        ),
        True,
        "resumed",
    ),
    "hidden by TLS 1.3": ((CH13, SH13, FLIGHT13, (C, application_data(53))), True, "hidden"),
    "resumed in TLS 1.3": ((CH13, SH13_PSK, FLIGHT13, (C, application_data(53))), True, "resumed"),
    "refused before the server's flight": ((CH, alerts(S, 70)), True, "unknown"),
    "closed before the server's flight": ((CH, SH), True, "unknown"),
    "the capture ends before the server's flight is over": ((CH, SH, SERVER), False, "hidden"),
    "renegotiated out of sight": (
        (
            *(CH, SH, SERVER, SKE, DONE, CKE, C_FIN, S_FIN),
            (C, written.finished()),
            (S, written.finished()),
        ),
        True,
        "hidden",
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_state(case: str) -> None:
    turns, end, state = STATES[case]
    assert client_certificate_state(flow_of(*turns, end=end)) == state


SAID = {
    "not requested": "the server did not ask for a client certificate",
    "unanswered": (
        "the server asked for a client certificate and the client went on without answering, which TLS does not allow"
    ),
    "unanswered, refused before": (
        "the server asked for a client certificate and the client refused before an answer came"
    ),
    "unanswered, closed before": (
        "the server asked for a client certificate and the connection ended before an answer came"
    ),
    "resumed": "the session was resumed: no certificate is sent, and those of the earlier connection count",
}


@pytest.mark.parametrize("case", SAID)
def test_what_is_said(case: str) -> None:
    turns, end, state = STATES[case]
    flow = flow_of(*turns, end=end)
    (statement,) = [each for each in correlate(flow) if each.about == state]
    assert statement.text == SAID[case]
    assert statement.frames == tuple(request.frame for request in flow.requests)
    assert not statement.hint


@pytest.mark.parametrize(
    "case",
    [
        "presented",
        "not known, the capture ends",
        "refused before the server's flight",
        "closed before the server's flight",
        "the capture ends before the server's flight is over",
        "renegotiated out of sight",
    ],
)
def test_nothing_is_said_of_the_request(case: str) -> None:
    turns, end, _ = STATES[case]
    said = {each.about for each in correlate(flow_of(*turns, end=end))}
    assert said.isdisjoint({"not_requested", "declined", "unanswered", "resumed", "request_not_met"})


UNTOLD = (
    "whether the server takes that cannot be told: nginx (HTTP 400), Dovecot (IMAP NO), PostgreSQL (FATAL 28000), Postfix "
    "(SMTP 421), Prosody (XMPP stream error), ejabberd (SASL failure) and MariaDB (error 1045) complete the handshake and "
    "refuse inside"
)
DECLINED = {
    "went on": ((*ASKED, NO_CERT, CKE, C_FIN, S_FIN), True, UNTOLD),
    "refused by the server": ((*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 40)), True, "the server refused"),
    "closed": ((*ASKED, NO_CERT, CKE, C_FIN), True, "then the connection was closed"),
    "not seen": ((*ASKED, NO_CERT), False, "what followed is not visible"),
}


@pytest.mark.parametrize("case", DECLINED)
def test_an_empty_list_carries_the_likely_causes(case: str) -> None:
    turns, end, result = DECLINED[case]
    flow = flow_of(*turns, end=end)
    (statement,) = [each for each in correlate(flow) if each.about == "declined"]
    assert statement.text == (
        f"asked for a certificate, the client sent an empty list; {result}. Likely causes: it has none configured; "
        "it withholds one without clientAuth, as .NET and Schannel do; none has a key or signature of a kind that "
        "the server lists"
    )
    assert statement.causes == ("no_certificate",)
    assert statement.frames == (flow.requests[0].frame, flow.presented[-1].frame)


def test_ca_names_are_a_likely_cause_only_where_there_are_any() -> None:
    named = (S, written.handshake(written.message(13, written.request_body(names=(b"\x30\x00",)))))
    turns = [named if turn == REQUEST else turn for turn in (*ASKED, NO_CERT, CKE, C_FIN, S_FIN)]
    (statement,) = [each for each in correlate(flow_of(*turns)) if each.about == "declined"]
    assert "none that it has is from a CA that the server names" in statement.text


def test_what_became_of_an_empty_list() -> None:
    """Only an answer of the server shows that it goes on without a certificate."""
    flow = flow_of(*ASKED, NO_CERT, CKE, C_FIN, S_FIN)
    ends = {
        "the server went on without one": taken(flow),
        "the handshake completed, and the server refused inside": silent(
            flow, "refused_inside", "answer_inside", "server"
        ),
        "the handshake completed, then the server closed without a byte of application data": silent(
            flow, "closed_after", "close_after_handshake", "server"
        ),
        "the server refused": silent(flow, "refused", "close_without_alert", "server"),
    }
    for result, ended in ends.items():
        (statement,) = [each for each in correlate(ended) if each.about == "declined"]
        assert statement.text.startswith(
            f"asked for a certificate, the client sent an empty list; {result}. Likely causes: "
        )


def test_who_sends_an_empty_list_because_no_name_fits() -> None:
    named = (
        S,
        written.handshake(written.message(13, written.request_body(names=(ROOT.certificate().subject_der,)))),
    )
    flow = flow_of(CH, SH, SERVER, SKE, named, DONE, NO_CERT, CKE, C_FIN, alerts(S, 40))
    (statement,) = [each for each in correlate(flow) if each.about == "declined"]
    assert (
        "none that it has is from a CA that the server names, where Go, Java, wget with GnuTLS, and Erlang in TLS 1.3 send "
        "none; it withholds one without clientAuth, as .NET and Schannel do"
    ) in statement.text
