"""``tlseku.handshake.outcome``: completed, refused by whom, broken off, or not to be told."""

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
    HRR,
    REQUEST,
    S_FIN,
    SH,
    SH13,
    SKE,
    VERIFY,
    packets_of,
)
from tests.tls.written import (
    alert,
    application_data,
    record,
)

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
