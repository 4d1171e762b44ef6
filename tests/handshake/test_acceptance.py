"""``tlseku.handshake.acceptance``: what shows that a certificate was accepted, and what does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.handshake.sealed import LEAF, C, Connection, S, opened
from tlseku.decryption.cipher_parameters import TLS12, TLS13

# Whether the server accepted the client's certificate and the client the server's: without secrets, and with them.
Both = tuple[bool | None, bool | None]
ACCEPTED: dict[str, tuple[Callable[[int], Connection], Both, Both]] = {
    "answered, the client leaves": (
        lambda v: opened(v, LEAF).finish().data(C).data(S).data(C).data(S).fin(C),
        (True, True),
        (True, True),
    ),
    "answered, the server leaves at once": (
        lambda v: opened(v, LEAF).finish().data(C).data(S).fin(S),
        (None, True),
        (True, True),
    ),
    "answered, the server leaves later": (
        lambda v: opened(v, LEAF).finish().data(C).data(S).wait(30).fin(S),
        (True, True),
        (True, True),
    ),
    "answered, and the capture ends": (
        lambda v: opened(v, LEAF).finish().data(C).data(S),
        (True, True),
        (True, True),
    ),
    "an empty list is accepted, too": (
        lambda v: opened(v).finish().data(C).data(S).fin(C),
        (True, True),
        (True, True),
    ),
    "a protocol that judges inside": (
        lambda v: opened(v, LEAF, port=5269).finish().data(C).data(S).fin(C),
        (None, True),
        (True, True),
    ),
    "nobody answers": (lambda v: opened(v, LEAF).finish().data(C).fin(C), (None, True), (None, True)),
    "the client hangs up without a byte": (
        lambda v: opened(v, LEAF).finish().fin(C),
        (None, None),
        (None, None),
    ),
    "the server hangs up without a byte": (
        lambda v: opened(v, LEAF).finish().data(C).fin(S),
        (None, True),
        (None, True),
    ),
    "the handshake completes and no more": (
        lambda v: opened(v, LEAF).finish(),
        (None, None),
        (None, None),
    ),
    "not asked": (
        lambda v: opened(v, request=False).finish().data(C).data(S).fin(C),
        (None, True),
        (None, True),
    ),
    "refused by the server": (lambda v: opened(v, LEAF).fin(S), (False, None), (False, None)),
    "refused by the client": (lambda v: Connection(v).hello().flight().fin(C), (None, False), (None, False)),
    "refused at the hello": (lambda v: Connection(v).hello().fin(S), (None, None), (None, None)),
}


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case: str, version: int) -> None:
    make, without, with_keys = ACCEPTED[case]
    for keys, expected in ((False, without), (True, with_keys)):
        flow = make(version).flow(keys)
        assert (flow.client_certificate_accepted, flow.server_certificate_accepted) == expected, keys


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_refused_inside_is_refused(version: int) -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\nSSL certificate error"
    made = opened(version, LEAF).finish().data(C).data(S, answer).fin(S)
    flow = made.flow(True)
    assert (flow.client_certificate_accepted, flow.server_certificate_accepted) == (False, True)


def asked_late() -> Connection:
    return opened(TLS13, request=False).finish().data(C).data(S).ask_again().answer_again(LEAF)


def test_what_was_asked_after_the_handshake_is_judged_after_its_answer() -> None:
    answered = asked_late().data(S).fin(C).flow(True)
    assert (answered.outcome, answered.client_certificate_accepted) == ("completed", True)
    left = asked_late().fin(S).flow(True)
    assert (left.outcome, left.refused_by, left.client_certificate_accepted) == ("refused", "server", False)
    refused = asked_late().alert(S, 2, 43).fin(S).flow(True)
    assert (refused.outcome, refused.outcome_evidence) == ("refused", "alert")
    told = asked_late().finish().fin(S).flow(True)
    assert (told.outcome, told.client_certificate_accepted) == ("completed", None)
    open_ended = asked_late().flow(True)
    assert (open_ended.outcome, open_ended.client_certificate_accepted) == ("completed", None)
    assert {each.server_certificate_accepted for each in (answered, left, open_ended)} == {True}
