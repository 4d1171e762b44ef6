"""``tlseku.handshake.hidden``: what was not seen, and why."""

from __future__ import annotations

import pytest

from tests.dialogues import C, S, flow_of, flows_in
from tests.handshake.turns import (
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
    REQUEST,
    S_FIN,
    SH,
    SH13,
    SH13_PSK,
    SKE,
    packets_of,
    why_hidden,
)
from tests.tls.written import (
    TLS13_OFFERED,
    alert,
    client_hello,
    extension,
    finished,
)

HIDDEN = {
    "full": (FULL, True, []),
    "anonymous": ((CH, SH, SKE, DONE, CKE, C_FIN, S_FIN), True, []),
    "resumed": (
        (CH, SH, S_FIN, C_FIN),
        True,
        [("server_certificate", "resumed"), ("client_certificate", "resumed")],
    ),
    "tls13": ((CH13, SH13, FLIGHT13, FIN13), True, HIDDEN13),
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
    "the ports again, without a SYN": ((*FULL, *DATA, *FULL, *DATA), True, []),
    "the ports again, and there a renegotiation": (
        (*FULL, *DATA, *FULL, *DATA, (S, finished(44)), (C, finished(300))),
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
        [("client_hello", "ech"), *HIDDEN13],
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
        HIDDEN13,
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
    assert [why_hidden(each) for each in flow_of(*turns, end=end).hidden] == hidden


def test_the_client_alone_does_not_tell_how_a_handshake_ended() -> None:
    assert flow_of(CH13, FIN13).outcome == "unknown"
    assert flow_of(CH, CKE, C_FIN, DATA[0]).outcome == "completed"


def test_a_hello_behind_both_fins_is_no_renegotiation() -> None:
    """Another connection took the ports, and the capture has no SYN of it: nothing of this one is hidden."""
    talk = packets_of((*FULL, *DATA)).close(0)
    for side, data in FULL:
        talk.send(side, data)
    flows = flows_in(talk.frames())
    assert flows[0].hidden == ()
    assert flows[0].outcome == "completed"
