"""``tlseku.handshake.outcome``: completed, refused by whom, broken off, or not to be told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from tests import wire
from tests.dialogues import C, S, flow_of, flows_in
from tests.handshake.sealed import LEAF, Connection, opened
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
    TLS13_OFFERED,
    alert,
    application_data,
    client_hello,
    extension,
    record,
)
from tlseku.decryption.cipher_parameters import TLS12, TLS13
from tlseku.flow import Flow, Outcome

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


def test_a_reset_by_the_side_that_owes_nothing() -> None:
    (flow,) = flows_in(packets_of((CH, SH, CERT)).reset(1).frames())
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == (
        "aborted",
        None,
        "reset by the server amid the handshake",
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


SILENT = ("refused", "server", "close_without_alert")
GONE = ("refused", "client", "close_without_alert")
SHORT = ("refused", "server", "encrypted_alert")
WORD = ("refused", "server", "alert")
WENT = ("closed_after", None, "close_after_handshake")
FULLY = ("completed", None, "finished")
GUESSED = ("completed", None, "inferred")
Ended = tuple[str, str | None, str]

LEFT: dict[str, tuple[Callable[[int], Connection], Ended]] = {
    # The server judges the client's flight.
    "server closes on a certificate": (lambda v: opened(v, LEAF).fin(S), SILENT),
    "server closes on an empty list": (lambda v: opened(v).fin(S), SILENT),
    "server resets on a certificate": (
        lambda v: opened(v, LEAF).rst(S),
        ("refused", "server", "reset_without_alert"),
    ),
    "server closes, the client has spoken on": (lambda v: opened(v, LEAF).data(C).fin(S), SILENT),
    "server closes, the client complains": (
        lambda v: opened(v, LEAF).fin(S).alert(C, 2, 50).rst(S),
        SILENT,
    ),
    "server closes, the client complains in clear": (
        lambda v: opened(v, LEAF).fin(S).clear_alert(C, 2, 50).rst(S),
        SILENT,
    ),
    # The client judges the server's flight.
    "client closes on the server's certificate": (lambda v: Connection(v).hello().flight().fin(C), GONE),
    "client resets on the server's certificate": (
        lambda v: Connection(v).hello().flight().rst(C),
        ("refused", "client", "reset_without_alert"),
    ),
    "client closes, the server complains": (
        lambda v: Connection(v).hello().flight().fin(C).clear_alert(S, 2, 50).rst(C),
        GONE,
    ),
    # After the handshake.
    "server closes at once": (lambda v: opened(v, LEAF).finish().fin(S), WENT),
    "server closes on data": (lambda v: opened(v, LEAF).finish().data(C).fin(S), WENT),
    "server resets at once": (
        lambda v: opened(v, LEAF).finish().rst(S),
        ("closed_after", None, "reset_after_handshake"),
    ),
    "client closes without a byte": (lambda v: opened(v, LEAF).finish().fin(C), WENT),
    "client says goodbye without a byte": (
        lambda v: opened(v, LEAF).finish().alert(C, 1, 0).fin(C).alert(S, 1, 0).fin(S),
        WENT,
    ),
    # Nobody has refused anything.
    "server owes nothing": (lambda v: Connection(v).hello().flight().fin(S), ("aborted", None, "nothing")),
    "client gives up at its hello": (lambda v: Connection(v).hello().fin(C), ("aborted", None, "nothing")),
    "server closes on the hello": (lambda v: Connection(v).hello().fin(S), SILENT),
    "server resets on the hello": (
        lambda v: Connection(v).hello().rst(S),
        ("refused", "server", "reset_without_alert"),
    ),
}


def how(flow: Flow) -> Ended:
    return flow.outcome, flow.refused_by, flow.outcome_evidence


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("case", LEFT)
def test_who_left_without_a_word(case: str, version: int) -> None:
    """A key log never makes an answer worse: both ways give the same."""
    make, expected = LEFT[case]
    for keys in (False, True):
        assert how(make(version).flow(keys)) == expected, keys


# Without secrets, and with them.
SAID: dict[str, tuple[Callable[[], Connection], Ended, Ended]] = {
    "12 answered": (lambda: opened(TLS12, LEAF).finish().data(C).data(S).fin(S), FULLY, FULLY),
    "13 answered": (lambda: opened(TLS13, LEAF).finish().data(C).data(S).fin(S), GUESSED, FULLY),
    "12 one-way data, the client leaves": (lambda: opened(TLS12, LEAF).finish().data(C).fin(C), FULLY, FULLY),
    "13 one-way data, the client leaves": (
        lambda: opened(TLS13, LEAF).finish().data(C).fin(C),
        GUESSED,
        FULLY,
    ),
    "12 one-way data, the server leaves later": (
        lambda: opened(TLS12, LEAF).finish().data(C).wait(60).fin(S),
        FULLY,
        FULLY,
    ),
    "13 one-way data, the server leaves later": (
        lambda: opened(TLS13, LEAF).finish().data(C).wait(60).fin(S),
        GUESSED,
        FULLY,
    ),
    "12 not asked, the server leaves": (
        lambda: opened(TLS12, request=False).finish().data(C).fin(S),
        FULLY,
        FULLY,
    ),
    "13 not asked, the server leaves without tickets": (
        lambda: opened(TLS13, request=False).data(C).fin(S),
        ("unknown", None, "nothing"),
        FULLY,
    ),
    "12 not asked, the client leaves": (lambda: opened(TLS12, request=False).finish().fin(C), WENT, WENT),
    "12 server silent for a minute": (
        lambda: opened(TLS12, LEAF).wait(60).fin(S),
        ("aborted", None, "nothing"),
        ("aborted", None, "nothing"),
    ),
    "13 server silent for a minute": (
        lambda: opened(TLS13, LEAF).wait(60).fin(S),
        ("unknown", None, "nothing"),
        FULLY,
    ),
    # Alerts under protection.
    "13 server refuses, then closes": (lambda: opened(TLS13, LEAF).alert(S, 2, 43).fin(S), SHORT, WORD),
    "13 server refuses, data between": (
        lambda: opened(TLS13, LEAF).data(C).alert(S, 2, 42).fin(C).fin(S),
        SHORT,
        WORD,
    ),
    "13 server refuses after tickets in its first flight": (
        lambda: Connection(TLS13).hello().flight(tickets=2).answer(LEAF).data(C).alert(S, 2, 42).fin(S),
        SHORT,
        WORD,
    ),
    "13 server refuses after the client's FIN": (
        lambda: opened(TLS13, LEAF).data(C).fin(C).alert(S, 2, 43).fin(S),
        ("unknown", None, "nothing"),
        WORD,
    ),
    "13 server says goodbye and no more": (lambda: opened(TLS13, LEAF).alert(S, 1, 0).fin(S), SHORT, SILENT),
    "13 client refuses": (
        lambda: Connection(TLS13).hello().flight().alert(C, 2, 48).fin(C),
        ("refused", "client", "encrypted_alert"),
        ("refused", "client", "alert"),
    ),
    "13 client refuses, the server closes": (
        lambda: Connection(TLS13).hello().flight().alert(C, 2, 48).fin(S),
        ("refused", "client", "encrypted_alert"),
        ("refused", "client", "alert"),
    ),
    "13 client refuses in clear, the server cannot read it": (
        lambda: Connection(TLS13).hello().flight(tickets=1).clear_alert(C, 2, 48).alert(S, 2, 20).fin(S),
        ("refused", "client", "alert"),
        ("refused", "client", "alert"),
    ),
    "13 client breaks off behind its Finished (ech_required)": (
        lambda: opened(TLS13, request=False).alert(C, 2, 121).fin(C),
        WENT,
        ("refused", "client", "alert"),
    ),
    "13 data in the frame of the client's Finished, a complaint long after": (
        lambda: Connection(TLS13).hello().flight().answer(LEAF, data=True).finish().data(S).alert(C, 2, 50),
        GUESSED,
        FULLY,
    ),
    "12 data in the frame of the client's Finished, a complaint long after": (
        lambda: Connection(TLS12).hello().flight().answer(LEAF, data=True).finish().data(S).alert(C, 2, 50),
        FULLY,
        FULLY,
    ),
    "13 data in the frame of the client's Finished, which the server refuses": (
        lambda: Connection(TLS13).hello().flight().answer(LEAF, data=True).alert(S, 2, 42).fin(S),
        SHORT,
        WORD,
    ),
    "13 user_canceled before the goodbye": (
        lambda: opened(TLS13, LEAF).finish().data(C).data(S).alert(S, 1, 90).alert(S, 1, 0).fin(S),
        GUESSED,
        FULLY,
    ),
    "13 an alert long after": (
        lambda: opened(TLS13, LEAF).finish().data(C).data(S).alert(S, 2, 80).fin(S),
        GUESSED,
        FULLY,
    ),
    "12 server refuses after its Finished (exim)": (
        lambda: opened(TLS12, LEAF).finish().alert(S, 2, 42).fin(S),
        WENT,
        WORD,
    ),
    "12 the alert is a warning, and its sender leaves": (
        lambda: opened(TLS12, LEAF).clear_alert(S, 1, 46).fin(S),
        WORD,
        WORD,
    ),
    "12 a warning, and all goes on": (
        lambda: opened(TLS12, LEAF).clear_alert(S, 1, 46).finish().data(C).data(S).fin(S),
        FULLY,
        FULLY,
    ),
    "12 an alert after data": (
        lambda: opened(TLS12, LEAF).finish().data(C).data(S).alert(S, 2, 42).fin(S),
        FULLY,
        FULLY,
    ),
    "12 goodbye after the Finished (unbound)": (
        lambda: opened(TLS12).finish().alert(S, 1, 0).fin(S),
        WENT,
        WENT,
    ),
    "12 no certificate, before the other's FIN (GnuTLS)": (
        lambda: opened(TLS12).clear_alert(S, 2, 50).fin(C).fin(S),
        WORD,
        WORD,
    ),
    "12 client complains after the server's data and FIN": (
        lambda: opened(TLS12, LEAF).finish().data(C).data(S).fin(S).alert(C, 2, 50),
        FULLY,
        FULLY,
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_was_said_and_what_was_not(case: str) -> None:
    make, without, with_keys = SAID[case]
    assert (how(make().flow(False)), how(make().flow(True))) == (without, with_keys)


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        (C, ("completed", None, "application_data")),
        (S, ("completed", None, "application_data")),
    ],
)
def test_one_direction_is_never_aborted(without: int, expected: Ended) -> None:
    flow = opened(TLS12, LEAF).finish().data(C).data(S).fin(S).fin(C).flow(False, without=without)
    assert how(flow) == expected
    assert "one_direction_only" in {each.reason for each in flow.hidden}


def test_the_servers_part_alone_of_what_broke_off_is_not_known() -> None:
    flow = opened(TLS12, LEAF).fin(S).flow(False, without=C)
    assert how(flow) == ("unknown", None, "nothing")


@pytest.mark.parametrize(
    ("exts", "basis"),
    [
        (
            (extension(43, b"\x02\x03\x04"),),
            "fatal alert handshake_failure (40) to a client that offers only TLS 1.3",
        ),
        ((TLS13_OFFERED,), "fatal alert handshake_failure (40)"),
        ((), "fatal alert handshake_failure (40)"),
    ],
)
def test_a_client_that_offers_only_tls13(exts: tuple[bytes, ...], basis: str) -> None:
    assert flow_of((C, client_hello(*exts)), (S, alert(2, 40))).outcome_basis == basis


INSIDE: dict[str, tuple[bytes, bytes, str | None]] = {
    "nginx": (
        b"GET / HTTP/1.0\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n<title>400 No required SSL certificate was sent</title>",
        "HTTP 400 Bad Request: No required SSL certificate was sent",
    ),
    "another bad request": (b"GE\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\nmalformed", None),
    "postfix": (
        b"EHLO a\r\n",
        b"421 4.7.1 Error: Client certificate not trusted\r\n",
        "421 4.7.1 Error: Client certificate not trusted",
    ),
}


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("case", INSIDE)
def test_refused_inside(case: str, version: int) -> None:
    asks, answers, said = INSIDE[case]

    def made(*, request: bool = True) -> Connection:
        chain = (LEAF,) if request else ()
        return opened(version, *chain, request=request).finish().data(C, asks).data(S, answers).fin(S)

    flow = made().flow(True)
    if said is None:
        assert (how(flow), flow.inside_answer) == (FULLY, None)
    else:
        assert (how(flow), flow.inside_answer) == (("refused_inside", "server", "answer_inside"), said)
    # Without secrets it cannot be told, and who was not asked is not refused for a certificate.
    assert made().flow(False).outcome == "completed"
    assert made(request=False).flow(True).outcome == "completed"


def test_the_page_explains_every_outcome() -> None:
    page = Path(__file__).resolve().parents[2].joinpath("docs", "statements.md").read_text(encoding="utf-8")
    table = page.partition("## How a handshake ended")[2]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(get_args(Outcome))
