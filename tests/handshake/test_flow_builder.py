"""From what was said to the flow: roles, outcome, resumption, answers, alerts, what is hidden and why."""

from __future__ import annotations

import pytest

from tests import wire
from tests.dialogues import C, S, flow_of, flows_in
from tests.tls import written
from tests.tls.written import (
    CCS,
    CERTIFICATE_VERIFY,
    CLIENT_KEY_EXCHANGE,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    TLS13_CHOSEN,
    TLS13_OFFERED,
    alert,
    application_data,
    certificate,
    client_hello,
    extension,
    finished,
    handshake,
    message,
    record,
    request_body,
    server_hello,
)

LEAF = written.chain_of("scenario2", 0)[0]
CH, SH = (C, client_hello(written.sni(b"a.example"), written.alpn(b"h2", b"sip"))), (S, server_hello())
CERT = (S, certificate(LEAF))
DONE = (S, handshake(SERVER_HELLO_DONE))
SKE = (S, handshake(SERVER_KEY_EXCHANGE))
REQUEST = (S, handshake(message(13, request_body())))
CKE = (C, handshake(CLIENT_KEY_EXCHANGE))
C_FIN, S_FIN = (C, CCS + finished()), (S, CCS + finished())
NO_CERT = (C, certificate())
C_CERT = (C, certificate(LEAF))
VERIFY = (C, handshake(CERTIFICATE_VERIFY))
DATA = ((C, application_data()), (S, application_data()))
TICKET = (S, handshake(message(4, b"\0\0\0\x05\0\x04tick")))
FULL = (CH, SH, CERT, SKE, DONE, CKE, C_FIN, S_FIN)

CH13 = (C, client_hello(TLS13_OFFERED, session_id=b"i" * 32))
SH13 = (S, server_hello(TLS13_CHOSEN, session_id=b"i" * 32, suite=0x1301))
SH13_PSK = (S, server_hello(TLS13_CHOSEN, extension(41, b"\0\0"), session_id=b"i" * 32, suite=0x1301))
HRR = (S, server_hello(TLS13_CHOSEN, random=written.HRR_RANDOM, suite=0x1301))
FLIGHT13 = (S, CCS + application_data(90) + application_data(900))
FIN13 = (C, CCS + application_data(69))
TRIO13 = [
    ("server_certificate", "tls13_encrypted"),
    ("certificate_request", "tls13_encrypted"),
    ("client_certificate", "tls13_encrypted"),
]


