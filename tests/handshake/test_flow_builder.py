"""From what was said to the flow: answers to requests, alerts, names from the hellos, defects."""

from __future__ import annotations

import pytest

from tests import wire
from tests.dialogues import C, S, flow_of, flows_in
from tests.handshake.turns import (
    C_CERT,
    C_FIN,
    CERT,
    CH,
    CH13,
    CKE,
    DATA,
    DONE,
    FIN13,
    FLIGHT13,
    FULL,
    HIDDEN13,
    HRR,
    LEAF,
    NO_CERT,
    REQUEST,
    S_FIN,
    SH,
    SH13,
    SKE,
    VERIFY,
    ends,
    packets_of,
    why_hidden,
)
from tests.tls import written
from tests.tls.written import (
    CCS,
    alert,
    application_data,
    client_hello,
    extension,
    handshake,
    message,
    record,
    request_body,
    server_hello,
)

ANSWERS = {
    "presented": (
        (CH, SH, CERT, SKE, REQUEST, DONE, C_CERT, CKE, VERIFY, C_FIN, S_FIN),
        True,
        "presented",
        ["ok", "ok"],
    ),
    "empty": (
        (CH, SH, CERT, SKE, REQUEST, DONE, NO_CERT, CKE, C_FIN, S_FIN),
        True,
        "empty",
        ["ok", "declined"],
    ),
    "never answered": ((CH, SH, CERT, SKE, REQUEST, DONE, CKE, C_FIN, S_FIN), True, "none", ["ok"]),
    "refused before an answer": ((CH, SH, CERT, SKE, REQUEST, DONE, (C, alert(2, 48))), True, "none", ["ok"]),
    "closed before an answer": ((CH, SH, CERT, SKE, REQUEST, DONE), True, "none", ["ok"]),
    "the capture ends before an answer": ((CH, SH, CERT, SKE, REQUEST, DONE), False, "hidden", ["ok"]),
    "no_certificate of SSL 3.0": (
        (
            CH,
            (S, server_hello(version=0x0300)),
            CERT,
            (S, handshake(message(13, request_body(schemes=None)))),
            DONE,
            (C, alert(1, 41)),
            CKE,
            C_FIN,
            S_FIN,
        ),
        True,
        "empty",
        ["ok"],
    ),
    "cut": (
        (CH, SH, CERT, SKE, REQUEST, DONE, (C, C_CERT[1][:200])),
        False,
        "presented",
        ["ok", "incomplete"],
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answer(case: str) -> None:
    turns, end, answer, verdicts = ANSWERS[case]
    flow = flow_of(*turns, end=end)
    assert [(each.role, each.answer) for each in flow.requests] == [("server", answer)]
    assert [each.verdict for each in flow.presented] == verdicts
    assert (("client_certificate", "capture_ends") in {tuple(why_hidden(each)) for each in flow.hidden}) is (
        answer == "hidden"
    )


def test_an_answer_captured_before_its_request_is_the_answer() -> None:
    """Two interfaces out of step: the client's flight stands before the server's in the file."""
    talk = packets_of((CH, SH, CERT, SKE, REQUEST, DONE, C_CERT, CKE, VERIFY, C_FIN, S_FIN))
    order = [0, 1, 2, 3, *range(9, 13), *range(4, 9), 13]
    talk.packets = [talk.packets[index] for index in order]
    (flow,) = flows_in(talk.frames())
    assert flow.requests[0].answer == "presented"
    assert [(each.role, each.verdict) for each in flow.presented] == [("client", "ok"), ("server", "ok")]


def test_no_request_no_answer() -> None:
    flow = flow_of(*FULL)
    assert flow.requests == ()
    assert flow.hidden == ()
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok")]


def test_a_cut_request_is_a_request() -> None:
    body = handshake(message(13, request_body(names=(b"\x30\x20" + b"n" * 32,) * 9)))
    flow = flow_of(CH, SH, CERT, SKE, (S, body[:100]), end=False)
    assert [(each.certificate_types, each.authorities, each.answer) for each in flow.requests] == [
        (None, (), "hidden")
    ]
    assert [why_hidden(each) for each in flow.hidden] == [
        ("certificate_request", "capture_ends"),
        ("client_certificate", "capture_ends"),
    ]


def test_an_unreadable_request_is_a_request() -> None:
    flow = flow_of(CH, SH, CERT, SKE, (S, handshake(message(13, b"\xff"))), DONE, NO_CERT, CKE, C_FIN, S_FIN)
    assert [(each.certificate_types, each.answer) for each in flow.requests] == [(None, "empty")]
    assert [each.reason for each in flow.defects] == [
        "CertificateRequest: malformed at byte 1: expected certificate_types (255 bytes, 0 left)"
    ]


@pytest.mark.parametrize(
    ("turns", "afters"),
    [
        ((CH, (S, alert(2, 40))), [("server", "client_hello")]),
        (((S, alert(2, 40)), CH), [("server", None)]),
        ((CH, SH, CERT, DONE, (C, alert(2, 42))), [("client", "server_hello_done")]),
        ((CH, SH, CERT, DONE, C_CERT, (S, alert(2, 43))), [("server", "certificate")]),
        ((CH, SH, CERT, DONE, CKE, C_FIN, (S, alert(2, 40))), [("server", "encrypted_handshake")]),
        ((CH, SH, CERT, DONE, (C, CCS), (S, alert(2, 10))), [("server", "change_cipher_spec")]),
        ((*FULL, *DATA, (C, record(21, bytes(26)))), [("client", "application_data")]),
        (
            (CH, (S, record(21, b"\x01\x70\x02\x28"))),
            [("server", "client_hello"), ("server", "client_hello")],
        ),
        (FULL, []),
    ],
)
def test_what_an_alert_came_after(
    turns: tuple[tuple[int, bytes], ...], afters: list[tuple[str, str | None]]
) -> None:
    assert [(each.role, each.after) for each in flow_of(*turns).alerts] == afters


def test_an_encrypted_alert() -> None:
    (found,) = flow_of(*FULL, (C, record(21, bytes(26)))).alerts
    assert (found.level, found.code, found.encrypted) == (-1, -1, True)


def test_facts_of_the_hellos() -> None:
    answer = (S, server_hello(written.alpn(b"sip"), suite=0xC02F))
    flow = flow_of(CH, answer, *FULL[2:])
    assert (flow.version, flow.cipher, flow.sni, flow.alpn, flow.alpn_offered) == (
        0x0303,
        0xC02F,
        "a.example",
        "sip",
        ("h2", "sip"),
    )
    assert flow.service == "https-8443"


def test_damaged_extensions_take_nothing_else_away() -> None:
    flow = flow_of((C, client_hello(extension(0, b"\0\x09"), extension(16, b"\xff"))), *FULL[1:])
    assert (flow.sni, flow.alpn_offered, flow.outcome) == (None, (), "completed")


def test_an_unreadable_hello_is_a_defect_and_its_sender_still_the_client() -> None:
    flow = flow_of((C, handshake(message(1, b"\x03\x03short"))), *FULL[1:])
    assert (flow.role_evidence, ends(flow)) == ("server_hello", (wire.CLIENT[0], wire.SERVER[0]))
    assert [each.reason for each in flow.defects] == [
        "handshake message 1: malformed at byte 2: expected random (32 bytes, 5 left)"
    ]


def test_a_hello_in_ssl2_format() -> None:
    from tests.tls.test_stream_start import SSL2

    flow = flow_of((C, SSL2), (S, server_hello(version=0x0301)), *FULL[2:])
    assert (flow.role_evidence, flow.version, flow.outcome) == ("client_hello", 0x0301, "completed")
    assert flow.messages[0].kind == "client_hello"


def test_the_version_after_a_retry_is_that_of_the_second_hello() -> None:
    flow = flow_of(CH13, HRR, (C, CCS + CH13[1]), SH13, FLIGHT13, FIN13)
    assert [each.kind for each in flow.messages].count("client_hello") == 2
    assert [each.kind for each in flow.messages].count("server_hello") == 2
    assert (flow.version, flow.cipher) == (0x0304, 0x1301)
    assert [why_hidden(each) for each in flow.hidden] == HIDDEN13


@pytest.mark.parametrize("bad", [b"\0\0\x09abc", b"\0\0"])
def test_a_stump_is_no_certificate(bad: bytes) -> None:
    body = written.vector(3, written.vector(3, LEAF) + bad)
    flow = flow_of(CH, SH, (S, handshake(message(11, body))), DONE)
    (said,) = flow.presented
    assert (len(said.chain), said.verdict, said.entries_missing) == (1, "incomplete", True)
    assert [each.layer for each in flow.defects] == ["tls"]


def test_bytes_behind_a_whole_list_are_a_defect_and_no_loss() -> None:
    flow = flow_of(CH, SH, (S, handshake(message(11, written.certificate_body(LEAF) + b"x"))), DONE)
    (said,) = flow.presented
    assert (len(said.chain), said.verdict, said.entries_missing) == (1, "ok", False)
    assert [each.reason for each in flow.defects] == [
        f"Certificate: malformed at byte {6 + len(LEAF)}: expected the end of Certificate"
    ]


def test_thirty_two_records_of_one_side_do_not_drown_the_other() -> None:
    upload = [(C, application_data(9))] * 100
    flow = flow_of(*FULL, *upload, *[(S, application_data(9))] * 300)
    assert [each.kind for each in flow.messages].count("application_data") == 2
    assert flow.defects == ()


def test_a_flood_of_messages_is_bounded_and_told() -> None:
    flow = flow_of(CH, SH, *[(S, handshake(message(0, b"") * 500))] * 20)
    assert len(flow.messages) == 256
    assert [each.reason for each in flow.defects] == ["more than 256 messages; the rest is not listed"]


def test_a_flood_of_certificates_is_bounded_and_told() -> None:
    body = message(11, written.certificate_body(bytes(900_000)))
    many = b"".join(record(22, body[at : at + 16000]) for at in range(0, len(body), 16000))
    flow = flow_of(CH, SH, *[(S, many)] * 8)
    assert len(flow.presented) == 8
    assert [each.entries_missing for each in flow.presented] == [False] * 4 + [True] * 4
    assert sum(each.reason.startswith("more than 4194304 bytes") for each in flow.defects) == 4
