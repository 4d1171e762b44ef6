"""Ends without an alert: a hint where a certificate came last, nothing elsewhere."""

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
    ROOT,
    S_FIN,
    SERVER,
    SH,
    SKE,
    WRONG,
    S,
    Turn,
    alerts,
    presenting,
)
from tests.dialogues import flow_of, flows_in
from tests.wire import MILLISECOND, SECOND, Frame, Talk
from tlseku import Flow, Statement, correlate


def ended(flow: Flow) -> list[Statement]:
    return [each for each in correlate(flow) if each.about == "ended_after_certificate"]


def test_closed_after_a_client_certificate() -> None:
    (statement,) = ended(flow_of(*presenting(WRONG, ROOT)))
    assert statement.text == (
        "the connection ended without an alert after the client Certificate (closed amid the handshake); what may be "
        "held against it: the leaf lists serverAuth, not clientAuth"
    )
    assert (statement.causes, statement.hint) == (("eku",), True)
    assert statement.frames == (7,)


def test_closed_after_a_client_certificate_with_which_nothing_is_wrong() -> None:
    (statement,) = ended(flow_of(*presenting(GOOD, ROOT)))
    assert statement.text == (
        "the connection ended without an alert after the client Certificate (closed amid the handshake)"
    )
    assert statement.causes == ()


def test_closed_after_a_server_certificate() -> None:
    (statement,) = ended(flow_of(CH, SH, SERVER, SKE, DONE))
    assert statement.text.startswith("the connection ended without an alert after the server Certificate")


SILENT: dict[str, tuple[tuple[Turn, ...], bool]] = {
    "completed": ((*presenting(WRONG, ROOT), S_FIN), True),
    "refused": ((*presenting(WRONG, ROOT), alerts(S, 43)), True),
    "the capture ends": (presenting(WRONG, ROOT), False),
    "declined, then closed": ((*ASKED, NO_CERT, CKE, C_FIN), True),
    "closed after the hello": ((CH,), True),
    "closed after the ServerHello": ((CH, SH), True),
}


@pytest.mark.parametrize("case", SILENT)
def test_must_say_nothing(case: str) -> None:
    turns, end = SILENT[case]
    assert ended(flow_of(*turns, end=end)) == []


def frames_of(turns: tuple[Turn, ...]) -> Talk:
    talk = Talk().open()
    for side, data in turns:
        talk.send(side, data)
    return talk


def later(frames: list[Frame], index: int, ns: int) -> list[Frame]:
    return [*frames[:index], *(frame._replace(ts_ns=frame.ts_ns + ns) for frame in frames[index:])]


WAITS = [
    (5 * SECOND, "silent for 5 s, then closed by the server amid the handshake"),
    (31 * SECOND, "silent for 31 s, then closed by the server amid the handshake"),
    (3599 * SECOND, "silent for 3,599 s, then closed by the server amid the handshake"),
]


@pytest.mark.parametrize(("wait", "basis"), WAITS)
def test_a_long_silence_is_told(wait: int, basis: str) -> None:
    talk = frames_of(presenting(GOOD, ROOT))
    sent = len(talk.packets)
    (flow,) = flows_in(later(talk.close(1).frames(), sent, wait))
    assert (flow.outcome, flow.outcome_basis) == ("aborted", basis)


@pytest.mark.parametrize("wait", [0, 4 * SECOND, 5 * SECOND - 2 * MILLISECOND])
def test_who_leaves_without_waiting_refuses(wait: int) -> None:
    talk = frames_of(presenting(GOOD, ROOT))
    sent = len(talk.packets)
    (flow,) = flows_in(later(talk.close(1).frames(), sent, wait))
    assert (flow.outcome, flow.outcome_basis) == (
        "refused",
        "closed by the server without an alert, after the client's flight",
    )


@pytest.mark.parametrize("side", [0, 1])
def test_a_silence_before_a_reset(side: int) -> None:
    talk = frames_of((CH,))
    (flow,) = flows_in(later(talk.reset(side).frames(), 4, 20 * SECOND))
    who = ("client", "server")[side]
    assert flow.outcome_basis == f"silent for 20 s, then reset by the {who} amid the handshake"


def test_acknowledgements_are_silence_too() -> None:
    talk = frames_of((CH,)).ack(1).ack(0).close(0)
    frames = later(later(talk.frames(), 4, 3 * SECOND), 6, 3 * SECOND)
    (flow,) = flows_in(frames)
    assert flow.outcome_basis == "silent for 6 s, then closed by the client amid the handshake"


def test_who_closes_first_counts() -> None:
    talk = frames_of((CH, SH)).close(0)
    (flow,) = flows_in(later(talk.frames(), 6, 30 * SECOND))
    assert flow.outcome_basis == "closed by the client amid the handshake"


def test_a_connection_that_is_given_up_was_silent() -> None:
    talk = frames_of((CH, SH))
    # Time goes on by steps that a clock makes: a jump would be silence for nobody.
    other = Talk(client=("192.0.2.77", 4000)).open()
    for side in (0, 1) * 8:
        other.send(side, b"anything")
    late = [
        frame._replace(ts_ns=frame.ts_ns + number * 500 * SECOND)
        for number, frame in enumerate(other.frames(), 1)
    ]
    (flow,) = flows_in([*talk.frames(), *late])
    assert (flow.outcome, flow.outcome_basis) == (
        "aborted",
        "silent for more than 60 minutes amid the handshake",
    )