OUTCOMES = {
    "both finished": (FULL, True, "completed", None, "both Finished"),
    "both finished, then the capture ends": (FULL, False, "completed", None, "both Finished"),
    "abbreviated": ((CH, SH, S_FIN, C_FIN), True, "completed", None, "both Finished"),
    "closed with alerts": (
        (*FULL, *DATA, (C, record(21, bytes(26)))),
        True,
        "completed",
        None,
        "both Finished",
    ),
    "server refuses the certificate": (
        (CH, SH, CERT, SKE, REQUEST, DONE, C_CERT, CKE, VERIFY, C_FIN, (S, alert(2, 43))),
        True,
        "refused",
        "server",
        "fatal alert unsupported_certificate (43)",
    ),
    "client refuses the certificate": (
        (CH, SH, CERT, DONE, (C, alert(2, 42))),
        True,
        "refused",
        "client",
        "fatal alert bad_certificate (42)",
    ),
    "server refuses the hello": (
        (CH, (S, alert(2, 70))),
        True,
        "refused",
        "server",
        "fatal alert protocol_version (70)",
    ),
    "a warning is no refusal": (
        (CH, (S, alert(1, 112)), *FULL[1:]),
        True,
        "completed",
        None,
        "both Finished",
    ),
    "a fatal close_notify is no refusal": (
        (CH, SH, CERT, DONE, (C, alert(2, 0))),
        True,
        "aborted",
        None,
        "closed amid the handshake",
    ),
    "user_canceled is no refusal": (
        (CH, SH, CERT, DONE, (C, alert(2, 90))),
        True,
        "aborted",
        None,
        "closed amid the handshake",
    ),
    "closed amid": ((CH, SH, CERT, DONE), True, "aborted", None, "closed amid the handshake"),
    "closed after a hello": ((CH,), True, "aborted", None, "closed amid the handshake"),
    "capture ends amid": (
        (CH, SH, CERT, DONE),
        False,
        "incomplete",
        None,
        "the capture ends amid the handshake",
    ),
    "capture ends after a hello": ((CH,), False, "incomplete", None, "the capture ends amid the handshake"),
    "only the client is finished": (
        (CH, SH, CERT, DONE, CKE, C_FIN),
        False,
        "incomplete",
        None,
        "the capture ends amid the handshake",
    ),
    "tls13, the server goes on": (
        (CH13, SH13, FLIGHT13, FIN13, DATA[1]),
        True,
        "completed",
        None,
        "inferred: the server sent data after the client's last flight",
    ),
    "tls13, the server says no more": (
        (CH13, SH13, FLIGHT13, FIN13),
        True,
        "unknown",
        None,
        "TLS 1.3: what came after ServerHello is encrypted",
    ),
    "tls13, the server says something as long as an alert": (
        (CH13, SH13, FLIGHT13, FIN13, (S, application_data(19))),
        True,
        "unknown",
        None,
        "TLS 1.3: what came after ServerHello is encrypted",
    ),
    "tls13, refused in clear": (
        (CH13, (S, alert(2, 40))),
        True,
        "refused",
        "server",
        "fatal alert handshake_failure (40)",
    ),
    "tls13, the client goes away": (
        (CH13, SH13, FLIGHT13),
        True,
        "aborted",
        None,
        "closed amid the handshake",
    ),
    "retried and no more": ((CH13, HRR), True, "aborted", None, "closed amid the handshake"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_outcome(case: str) -> None:
    turns, end, outcome, by, basis = OUTCOMES[case]
    flow = flow_of(*turns, end=end)
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == (outcome, by, basis)


def packets_of(turns: tuple[tuple[int, bytes], ...]) -> wire.Talk:
    talk = wire.Talk().open()
    for side, data in turns:
        talk.send(side, data)
    return talk


@pytest.mark.parametrize("side", [0, 1])
def test_a_reset_amid_the_handshake(side: int) -> None:
    (flow,) = flows_in(packets_of((CH, SH, CERT)).reset(side).frames())
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == (
        "aborted",
        None,
        f"reset by the {('client', 'server')[side]} amid the handshake",
    )


def test_a_reset_after_the_handshake_changes_nothing() -> None:
    (flow,) = flows_in(packets_of((*FULL, *DATA)).reset(0).frames())
    assert flow.outcome == "completed"


def test_ports_used_again_amid_the_handshake() -> None:
    again = wire.Talk(isn=(5_000_000, 6_000_000)).open()
    for side, data in FULL:
        again.send(side, data)
    both = wire.Talk()
    both.packets = packets_of((CH, SH)).packets + again.packets
    first, second = flows_in(both.frames())
    assert (first.outcome, first.outcome_basis) == (
        "aborted",
        "the ports were taken for a new connection amid the handshake",
    )
    assert (second.outcome, first.number, second.number) == ("completed", 1, 2)


RESUMED = {
    "full": (FULL, False),
    "session id": (
        (
            (C, client_hello(session_id=b"s" * 32)),
            (S, server_hello(session_id=b"s" * 32)),
            S_FIN,
            C_FIN,
        ),
        True,
    ),
    "session id offered and not taken": (((C, client_hello(session_id=b"s" * 32)), *FULL[1:]), False),
    "ticket without a session id": (((C, client_hello(extension(35, b"t" * 99))), SH, S_FIN, C_FIN), True),
    "ticket renewed": (((C, client_hello(extension(35, b"t" * 99))), SH, TICKET, S_FIN, C_FIN), True),
    "ticket refused": (((C, client_hello(extension(35, b"t" * 99))), *FULL[1:]), False),
    "same id, and the capture ends": (
        ((C, client_hello(session_id=b"s" * 32)), (S, server_hello(session_id=b"s" * 32))),
        True,
    ),
    "no certificate but a key exchange": ((CH, SH, SKE, DONE, CKE, C_FIN, S_FIN), False),
    "hello only": ((CH,), None),
    "server hello and no more": ((CH, SH), None),
    "tls13 psk": ((CH13, SH13_PSK, FLIGHT13, FIN13), True),
    "tls13 without psk, the session id echoed": ((CH13, SH13, FLIGHT13, FIN13), False),
    "retried and no more": ((CH13, HRR), None),
}


@pytest.mark.parametrize("case", RESUMED)
def test_resumed(case: str) -> None:
    turns, resumed = RESUMED[case]
    flow = flow_of(*turns, end=False)
    assert flow.resumed is resumed
    assert any(each.reason == "resumed" for each in flow.hidden) is (resumed is True)


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
    assert (("client_certificate", "capture_ends") in {tuple(vars_of(each)) for each in flow.hidden}) is (
        answer == "hidden"
    )


def vars_of(hidden: object) -> tuple[str, str]:
    return hidden.what, hidden.reason  # type: ignore[attr-defined]


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
    assert [vars_of(each) for each in flow.hidden] == [
        ("certificate_request", "capture_ends"),
        ("client_certificate", "capture_ends"),
    ]


def test_an_unreadable_request_is_a_request() -> None:
    flow = flow_of(CH, SH, CERT, SKE, (S, handshake(message(13, b"\xff"))), DONE, NO_CERT, CKE, C_FIN, S_FIN)
    assert [(each.certificate_types, each.answer) for each in flow.requests] == [(None, "empty")]
    assert [each.reason for each in flow.defects] == [
        "CertificateRequest: malformed at byte 1: expected certificate_types (255 bytes, 0 left)"
    ]


HIDDEN = {
    "full": (FULL, True, []),
    "anonymous": ((CH, SH, SKE, DONE, CKE, C_FIN, S_FIN), True, []),
    "resumed": (
        (CH, SH, S_FIN, C_FIN),
        True,
        [("server_certificate", "resumed"), ("client_certificate", "resumed")],
    ),
    "tls13": ((CH13, SH13, FLIGHT13, FIN13), True, TRIO13),
    "tls13 resumed": (
        (CH13, SH13_PSK, FLIGHT13, FIN13),
        True,
        [
            ("server_certificate", "resumed"),
            ("client_certificate", "resumed"),
            ("certificate_request", "resumed"),
        ],
    ),
    "renegotiation": (
        (*FULL, *DATA, (S, finished(44)), (C, finished(300))),
        True,
        [
            ("server_certificate", "renegotiation_encrypted"),
            ("certificate_request", "renegotiation_encrypted"),
            ("client_certificate", "renegotiation_encrypted"),
        ],
    ),
    "ech": (
        ((C, client_hello(TLS13_OFFERED, extension(0xFE0D, b"\0" + bytes(40)))), SH13, FLIGHT13, FIN13),
        True,
        [("client_hello", "ech"), *TRIO13],
    ),
    "ech, and the ServerHello not seen": (
        ((C, client_hello(TLS13_OFFERED, extension(0xFE0D, b"\0" + bytes(40)))),),
        False,
        [
            ("client_hello", "ech"),
            ("server_hello", "capture_ends"),
            ("server_certificate", "capture_ends"),
            ("certificate_request", "capture_ends"),
            ("client_certificate", "capture_ends"),
        ],
    ),
    "ech with a server of TLS 1.2": (
        ((C, client_hello(TLS13_OFFERED, extension(0xFE0D, b"\0" + bytes(40)))), *FULL[1:]),
        True,
        [],
    ),
    "inner ech is none": (
        ((C, client_hello(TLS13_OFFERED, extension(0xFE0D, b"\x01"))), SH13, FLIGHT13),
        True,
        TRIO13,
    ),
    "refused at once": ((CH, (S, alert(2, 40))), True, []),
    "refused at the certificate": ((CH, SH, CERT, DONE, (C, alert(2, 42))), True, []),
    "closed at once": ((CH,), True, []),
    "capture ends at once": (
        (CH,),
        False,
        [
            ("server_hello", "capture_ends"),
            ("server_certificate", "capture_ends"),
            ("certificate_request", "capture_ends"),
            ("client_certificate", "capture_ends"),
        ],
    ),
    "capture ends before the answer, nobody asked": ((CH, SH, CERT, DONE), False, []),
    "client only, tls12": (
        (CH, CKE, C_FIN),
        True,
        [
            ("server_hello", "one_direction_only"),
            ("server_certificate", "one_direction_only"),
            ("certificate_request", "one_direction_only"),
        ],
    ),
    "client only, perhaps tls13": (
        (CH13, FIN13),
        True,
        [
            ("server_hello", "one_direction_only"),
            ("server_certificate", "one_direction_only"),
            ("certificate_request", "one_direction_only"),
            ("client_certificate", "one_direction_only"),
        ],
    ),
    "server only": (
        (SH, CERT, SKE, REQUEST, DONE, S_FIN),
        True,
        [("client_hello", "one_direction_only"), ("client_certificate", "one_direction_only")],
    ),
    "server only, nobody asked": (
        (SH, CERT, SKE, DONE, S_FIN),
        True,
        [("client_hello", "one_direction_only")],
    ),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_hidden(case: str) -> None:
    turns, end, hidden = HIDDEN[case]
    assert [vars_of(each) for each in flow_of(*turns, end=end).hidden] == hidden


def test_the_client_alone_does_not_tell_how_a_handshake_ended() -> None:
    assert flow_of(CH13, FIN13).outcome == "unknown"
    assert flow_of(CH, CKE, C_FIN, DATA[0]).outcome == "completed"


def ends(flow: object) -> tuple[str, str]:
    return flow.client.ip, flow.server.ip  # type: ignore[attr-defined]


ROLES = {
    "client hello": ((CH,), "client_hello", "client"),
    "server hello": ((SH, CERT), "server_hello", "server"),
    "server hello alone": ((SH,), "server_hello", "server"),
}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("case", ROLES)
def test_roles_from_hellos(case: str, swapped: bool) -> None:
    """Who opened the TCP connection has no say where a hello is seen."""
    turns, evidence, role = ROLES[case]
    flow = flow_of(*((1 - side if swapped else side, data) for side, data in turns), end=False)
    assert flow.role_evidence == evidence
    assert {each.role for each in flow.messages} == {role}
    assert ends(flow) == ((wire.SERVER[0], wire.CLIENT[0]) if swapped else (wire.CLIENT[0], wire.SERVER[0]))


@pytest.mark.parametrize(
    ("turns", "evidence", "roles"),
    [
        ((SKE, DONE), "message_order", {"server"}),
        ((REQUEST,), "message_order", {"server"}),
        ((TICKET,), "message_order", {"server"}),
        ((CKE,), "message_order", {"client"}),
        ((C_CERT, CKE), "message_order", {"client"}),
        ((CERT, SKE), "message_order", {"server"}),
        ((C_CERT,), "unknown", {"unknown"}),
        ((CERT,), "unknown", {"unknown"}),
    ],
)
def test_roles_without_a_hello(turns: tuple[tuple[int, bytes], ...], evidence: str, roles: set[str]) -> None:
    talk = wire.Talk()
    for side, data in turns:
        talk.send(side, data)
    (flow,) = flows_in(talk.frames())
    assert flow.role_evidence == evidence
    assert {each.role for each in flow.messages} == roles
    assert evidence == "unknown" or ends(flow) == (wire.CLIENT[0], wire.SERVER[0])


def test_the_opener_of_the_connection_is_the_last_resort() -> None:
    talk = wire.Talk().open()
    talk.next_seq[1] += 500
    talk.send(1, CERT[1])
    (flow,) = flows_in(talk.frames())
    assert (flow.role_evidence, [each.role for each in flow.presented]) == ("syn", ["server"])


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
    assert [vars_of(each) for each in flow.hidden] == TRIO13


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
